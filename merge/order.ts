/**
 * The order of entries that have names. Invariant: order is current's unless only proposed changed it; an item one
 * side moved and the other removed, or two different orders, are a clash.
 */

import type { Path } from '../text/path.ts';
import { type Context, valueSpan } from './context.ts';
import type { Entry } from './node.ts';

/** The names of the entries of base, current and proposed. */
export type Tokens = readonly [readonly string[], readonly string[], readonly string[]];

/** Whether the names both lists have stand in another order in the second. */
export function reordered(before: readonly string[], after: readonly string[]): boolean {
  const index = new Map(before.map((token, at) => [token, at]));
  let last = -1;
  for (const token of after) {
    const at = index.get(token);
    if (at === undefined) continue;
    if (at < last) return true;
    last = at;
  }
  return false;
}

/** The names that stand in another order to some name both lists have. */
function moved(before: readonly string[], after: readonly string[]): Set<string> {
  const index = new Map(before.map((token, at) => [token, at]));
  const common = after.filter(token => index.has(token));
  const found = new Set<string>();
  let highest = -1;
  for (const token of common) {
    const at = index.get(token)!;
    if (at < highest) found.add(token);
    highest = Math.max(highest, at);
  }
  let lowest = Number.POSITIVE_INFINITY;
  for (const token of common.toReversed()) {
    const at = index.get(token)!;
    if (at > lowest) found.add(token);
    lowest = Math.min(lowest, at);
  }
  return found;
}

export function decideOrder(
  context: Context,
  base: Entry,
  current: Entry,
  proposed: Entry,
  path: Path,
  tokens: Tokens,
): 'current' | 'proposed' {
  const [b, c, p] = tokens;
  const here = reordered(b, c);
  const there = reordered(b, p);
  if (!there && !here) return 'current';
  const clash = (kind: 'MoveMove' | 'MoveDelete') =>
    context.clash(kind, path, valueSpan(base), valueSpan(current), valueSpan(proposed), current.start);
  if (there && here) {
    if (reordered(c, p)) clash('MoveMove');
    return 'current';
  }
  const [mover, other] = there ? [p, c] : [c, p];
  const kept = new Set(other);
  for (const token of moved(b, mover)) {
    if (!kept.has(token)) {
      clash('MoveDelete');
      return 'current';
    }
  }
  return there ? 'proposed' : 'current';
}

/** Indices into current in proposed's order, current's own additions after what they were written after. */
export function newOrder(
  tokens: Tokens,
  inBase: ReadonlyMap<string, unknown>,
  inCurrent: ReadonlyMap<string, { index: number }>,
  gone: ReadonlySet<number>,
): number[] {
  const inProposed = new Set(tokens[2]);
  const followers = new Map<string | null, number[]>();
  let owner: string | null = null;
  for (const [index, token] of tokens[1].entries()) {
    if (gone.has(index)) continue;
    if (inProposed.has(token)) owner = token;
    else if (!inBase.has(token)) {
      const own = followers.get(owner);
      if (own === undefined) followers.set(owner, [index]);
      else own.push(index);
    }
  }
  const order: number[] = [...(followers.get(null) ?? [])];
  for (const token of tokens[2]) {
    const here = inCurrent.get(token);
    if (here === undefined || gone.has(here.index)) continue;
    order.push(here.index, ...(followers.get(token) ?? []));
  }
  // What clashed is still in current and in neither list above.
  const placed = new Set(order);
  for (const index of tokens[1].keys()) if (!placed.has(index) && !gone.has(index)) order.push(index);
  return order;
}
