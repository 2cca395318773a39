/**
 * A third opinion for the tests: plain values and a naive three-way merge of them by key and name. Invariant: it
 * is written from the rules people read, not from the engine or its verifier, and says `unknown` where the rules
 * leave room (unnamed lists both sides changed).
 */
import { expect } from 'vitest';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
} from 'yaml';
import type { MergeResult, Place } from '../../merge/merge.ts';

export type Plain = string | { map: Map<string, Plain> } | { list: Plain[] };

export function plain(text: string): Plain {
  const docs = parseAllDocuments(text.replace(/^\uFEFF/, ''), { uniqueKeys: true, logLevel: 'silent' });
  const list = [...docs].map(doc => {
    if (doc.errors.length > 0) throw doc.errors[0]!;
    return read(doc.contents as Node | null, doc);
  });
  return list.length === 1 ? list[0]! : { list };
}

function read(node: Node | null, doc: Document.Parsed): Plain {
  if (node === null) return 'null';
  if (isAlias(node)) return `*${node.source}`;
  if (isScalar(node)) {
    if (typeof node.value === 'string') return `s:${node.value}`;
    return node.value === null ? 'null' : (node.source ?? String(node.value));
  }
  if (isSeq(node)) return { list: node.items.map(item => read(item as Node, doc)) };
  if (isMap(node)) {
    return {
      map: new Map(
        (node.items as Pair<Node, Node | null>[]).map(pair => [
          JSON.stringify(read(pair.key, doc)),
          read(pair.value, doc),
        ]),
      ),
    };
  }
  throw new Error('unknown node');
}

/** A string that two equal values share; the order of keys does not matter, nor that of named items. */
export function canon(value: Plain | null, named = false): string {
  if (value === null) return 'absent';
  if (typeof value === 'string') return JSON.stringify(value);
  if ('map' in value)
    return `{${[...value.map]
      .map(([key, inner]) => `${key}:${canon(inner, named)}`)
      .sort()
      .join()}}`;
  const items = value.list.map(item => canon(item, named));
  return `[${(named && byName(value) !== null ? items.sort() : items).join()}]`;
}

function byName(value: { list: Plain[] }): Map<string, Plain> | null {
  const found = new Map<string, Plain>();
  for (const item of value.list) {
    const name = typeof item === 'object' && 'map' in item ? item.map.get('"s:name"') : undefined;
    if (typeof name !== 'string' || found.has(name)) return null;
    found.set(name, item);
  }
  return found;
}

export type Expected = { kind: 'value'; canon: string } | { kind: 'clash'; at: string } | { kind: 'unknown' };

/** What a merge must come to; named lists are compared as sets of named items. */
export function expected(b: Plain | null, c: Plain | null, p: Plain | null, at = ''): Expected {
  const [x, y, z] = [canon(b, true), canon(c, true), canon(p, true)];
  if (y === z || z === x) return { kind: 'value', canon: y };
  if (x === y) return { kind: 'value', canon: z };
  if (
    b === null ||
    c === null ||
    p === null ||
    typeof b === 'string' ||
    typeof c === 'string' ||
    typeof p === 'string'
  ) {
    const texts = [b, c, p].every(side => typeof side === 'string' && side.includes('\n'));
    return texts ? { kind: 'unknown' } : { kind: 'clash', at };
  }
  const [mb, mc, mp] = [b, c, p].map(side => ('map' in side ? side.map : byName(side)));
  const lists = [b, c, p].filter(side => 'list' in side).length;
  if (lists !== 0 && lists !== 3) return { kind: 'clash', at };
  if (mb === null || mc === null || mp === null || mb === undefined || mc === undefined || mp === undefined)
    return { kind: 'unknown' };
  const parts: string[] = [];
  let unknown = false;
  for (const key of new Set([...mb.keys(), ...mc.keys(), ...mp.keys()])) {
    const inner = expected(mb.get(key) ?? null, mc.get(key) ?? null, mp.get(key) ?? null, `${at}/${key}`);
    const renamed = lists > 0 && mayGoOn(mb, mc, mp, key);
    if (inner.kind === 'clash' && !renamed) return inner;
    if (inner.kind !== 'value' || renamed) unknown = true;
    else if (inner.canon !== 'absent') parts.push(lists === 0 ? `${key}:${inner.canon}` : inner.canon);
  }
  if (unknown) return { kind: 'unknown' };
  return { kind: 'value', canon: lists === 0 ? `{${parts.sort().join()}}` : `[${parts.sort().join()}]` };
}

/**
 * Whether an item that one side has no more may be one of its new ones: the two have two scalars in common. These rules do
 * not say what becomes of it then.
 */
