/**
 * Names that may have been changed rather than dropped. Invariant: nothing is ever taken for a rename; where one
 * cannot be ruled out and the other side dropped the same entry, the answer is a clash.
 */
import { type Entry, type Node, spoken } from './node.ts';
import type { Tokens } from './order.ts';
import type { Three } from './three.ts';

/**
 * Whether an entry that neither side has any more may live on under a new name: an addition of one side has its value,
 * its comment or most of its entries, or stands in its place with any of them; or both sides put something of their own
 * where it stood.
 */
export function mayBeRenamed(tokens: Tokens, entries: Three<readonly Entry[]>, isList: boolean): boolean {
  const known = {
    base: new Set(tokens.base),
    current: new Set(tokens.current),
    proposed: new Set(tokens.proposed),
  };
  const lost = [...tokens.base.keys()].filter(at => {
    const token = tokens.base[at]!;
    return !known.current.has(token) && !known.proposed.has(token);
  });
  if (lost.length === 0) return false;
  const own = (side: 'current' | 'proposed', other: 'current' | 'proposed') =>
    [...tokens[side].keys()].filter(at => {
      const token = tokens[side][at]!;
      return !known.base.has(token) && !known[other].has(token);
    });
  const [here, there] = [own('current', 'proposed'), own('proposed', 'current')];
  if (here.length === 0 && there.length === 0) return false;
  if (isList && here.length > 0 && there.length > 0) return true;
  const fresh = [...here.map(at => entries.current[at]!), ...there.map(at => entries.proposed[at]!)];
  // Plain values are often equal by chance (true, 1): they count only where they stand in the lost one's place, below.
  const same = new Set(fresh.filter(({ node }) => !isPlain(node)).map(({ node }) => node.value));
  if (lost.some(at => same.has(entries.base[at]!.node.value))) return true;
  const said = new Set(fresh.flatMap(words));
  if (lost.some(at => words(entries.base[at]!).some(comment => said.has(comment)))) return true;
  // Which resembles which is asked of so many pairs only; beyond that each pair counts as alike.
  if (lost.length * fresh.length > maxPairs) return true;
  if (lost.some(at => fresh.some(({ node }) => alike(entries.base[at]!.node, node, isList)))) return true;
  // Where each addition stands, and with a plain value also which one.
  const places = (side: 'current' | 'proposed', additions: readonly number[]) =>
    additions.map(at => ({ gap: gapOf(tokens[side], at, known.base), node: entries[side][at]!.node }));
  const [inCurrent, inProposed] = [places('current', here), places('proposed', there)];
  return lost.some(at => {
    const { node: old } = entries.base[at]!;
    const own = inCurrent.filter(({ gap }) => gap === gapOf(tokens.base, at, known.current));
    const other = inProposed.filter(({ gap }) => gap === gapOf(tokens.base, at, known.proposed));
    const inItsPlace = [...own, ...other].some(
      ({ node }) => node.value === old.value || (isList && shared(old, node) > 0),
    );
    return (own.length > 0 && other.length > 0) || inItsPlace;
  });
}

function isPlain(node: Node): boolean {
  return node.kind === 'scalar' && !node.block;
}

const maxPairs = 10_000;

/** The nearest name before `at` that the other list has too. */
function gapOf(tokens: readonly string[], at: number, others: ReadonlySet<string>): string | null {
  for (let index = at - 1; index >= 0; index--) if (others.has(tokens[index]!)) return tokens[index]!;
  return null;
}

/** The comments of an entry. */
function words(entry: Entry): string[] {
  return [spoken(entry.lead), entry.tail].filter(comment => comment !== '');
}

/** Whether two nodes share most of their entries; of list items the name itself does not count. */
function alike(lost: Node, fresh: Node, isList: boolean): boolean {
  if (lost.kind !== fresh.kind || (lost.kind !== 'map' && lost.kind !== 'list')) return false;
  const [ours, theirs] = [lost.entries, fresh.entries];
  if (isList && ours.length === 1 && theirs.length === 1) {
    const [one, other] = [ours[0]!, theirs[0]!];
    return (
      one.node.value === other.node.value || (one.key === other.key && alike(one.node, other.node, true))
    );
  }
  const least = Math.min(ours.length, theirs.length) - (isList ? 1 : 0);
  const both = shared(lost, fresh);
  return both > 0 && both * 2 > least;
}

/** How many entries two maps or lists have in common. */
function shared(a: Node, b: Node): number {
  if (a.kind !== b.kind) return 0;
  const identity = (entry: Entry) => `${entry.key}\0${entry.node.value}`;
  const left = new Map<string, number>();
  for (const entry of a.entries) left.set(identity(entry), (left.get(identity(entry)) ?? 0) + 1);
  let found = 0;
  for (const entry of b.entries) {
    const times = left.get(identity(entry)) ?? 0;
    if (times === 0) continue;
    left.set(identity(entry), times - 1);
    found++;
  }
  return found;
}
