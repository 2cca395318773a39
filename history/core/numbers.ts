/**
 * How far a number seen outside of the store is believed. Invariant: an account that may write what Pawl writes, in
 * Pawl's own name, can make a config skip a few numbers, but neither use them up nor keep it from being shown.
 */
import type { Version } from '../words/model.ts';

/** Further away than any restore could explain: a version a minute for a week. */
const farthestSeen = 10_000n;

/** @param last the highest number the store remembers */
export function isBelievable(seen: Version, last: Version): boolean {
  return seen <= last + farthestSeen;
}