function mayGoOn(
  b: ReadonlyMap<string, Plain>,
  c: ReadonlyMap<string, Plain>,
  p: ReadonlyMap<string, Plain>,
  name: string,
): boolean {
  const old = b.get(name);
  if (old === undefined || c.has(name) === p.has(name)) return false;
  const known = scalars(old).filter(scalar => !/^"s:/.test(scalar));
  return [...(c.has(name) ? p : c)].some(([other, item]) => {
    const own = scalars(item);
    return !b.has(other) && known.filter(scalar => own.includes(scalar)).length >= 2;
  });
}

/**
 * Whether named items, and the order of them, are what the sides say, where no side moves any: the result has each
 * side's items in that side's order, and where both added between the same two neighbours nothing is gone there.
 */
export function ordered(b: Plain, c: Plain, p: Plain, r: Plain): boolean {
  const sides = [b, c, p, r];
  if (sides.some(side => typeof side === 'string')) return true;
  const maps = sides.map(side => (typeof side === 'object' && 'map' in side ? side.map : null));
  const lists = sides.map(side => (typeof side === 'object' && 'list' in side ? byName(side) : null));
  const [mb, mc, mp, mr] = maps.some(map => map === null) ? lists : maps;
  if (mb == null || mc == null || mp == null || mr == null) return true;
  for (const [key, inner] of mr) {
    const [x, y, z] = [mb.get(key), mc.get(key), mp.get(key)];
    if (x !== undefined && y !== undefined && z !== undefined && !ordered(x, y, z, inner)) return false;
  }
  if (maps.every(map => map !== null)) return true;
  const shared = (one: Map<string, Plain>, other: Map<string, Plain>) =>
    [...one.keys()].filter(name => other.has(name)).join();
  if (shared(mr, mc) !== shared(mc, mr) || shared(mr, mp) !== shared(mp, mr)) return false;
  return !meetInGap(mb, mc, mp);
}

/** Whether both sides add to one list of named items between the same two neighbours, and an item that stood there is gone. */
export function additionsMeet(b: Plain, c: Plain, p: Plain): boolean {
  const sides = [b, c, p];
  const maps = sides.map(side => (typeof side === 'object' && 'map' in side ? side.map : null));
  const lists = sides.map(side => (typeof side === 'object' && 'list' in side ? byName(side) : null));
  const [mb, mc, mp] = maps.some(map => map === null) ? lists : maps;
  if (mb == null || mc == null || mp == null) return false;
  if (maps.some(map => map === null) && meetInGap(mb, mc, mp)) return true;
  return [...mb].some(([key, inner]) => {
    const [current, proposed] = [mc.get(key), mp.get(key)];
    return current !== undefined && proposed !== undefined && additionsMeet(inner, current, proposed);
  });
}

/** Gap by gap between the items all have: whether additions of both sides and a loss meet. */
function meetInGap(mb: Map<string, Plain>, mc: Map<string, Plain>, mp: Map<string, Plain>): boolean {
  const all = [...mb.keys()].filter(name => mc.has(name) && mp.has(name));
  const between = (side: Map<string, Plain>, from: string | undefined, to: string | undefined) => {
    const names = [...side.keys()];
    return names.slice(
      from === undefined ? 0 : names.indexOf(from) + 1,
      to === undefined ? undefined : names.indexOf(to),
    );
  };
  return [...all, undefined].some((to, at) => {
    const [gb, gc, gp] = [mb, mc, mp].map(side => between(side, all[at - 1], to)) as [
      string[],
      string[],
      string[],
    ];
    const here = gc.some(name => !mb.has(name) && !mp.has(name));
    const there = gp.some(name => !mb.has(name) && !mc.has(name));
    return gb.length > 0 && here && there;
  });
}

/** Every scalar of a value, as type and spelling. */
export function scalars(value: Plain): string[] {
  if (typeof value === 'string') return [value];
  return 'map' in value
    ? [...value.map].flatMap(([key, inner]) => [key, ...scalars(inner)])
    : value.list.flatMap(scalars);
}

/** Whether all that is in the way is that what one side removed may be what the other one renamed. */
export function mayBeRenames(result: MergeResult): boolean {
  const isRename = ({ kind, detail }: Place): boolean =>
    kind === 'Identity' || /one side may have renamed what the other removed$/.test(detail ?? '');
  return result.kind === 'clash' && result.places.every(isRename);
}

/**
 * A result that is merged again stays as it is; or it clashes by identity, where an entry that one side added looks like
 * one that the other side removed: the three texts are then those of a rename against a removal, which must clash.
 */
export function expectSameAgain(again: MergeResult, text: string, show: string): void {
  if (mayBeRenames(again)) return;
  expect(again, show).toMatchObject({ kind: 'clean', text });
}
