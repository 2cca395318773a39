/**
 * Entries that go under another name on a side than in base. Invariant: two are taken for one only where each is alike to
 * the other and to nothing else in its list, they stand between the same neighbours, and the other side still has the
 * entry; whatever could be a removal, or another entry, stays one.
 */
import { type Closeness, closeness, Likeness } from './likeness.ts';
import { type Entry, repeats } from './node.ts';
import type { Tokens } from './order.ts';
import { each, every, type Three } from './three.ts';

type Entries = Three<readonly Entry[]>;
type Side = 'current' | 'proposed';

/** More comparisons than this are not made: then nothing is taken for renamed. */
const mostCompared = 4_000;

export interface Renamed {
  /** The names of the entries, where a renamed one goes by the name it has in base. */
  readonly tokens: Tokens;
  /** The new names on each side. */
  readonly current: ReadonlySet<string>;
  readonly proposed: ReadonlySet<string>;
}

/** The items of a list of which a side changed the name; null: none. */
export function renamedItems(tokens: Tokens, entries: Entries): Renamed | null {
  const likeness = new Likeness();
  return renamed(tokens, entries, (a, b) => likeness.between(a, b));
}

/**
 * The entries of a map of which a side changed the key, and the other side at most comments: by the rules of values, a
 * key that is edited here and renamed there is a clash.
 */
export function renamedKeys(tokens: Tokens, entries: Entries): Renamed | null {
  if (entries.base.some(({ key }) => repeats(key) !== null || key === 's:<<')) return null;
  const same = (a: Entry, b: Entry) =>
    a.node.value === b.node.value && (a.node.entries.length > 0 || a.node.string?.includes('\n'));
  return renamed(tokens, entries, (a, b) => (same(a, b) ? closeness.rest : closeness.none));
}

type Compare = (a: Entry, b: Entry) => Closeness;

/** A list with what its items are called. */
interface Named {
  readonly names: readonly string[];
  readonly entries: readonly Entry[];
}

/** Of a side and base: the items that are one under two names, by their places; null: too many to compare. */
function pairsOf(
  base: Named,
  side: Named,
  compare: Compare,
  facesOf: (at: number) => readonly Entry[],
): Map<number, number> | null {
  const [inBase, inSide] = [new Set(base.names), new Set(side.names)];
  const lost = base.names.flatMap((name, at) => (inSide.has(name) ? [] : [at]));
  const fresh = side.names.flatMap((name, at) => (inBase.has(name) ? [] : [at]));
  const pairs = new Map<number, number>();
  if (lost.length === 0 || fresh.length === 0) return pairs;
  if (lost.length * side.names.length + fresh.length * base.names.length > mostCompared) return null;
  const [gapsBefore, gaps] = [gapsOf(base.names, inSide), gapsOf(side.names, inBase)];
  for (const at of lost) {
    const faces = facesOf(at);
    const [old, ...others] = faces;
    // As the other side has it now, it is looked for only to be found as a whole: what both sides hold by chance is no sign.
    const near = (entry: Entry): Closeness =>
      others.some(face => compare(face, entry) === closeness.rest) ? closeness.rest : compare(old!, entry);
    const best = closest(
      fresh.filter(candidate => gaps[candidate] === gapsBefore[at]),
      candidate => near(side.entries[candidate]!),
    );
    if (best === null) continue;
    const twin = side.entries[best]!;
    const kept = near(twin);
    // Beside another new item that is alike, or another lost one, it may be a copy; those that stay need only be less alike.
    const alone =
      side.entries.every(
        (entry, where) =>
          where === best || near(entry) < (inBase.has(side.names[where]!) ? kept : closeness.most),
      ) &&
      base.entries.every(
        (entry, where) =>
          where === at || compare(entry, twin) < (inSide.has(base.names[where]!) ? kept : closeness.most),
      );
    if (alone) pairs.set(best, at);
  }
  return pairs;
}

