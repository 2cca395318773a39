/**
 * Merges a list whose items have no identity, or only some have. Invariant: items that are the same and unique on
 * all three sides are the only anchors; between two anchors at most one side may have changed, or each position
 * at most once. Whatever could be read in two ways is a clash.
 */
import { diffArrays } from 'diff';
import type { Path } from '../text/path.ts';
import { sameEntry } from './cell.ts';
import { mergeEntry } from './cells.ts';
import { isCollection, type MergeContext } from './context.ts';
import { emit } from './emit.ts';
import { mergeFoot } from './feet.ts';
import { byNames } from './guesses.ts';
import { maxDiffEdits } from './limits.ts';
import { misplacedBy, type Overlap } from './misplaced.ts';
import type { Entry } from './node.ts';
import type { Tokens } from './order.ts';
import type { Plan } from './plan.ts';
import { each, type Three } from './three.ts';

/** From and to, in the items of each side. */
type Segment = Three<readonly [number, number]>;

/** Where one item stands in base, current and proposed. */
type Anchor = readonly [number, number, number];

/** Null: merged; what the items themselves hold may still have clashed. */
export function mergeOrdered(
  context: MergeContext,
  at: Three<Entry>,
  path: Path,
  tokens: Tokens,
  step: (entry: Entry) => Path,
): Overlap | null {
  const merge = new OrderedMerge(context, at, step);
  const found = merge.run(tokens);
  if (found !== null) return found;
  emit(context, at.current, at.proposed, merge.plan, path);
  mergeFoot(context, at, path);
  return null;
}

class OrderedMerge {
  readonly context: MergeContext;
  readonly b: readonly Entry[];
  readonly c: readonly Entry[];
  readonly p: readonly Entry[];
  readonly flow: boolean;
  readonly step: (entry: Entry) => Path;
  readonly plan: Plan = { gone: new Set(), after: new Map() };
  /** Items of current that became an item of proposed, or (null) something of both. */
  readonly #became = new Map<number, number | null>();

  constructor(
    context: MergeContext,
    { base, current, proposed }: Three<Entry>,
    step: (entry: Entry) => Path,
  ) {
    this.context = context;
    this.b = base.node.entries;
    this.c = current.node.entries;
    this.p = proposed.node.entries;
    this.flow = current.node.flow;
    this.step = step;
  }

