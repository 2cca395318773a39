/**
 * Identities that are not known ones but hold in the three lists at hand: tried, strictest first, where whole items in
 * order would be a clash. Invariant: a guess is one only where nothing on any side speaks against it — no item looks
 * like another one renumbered, and of bare values none may have replaced another.
 */
import { type Alignment, identityKeys } from './identity.ts';
import { entriesOf } from './moved.ts';
import type { Entry, Node } from './node.ts';
import { apart, reordered, type Tokens } from './order.ts';
import { namesByContent } from './pairs.ts';
import { each, every, type Three } from './three.ts';

type Lists = Three<Node>;
type Label = Alignment['label'];
/** The items of a list. */
interface ListOf {
  readonly entries: readonly Entry[];
}

export function* guesses(lists: Lists): Generator<Alignment> {
  yield* named(lists);
  if (lists.base.entries.length === 0) return;
  const values = byValue(lists);
  if (values !== null) yield values;
  const positions = byPosition(lists);
  if (positions !== null) yield positions;
  const contents = byContent(lists);
  if (contents !== null) yield contents;
}

/** By each name that holds in the three lists, though it is none of the known ones. */
function named(lists: Three<ListOf>): Alignment[] {
  const [first] = lists.base.entries;
  if (first === undefined) return [];
  const inner = guess(lists, wrapped, entry => wrapped(entry)?.label ?? null);
  const found = inner === null ? [] : [inner];
  for (const { key, name } of entriesOf(first.node)) {
    const label = (entry: Entry) => `${name}=${stringAt(entry.node, key)?.token ?? ''}`;
    const next = guess(lists, entry => stringAt(entry.node, key), label);
    if (next !== null) found.push(next);
  }
  return found;
}

/**
 * The same, without those by which an item is another one that by another name is still there: they are entries that
 * somebody edited, and no names.
 */
export function byNames(lists: Three<ListOf>): Alignment[] {
  const found = named(lists);
  if (found.length < 2) return found;
  return found.filter(
    (one, at) =>
      !found.some(
        (other, before) => other !== one && speaksAgainst(other.tokens, one.tokens, lists, before < at),
      ),
  );
}

/**
 * Whether by these names an item stayed that by the others went while another one came.
 * @param isEarlier whether the item has this name before the other one; else it counts only where half of the item stayed, too
 */
function speaksAgainst(names: Tokens, others: Tokens, lists: Three<ListOf>, isEarlier: boolean): boolean {
  const inBase = new Map(names.base.map((name, at) => [name, at]));
  const before = new Set(others.base);
  return (['current', 'proposed'] as const).some(side => {
    const now = others[side];
    const after = new Set(now);
    return names[side].some((name, at) => {
      const was = inBase.get(name);
      if (was === undefined || after.has(others.base[was]!) || before.has(now[at]!)) return false;
      return isEarlier || halfStayed(lists.base.entries[was]!, lists[side].entries[at]!);
    });
  });
}

function halfStayed({ node: old }: Entry, { node: now }: Entry): boolean {
  const [before, after] = [entriesOf(old), entriesOf(now)];
  const values = new Map(before.map(({ key, node }) => [key, node.value]));
  const stayed = after.filter(({ key, node }) => values.get(key) === node.value).length;
  return stayed * 2 >= Math.max(before.length, after.length);
}

/** What an item is called, for people too, and all that is not its name. */
interface Called {
  readonly token: string;
  readonly label: string;
  readonly rest: string;
}

function guess(lists: Three<ListOf>, call: (entry: Entry) => Called | null, label: Label): Alignment | null {
  const called = each<ListOf, Called[] | null>(lists, list => {
    const names: Called[] = [];
    const seen = new Set<string>();
    for (const entry of list.entries) {
      const found = call(entry);
      if (found === null || seen.has(found.token)) return null;
      seen.add(found.token);
      names.push(found);
    }
    return names;
  });
  const { base, current, proposed } = called;
  if (base === null || current === null || proposed === null) return null;
  if (renumbered(base, current) || renumbered(base, proposed)) return null;
  const tokens = each({ base, current, proposed }, names => names.map(({ token }) => token));
  return { kind: 'keyed', tokens, label, others: null };
}

