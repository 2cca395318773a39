/**
 * What the API server holds of one resource, as far as we were told, with indexes. Filled by a reflector and
 * by the answers to our own writes. Invariant: an entry never goes back behind a write of ours that was
 * answered. Until the watch delivers exactly that write, older news about the object are dropped, so that
 * a reconcile right after a write sees what it wrote and not the world before.
 *
 * resourceVersions are compared for equality only.
 */
import type { Clock } from '../runtime/clock.ts';
import type { Identity } from './raw-object.ts';

/** Key of an object: "namespace/name". */
export function keyOf(ref: { readonly namespace: string; readonly name: string }): string {
  return `${ref.namespace}/${ref.name}`;
}

/** Called after the cache and its indexes changed. Must not throw; if it does, onHandlerError hears of it. */
export type ChangeHandler<T> = (key: string, before: T | undefined, after: T | undefined) => void;

/** The index keys under which an entry is found. */
export type Indexer<T> = (entry: T) => readonly string[];

export interface CacheOptions<T> {
  readonly clock: Clock;
  identity(entry: T): Identity;
  readonly indexes?: Readonly<Record<string, Indexer<T>>>;
  onHandlerError?(error: unknown, key: string): void;
}

/** A point in the order of our writes; see replace(). */
export type Mark = number;

interface Expectation {
  readonly uid: string;
  /** null: we deleted the object, and expect to hear of that. */
  readonly resourceVersion: string | null;
  readonly recordedAt: number;
  readonly mark: Mark;
}

/** A write whose answer is not here yet. */
interface PendingWrite {
  /** Versions of the object that the watch delivered meanwhile. */
  readonly seen: Set<string>;
  readonly ended: Promise<void>;
}

/** The watch is a minute behind at worst before its idle timer ends it; nobody should wait for it that long. */
const expectationMs = 30_000;

export class Cache<T extends object> {
  readonly #clock: Clock;
  readonly #identity: (entry: T) => Identity;
  readonly #onHandlerError: (error: unknown, key: string) => void;
  readonly #entries = new Map<string, T>();
  readonly #indexes = new Map<string, { of: Indexer<T>; keys: Map<string, Set<string>> }>();
  readonly #handlers: ChangeHandler<T>[] = [];
  readonly #expectations = new Map<string, Expectation>();
  readonly #pending = new Map<string, PendingWrite>();
  #mark: Mark = 0;