  run(tokens: Tokens): Overlap | null {
    const whole: Segment = {
      base: [0, this.b.length],
      current: [0, this.c.length],
      proposed: [0, this.p.length],
    };
    const [b, c, p] = [this.b, this.c, this.p].map(side => side.map(entry => entry.node.value)) as [
      number[],
      number[],
      number[],
    ];
    if (equal(b, p) || equal(b, c) || equal(c, p)) return this.#segment(whole, tokens) ? null : 'Comment';
    const anchors = commonUnique(tokens);
    const [here, there] = [isRising(anchors, [1]), isRising(anchors, [2])];
    const alike = isRising(
      anchors.toSorted((x, y) => x[1] - y[1]),
      [2],
    );
    if (!here && !there && !alike) return 'MoveMove';
    if (!here || !there) {
      // What one side moved is gone in one place and new in another; what stayed divides the list.
      const stayed = this.context.guesses ? unmoved(anchors, here ? 2 : 1) : [];
      if (stayed.length === 0 || !this.#between(whole, stayed, tokens)) return 'ListOverlap';
      this.context.guessed = true;
    } else if (!this.#between(whole, anchors, tokens)) return 'ListOverlap';
    return this.#conserved(tokens) ?? this.#misplaced(tokens);
  }

  /** Whether the result has something against it by names that the merge did not go by. */
  #misplaced(tokens: Tokens): Overlap | null {
    if (this.b.length === 0 || this.c.length + this.p.length > 2 * mostMoved) return null;
    const places = new Map(this.p.map((entry, at) => [entry, at]));
    const result: (readonly ['current' | 'proposed', number])[] = [];
    for (let at = -1; at < this.c.length; at++) {
      const became = this.#became.get(at);
      if (at >= 0 && !this.plan.gone.has(at))
        result.push(became == null ? ['current', at] : ['proposed', became]);
      for (const entry of this.plan.after.get(at) ?? []) result.push(['proposed', places.get(entry)!]);
    }
    const lists = each({ base: this.b, current: this.c, proposed: this.p }, entries => ({ entries }));
    for (const names of [tokens, ...byNames(lists).map(one => one.tokens)]) {
      if (Object.values(names).some(list => new Set(list).size !== list.length)) continue;
      const found = misplacedBy(
        names,
        result.map(([side, at]) => names[side][at]!),
      );
      if (found !== null) return found;
    }
    return null;
  }

  /** The anchors of a stretch, and what stands before, between and behind them. */
  #between({ base, current, proposed }: Segment, anchors: readonly Anchor[], tokens: Tokens): boolean {
    let [fromB, fromC, fromP] = [base[0], current[0], proposed[0]];
    for (const [atB, atC, atP] of [...anchors, [base[1], current[1], proposed[1]] as const]) {
      if (!this.#segment({ base: [fromB, atB], current: [fromC, atC], proposed: [fromP, atP] }, tokens))
        return false;
      if (atB < base[1]) this.#pair(atB, atC, atP);
      [fromB, fromC, fromP] = [atB + 1, atC + 1, atP + 1];
    }
    return true;
  }

  /** Both sides changed a stretch: what stands once in it on every side, in one order, divides it further. */
  #divide(segment: Segment, tokens: Tokens): boolean {
    const { base: b, current: c, proposed: p } = segment;
    const anchors = commonUnique({
      base: tokens.base.slice(...b),
      current: tokens.current.slice(...c),
      proposed: tokens.proposed.slice(...p),
    }).map(([x, y, z]): Anchor => [x + b[0], y + c[0], z + p[0]]);
    return anchors.length > 0 && isRising(anchors) && this.#between(segment, anchors, tokens);
  }

