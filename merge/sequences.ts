/**
 * Merges the entries of a map or a list: which stay, which go, which come, and in what order. Invariant: order is
 * current's; proposed's additions stand after the neighbour they were written after.
 */
import { type Alignment, align } from './align.ts';
import { commentCell, mergeEntry, sameEntry } from './cells.ts';
import { type Context, entrySpan, valueSpan } from './context.ts';
import { emit, emitReordered, type Plan } from './emit.ts';
import { type Entry, type Node, spoken } from './node.ts';
import { mergeOrdered } from './ordered.ts';
import { itemStep, keyStep, type Path } from './path.ts';
import { nextLine } from './source.ts';
import { Splices } from './splices.ts';
import { reindentLead } from './text.ts';

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

type Tokens = readonly [readonly string[], readonly string[], readonly string[]];

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
    } else if (there !== undefined && !sameEntry(withoutFoot(entry, b), withoutFoot(there, b))) {
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
      const bare = p.block && c.block && spoken(p.foot) === '' ? withoutFoot(entry, b) : entry;
      const fresh = bare === entry ? entry : trimLead(context, bare, b);
      queue.push(fresh);
      if (fresh !== entry && after === c.entries.length - 1) late.add(fresh);
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
 * An entry written below the closing comments of its collection took them for its own leading comments. Seen
 * without them, the comments stay what they were: nobody's edit.
 */
function withoutFoot(entry: Entry, base: Node): Entry {
  const foot = spoken(base.foot);
  if (foot === '') return entry;
  const lead = spoken(entry.lead);
  if (lead !== foot && !lead.startsWith(`${foot}\n`)) return entry;
  return { ...entry, lead: lead.slice(foot.length + 1) };
}

/** The same for the text: the lines of the closing comments are left out. */
function trimLead(context: Context, entry: Entry, base: Node): Entry {
  const { text } = context.proposed;
  let left = spoken(base.foot).split('\n').length;
  let from = entry.leadStart;
  while (left > 0) {
    if (text.slice(from, nextLine(text, from)).trim() !== '') left--;
    from = nextLine(text, from);
  }
  return { ...entry, leadStart: from };
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

/** The comment lines after the last entry. */
export function mergeFoot(context: Context, base: Entry, current: Entry, proposed: Entry, path: Path): void {
  const [b, c, p] = [base.node, current.node, proposed.node];
  const take = commentCell(b.foot, c.foot, p.foot);
  if (take === 'keep') return;
  if (take === 'take' && holdsFoot(c) && (holdsFoot(p) || p.foot === '')) {
    const indent = p.foot.includes('#') ? Math.max(0, c.column) : 0;
    const text = p.foot === '' ? '' : context.proposed.text.slice(p.footStart, footEnd(proposed));
    context.splice(c.footStart, Math.max(c.footStart, footEnd(current)), reindentLead(text, indent), path);
    return;
  }
  if (take === 'take' && spoken(p.foot) === spoken(c.foot)) return;
  const span = (node: Node) => ({ start: node.footStart, end: Math.max(node.footStart, node.end) });
  context.clash('Comment', path, span(b), span(c), span(p), current.start);
}

/** Whether there are lines for closing comments: in block style, and after brackets that are the whole document. */
function holdsFoot(node: Node): boolean {
  return node.block || node.footStart > node.end;
}

function footEnd(entry: Entry): number {
  return entry.node.block ? entry.node.end + 1 : entry.end;
}

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

function decideOrder(
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
function newOrder(
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
    else if (!inBase.has(token)) followers.set(owner, [...(followers.get(owner) ?? []), index]);
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
