/**
 * What the verifier asks of items that have names: whether they stand where the sides have them, and whether none may
 * be another one renamed. Invariant: written from the rules alone; it knows nothing of how a result was made.
 */
import type { InternedValue } from './values.ts';

/** Base, current, proposed, result. */
export type Four<T> = [T, T, T, T];

/** Items by what tells them apart, in their order. */
export type Named = ReadonlyMap<string, InternedValue>;

/** The names in the order of the first list, of those the second has too. */
function common(names: Iterable<string>, others: ReadonlyMap<string, unknown>): string[] {
  return [...names].filter(name => others.has(name));
}

function sameOrder(a: Named, b: Named): boolean {
  return common(a.keys(), b).join('\n') === common(b.keys(), a).join('\n');
}

/** Whether the items of a result stand as the sides have them, and where both added it can be told which is first. */
export function inOrder(sides: Four<Named>): boolean {
  return standsAsStated(sides) && !bothReplace(sides);
}

/** Whether the items of a result stand as the sides have them. */
export function standsAsStated([b, c, p, r]: Four<Named>): boolean {
  const [here, there] = [!sameOrder(b, c), !sameOrder(b, p)];
  if (here && there && !sameOrder(c, p)) return false;
  // The side that moved items says how they stand; additions of the other stay between what they were written between.
  const follows = (side: Named, other: Named) =>
    sameOrder(r, side) || (sameOrder(r, other) && !sameOrder(side, other) && staysBetween(side, other, b, r));
  return follows(c, p) && follows(p, c);
}

/**
 * Whether each addition of `side` stands in the result between the two that it was written between there, and to what the
 * other side put between those as it stands to it there.
 */
function staysBetween(side: Named, other: Named, base: Named, result: Named): boolean {
  const ranks = (names: Iterable<string>) => new Map([...names].map((name, at) => [name, at]));
  const names = [...result.keys()];
  const [inSide, inResult] = [ranks(side.keys()), ranks(names)];
  const kept = common(side.keys(), result);
  const shared = (name: string) => side.has(name) && other.has(name);
  const below: number[] = [];
  let next = names.length;
  for (let at = kept.length - 1; at >= 0; at--) {
    below[at] = next;
    if (shared(kept[at]!)) next = inResult.get(kept[at]!)!;
  }
  let above = -1;
  return kept.every((name, at) => {
    const here = inResult.get(name)!;
    if (shared(name)) above = here;
    if (shared(name) || base.has(name)) return true;
    const between = names.slice(above + 1, below[at]);
    return (
      between.includes(name) &&
      between.every(one => !shared(one) || inSide.get(one)! < inSide.get(name)! === inResult.get(one)! < here)
    );
  });
}

/** The names that items of base have on each side, where they are others. */
interface NewNames {
  readonly current: ReadonlySet<string>;
  readonly proposed: ReadonlySet<string>;
}

/**
 * Whether between two items that all three have both sides added something and something of base is gone. A new name is
 * an addition beside one of the other side, and none beside a new name.
 */
export function bothReplace([b, c, p]: Four<Named>, news: NewNames | null = null): boolean {
  const shared = (name: string) => b.has(name) && c.has(name) && p.has(name);
  const behind = (side: Named, other: Named | null): Set<string> => {
    let anchor = '';
    const found = new Set<string>();
    for (const name of side.keys()) {
      if (shared(name)) anchor = `after ${name}`;
      else if (other === null || (!b.has(name) && !other.has(name))) found.add(anchor);
    }
    return found;
  };
  const [gone, here, there] = [behind(b, null), behind(c, p), behind(p, c)];
  const meet = [...gone].filter(anchor => here.has(anchor) && there.has(anchor));
  if (news === null || meet.length === 0) return meet.length > 0;
  const known = (side: Named, names: ReadonlySet<string>): Named =>
    new Map([...side].filter(([name]) => !names.has(name)));
  const [more, others] = [behind(known(c, news.current), p), behind(known(p, news.proposed), c)];
  return meet.some(anchor => more.has(anchor) || others.has(anchor));
}

/**
 * Whether bare values may have taken each other's place: between two that all have, additions of both sides meet, or
 * an addition stands where the other side lost some, or some changed places.
 */
export function mayBeReplaced([b, c, p]: Four<Named>): boolean {
  if (!sameOrder(b, c) || !sameOrder(b, p) || !sameOrder(c, p)) return true;
  const places = (side: Named, counts: (name: string) => boolean): Set<string> => {
    let anchor = '';
    const found = new Set<string>();
    for (const name of side.keys()) {
      if (b.has(name) && c.has(name) && p.has(name)) anchor = `after ${name}`;
      else if (counts(name)) found.add(anchor);
    }
    return found;
  };
  const here = places(c, name => !b.has(name) && !p.has(name));
  const there = places(p, name => !b.has(name) && !c.has(name));
  const [lostHere, lostThere] = [places(b, name => !c.has(name)), places(b, name => !p.has(name))];
  return (
    [...here].some(place => there.has(place) || lostThere.has(place)) ||
    [...there].some(place => lostHere.has(place))
  );
}

/** A key of the result that only one side has, with the value of a key that both took out. */
export function renamedAndGone(b: Named, c: Named, p: Named, r: Named): string | null {
  const gone = new Set<number>();
  for (const [key, value] of b) if (!c.has(key) && !p.has(key)) gone.add(value.id);
  if (gone.size === 0) return null;
  for (const [key, value] of r) {
    const plain = value.map === null && value.list === null;
    if (!plain && !b.has(key) && c.has(key) !== p.has(key) && gone.has(value.id)) return key;
  }
  return null;
}

/** The longest run of names that all four lists have in one order; all of them where there are too many to look. */
export function inEachOrder(
  names: readonly string[],
  where: Four<ReadonlyMap<string, number>>,
): readonly string[] {
  if (names.length > 400) return names;
  const runs: (readonly string[])[] = [];
  for (const name of names) {
    const precedes = (other: string) => where.every(places => places.get(other)! < places.get(name)!);
    let best: readonly string[] = [];
    for (const run of runs) if (run.length > best.length && precedes(run.at(-1)!)) best = run;
    runs.push([...best, name]);
  }
  return runs.reduce((best, run) => (run.length > best.length ? run : best), []);
}