  #pair(b: number, c: number, p: number): void {
    const entry = this.c[c]!;
    const [before, here, there] = [this.b[b]!, entry, this.p[p]!].map(side => side.node.value);
    if (before !== there && here !== there) this.#became.set(c, before === here ? p : null);
    mergeEntry(
      this.context,
      { base: this.b[b]!, current: entry, proposed: this.p[p]! },
      this.step(entry),
      this.flow,
    );
  }

  #segment(segment: Segment, tokens: Tokens): boolean {
    const { base: b, current: c, proposed: p } = segment;
    const [bs, cs, ps] = [this.b.slice(...b), this.c.slice(...c), this.p.slice(...p)];
    const ids = (entries: readonly Entry[]) => entries.map(entry => entry.node.value);
    const [ib, ic, ip] = [ids(bs), ids(cs), ids(ps)];
    if (equal(ib, ip)) {
      if (!equal(ib, ic)) return this.#follow(segment);
      for (const index of bs.keys()) this.#pair(b[0] + index, c[0] + index, p[0] + index);
      return true;
    }
    if (equal(ib, ic)) return this.#replace(segment);
    if (equal(ic, ip)) return this.#agree(segment);
    if (bs.length !== cs.length || cs.length !== ps.length) return this.#divide(segment, tokens);
    const alone = bs.length === 1;
    for (const index of bs.keys()) {
      const touched = ib[index] !== ic[index] && ib[index] !== ip[index] && ic[index] !== ip[index];
      const [x, y, z] = [bs[index]!.node, cs[index]!.node, ps[index]!.node];
      const descend =
        alone &&
        ((isCollection(x) && x.kind === y.kind && y.kind === z.kind) ||
          (!isCollection(x) && !isCollection(y) && !isCollection(z)));
      if (touched && !descend) return this.#divide(segment, tokens);
    }
    for (const index of bs.keys()) this.#pair(b[0] + index, c[0] + index, p[0] + index);
    return true;
  }

  /** Proposed has here what base has, but for comments and spelling: they follow the items current kept. */
  #follow({ base: b, current: c, proposed: p }: Segment): boolean {
    const key = (entry: Entry) => String(entry.node.value);
    let [atB, atC] = [0, 0];
    for (const hunk of diff(this.b.slice(...b).map(key), this.c.slice(...c).map(key))) {
      for (let index = 0; index < hunk.removed; index++) {
        const [x, z] = [b[0] + atB + index, p[0] + atB + index];
        if (hunk.removed === hunk.added) this.#pair(x, c[0] + atC + index, z);
        else if (!sameEntry(this.b[x]!, this.p[z]!)) return false;
      }
      atB += hunk.removed;
      atC += hunk.added;
    }
    return true;
  }

  /** Both sides made the same of it: what base had too may still differ in comments. */
  #agree({ base: b, current: c, proposed: p }: Segment): boolean {
    const key = (entry: Entry) => String(entry.node.value);
    let [atB, atC] = [0, 0];
    for (const hunk of diff(this.b.slice(...b).map(key), this.c.slice(...c).map(key))) {
      for (let index = 0; index < hunk.added; index++) {
        const [y, z] = [c[0] + atC + index, p[0] + atC + index];
        if (hunk.removed === hunk.added) this.#pair(b[0] + atB + index, y, z);
        else if (!sameEntry(this.c[y]!, this.p[z]!)) return false;
      }
      atB += hunk.removed;
      atC += hunk.added;
    }
    return true;
  }

  /** Current has here what base has: the items become proposed's, with as few replaced as possible. */
  #replace({ base: b, current: c, proposed: p }: Segment): boolean {
    const key = (entry: Entry) => String(entry.node.value);
    const before = this.b.slice(...b).map(key);
    const after = this.p.slice(...p).map(key);
    const hunks = diff(before, after);
    let [atB, atP] = [0, 0];
    for (const hunk of hunks) {
      if (hunk.same) {
        for (let index = 0; index < hunk.removed; index++)
          this.#pair(b[0] + atB + index, c[0] + atB + index, p[0] + atP + index);
      } else if (hunk.removed === hunk.added) {
        for (let index = 0; index < hunk.removed; index++)
          this.#pair(b[0] + atB + index, c[0] + atB + index, p[0] + atP + index);
      } else {
        for (let index = 0; index < hunk.removed; index++) {
          const at = c[0] + atB + index;
          if (!sameEntry(this.b[b[0] + atB + index]!, this.c[at]!)) return false;
          this.plan.gone.add(at);
        }
        const queue = this.plan.after.get(c[0] + atB - 1) ?? [];
        for (let index = 0; index < hunk.added; index++) queue.push(this.p[p[0] + atP + index]!);
        if (queue.length > 0) this.plan.after.set(c[0] + atB - 1, queue);
      }
      atB += hunk.removed;
      atP += hunk.added;
    }
    return true;
  }

  /** An item one side removed must not come back because the other side moved it; a set must stay one. */
  #conserved({ base: b, current: c, proposed: p }: Tokens): 'MoveDelete' | 'Identity' | null {
    const result = new Map<string, number>();
    const add = (token: string) => result.set(token, (result.get(token) ?? 0) + 1);
    for (const [index, token] of c.entries()) {
      const became = this.#became.get(index);
      if (became === undefined && !this.plan.gone.has(index)) add(token);
      else if (became != null) add(p[became]!);
    }
    const proposedToken = new Map(this.p.map((entry, index) => [entry, p[index]!]));
    for (const queue of this.plan.after.values()) for (const entry of queue) add(proposedToken.get(entry)!);
    const [inB, inC, inP] = [count(b), count(c), count(p)];
    const unique = [inB, inC, inP].every(side => [...side.values()].every(times => times === 1));
    for (const [token, times] of result) {
      const [x, y, z] = [inB.get(token) ?? 0, inC.get(token) ?? 0, inP.get(token) ?? 0];
      if (unique && times > 1) return 'Identity';
      const most = y < x && z < x ? Math.min(y, z) : Math.max(0, y + z - x);
      if (x > 0 && (y < x || z < x) && times > most) return 'MoveDelete';
    }
    return null;
  }
}

