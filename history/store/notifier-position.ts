/**
 * Where a notifier is, as text. Invariant: what format() makes parse() reads, also what earlier builds made, which knew of no
 * renderings; and where there were none, earlier builds read what this one makes.
 */

export interface Point {
  readonly system: string;
  readonly snapshot: string;
  /** Highest numbers in the feed, the log, and among renderings. */
  readonly change: string;
  readonly entry: string;
  readonly rendering: string;
}

/** Changes, entries of the log, renderings; in the order in which they are read. */
export type NewsSource = 'c' | 'e' | 'r';

export interface NotifierPosition {
  readonly seen: Point;
  /** What is being read, and the last row read of it. */
  readonly window: { readonly until: Point; readonly source: NewsSource; readonly after: string } | null;
}

/** Rows that were forgotten take no number back. */
export const highest = (seen: Point, until: Point): Point => ({
  ...until,
  change: later(seen.change, until.change),
  entry: later(seen.entry, until.entry),
  rendering: later(seen.rendering, until.rendering),
});

const later = (one: string, other: string): string => (BigInt(one) > BigInt(other) ? one : other);

export function formatPosition({ seen, window }: NotifierPosition): string {
  const withRenderings = [seen, window?.until ?? seen].some(({ rendering }) => rendering !== '0');
  const point = ({ system, snapshot, change, entry, rendering }: Point) => [
    ...[system, snapshot, change, entry],
    ...(withRenderings ? [rendering] : []),
  ];
  const parts = window ? [...point(seen), ...point(window.until), window.source, window.after] : point(seen);
  return parts.join('/');
}

/** Of our own making: read from a row that only functions of the schema write. */
export function parsePosition(position: string): NotifierPosition {
  const parts = position.split('/');
  // 4 or 5 of a point; 10 or 12 of two, with what is being read.
  const length = parts.length === 5 || parts.length === 12 ? 5 : 4;
  const point = ([
    system = '',
    snapshot = '',
    change = '',
    entry = '',
    rendering = '0',
  ]: readonly string[]) => ({
    ...{ system, snapshot, change, entry, rendering },
  });
  const seen = point(parts.slice(0, length));
  if (parts.length === length) return { seen, window: null };
  const [source, after] = parts.slice(2 * length);
  return {
    seen,
    window: { until: point(parts.slice(length, 2 * length)), source: source as NewsSource, after: after! },
  };
}
