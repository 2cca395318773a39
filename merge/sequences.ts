/**
 * Merges the entries of a map or a list: which stay, which go, which come, and in what order. Invariant: order is
 * current's; proposed's additions stand after the neighbour they were written after.
 */

import { itemStep, keyStep, type Path, pointer } from '../text/path.ts';
import { align, ruleFor } from './align.ts';
import { sameEntry } from './cell.ts';
import { leftAlone, mergeEntry } from './cells.ts';
import { entrySpan, type MergeContext, type Span } from './context.ts';
import { emit, emitReordered } from './emit.ts';
import { mergeFoot, mergeTakenFoot, type TakenLead, takenLeads, trimTaken, withoutTaken } from './feet.ts';
import type { Alignment } from './identity.ts';
import { type Entry, type Node, repeats, spoken } from './node.ts';
import { decideOrder, entangled, newOrder, reordered, standing, type Tokens } from './order.ts';
import { mergeOrdered } from './ordered.ts';
import { type Renamed, renamedItems, renamedKeys } from './pairs.ts';
import type { Plan } from './plan.ts';
import { mayBeRenamed } from './renames.ts';
import { Splices } from './splices.ts';
import { each, type Three } from './three.ts';

export function mergeMap(context: MergeContext, at: Three<Entry>, path: Path): void {
  const tokens = each(at, ({ node }) => node.entries.map(entry => entry.key));
  if (repeatedApart(at)) return context.clashValues('DuplicateKey', path, at);
  const step = (entry: Entry) => (entry.names ?? [entry.name]).reduce(keyStep, path);
  mergeNamed(context, at, path, tokens, step, false);
}

/** Whether a key stands more than once, and which of its values is which cannot be told. */
function repeatedApart(at: Three<Entry>): boolean {
  const doubled = new Set<string>();
  for (const side of [at.base, at.current, at.proposed]) {
    for (const { key } of side.node.entries) {
      const first = repeats(key);
      if (first !== null) doubled.add(first);
    }
  }
  if (doubled.size === 0) return false;
  return [...doubled].some(key => {
    const all = each(at, ({ node }) =>
      node.entries
        .filter(entry => entry.key === key || repeats(entry.key) === key)
        .map(({ node }) => node.full),
    );
    const [b, c, p] = [all.base.join(), all.current.join(), all.proposed.join()];
    const alike = all.base.length === all.current.length && all.current.length === all.proposed.length;
    return !alike && b !== c && b !== p && c !== p;
  });
}

export function mergeList(context: MergeContext, at: Three<Entry>, path: Path): void {
  const { base, current, proposed } = at;
  const nodes = each(at, entry => entry.node);
  const alignment = align(nodes, path, context.policy);
  const step = stepper(alignment, current, proposed, path);
  if (alignment.kind === 'keyed') {
    // An identity that somebody chose for a list is one: under another name it is another item.
    const chosen = context.policy !== undefined && ruleFor(context.policy, pointer(path)) !== null;
    if (chosen) mergeKeyed(context, at, path, alignment.tokens, step, true);
    else mergeNamed(context, at, path, alignment.tokens, step, true);
  } else if (alignment.kind === 'ordered') {
    mergeOverlapping(context, at, path, alignment);
  } else {
    const kind = alignment.kind === 'atomic' ? 'ListOverlap' : 'Identity';
    if (current.node.full === base.node.full) mergeOverlapping(context, at, path, alignment);
    else if (proposed.node.full !== base.node.full && proposed.node.full !== current.node.full) {
      context.clashValues(kind, path, at);
    }
  }
}

/** By whole items in order; where that is a clash, by the first identity that holds and makes none. */
function mergeOverlapping(context: MergeContext, at: Three<Entry>, path: Path, alignment: Alignment): void {
  const inOrder = () =>
    mergeOrdered(context, at, path, alignment.tokens, stepper(alignment, at.current, at.proposed, path));
  const start = context.mark();
  const overlap = inOrder();
  if (overlap === null) return;
  let [undone, mayBeRename] = [false, false];
  for (const other of (context.guesses && alignment.others?.()) || []) {
    if (!context.spend(at.current.node.end - at.current.node.start)) break;
    context.undo(start);
    undone = true;
    mergeKeyed(context, at, path, other.tokens, stepper(other, at.current, at.proposed, path), true);
    if (context.unclashed(start)) {
      context.guessed = true;
      return;
    }
    // By these names nothing else stands in the way.
    if (context.clashesOnlyBy('Identity', start)) mayBeRename = true;
  }
  if (undone) {
    context.undo(start);
    inOrder();
  }
  const detail = mayBeRename ? oneMayHaveRenamed : undefined;
  context.clashValues(overlap, path, at, detail);
}

const oneMayHaveRenamed = 'one side may have renamed what the other removed';

