/**
 * How far a number seen outside of the store is believed. Invariant: whoever may write a ConfigMap can make a config
 * skip numbers, but neither use them up nor keep it from being shown.
 */
import type { Version } from '../words/model.ts';

/** Further away than any restore explains. */
const farthestSeen = 1_000_000n;

/** @param last the highest number the store remembers */
export function isBelievable(seen: Version, last: Version): boolean {
  return seen <= last + farthestSeen;
}
