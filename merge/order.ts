/**
 * The order of entries that have names. Invariant: order is current's unless only proposed changed it; an item one
 * side moved and the other removed, or two different orders, are a clash.
 */

import type { Path } from '../text/path.ts';
import type { MergeContext } from './context.ts';
import type { Entry } from './node.ts';
import type { Three } from './three.ts';

/** The names of the entries of base, current and proposed. */
export type Tokens = Three<readonly string[]>;

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
  context: MergeContext,
  at: Three<Entry>,
  path: Path,
  tokens: Tokens,
): 'current' | 'proposed' {
  const { base: b, current: c, proposed: p } = tokens;
  const here = reordered(b, c);
  const there = reordered(b, p);
  if (!there && !here && !reordered(c, p)) return 'current';
  const clash = (kind: 'MoveMove' | 'MoveDelete') => context.clashValues(kind, path, at);
  if (there === here) {
    // Where only what the other side removed stands elsewhere, that is what was moved.
    const lost = (mover: readonly string[], other: readonly string[]) =>
      here &&
      !reordered(
        b,
        mover.filter(token => other.includes(token)),
      );
    if (reordered(c, p)) clash('MoveMove');
    else if (lost(c, p) || lost(p, c)) clash('MoveDelete');
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

/** New names that stand for entries of base. */
interface NewNames {
  readonly current: ReadonlySet<string>;
  readonly proposed: ReadonlySet<string>;
}

/**
 * Whether both sides put something of their own between the same two neighbours, and something that stood there in
 * base is gone: what stood beside it may be replaced by either, so nobody can tell which comes first. Where both only
 * renamed what stood there, each stands where it stood.
 */
export function entangled({ base, current, proposed }: Tokens, renamed: NewNames | null = null): boolean {
  const [inBase, inCurrent, inProposed] = [new Set(base), new Set(current), new Set(proposed)];
  const held = (token: string) => inBase.has(token) && inCurrent.has(token) && inProposed.has(token);
  const gaps = (tokens: readonly string[], counts: (token: string) => boolean) => {
    const found = new Set<string | null>();
    let before: string | null = null;
    for (const token of tokens) {
      if (held(token)) before = token;
      else if (counts(token)) found.add(before);
    }
    return found;
  };
  const own = (other: ReadonlySet<string>) => (token: string) => !inBase.has(token) && !other.has(token);
  const here = gaps(current, own(inProposed));
  if (here.size === 0) return false;
  const there = gaps(proposed, own(inCurrent));
  if (there.size === 0) return false;
  const gone = gaps(base, () => true);
  const meet = [...gone].filter(gap => here.has(gap) && there.has(gap));
  if (renamed === null || meet.length === 0) return meet.length > 0;
  const added = (tokens: readonly string[], other: ReadonlySet<string>, names: ReadonlySet<string>) =>
    gaps(tokens, token => own(other)(token) && !names.has(token));
  const [more, others] = [
    added(current, inProposed, renamed.current),
    added(proposed, inCurrent, renamed.proposed),
  ];
  return meet.some(gap => more.has(gap) || others.has(gap));
}

/** What each addition of a side comes after, where the other side orders the items anew; null: it comes first. */
export type StandsAfter = ReadonlyMap<string, string | null>;

/**
 * Where additions of `side` stand in the order of `other`: between the neighbours that they were written between. What
 * came to stand between those is before or behind them as `side` has it. Null: the other side turned the neighbours
 * round, or mixed what is before with what is behind.
 */
export function standing(side: readonly string[], other: readonly string[]): StandsAfter | null {
  const inSide = new Map(side.map((token, at) => [token, at]));
  const order = other.filter(token => inSide.has(token));
  const rank = new Map(order.map((token, at) => [token, at]));
  const found = new Map<string, string | null>();
  let run: string[] = [];
  let above = -1;
  for (const [at, token] of [...side.entries(), [side.length, null] as const]) {
    const below = token === null ? order.length : rank.get(token);
    if (below === undefined) {
      run.push(token!);
      continue;
    }
    if (run.length > 0) {
      if (below < above) return null;
      let last = above;
      for (let between = above + 1; between < below; between++) {
        if (inSide.get(order[between]!)! > at) continue;
        if (between > last + 1) return null;
        last = between;
      }
      for (const own of run) found.set(own, last === -1 ? null : order[last]!);
      run = [];
    }
    above = below;
  }
  return found;
}

/**
 * Whether bare values can be told apart by what they are: between two that all three have, only one side adds any, and
 * the other loses none there. What is added beside what the other side removes looks like its new text as soon as the
 * merge is made again, and an edit of what the other side removes is a clash.
 */
export function apart({ base, current, proposed }: Tokens): boolean {
  const [inBase, inCurrent, inProposed] = [new Set(base), new Set(current), new Set(proposed)];
  const gaps = (tokens: readonly string[], counts: (token: string) => boolean) => {
    const found = new Set<string | null>();
    let before: string | null = null;
    for (const token of tokens) {
      if (inBase.has(token) && inCurrent.has(token) && inProposed.has(token)) before = token;
      else if (counts(token)) found.add(before);
    }
    return found;
  };
  const here = gaps(current, token => !inBase.has(token) && !inProposed.has(token));
  const there = gaps(proposed, token => !inBase.has(token) && !inCurrent.has(token));
  const goneHere = gaps(base, token => !inCurrent.has(token));
  const goneThere = gaps(base, token => !inProposed.has(token));
  return here.isDisjointFrom(there) && here.isDisjointFrom(goneThere) && there.isDisjointFrom(goneHere);
}

/** Indices into current in proposed's order, current's own additions where they stand in that. */
export function newOrder(
  tokens: Tokens,
  inBase: ReadonlyMap<string, unknown>,
  inCurrent: ReadonlyMap<string, { index: number }>,
  gone: ReadonlySet<number>,
  stands: StandsAfter,
): number[] {
  const inProposed = new Set(tokens.proposed);
  const followers = new Map<string | null, number[]>();
  for (const [index, token] of tokens.current.entries()) {
    if (gone.has(index)) continue;
    if (!inBase.has(token) && !inProposed.has(token)) {
      const owner = stands.get(token) ?? null;
      const own = followers.get(owner);
      if (own === undefined) followers.set(owner, [index]);
      else own.push(index);
    }
  }
  const order: number[] = [...(followers.get(null) ?? [])];
  for (const token of tokens.proposed) {
    const here = inCurrent.get(token);
    if (here === undefined || gone.has(here.index)) continue;
    order.push(here.index, ...(followers.get(token) ?? []));
  }
  // What clashed is still in current and in neither list above.
  const placed = new Set(order);
  for (const index of tokens.current.keys()) if (!placed.has(index) && !gone.has(index)) order.push(index);
  return order;
}