  constructor(options: CacheOptions<T>) {
    this.#clock = options.clock;
    this.#identity = options.identity;
    this.#onHandlerError = options.onHandlerError ?? (() => {});
    for (const [name, of] of Object.entries(options.indexes ?? {})) {
      this.#indexes.set(name, { of, keys: new Map() });
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  values(): IterableIterator<T> {
    return this.#entries.values();
  }

  /** Entries under one index key, in no particular order. Throws for an index that does not exist. */
  byIndex(index: string, indexKey: string): T[] {
    const found: T[] = [];
    for (const key of this.keysByIndex(index, indexKey)) found.push(this.#entries.get(key)!);
    return found;
  }

  keysByIndex(index: string, indexKey: string): ReadonlySet<string> {
    const known = this.#indexes.get(index);
    if (known === undefined) throw new Error(`there is no index ${JSON.stringify(index)}`);
    return known.keys.get(indexKey) ?? nothing;
  }

  /** Handlers are called in the order they were added, for every change from then on. */
  onChange(handler: ChangeHandler<T>): void {
    this.#handlers.push(handler);
  }

  /** News from the watch: the object exists and is like this. */
  upsert(entry: T): void {
    const { uid, resourceVersion } = this.#identity(entry);
    const key = keyOf(this.#identity(entry));
    this.#sawByWatch(key, resourceVersion);
    const expected = this.#expected(key);
    if (expected !== undefined) {
      const recreated = expected.resourceVersion === null && expected.uid !== uid;
      if (!recreated && expected.resourceVersion !== resourceVersion) return;
      this.#expectations.delete(key);
    }
    this.#set(key, entry);
  }

  /** News from the watch: the object, as it last was, is gone. */
  remove(entry: T): void {
    const { uid, resourceVersion } = this.#identity(entry);
    const key = keyOf(this.#identity(entry));
    this.#sawByWatch(key, resourceVersion);
    // The end of an earlier object of this name says nothing about the one we wrote.
    const expected = this.#expected(key);
    if (expected !== undefined && expected.uid !== uid) return;
    this.#expectations.delete(key);
    this.#set(key, undefined);
  }

  /** To be taken before a list is requested. */
  mark(): Mark {
    return this.#mark;
  }

  /**
   * Takes over a whole list. `since` is the mark taken before the list was requested: the list may not know
   * what we wrote after that. Returns the number of entries that were changed by it.
   */
  replace(entries: Iterable<T>, since: Mark): number {
    const listed = new Map<string, T>();
    for (const entry of entries) listed.set(keyOf(this.#identity(entry)), entry);
    let changed = 0;
    for (const [key, expectation] of [...this.#expectations]) {
      if (expectation.mark > since && this.#versionOf(listed.get(key)) !== expectation.resourceVersion)
        continue;
      this.#expectations.delete(key);
    }
    for (const key of [...this.#entries.keys()]) {
      if (listed.has(key) || this.#expectations.has(key)) continue;
      changed += 1;
      this.#set(key, undefined);
    }
    for (const [key, entry] of listed) {
      if (this.#expectations.has(key)) continue;
      this.#sawByWatch(key, this.#identity(entry).resourceVersion);
      if (this.#versionOf(this.#entries.get(key)) === this.#versionOf(entry)) continue;
      changed += 1;
      this.#set(key, entry);
    }
    return changed;
  }

  /**
   * Runs a write of one object and takes its answer into the cache, unless the watch was faster: it may have
   * delivered that very version, and later ones, before the answer to the write came. Writes of one object
   * run one after another, as their answers could overtake each other otherwise.
   */
  writeThrough<R>(key: string, write: () => Promise<R>, written: (answer: R) => T): Promise<R> {
    return this.#alone(key, async pending => {
      const answer = await write();
      const entry = written(answer);
      const { uid, resourceVersion } = this.#identity(entry);
      // A write that changed nothing is answered with the version we know.
      const known = this.#versionOf(this.#entries.get(key)) === resourceVersion;
      if (!known && !pending.seen.has(resourceVersion)) {
        this.#expect(key, uid, resourceVersion);
        this.#set(key, entry);
      }
      return answer;
    });
  }

  /** Runs the delete of one object and, if it says that the object is gone, takes it out of the cache. */
  deleteThrough(key: string, uid: string, remove: () => Promise<{ readonly gone: boolean }>): Promise<void> {
    return this.#alone(key, async () => {
      const { gone } = await remove();
      const entry = this.#entries.get(key);
      if (!gone || entry === undefined || this.#identity(entry).uid !== uid) return;
      this.#expect(key, uid, null);
      this.#set(key, undefined);
    });
  }

  async #alone<R>(key: string, write: (pending: PendingWrite) => Promise<R>): Promise<R> {
    for (let other = this.#pending.get(key); other !== undefined; other = this.#pending.get(key)) {
      await other.ended;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const pending: PendingWrite = { seen: new Set(), ended: promise };
    this.#pending.set(key, pending);
    try {
      return await write(pending);
    } finally {
      this.#pending.delete(key);
      resolve();
    }
  }

  #expect(key: string, uid: string, resourceVersion: string | null): void {
    this.#mark += 1;
    this.#expectations.set(key, {
      uid,
      resourceVersion,
      recordedAt: this.#clock.monotonic(),
      mark: this.#mark,
    });
  }

  #expected(key: string): Expectation | undefined {
    const expectation = this.#expectations.get(key);
    if (expectation === undefined) return undefined;
    if (this.#clock.monotonic() - expectation.recordedAt < expectationMs) return expectation;
    this.#expectations.delete(key);
    return undefined;
  }

  #versionOf(entry: T | undefined): string | undefined {
    return entry === undefined ? undefined : this.#identity(entry).resourceVersion;
  }

  #sawByWatch(key: string, resourceVersion: string): void {
    this.#pending.get(key)?.seen.add(resourceVersion);
  }

  #set(key: string, after: T | undefined): void {
    const before = this.#entries.get(key);
    if (before === undefined && after === undefined) return;
    if (after === undefined) this.#entries.delete(key);
    else this.#entries.set(key, Object.freeze(after));
    for (const { of, keys } of this.#indexes.values()) {
      if (before !== undefined) unindex(keys, of(before), key);
      if (after !== undefined) index(keys, of(after), key);
    }
    for (const handler of this.#handlers) {
      try {
        handler(key, before, after);
      } catch (error) {
        this.#onHandlerError(error, key);
      }
    }
  }
}

const nothing: ReadonlySet<string> = new Set();

function index(keys: Map<string, Set<string>>, indexKeys: readonly string[], key: string): void {
  for (const indexKey of indexKeys) {
    const under = keys.get(indexKey);
    if (under === undefined) keys.set(indexKey, new Set([key]));
    else under.add(key);
  }
}

function unindex(keys: Map<string, Set<string>>, indexKeys: readonly string[], key: string): void {
  for (const indexKey of indexKeys) {
    const under = keys.get(indexKey);
    under?.delete(key);
    if (under?.size === 0) keys.delete(indexKey);
  }
}