function count(tokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** Whether anchors stand in base's order on the given sides. */
function isRising(anchors: readonly Anchor[], sides: readonly (1 | 2)[] = [1, 2]): boolean {
  return sides.every(side =>
    anchors.every((anchor, index) => index === 0 || anchors[index - 1]![side] < anchor[side]),
  );
}

/** The most anchors that stand in base's order on a side; none where there are too many to look. */
function unmoved(anchors: readonly Anchor[], side: 1 | 2): Anchor[] {
  if (anchors.length > mostMoved) return [];
  const lengths: number[] = [];
  const before: number[] = [];
  let last = -1;
  for (const [at, anchor] of anchors.entries()) {
    [lengths[at], before[at]] = [1, -1];
    for (let earlier = 0; earlier < at; earlier++) {
      if (anchors[earlier]![side] < anchor[side] && lengths[earlier]! >= lengths[at]!)
        [lengths[at], before[at]] = [lengths[earlier]! + 1, earlier];
    }
    if (last === -1 || lengths[at]! > lengths[last]!) last = at;
  }
  const found: Anchor[] = [];
  for (let at = last; at !== -1; at = before[at]!) found.unshift(anchors[at]!);
  return found;
}

/** Of more items than this it is not looked which ones moved. */
const mostMoved = 400;

function commonUnique(tokens: Tokens): Anchor[] {
  const {
    base: b,
    current: c,
    proposed: p,
  } = each(tokens, side => {
    const at = new Map<string, number>();
    for (const [index, token] of side.entries()) at.set(token, at.has(token) ? -1 : index);
    return at;
  });
  const found: Anchor[] = [];
  for (const [token, atB] of b) {
    const [atC, atP] = [c.get(token) ?? -1, p.get(token) ?? -1];
    if (atB >= 0 && atC >= 0 && atP >= 0) found.push([atB, atC, atP]);
  }
  return found;
}

interface Hunk {
  readonly same: boolean;
  readonly removed: number;
  readonly added: number;
}

function diff(before: readonly string[], after: readonly string[]): Hunk[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let foot = 0;
  while (
    foot < before.length - head &&
    foot < after.length - head &&
    before.at(-1 - foot) === after.at(-1 - foot)
  )
    foot++;
  const [removed, added] = [before.length - head - foot, after.length - head - foot];
  const middle: Hunk[] = [];
  const changes =
    removed === added
      ? undefined
      : diffArrays(before.slice(head, head + removed), after.slice(head, head + added), {
          maxEditLength: maxDiffEdits,
        });
  if (changes === undefined) middle.push({ same: false, removed, added });
  else {
    for (const change of changes) {
      const last = middle.at(-1);
      if (!change.added && !change.removed)
        middle.push({ same: true, removed: change.count!, added: change.count! });
      else if (last !== undefined && !last.same) {
        middle[middle.length - 1] = {
          same: false,
          removed: last.removed + (change.removed ? change.count! : 0),
          added: last.added + (change.added ? change.count! : 0),
        };
      } else
        middle.push({
          same: false,
          removed: change.removed ? change.count! : 0,
          added: change.added ? change.count! : 0,
        });
    }
  }
  const all = [
    { same: true, removed: head, added: head },
    ...middle,
    { same: true, removed: foot, added: foot },
  ];
  return all.filter(hunk => hunk.removed + hunk.added > 0);
}
