/**
 * Merges the entries of a map or a list: which stay, which go, which come, and in what order. Invariant: order is
 * current's; proposed's additions stand after the neighbour they were written after.
 */

import { itemStep, keyStep, type Path } from '../text/path.ts';
import { type Alignment, align } from './align.ts';
import { mergeEntry, sameEntry } from './cells.ts';
import { type Context, entrySpan, valueSpan } from './context.ts';
import { emit, emitReordered, type Plan } from './emit.ts';
import { mergeFoot, takenLeads, trimTaken, withoutTaken } from './feet.ts';
import { type Entry, type Node, spoken } from './node.ts';
import { decideOrder, newOrder, reordered, type Tokens } from './order.ts';
import { mergeOrdered } from './ordered.ts';
import { Splices } from './splices.ts';

export function mergeMap(context: Context, base: Entry, current: Entry, proposed: Entry, path: Path): void {
  const keys = (node: Node) => node.entries.map(entry => entry.key);
  const tokens = [keys(base.node), keys(current.node), keys(proposed.node)] as const;
  mergeKeyed(context, base, current, proposed, path, tokens, entry => keyStep(path, entry.name), false);
}

export function mergeList(context: Context, base: Entry, current: Entry, proposed: Entry, path: Path): void {
  const alignment = align([base.node, current.node, proposed.node], path, context.policy);
  const step = stepper(alignment, current, proposed, path);
  if (alignment.kind === 'keyed') {
    mergeKeyed(context, base, current, proposed, path, alignment.tokens, step, true);
  } else if (alignment.kind === 'ordered') {
    mergeOrdered(context, base, current, proposed, path, alignment.tokens, step);
  } else {
    const kind = alignment.kind === 'atomic' ? 'ListOverlap' : 'Identity';
    if (current.node.full === base.node.full)
      mergeOrdered(context, base, current, proposed, path, alignment.tokens, step);
    else if (proposed.node.full !== base.node.full && proposed.node.full !== current.node.full) {
      context.clash(kind, path, valueSpan(base), valueSpan(current), valueSpan(proposed), current.start);
    }
  }
}

/** The path of an item, by its index in current where it is there, else in proposed. */
function stepper(alignment: Alignment, current: Entry, proposed: Entry, path: Path): (entry: Entry) => Path {
  const index = new Map<Entry, number>();
  for (const [at, entry] of proposed.node.entries.entries()) index.set(entry, at);
  for (const [at, entry] of current.node.entries.entries()) index.set(entry, at);
  return entry => itemStep(path, index.get(entry) ?? 0, alignment.label(entry));
}