/** The path of an item, by its index in current where it is there, else in proposed. */
function stepper(alignment: Alignment, current: Entry, proposed: Entry, path: Path): (entry: Entry) => Path {
  let index: Map<Entry, number> | null = null;
  const indexOf = (entry: Entry): number => {
    if (index === null) {
      index = new Map();
      for (const [at, own] of proposed.node.entries.entries()) index.set(own, at);
      for (const [at, own] of current.node.entries.entries()) index.set(own, at);
    }
    return index.get(entry) ?? 0;
  };
  return entry => itemStep(path, indexOf(entry), alignment.label(entry));
}

/** By the names the entries have; where that is a clash, with renamed ones taken for what they were, if it is less of one. */
function mergeNamed(
  context: MergeContext,
  at: Three<Entry>,
  path: Path,
  tokens: Tokens,
  step: (entry: Entry) => Path,
  isList: boolean,
): void {
  const start = context.mark();
  const plainly = () => mergeKeyed(context, at, path, tokens, step, isList);
  plainly();
  if (context.unclashed(start) || !context.guesses || context.current.flat) return;
  const entries = each(at, ({ node }) => node.entries);
  const renamed = isList ? renamedItems(tokens, entries) : renamedKeys(tokens, entries);
  if (renamed === null || !context.spend(2 * (at.current.node.end - at.current.node.start))) return;
  const clashes = context.places.length;
  context.undo(start);
  mergeKeyed(context, at, path, tokens, step, isList, renamed);
  if (context.places.length < clashes) {
    context.guessed = true;
    return;
  }
  context.undo(start);
  plainly();
}

/** Where all sides have the same entries in the same order, nothing comes, goes or moves. */
function mergeInPlace(
  context: MergeContext,
  at: Three<Entry>,
  path: Path,
  step: (entry: Entry) => Path,
): void {
  const { base, current, proposed } = each(at, ({ node }) => node.entries);
  for (const [index, entry] of current.entries()) {
    const [before, there] = [base[index]!, proposed[index]!];
    // Asked here as well, because naming an entry costs more than finding that nothing happened to it.
    if (!leftAlone(context, before, there))
      mergeEntry(
        context,
        { base: before, current: entry, proposed: there },
        step(entry),
        at.current.node.flow,
      );
  }
  emit(context, at.current, at.proposed, { gone: new Set(), after: new Map() }, path);
  mergeFoot(context, at, path);
}