/** Whether an item took over everything but the name of another one that had it alone and has it no more. */
function renumbered(base: readonly Called[], side: readonly Called[]): boolean {
  const before = new Map(base.map(({ token, rest }) => [token, rest]));
  const after = new Map(side.map(({ token, rest }) => [token, rest]));
  const owners = new Map<string, string | null>();
  for (const { token, rest } of base) owners.set(rest, owners.has(rest) ? null : token);
  return side.some(({ token, rest }) => {
    const owner = owners.get(rest);
    return rest !== '' && owner != null && owner !== token && before.has(token) && after.get(owner) !== rest;
  });
}

/** `- job: {name: x}`: the key and the name below it. */
function wrapped(entry: Entry): Called | null {
  const [only, ...more] = entry.node.kind === 'map' ? entriesOf(entry.node) : [];
  if (only === undefined || more.length > 0 || only.node.kind !== 'map') return null;
  for (const key of identityKeys) {
    const found = stringAt(only.node, `s:${key}`);
    if (found !== null)
      return { ...found, token: `${only.key} ${found.token}`, label: `${only.name} ${key}=${found.token}` };
  }
  return null;
}

/** The text below a key; numbers and words such as `true` name nothing. */
function stringAt(node: Node, key: string): Called | null {
  if (node.kind !== 'map') return null;
  const named = entriesOf(node).find(entry => entry.key === key)?.node;
  if (named === undefined || named.string === null || named.string === '') return null;
  const rest = entriesOf(node)
    .filter(entry => entry.key !== key)
    .map(entry => `${entry.key}\0${entry.node.value}`);
  return { token: named.string, label: named.string, rest: rest.sort().join('\0') };
}

/** Bare values, each once on every side, where no side moves any and no addition may be another's new text. */
function byValue(lists: Lists): Alignment | null {
  if (!every(lists, list => list.entries.every(({ node }) => node.kind === 'scalar'))) return null;
  const tokens = each(lists, list => list.entries.map(({ node }) => `#${node.value}`));
  if (!every(tokens, names => new Set(names).size === names.length)) return null;
  const { base, current, proposed } = tokens;
  if (reordered(base, current) || reordered(base, proposed) || reordered(current, proposed)) return null;
  return apart(tokens) ? { kind: 'keyed', tokens, label: () => null, others: null } : null;
}

/** Maps and lists that are alike to one of base each, or to none, where no side moves any and none may have replaced another. */
function byContent(lists: Lists): Alignment | null {
  if (!every(lists, list => list.entries.every(({ node }) => entriesOf(node).length > 0))) return null;
  const tokens = namesByContent(each(lists, list => list.entries));
  if (tokens === null) return null;
  const { base, current, proposed } = tokens;
  if (reordered(base, current) || reordered(base, proposed) || reordered(current, proposed)) return null;
  return apart(tokens) ? { kind: 'keyed', tokens, label: () => null, others: null } : null;
}

/** The same names in the same order on all sides, some more than once: the first with the first, and so on. */
function byPosition(lists: Lists): Alignment | null {
  const nameOf = (entry: Entry): string | null => {
    for (const key of identityKeys) {
      const found = stringAt(entry.node, `s:${key}`);
      if (found !== null) return `${key} ${found.token}`;
    }
    return null;
  };
  const names = each(lists, list => list.entries.map(nameOf));
  const [b, c, p] = [names.base, names.current, names.proposed].map(list => JSON.stringify(list));
  if (b !== c || b !== p || names.base.includes(null)) return null;
  const base = lists.base.entries;
  // Where equal names changed places, an item is what another one was.
  const swapped = (side: Node) =>
    side.entries.some(
      ({ node }, at) =>
        node.value !== base[at]!.node.value &&
        base.some((other, index) => names.base[index] === names.base[at] && other.node.value === node.value),
    );
  if (swapped(lists.current) || swapped(lists.proposed)) return null;
  const tokens: Tokens = each(names, list => list.map((name, at) => `${at} ${name}`));
  return { kind: 'keyed', tokens, label: () => null, others: null };
}
