/** Which lines of a text are in another one, in the same order. Pure; the work is bounded by a count of edits. */
import { diffArrays } from 'diff';

/**
 * Place in the newer text → place in the older one, for lines that are in both; in the order of the texts.
 * @param maxEdits lines added and removed up to which the texts are compared
 * @returns null: more than that differ
 */
export function keptLines<Line extends string | number>(
  older: readonly Line[],
  newer: readonly Line[],
  maxEdits: number,
): ReadonlyMap<number, number> | null {
  const parts = diffArrays([...older], [...newer], { maxEditLength: maxEdits });
  if (!parts) return null;
  const kept = new Map<number, number>();
  let [before, after] = [0, 0];
  for (const { added, removed, count = 0 } of parts) {
    if (added) after += count;
    else if (removed) before += count;
    else for (let i = 0; i < count; i += 1) kept.set(after++, before++);
  }
  return kept;
}