function mergeKeyed(
  context: Context,
  base: Entry,
  current: Entry,
  proposed: Entry,
  path: Path,
  tokens: Tokens,
  step: (entry: Entry) => Path,
  isList: boolean,
): void {
  const [b, c, p] = [base.node, current.node, proposed.node];
  const byToken = (node: Node, names: readonly string[]) =>
    new Map(node.entries.map((entry, index) => [names[index]!, { entry, index }]));
  const [inBase, inCurrent, inProposed] = [
    byToken(b, tokens[0]),
    byToken(c, tokens[1]),
    byToken(p, tokens[2]),
  ];
  const order = isList ? decideOrder(context, base, current, proposed, path, tokens) : 'current';
  const outer = context.splices;
  const inner = new Map<number, Splices>();

  const takenHere = takenLeads(c, tokens[1], b, inBase);
  const takenThere = takenLeads(p, tokens[2], b, inBase);

  const gone = new Set<number>();
  for (const [index, entry] of c.entries.entries()) {
    const token = tokens[1][index]!;
    const before = inBase.get(token)?.entry;
    const there = inProposed.get(token)?.entry;
    if (order === 'proposed') {
      context.splices = new Splices();
      inner.set(index, context.splices);
    }
    if (before !== undefined && there !== undefined)
      mergeEntry(context, before, entry, there, step(entry), c.flow);
    else if (before !== undefined) {
      if (sameEntry(before, entry)) gone.add(index);
      else clashDelete(context, before, entry, null, step(entry), entry.start);
    } else if (
      there !== undefined &&
      !sameEntry(withoutTaken(entry, takenHere.get(entry)), withoutTaken(there, takenThere.get(there)))
    ) {
      const kind = entry.node.value === there.node.value ? 'Comment' : 'AddAdd';
      context.clash(kind, step(entry), null, entrySpan(entry), entrySpan(there), entry.start);
    }
  }
  context.splices = outer;

  if (renamedTwice(b, tokens, inCurrent, inProposed, isList)) {
    context.clash('Identity', path, valueSpan(base), valueSpan(current), valueSpan(proposed), current.start);
  }

  const late = new Set<Entry>();
  const plan: Plan = { gone, after: new Map(), afterFoot: late };
  let anchor = -1;
  for (const [index, entry] of p.entries.entries()) {
    const token = tokens[2][index]!;
    const here = inCurrent.get(token);
    const before = inBase.get(token);
    if (here !== undefined) {
      if (!gone.has(here.index)) anchor = here.index;
    } else if (before !== undefined) {
      if (!sameEntry(before.entry, entry)) {
        const at = nearest(before.index, tokens[0], inCurrent);
        clashDelete(context, before.entry, null, entry, step(entry), at === null ? c.start : at.end);
      }
    } else {
      let after = anchor;
      // Current's own additions in this gap come first.
      while (after + 1 < c.entries.length && isOwn(tokens[1][after + 1]!, inBase, inProposed)) after++;
      const queue = plan.after.get(after) ?? [];
      const taken = p.block && c.block ? takenThere.get(entry) : undefined;
      const both =
        taken !== undefined &&
        (taken.from === null || [...takenHere.values()].some(other => other.from === taken.from));
      const fresh = both ? trimTaken(context, entry, taken) : entry;
      queue.push(fresh);
      if (fresh !== entry && taken?.from === null && after === c.entries.length - 1) late.add(fresh);
      plan.after.set(after, queue);
    }
  }

  if (order === 'proposed') {
    emitReordered(context, current, proposed, plan, newOrder(tokens, inBase, inCurrent, gone), inner, path);
  } else {
    if (!isList && reordered(tokens[0], tokens[2])) {
      context.notice('key-order', path, 'proposed orders these keys differently; current’s order is kept');
    }
    emit(context, current, proposed, plan, path);
  }
  if (late.size === 0) mergeFoot(context, base, current, proposed, path);
}

/**
 * Whether an entry both sides removed may have been renamed by each to something else: both then have an addition
 * of their own, in a map one with the same value.
 */
function renamedTwice(
  base: Node,
  [before]: Tokens,
  inCurrent: ReadonlyMap<string, { entry: Entry }>,
  inProposed: ReadonlyMap<string, { entry: Entry }>,
  isList: boolean,
): boolean {
  const gone = base.entries.filter(
    (_, index) => !inCurrent.has(before[index]!) && !inProposed.has(before[index]!),
  );
  if (gone.length === 0) return false;
  const known = new Set(before);
  const own = (side: ReadonlyMap<string, { entry: Entry }>, other: ReadonlyMap<string, unknown>) =>
    new Set(
      [...side]
        .filter(([token]) => !known.has(token) && !other.has(token))
        .map(([, { entry }]) => entry.node.value),
    );
  const [here, there] = [own(inCurrent, inProposed), own(inProposed, inCurrent)];
  if (isList) return here.size > 0 && there.size > 0;
  return gone.some(({ node }) => here.has(node.value) && there.has(node.value));
}

function isOwn(
  token: string,
  inBase: ReadonlyMap<string, unknown>,
  inProposed: ReadonlyMap<string, unknown>,
): boolean {
  return !inBase.has(token) && !inProposed.has(token);
}

function nearest(
  index: number,
  tokens: readonly string[],
  inCurrent: ReadonlyMap<string, { entry: Entry }>,
): Entry | null {
  for (let at = index - 1; at >= 0; at--) {
    const found = inCurrent.get(tokens[at]!);
    if (found !== undefined) return found.entry;
  }
  return null;
}

export function clashDelete(
  context: Context,
  before: Entry,
  here: Entry | null,
  there: Entry | null,
  path: Path,
  at: number,
): void {
  const edited = here ?? there!;
  const kind = edited.node.value === before.node.value ? 'Comment' : 'EditDelete';
  const span = (entry: Entry) => ({
    ...entrySpan(entry),
    start: spoken(entry.lead) === '' || entry.compact ? entry.start : entry.leadStart,
  });
  context.clash(
    kind,
    path,
    span(before),
    here === null ? null : span(here),
    there === null ? null : span(there),
    at,
  );
}
