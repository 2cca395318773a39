/**
 * Which freezes hold what, as the server decides it (history/words/policy.ts). Invariant: what is said to be frozen here is
 * refused there; a freeze whose pattern cannot be told to cover a whole folder is said of the configs in it only.
 */
import type { Freeze } from '../../api/types.gen.ts';
import { coversPath } from '../../text/glob.ts';

/** Those that hold a config, the one that lasts longest first. */
export const freezesOn = (path: string, freezes: readonly Freeze[]): readonly Freeze[] =>
  lasting(freezes.filter(({ paths }) => !paths || paths.some(pattern => coversPath(pattern, path))));

/** Those that hold everything in a folder, which ends with a slash; `''`: in the namespace. */
export const freezesOnAll = (folder: string, freezes: readonly Freeze[]): readonly Freeze[] =>
  lasting(freezes.filter(({ paths }) => !paths || paths.some(pattern => coversAll(pattern, folder))));

function coversAll(pattern: string, folder: string): boolean {
  if (pattern === '**') return true;
  if (folder === '') return false;
  return pattern.includes('*')
    ? pattern.endsWith('/**') && coversPath(pattern, folder)
    : coversPath(pattern, folder);
}

const lasting = (freezes: readonly Freeze[]) =>
  freezes.toSorted((a, b) => Date.parse(b.until) - Date.parse(a.until));

/** What it holds, for people. */
export const heldBy = ({ paths }: Freeze): string => (paths ? paths.join(', ') : 'the whole namespace');

/** What to name to end it before its time; null: it stands in a manifest, and is ended there. */
export function endOf({ by, paths }: Freeze): { readonly path?: string } | null {
  if (by === undefined || (paths && paths.length !== 1)) return null;
  const [path] = paths ?? [];
  return path === undefined ? {} : { path };
}

/** As a field for a local date and time has it, such as `2026-11-29T16:00`. */
export function localOf(moment: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join('-');
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}
