/**
 * What the verifier asks of items that go by another name on one side, or by none: which item of base each of them is.
 * Invariant: written from the rules alone, on plain values: one item is another one only where both hold mostly the same,
 * and neither is as close to a third.
 */
import type { InternedValue } from './values.ts';
import type { Four, Named } from './verify-order.ts';

/** How many scalars and lines of texts a value holds. */
function weight(value: InternedValue): number {
  if (value.map !== null) return sum([...value.map.values()].map(weight));
  if (value.list !== null) return sum(value.list.map(weight));
  return value.string?.split('\n').length ?? 1;
}

/** How many of them two values have in common, at the same keys. */
function common(a: InternedValue, b: InternedValue): number {
  if (a.id === b.id) return weight(a);
  if (a.map !== null && b.map !== null)
    return sum([...a.map].map(([key, value]) => (b.map!.has(key) ? common(value, b.map!.get(key)!) : 0)));
  if (a.list !== null && b.list !== null) {
    const left = [...b.list];
    const equal = (item: InternedValue) => left.findIndex(({ id }) => id === item.id);
    const rest = a.list.filter(item => {
      const at = equal(item);
      if (at !== -1) left.splice(at, 1);
      return at === -1;
    });
    const whole = weight(b) - sum(left.map(weight));
    return whole + sum(rest.map((item, at) => (left[at] === undefined ? 0 : common(item, left[at]))));
  }
  if (a.string === null || b.string === null || !a.string.includes('\n')) return 0;
  const lines = b.string.split('\n');
  return a.string.split('\n').filter(line => {
    const at = lines.indexOf(line);
    if (at !== -1) lines.splice(at, 1);
    return at !== -1;
  }).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** 0: nothing says that they are one; 1: they hold mostly the same; 2: they differ in one scalar at most. */
function closeTo(a: InternedValue, b: InternedValue): 0 | 1 | 2 {
  if ((a.map === null) !== (b.map === null) || (a.list === null) !== (b.list === null)) return 0;
  if (a.map === null && a.list === null) return 0;
  const both = common(a, b);
  if (both < 2) return 0;
  if (a.map !== null && b.map !== null && a.map.size === b.map.size) {
    const other = [...a.map].filter(([key, value]) => b.map!.get(key)?.id !== value.id);
    const scalar = (value: InternedValue | undefined) =>
      value !== undefined && value.map === null && value.list === null;
    if (other.every(([key, value]) => scalar(value) && scalar(b.map!.get(key))) && other.length <= 1)
      return 2;
  }
  return both * 2 > Math.max(weight(a), weight(b)) ? 1 : 0;
}

/** More than this is not compared: then nothing is one under two names. */
const mostCompared = 8_000;

/**
 * The name in `side` of the item that `whole` has by another; null: it cannot be told. A second item that is new there,
 * or gone, and alike, may be the one as well; one that stays has to be less alike.
 * @param now the item as the other side has it: where one of `side` is that in all but a scalar, it is the one
 */
function counterpart(name: string, whole: Named, side: Named, now: InternedValue | null): string | null {
  const old = whole.get(name)!;
  const near = (item: InternedValue) => (now !== null && closeTo(now, item) === 2 ? 2 : closeTo(old, item));
  const ranked = [...side]
    .map(([own, item]) => ({ own, item, near: near(item) }))
    .sort((a, b) => b.near - a.near);
  const [first, ...others] = ranked;
  if (first === undefined || first.near === 0 || whole.has(first.own)) return null;
  const rivals = [
    ...others.map(({ own, near }) => ({ stays: whole.has(own), near })),
    ...[...whole]
      .filter(([other]) => other !== name)
      .map(([other, item]) => ({ stays: side.has(other), near: closeTo(item, first.item) })),
  ];
  return rivals.some(rival => (rival.stays ? rival.near >= first.near : rival.near > 0)) ? null : first.own;
}

export interface KnownAgain {
  /** The lists, where an item that was renamed goes by the name it has in base. */
  readonly sides: Four<Named>;
  /** The names it has in current, and in proposed. */
  readonly current: ReadonlySet<string>;
  readonly proposed: ReadonlySet<string>;
}

/** The items of base that go by another name in the result because one side renamed them, or both did alike. */
export function renamedAgain([b, c, p, r]: Four<Named>): KnownAgain | null {
  const lost = [...b.keys()].filter(name => !r.has(name) && !(c.has(name) && p.has(name)));
  if (lost.length === 0 || lost.length * (c.size + p.size + b.size) > mostCompared) return null;
  const news = new Map<string, string>();
  const found = { current: new Set<string>(), proposed: new Set<string>() };
  for (const name of lost) {
    const old = b.get(name)!;
    for (const [side, other, own] of [
      [c, p, found.current],
      [p, c, found.proposed],
    ] as const) {
      if (side.has(name)) continue;
      const kept = other.get(name);
      const isSame = kept !== undefined && closeTo(old, kept) > 0;
      const twin = counterpart(name, b, side, isSame ? kept : null);
      if (twin === null || !r.has(twin)) continue;
      const there = other.get(twin);
      const renamedToo = there !== undefined && [old, side.get(twin)!].some(face => closeTo(face, there) > 0);
      const alike = kept === undefined ? renamedToo : there === undefined && isSame;
      if (!alike) continue;
      news.set(twin, name);
      own.add(twin);
    }
  }
  if (news.size === 0) return null;
  const again = (side: Named): Named =>
    new Map([...side].map(([name, item]) => [news.get(name) ?? name, item]));
  const sides: Four<Named> = [b, again(c), again(p), again(r)];
  const whole = sides.every((side, at) => side.size === [b, c, p, r][at]!.size);
  return whole ? { sides, ...found } : null;
}

/** Items by the one of base that they are, told by what they hold; null: it cannot be told of some. */
export function byContent([b, ...others]: Four<readonly InternedValue[]>): Four<Named> | null {
  const named = (list: readonly InternedValue[]): Named => new Map(list.map(item => [`${item.id}`, item]));
  const base = named(b);
  if (base.size !== b.length || b.some(item => (item.map ?? item.list) === null)) return null;
  const sides = others.map(list => {
    const side = named(list);
    if (side.size !== list.length || list.length * b.length > mostCompared) return null;
    const news = new Map<string, string>();
    for (const name of base.keys()) {
      if (side.has(name)) continue;
      const twin = counterpart(name, base, side, null);
      if (twin !== null) news.set(twin, name);
    }
    const told = [...side].every(
      ([name, item]) => base.has(name) || news.has(name) || b.every(other => closeTo(other, item) === 0),
    );
    const again = new Map([...side].map(([name, item]) => [news.get(name) ?? name, item]));
    return told && again.size === list.length ? again : null;
  });
  const [c, p, r] = sides;
  return c && p && r ? [base, c, p, r] : null;
}
