/** Times for people: near ones relative, far ones by their date. Invariant: only what is handed in is looked at. */

const steps: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** "3 hours ago", and from a month on the date. */
export function ago(iso: string, now: number): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  const size = Math.abs(seconds);
  if (Number.isNaN(seconds)) return iso;
  if (size < 60) return seconds <= 0 ? 'just now' : 'in a moment';
  if (size >= 30 * 86_400) return iso.slice(0, 10);
  const [unit, length] = steps.find(([, step]) => size >= step)!;
  return relative.format(Math.trunc(seconds / length), unit);
}

/** "2026-11-21 12:01:26 UTC" */
export function exact(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kib = bytes / 1024;
  return kib < 1024 ? `${kib.toFixed(kib < 10 ? 1 : 0)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

/** The first moment of a day such as `2026-11-21`, in UTC as `exact` has it; a moment stays what it is. */
export const startOfDay = (day: string): string => (day.length === 10 ? `${day}T00:00:00Z` : day);

/** What takes less shows no sign of waiting. */
export const patienceMs = 200;