/** @param renamed what goes by another name on one side than in base, if any is taken for that */
function mergeKeyed(
  context: MergeContext,
  at: Three<Entry>,
  path: Path,
  named: Tokens,
  step: (entry: Entry) => Path,
  isList: boolean,
  renamed: Renamed | null = null,
): void {
  if (renamed === null && sameNames(named)) return mergeInPlace(context, at, path, step);
  const { base, current, proposed } = at;
  const tokens = renamed?.tokens ?? named;
  const [b, c, p] = [base.node, current.node, proposed.node];
  const byToken = (node: Node, names: readonly string[]) =>
    new Map(node.entries.map((entry, index) => [names[index]!, { entry, index }]));
  const inBase = byToken(b, tokens.base);
  const inCurrent = byToken(c, tokens.current);
  const inProposed = byToken(p, tokens.proposed);
  const order = isList ? decideOrder(context, at, path, tokens) : 'current';
  const isMoved = isList && reordered(tokens.current, tokens.proposed);
  const [side, other] =
    order === 'proposed' ? [tokens.current, tokens.proposed] : [tokens.proposed, tokens.current];
  const stands = isMoved ? standing(side, other) : new Map<string, string | null>();
  const outer = context.splices;
  const inner = new Map<number, Splices>();

  const lost = (one: string, index: Map<string, unknown>) => !index.has(one);
  /** What an entry that this side has not may go by there. */
  const renamedIn = (side: Tokens['current'], own: Map<string, unknown>): string | undefined =>
    side.some(token => lost(token, inBase)) && tokens.base.some(token => lost(token, own))
      ? oneMayHaveRenamed
      : undefined;

  const takenHere = takenLeads(c, tokens.current, b, p, inBase);
  const takenThere = takenLeads(p, tokens.proposed, b, c, inBase);

  const gone = new Set<number>();
  for (const [index, entry] of c.entries.entries()) {
    const token = tokens.current[index]!;
    const before = inBase.get(token)?.entry;
    const there = inProposed.get(token)?.entry;
    if (order === 'proposed') {
      context.splices = new Splices();
      inner.set(index, context.splices);
    }
    if (before !== undefined && there !== undefined) {
      // As in mergeInPlace.
      if (!leftAlone(context, before, there))
        mergeEntry(context, { base: before, current: entry, proposed: there }, step(entry), c.flow);
    } else if (before !== undefined) {
      if (sameEntry(before, entry)) gone.add(index);
      else {
        const sides = { base: before, current: entry, proposed: null };
        clashDelete(context, sides, step(entry), entry.start, renamedIn(tokens.proposed, inProposed));
      }
    } else if (
      there !== undefined &&
      !sameAddition(withoutTaken(entry, takenHere.get(entry)), there, takenThere.get(there))
    ) {
      const kind = entry.node.value === there.node.value ? 'Comment' : 'AddAdd';
      context.clash(
        kind,
        step(entry),
        { base: null, current: entrySpan(entry), proposed: entrySpan(there) },
        entry.start,
        renamedIn(tokens.current, inCurrent) && renamedIn(tokens.proposed, inProposed),
      );
    }
  }
  context.splices = outer;

  const entries = each(at, ({ node }) => node.entries);
  // Asked of the names as they are: what is taken for renamed explains no other loss, and no other addition.
  if (!context.again && mayBeRenamed(named, entries, isList)) context.clashValues('Identity', path, at);
  else if (isList && (entangled(named, renamed) || stands === null))
    context.clashValues('ListOverlap', path, at);

  const late = new Set<Entry>();
  const plan: Plan = { gone, after: new Map(), afterFoot: late };
  let anchor = -1;
  for (const [index, entry] of p.entries.entries()) {
    const token = tokens.proposed[index]!;
    const here = inCurrent.get(token);
    const before = inBase.get(token);
    if (here !== undefined) {
      if (!gone.has(here.index)) anchor = here.index;
    } else if (before !== undefined) {
      if (!sameEntry(before.entry, entry)) {
        const above = nearest(before.index, tokens.base, inCurrent);
        const sides = { base: before.entry, current: null, proposed: entry };
        const where = above === null ? c.start : above.end;
        clashDelete(context, sides, step(entry), where, renamedIn(tokens.current, inCurrent));
      }
    } else {
      const stated = order === 'current' ? stands?.get(token) : undefined;
      let after = stated === undefined ? anchor : stated === null ? -1 : inCurrent.get(stated)!.index;
      // Current's own additions in this gap come first.
      const above = tokens.current[after] ?? null;
      while (
        after + 1 < c.entries.length &&
        isOwn(tokens.current[after + 1]!, inBase, inProposed) &&
        (order === 'current' || !stands || stands.get(tokens.current[after + 1]!) === above) &&
        mayFollow(context, entry, c.entries[after + 1]!)
      )
        after++;
      const queue = plan.after.get(after) ?? [];
      const taken = p.block && c.block ? takenThere.get(entry) : undefined;
      const both =
        taken !== undefined &&
        (taken.from === null || [...takenHere.values()].some(other => other.from === taken.from));
      const fresh = both ? trimTaken(context, entry, taken) : entry;
      queue.push(fresh);
      const below = late.size > 0 || (fresh !== entry && taken?.from === null);
      if (below && after === c.entries.length - 1) late.add(fresh);
      plan.after.set(after, queue);
    }
  }

  // Such a list has no spelling without items.
  if (isList && context.current.flat && gone.size === c.entries.length && plan.after.size === 0)
    return context.clashValues('EditDelete', path, at);
  if (order === 'proposed') {
    emitReordered(
      context,
      current,
      proposed,
      plan,
      newOrder(tokens, inBase, inCurrent, gone, stands ?? new Map()),
      inner,
      path,
    );
  } else {
    if (!isList && reordered(tokens.base, tokens.proposed)) {
      context.notice('key-order', path, 'proposed orders these keys differently; current’s order is kept');
    }
    emit(context, current, proposed, plan, path);
  }
  if (late.size === 0 && !mergeTakenFoot(context, at, takenHere, path)) mergeFoot(context, at, path);
}

function sameNames({ base, current, proposed }: Tokens): boolean {
  if (base.length !== current.length || base.length !== proposed.length) return false;
  return base.every((name, at) => name === current[at] && name === proposed[at]);
}

/**
 * Whether current's addition is proposed's: the same, or the same below comments that current edited and proposed left
 * as they were.
 */
function sameAddition(entry: Entry, there: Entry, taken: TakenLead | undefined): boolean {
  const theirs = withoutTaken(there, taken);
  if (sameEntry(entry, theirs)) return true;
  if (taken === undefined || entry.node.full !== there.node.full || entry.tail !== there.tail) return false;
  const [own, rest] = [spoken(entry.lead), spoken(theirs.lead)];
  return taken.from === null && (rest === '' || own.endsWith(`\n${rest}`));
}

/** A key that came behind the header of a section would be one of that section. */
function mayFollow({ current }: MergeContext, entry: Entry, before: Entry): boolean {
  return !current.flat || entry.node.block || !before.node.block;
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

function clashDelete(
  context: MergeContext,
  entries: { base: Entry; current: Entry | null; proposed: Entry | null },
  path: Path,
  at: number,
  detail: string | undefined,
): void {
  const edited = entries.current ?? entries.proposed!;
  const kind = edited.node.value === entries.base.node.value ? 'Comment' : 'EditDelete';
  const span = (entry: Entry | null) =>
    entry && {
      ...entrySpan(entry),
      start: spoken(entry.lead) === '' || entry.compact ? entry.start : entry.leadStart,
    };
  context.clash(kind, path, each<Entry | null, Span | null>(entries, span), at, detail);
}
