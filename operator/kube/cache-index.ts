/**
 * Keys of entries under what each entry says it is to be found by. Invariant: an entry is under exactly what its latest
 * state says.
 */

import type { ObjectKey } from '../object/key.ts';

/** The index keys under which an entry is found. */
export type Indexer<T> = (entry: T) => readonly string[];

export class CacheIndex<T> {
  readonly #of: Indexer<T>;
  /** Most index keys stand for one object: those need no set. */
  readonly #keys = new Map<string, ObjectKey | Set<ObjectKey>>();

  constructor(of: Indexer<T>) {
    this.#of = of;
  }

  under(indexKey: string): Iterable<ObjectKey> {
    const under = this.#keys.get(indexKey) ?? [];
    return typeof under === 'string' ? [under] : under;
  }

  move(key: ObjectKey, before: T | undefined, after: T | undefined): void {
    if (before !== undefined) for (const indexKey of this.#of(before)) this.#remove(indexKey, key);
    if (after !== undefined) for (const indexKey of this.#of(after)) this.#add(indexKey, key);
  }

  #add(indexKey: string, key: ObjectKey): void {
    const under = this.#keys.get(indexKey);
    if (under === undefined || under === key) this.#keys.set(indexKey, key);
    else if (typeof under === 'string') this.#keys.set(indexKey, new Set([under, key]));
    else under.add(key);
  }

  #remove(indexKey: string, key: ObjectKey): void {
    const under = this.#keys.get(indexKey);
    if (under === key) this.#keys.delete(indexKey);
    else if (under instanceof Set && under.delete(key) && under.size === 0) this.#keys.delete(indexKey);
  }
}
