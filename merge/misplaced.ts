/**
 * Where the items of a result stand, by names that tell them apart on all three sides, whether or not the merge went by
 * them. Invariant: what is found here is a clash, and never changes what a merge makes.
 */
import { reordered, standing, type Tokens } from './order.ts';

/** Why a list cannot be merged by whole items in order. */
export type Overlap = 'ListOverlap' | 'MoveMove' | 'MoveDelete' | 'Identity' | 'Comment';

/**
 * What is wrong with a result by the names of its items: one of base stands there twice, both sides moved items, or what
 * one side added does not stand between the neighbours that it was written between.
 */
export function misplacedBy(names: Tokens, result: readonly string[]): Overlap | null {
  const { base, current, proposed } = names;
  const places = new Map(result.map((name, at) => [name, at]));
  if (places.size < result.length) {
    const inBase = new Set(base);
    return result.some((name, at) => inBase.has(name) && places.get(name) !== at) ? 'Identity' : null;
  }
  if (!reordered(current, proposed)) return null;
  if (reordered(base, current) && reordered(base, proposed)) return 'MoveMove';
  const shared = new Set(current).intersection(new Set(proposed));
  const before = (name: string): string | null => {
    let at = places.get(name)! - 1;
    while (at >= 0 && !shared.has(result[at]!)) at--;
    return result[at] ?? null;
  };
  const inBase = new Set(base);
  for (const [side, other] of [
    [current, proposed],
    [proposed, current],
  ] as const) {
    const stands = standing(side, other);
    if (stands === null) return 'ListOverlap';
    for (const [name, after] of stands)
      if (!inBase.has(name) && places.has(name) && before(name) !== after) return 'ListOverlap';
  }
  return null;
}
