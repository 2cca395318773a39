/**
 * A copy of one resource of the API server, as far as we were told, with indexes. Filled by a reflector and by the
 * answers to our own writes. Invariant: an entry never goes back behind a write of ours that was answered. Until the
 * watch delivers exactly that write, older news about the object is dropped, so that a reconcile right after a write
 * sees what it wrote, and not the state before.
 *
 * resourceVersions are compared for equality, but for telling which entry is the newest.
 */
import type { Clock, Timer } from '../../runtime/clock.ts';
import { type ObjectKey, objectKey } from '../object/key.ts';
import { CacheIndex, type Indexer } from './cache-index.ts';
import { type Identity, isNewer, metadataOf, type RawObject } from './raw-object.ts';

/**
 * Called after the cache and its indexes changed; `own` when by the answer to a write of ours. Must not throw; if it
 * throws, onHandlerError is told.
 */
export type ChangeHandler<T> = (
  key: ObjectKey,
  before: T | undefined,
  after: T | undefined,
  own: boolean,
) => void;

export interface CacheOptions<T> {
  readonly clock: Clock;
  identity(entry: T): Identity;
  readonly indexes?: Readonly<Record<string, Indexer<T>>>;
  onHandlerError?(error: unknown, key: ObjectKey): void;
}

/** A point in the order of our writes; see replace(). */
export type Mark = number;

/** What a watch or a list says of one object: how it is, or how it last was. */
interface News<T> {
  readonly entry: T;
  readonly gone: boolean;
}

interface Expectation<T> {
  readonly uid: string;
  /** null: we deleted the object, and expect to hear of that. */
  readonly resourceVersion: string | null;
  readonly mark: Mark;
  readonly timer: Timer;
  /** The last news that was held to be older; taken after all when the expected never comes. */
  dropped: News<T> | undefined;
}

/** A write whose answer is not here yet. */
interface PendingWrite<T> {
  /** Told meanwhile; whether it is older or newer than the write, only the answer says. */
  readonly news: News<T>[];
  readonly ended: Promise<void>;
}

/** The watch is a minute behind at worst before its idle timer ends it; nobody should wait for it that long. */
const expectationMs = 30_000;

export class Cache<T extends object> {
  readonly #clock: Clock;
  readonly #identity: (entry: T) => Identity;
  readonly #onHandlerError: (error: unknown, key: ObjectKey) => void;
  readonly #entries = new Map<ObjectKey, T>();
  readonly #indexes = new Map<string, CacheIndex<T>>();
  readonly #handlers: ChangeHandler<T>[] = [];
  readonly #expectations = new Map<ObjectKey, Expectation<T>>();
  readonly #pending = new Map<ObjectKey, PendingWrite<T>>();
  #mark: Mark = 0;
  #changes = 0;

