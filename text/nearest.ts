/** The nearest spelling of a word among those that are known. Pure, and bounded in work. */

/** Longer words, and more of them, are not compared. */
const maxLength = 64;
const maxKnown = 500;

/** Null: none is near enough to be what was meant. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > maxLength) return null;
  let [best, least] = [null as string | null, Math.max(1, Math.floor(word.length / 3)) + 1];
  for (const other of known.slice(0, maxKnown)) {
    if (other.length > maxLength || Math.abs(other.length - word.length) >= least) continue;
    const distance = distanceOf(word.toLowerCase(), other.toLowerCase());
    if (distance < least) [best, least] = [other, distance];
  }
  return best;
}

/** Letters put in, left out, changed, or swapped with their neighbour. */
function distanceOf(a: string, b: string): number {
  let [before, row] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = row[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      const swap =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : change;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, change, swap));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
