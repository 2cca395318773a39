/**
 * By what the verifier tells items of a list and documents of a stream apart. Invariant: a name is a value that the
 * item itself holds; whether it is unique, and whether it may be trusted, is asked elsewhere.
 */
import { identityKeys } from './identity.ts';
import type { InternedValue } from './values.ts';
import { type Four, type Named, standsAsStated } from './verify-order.ts';

/** What an item is called; null: it has no such name. */
export type ItemNaming = (item: InternedValue) => string | null;

export function nameBy(keys: readonly string[]): (item: InternedValue) => string | null {
  return item => {
    const parts = keys.map(key => item.map?.get(key));
    if (
      parts[0] === undefined ||
      parts.some(part => part !== undefined && (part.map !== null || part.list !== null))
    )
      return null;
    return parts.map(part => part?.id ?? 0).join();
  };
}

export function documentName(item: InternedValue): string | null {
  const name = documentKind(item);
  if (name === null) return null;
  const namespace = item.map?.get('metadata')?.map?.get('namespace');
  return [name, item.map?.get('apiVersion')?.id ?? 0, namespace?.id ?? 0].join();
}

export function documentKind(item: InternedValue): string | null {
  if (item.map === null && item.list === null && item.string === null) return `${item.id}`;
  const name = item.map?.get('metadata')?.map?.get('name') ?? item.map?.get('name') ?? item.map?.get('id');
  return name === undefined ? null : [item.map?.get('kind')?.id ?? 0, name.id].join();
}

export function soleKey(item: InternedValue): string | null {
  return item.map !== null && item.map.size === 1 ? `sole ${[...item.map.keys()][0]}` : null;
}

/** `- job: {name: x}`: the key and the name below it. */
export function wrappedName(item: InternedValue): string | null {
  const [only] = item.map?.size === 1 ? item.map : [];
  if (only === undefined) return null;
  const [key, inner] = only;
  for (const name of identityKeys) {
    const found = inner.map?.get(name)?.string;
    if (found !== undefined && found !== null && found !== '') return `${key} ${found}`;
  }
  return null;
}

/** Names by any text that the items of the first list hold. */
export function* textNames(lists: Four<readonly InternedValue[]>): Generator<ItemNaming> {
  for (const key of lists[0][0]?.map?.keys() ?? []) yield item => item.map?.get(key)?.string || null;
}

/** All of an item but its name; '' when that is all. */
export function restOf(item: InternedValue, name: ItemNaming): string {
  const inner = name === wrappedName ? [...(item.map?.values() ?? [])][0]?.map : item.map;
  const parts: string[] = [];
  for (const [key, value] of inner ?? []) {
    const isName =
      name === wrappedName ? wrappedName(item)?.endsWith(` ${value.string}`) : value.string === name(item);
    if (!isName) parts.push(`${key} ${value.id}`);
  }
  return parts.sort().join();
}

/** Whether in some list an item has all but the name of another item of the first, which alone had it and lost it. */
export function renumbered([b, ...others]: Four<readonly InternedValue[]>, name: ItemNaming): boolean {
  const rests = b.map(item => restOf(item, name));
  return others.some(side => {
    const now = new Map(side.map(item => [name(item), restOf(item, name)]));
    return b.some((item, at) => {
      const rest = now.get(name(item));
      if (rest === undefined || rest === '' || rest === rests[at]) return false;
      const owner = rests.indexOf(rest);
      return owner !== -1 && rests.lastIndexOf(rest) === owner && now.get(name(b[owner]!)) !== rest;
    });
  });
}

/**
 * Whether a name that tells the items of all three sides apart speaks against the result: an item of base stands there
 * twice, or the items stand otherwise than the sides have them.
 */
export function misnamed(lists: Four<readonly InternedValue[]>): boolean {
  const [b, c, p, r] = lists;
  const holding = [wrappedName, ...textNames(lists)].flatMap(name => {
    const sides = [b, c, p].map(list => namedOnce(list, name));
    return sides.includes(null) || renumbered([b, c, p, p], name) ? [] : [{ name, sides: sides as Named[] }];
  });
  const told = holding.filter(
    ({ name }, at) => !holding.some((other, before) => isEdited([b, c, p], name, other.name, before < at)),
  );
  return told.some(({ name, sides }) => {
    const [before, here, there] = sides as [Named, Named, Named];
    const result = namedOnce(r, name);
    if (result !== null) return !standsAsStated([before, here, there, result]);
    const names = r.map(name);
    return names.some((own, at) => own !== null && before.has(own) && names.indexOf(own) !== at);
  });
}

/**
 * Whether some item of base has another `name` on a side, and is the same one by `other`.
 * @param isLater whether `name` comes after the other one; else at least half of the item must be the same
 */
function isEdited(
  [base, ...sides]: readonly (readonly InternedValue[])[],
  name: ItemNaming,
  other: ItemNaming,
  isLater: boolean,
): boolean {
  const known = new Map(base!.map(item => [other(item), item]));
  const old = new Set(base!.map(name));
  return sides.some(side => {
    const now = new Set(side.map(name));
    return side.some(item => {
      const before = known.get(other(item));
      if (before === undefined || now.has(name(before)) || old.has(name(item))) return false;
      const [was, is] = [before.map!, item.map!];
      const same = [...was].filter(([key, value]) => is.get(key)?.id === value.id).length;
      return isLater || same * 2 >= Math.max(was.size, is.size);
    });
  });
}

/** Null: some item has no such name, or two have one. */
function namedOnce(list: readonly InternedValue[], name: ItemNaming): Named | null {
  const named = new Map<string, InternedValue>();
  for (const item of list) {
    const own = name(item);
    if (own === null || named.has(own)) return null;
    named.set(own, item);
  }
  return named;
}

/** The same known names in the same order in all lists, and none of equal name that was another before. */
export function positions(lists: Four<readonly InternedValue[]>): boolean {
  const nameOf = (item: InternedValue) => {
    for (const key of identityKeys) {
      const found = item.map?.get(key)?.string;
      if (found) return `${key} ${found}`;
    }
    return null;
  };
  const names = lists.map(list => JSON.stringify(list.map(nameOf)));
  const [base] = lists;
  if (names.some(list => list !== names[0]) || base.some(item => nameOf(item) === null)) return false;
  return lists.every(list =>
    list.every(
      (item, at) =>
        item.id === base[at]!.id ||
        !base.some(other => nameOf(other) === nameOf(base[at]!) && other.id === item.id),
    ),
  );
}