function renamed(tokens: Tokens, entries: Entries, compare: Compare): Renamed | null {
  const index = each(tokens, names => new Map(names.map((name, at) => [name, at])));
  const pairs = { current: new Map<number, string>(), proposed: new Map<number, string>() };
  for (const side of ['current', 'proposed'] as const) {
    const other = side === 'current' ? 'proposed' : 'current';
    const there = (at: number) => entries[other][index[other].get(tokens.base[at]!) ?? -1];
    const found = pairsOf(
      { names: tokens.base, entries: entries.base },
      { names: tokens[side], entries: entries[side] },
      compare,
      at => {
        const [old, now] = [entries.base[at]!, there(at)];
        return now === undefined || compare(now, old) === closeness.none ? [old] : [old, now];
      },
    );
    for (const [own, at] of found ?? []) {
      const [old, now] = [entries.base[at]!, there(at)];
      const both = index[other].get(tokens[side][own]!);
      // The other side has it still, as what can be told to be the same; or both renamed it, and to the same.
      const kept = now !== undefined && both === undefined && compare(now, old) !== closeness.none;
      const twins = both === undefined ? [] : [old, entries[side][own]!];
      const alike =
        now === undefined && twins.some(twin => compare(entries[other][both!]!, twin) !== closeness.none);
      if (kept || alike) pairs[side].set(own, tokens.base[at]!);
      if (alike) pairs[other].set(both!, tokens.base[at]!);
    }
  }
  if (pairs.current.size + pairs.proposed.size === 0) return null;
  const named = (side: Side) => tokens[side].map((name, at) => pairs[side].get(at) ?? name);
  const news = (side: Side) => new Set([...pairs[side].keys()].map(at => tokens[side][at]!));
  const names = { base: tokens.base, current: named('current'), proposed: named('proposed') };
  const distinct = [names.current, names.proposed].every(list => new Set(list).size === list.length);
  return distinct ? { tokens: names, current: news('current'), proposed: news('proposed') } : null;
}

/**
 * Names for items by what they hold: an item that a side edited goes by the name of the one in base that it is alike to.
 * Null: some item may be more than one of base, or two are the same.
 */
export function namesByContent(entries: Entries): Tokens | null {
  const likeness = new Likeness();
  const compare = (a: Entry, b: Entry) => likeness.between(a, b);
  const values = each(entries, list => list.map(({ node }) => `#${node.value}`));
  if (!every(values, names => new Set(names).size === names.length)) return null;
  const names = (side: Side): string[] | null => {
    const [base, own] = [
      { names: values.base, entries: entries.base },
      { names: values[side], entries: entries[side] },
    ];
    const pairs = pairsOf(base, own, compare, at => [entries.base[at]!]);
    if (pairs === null) return null;
    const known = new Set(values.base);
    const told = values[side].every(
      (name, at) =>
        known.has(name) ||
        pairs.has(at) ||
        entries.base.every(entry => compare(entry, entries[side][at]!) === closeness.none),
    );
    return told ? values[side].map((name, at) => values.base[pairs.get(at) ?? -1] ?? name) : null;
  };
  const [current, proposed] = [names('current'), names('proposed')];
  if (current === null || proposed === null) return null;
  return { base: values.base, current, proposed };
}

/** The one that is closest; null: none is close, or several are. */
function closest(candidates: readonly number[], near: (at: number) => Closeness): number | null {
  let [best, most, times]: [number, Closeness, number] = [-1, closeness.none, 0];
  for (const at of candidates) {
    const own = near(at);
    if (own > most) [best, most, times] = [at, own, 1];
    else if (own === most) times++;
  }
  return most !== closeness.none && times === 1 ? best : null;
}

/** Between which names that the other list has too each one stands. */
function gapsOf(names: readonly string[], others: ReadonlySet<string>): string[] {
  const after: (string | null)[] = [];
  let next: string | null = null;
  for (let at = names.length - 1; at >= 0; at--) {
    after[at] = next;
    if (others.has(names[at]!)) next = names[at]!;
  }
  let before: string | null = null;
  return names.map((name, at) => {
    const gap = JSON.stringify([before, after[at]]);
    if (others.has(name)) before = name;
    return gap;
  });
}