  constructor(options: CacheOptions<T>) {
    this.#clock = options.clock;
    this.#identity = options.identity;
    this.#onHandlerError = options.onHandlerError ?? (() => {});
    for (const [name, of] of Object.entries(options.indexes ?? {})) {
      this.#indexes.set(name, new CacheIndex(of));
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#entries.get(key);
  }

  /**
   * News that an object exists, before anybody has read it: true when that is exactly the state held here, as after
   * each write of ours, and nothing is left to do.
   */
  confirm(raw: RawObject): boolean {
    const { namespace = '', name = '', resourceVersion } = metadataOf(raw) as Partial<Identity>;
    const key = objectKey({ namespace, name });
    if (resourceVersion === undefined || this.#pending.has(key)) return false;
    if (this.#versionOf(this.#entries.get(key)) !== resourceVersion) return false;
    const expected = this.#expectations.get(key);
    if (expected === undefined) return true;
    if (expected.resourceVersion !== resourceVersion) return false;
    this.#forget(key);
    return true;
  }

  keys(): IterableIterator<ObjectKey> {
    return this.#entries.keys();
  }

  values(): IterableIterator<T> {
    return this.#entries.values();
  }

  /** The entry last written, of those whose keys begin with `scope`; undefined when there is none. */
  newest(scope = ''): Identity | undefined {
    let newest: Identity | undefined;
    for (const [key, entry] of this.#entries) {
      if (!key.startsWith(scope)) continue;
      const identity = this.#identity(entry);
      if (newest === undefined || isNewer(identity.resourceVersion, newest.resourceVersion))
        newest = identity;
    }
    return newest;
  }

  /** Entries under one index key, in no particular order. Throws for an index that does not exist. */
  byIndex(index: string, indexKey: string): T[] {
    const found: T[] = [];
    for (const key of this.keysByIndex(index, indexKey)) found.push(this.#entries.get(key)!);
    return found;
  }

  keysByIndex(index: string, indexKey: string): Iterable<ObjectKey> {
    const known = this.#indexes.get(index);
    if (known === undefined) throw new Error(`there is no index ${JSON.stringify(index)}`);
    return known.under(indexKey);
  }

  /** Handlers are called in the order they were added, for every change from then on. */
  onChange(handler: ChangeHandler<T>): void {
    this.#handlers.push(handler);
  }

  /** News from the watch: the object exists and is like this. */
  upsert(entry: T): void {
    this.#hear({ entry, gone: false });
  }

  /** News from the watch: the object, as it last was, is gone. */
  remove(entry: T): void {
    this.#hear({ entry, gone: true });
  }

  /** To be taken before a list is requested. */
  mark(): Mark {
    return this.#mark;
  }

  /**
   * Takes over a whole list. `since` is the mark taken before the list was requested: the list may not know
   * what was answered to our writes after that. `scope`: the list is whole for keys that begin so, and says nothing
   * of others. Returns the number of entries that were changed by it.
   */
  replace(entries: Iterable<T>, since: Mark, scope = ''): number {
    const listed = new Map<ObjectKey, T>();
    for (const entry of entries) listed.set(objectKey(this.#identity(entry)), entry);
    for (const [key, expectation] of [...this.#expectations]) {
      if (!key.startsWith(scope)) continue;
      const agreed = expectation.resourceVersion === null && !listed.has(key);
      if (agreed || expectation.mark <= since) this.#forget(key);
    }
    const before = this.#changes;
    for (const [key, entry] of [...this.#entries]) {
      if (listed.has(key) || !key.startsWith(scope)) continue;
      const expected = this.#expectations.get(key);
      // Not listed may mean not written yet; unlike a DELETED of the watch, it has no place in the order.
      if (expected !== undefined) expected.dropped = { entry, gone: true };
      else this.#hear({ entry, gone: true });
    }
    for (const entry of listed.values()) this.#hear({ entry, gone: false });
    return this.#changes - before;
  }

  /**
   * Runs a write of one object and takes its answer into the cache (not where `written` says null: then only the
   * watch tells what the object is now). What the watch tells of the object
   * meanwhile waits for the answer: it may be older than the write, the write itself, or later. Writes of one
   * object run one after another, as their answers could overtake each other otherwise.
   */
  writeThrough<R>(key: ObjectKey, write: () => Promise<R>, written: (answer: R) => T | null): Promise<R> {
    return this.#alone(key, async ({ news }) => {
      const answer = await write();
      const entry = written(answer);
      if (entry === null) return answer;
      const { uid, resourceVersion } = this.#identity(entry);
      const heard = news.findLastIndex(each => !each.gone && this.#versionOf(each.entry) === resourceVersion);
      if (heard >= 0) {
        news.splice(0, heard + 1);
        this.#forget(key);
        this.#set(key, entry, true);
      } else if (this.#versionOf(this.#entries.get(key)) !== resourceVersion) {
        this.#expect(key, uid, resourceVersion);
        this.#set(key, entry, true);
      }
      return answer;
    });
  }

  /** Runs the delete of one object and, if it says that the object is gone, takes it out of the cache. */
  deleteThrough(
    key: ObjectKey,
    uid: string,
    remove: () => Promise<{ readonly gone: boolean }>,
  ): Promise<void> {
    return this.#alone(key, async () => {
      const { gone } = await remove();
      const entry = this.#entries.get(key);
      if (!gone || entry === undefined || this.#identity(entry).uid !== uid) return;
      this.#expect(key, uid, null);
      this.#set(key, undefined, true);
    });
  }

  async #alone<R>(key: ObjectKey, write: (pending: PendingWrite<T>) => Promise<R>): Promise<R> {
    for (let other = this.#pending.get(key); other !== undefined; other = this.#pending.get(key)) {
      await other.ended;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const pending: PendingWrite<T> = { news: [], ended: promise };
    this.#pending.set(key, pending);
    try {
      return await write(pending);
    } finally {
      this.#pending.delete(key);
      for (const each of pending.news) this.#take(key, each);
      resolve();
    }
  }

  #expect(key: ObjectKey, uid: string, resourceVersion: string | null): void {
    this.#forget(key);
    this.#mark += 1;
    const timer = this.#clock.timer(expectationMs, () => {
      const dropped = this.#expectations.get(key)?.dropped;
      this.#expectations.delete(key);
      if (dropped !== undefined) this.#hear(dropped);
    });
    this.#expectations.set(key, { uid, resourceVersion, mark: this.#mark, timer, dropped: undefined });
  }

  #forget(key: ObjectKey): void {
    this.#expectations.get(key)?.timer.cancel();
    this.#expectations.delete(key);
  }

  #hear(news: News<T>): void {
    const key = objectKey(this.#identity(news.entry));
    const pending = this.#pending.get(key);
    if (pending === undefined) this.#take(key, news);
    else pending.news.push(news);
  }

  #take(key: ObjectKey, news: News<T>): void {
    const { uid, resourceVersion } = this.#identity(news.entry);
    const expected = this.#expectations.get(key);
    if (expected !== undefined) {
      // The end of an earlier object of this name says nothing about the one we wrote; and after a delete,
      // only its end or a new object of the name is news.
      const met = news.gone
        ? expected.uid === uid
        : expected.resourceVersion === resourceVersion ||
          (expected.resourceVersion === null && expected.uid !== uid);
      if (!met) {
        expected.dropped = news;
        return;
      }
      this.#forget(key);
    }
    if (news.gone) this.#set(key, undefined, false);
    else if (this.#versionOf(this.#entries.get(key)) !== resourceVersion) this.#set(key, news.entry, false);
  }

  #versionOf(entry: T | undefined): string | undefined {
    return entry === undefined ? undefined : this.#identity(entry).resourceVersion;
  }

  #set(key: ObjectKey, after: T | undefined, own: boolean): void {
    const before = this.#entries.get(key);
    if (before === undefined && after === undefined) return;
    this.#changes += 1;
    if (after === undefined) this.#entries.delete(key);
    else this.#entries.set(key, Object.freeze(after));
    for (const index of this.#indexes.values()) index.move(key, before, after);
    for (const handler of this.#handlers) {
      try {
        handler(key, before, after, own);
      } catch (error) {
        this.#onHandlerError(error, key);
      }
    }
  }
}
