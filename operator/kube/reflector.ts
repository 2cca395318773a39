/**
 * Keeps a cache equal to what the API server holds: lists once, watches from there, and starts over when it must.
 * Invariant: the loop ends only with its signal. No matter what the server, the network or a handler does, it goes on,
 * waiting longer each time it makes no progress, and a change is either delivered or found by the next list.
 */
import { Backoff, type Random } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Cache } from './cache.ts';
import { errorFromFailure, isKubeError } from './kube-error.ts';
import { listPages } from './list-pages.ts';
import { hasLostHistory } from './lost-history.ts';
import { metadataAlone, metadataListAlone, type RawObject } from './raw-object.ts';
import type { ApiPath, Query } from './resource-path.ts';
import type { Session } from './session.ts';
import { WatchIdle, watchEvents } from './watch-stream.ts';

/** Why a list was made. `periodic` ones find what the watch missed. */
export type ListReason = 'first' | 'gone' | 'failures' | 'periodic';

/** Why a watch ended. `closed`: by the server, as agreed. `short`: at once and without saying why. */
export type WatchEnd = 'closed' | 'short' | 'idle' | 'gone' | 'error' | 'relist';

/** Hooks must not throw. */
export interface ReflectorHooks {
  /** `changed`: how many entries the list corrected. */
  listed?(list: { reason: ListReason; objects: number; changed: number; ms: number }): void;
  watchEnded?(end: WatchEnd): void;
  /** Something went wrong; the loop goes on after `delayMs`. */
  failed?(error: unknown, delayMs: number): void;
  /** An object could not be read, and is treated as if it did not exist. */
  unreadable?(error: unknown): void;
}

export interface ReflectorOptions<T extends object> {
  readonly session: Session;
  readonly cache: Cache<T>;
  readonly path: ApiPath;
  /** What the path covers, as the beginning of the cache's keys, where other reflectors fill the rest of it. */
  readonly scope?: string;
  /** labelSelector, fieldSelector. */
  readonly query?: Query;
  /** Asks for metadata alone. Default: whole objects. */
  readonly metadataOnly?: boolean;
  /** What the cache keeps of an object. */
  transform(raw: RawObject): T;
  readonly clock: Clock;
  readonly random: Random;
  readonly hooks?: ReflectorHooks;
  readonly pageSize?: number;
  /** Default 10 s. */
  readonly openMs?: number;
  /** Default 90 s. */
  readonly idleMs?: number;
  /** Shortest time between periodic lists; the longest is three times that. Default 10 minutes. */
  readonly relistMs?: number;
}

/** Consecutive failures without progress after which even the resourceVersion is distrusted. */
const failuresBeforeList = 3;
/** A watch that ends sooner and brought nothing counts as a failure. */
const shortestWatchMs = 1_000;

export class Reflector<T extends object> {
  readonly #options: ReflectorOptions<T>;
  readonly #backoff: Backoff;
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #running = false;
  #lastHeard: number | undefined;
  #relistDue = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#backoff = new Backoff({ baseMs: 800, capMs: 30_000 }, options.random);
  }

  /** Resolves when the first list is in the cache; never rejects. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Milliseconds since the server last said anything (list, event or bookmark); undefined before that. */
  silentMs(): number | undefined {
    return this.#lastHeard === undefined ? undefined : this.#options.clock.monotonic() - this.#lastHeard;
  }

  /** Resolves, and never rejects, once the signal is aborted. May be called once. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error('a reflector runs once');
    this.#running = true;
    let next: ListReason | { readonly watchFrom: string } = 'first';
    while (!signal.aborted) {
      next =
        typeof next === 'string' ? await this.#list(next, signal) : await this.#watch(next.watchFrom, signal);
    }
  }

  async #list(reason: ListReason, signal: AbortSignal): Promise<ListReason | { watchFrom: string }> {
    const { session, cache, path, query, clock, hooks, pageSize } = this.#options;
    const startedAt = clock.monotonic();
    try {
      const mark = cache.mark();
      const entries: T[] = [];
      const resourceVersion = await listPages(session, {
        path,
        ...(query === undefined ? {} : { query }),
        accept: this.#options.metadataOnly ? metadataListAlone : undefined,
        ...(pageSize === undefined ? {} : { pageSize }),
        signal,
        page: items => {
          for (const item of items) {
            const entry = this.#read(item);
            if (entry !== undefined) entries.push(entry);
          }
        },
      });
      const changed = cache.replace(entries, mark, this.#options.scope);
      const now = clock.monotonic();
      this.#lastHeard = now;
      const relistMs = this.#options.relistMs ?? 600_000;
      this.#relistDue = now + relistMs * (1 + 2 * this.#options.random());
      this.#isSynced = true;
      this.#synced.resolve();
      hooks?.listed?.({ reason, objects: entries.length, changed, ms: now - startedAt });
      return { watchFrom: resourceVersion };
    } catch (error) {
      // A list is not progress: a server that lists but refuses every watch must be left in peace, too.
      await this.#rest(error, signal);
      return reason;
    }
  }

  async #watch(from: string, signal: AbortSignal): Promise<ListReason | { watchFrom: string }> {
    const { session, path, query, clock, random, hooks } = this.#options;
    const relist = new AbortController();
    const onAbort = () => relist.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const relistTimer = clock.timer(this.#relistDue - clock.monotonic(), () => relist.abort());
    let resourceVersion = from;
    let progress = false;
    const startedAt = clock.monotonic();
    try {
      for await (const event of watchEvents(session, {
        path,
        ...(query === undefined ? {} : { query }),
        accept: this.#options.metadataOnly ? metadataAlone : undefined,
        resourceVersion,
        // Spread, so that all watches of all clients do not end together for ever.
        timeoutSeconds: Math.round(300 * (1 + random())),
        openMs: this.#options.openMs ?? 10_000,
        idleMs: this.#options.idleMs ?? 90_000,
        clock,
        signal: relist.signal,
      })) {
        if (event.type === 'BOOKMARK') {
          resourceVersion = event.resourceVersion;
        } else {
          const version = versionOf(event.object);
          if (version === undefined) throw new Error(`watch ${path}: an object without a resourceVersion`);
          this.#take(event.type, event.object);
          resourceVersion = version;
        }
        this.#lastHeard = clock.monotonic();
        progress = true;
        this.#backoff.reset();
      }
      if (!progress && clock.monotonic() - startedAt < shortestWatchMs) {
        hooks?.watchEnded?.('short');
        return await this.#afterFailure(new Error(`watch ${path}: ended at once`), resourceVersion, signal);
      }
      hooks?.watchEnded?.('closed');
      return { watchFrom: resourceVersion };
    } catch (error) {
      if (signal.aborted) return { watchFrom: resourceVersion };
      if (relist.signal.aborted) {
        hooks?.watchEnded?.('relist');
        return 'periodic';
      }
      if (error instanceof WatchIdle) {
        // The server said nothing wrong; what is lost is time, so no waiting.
        hooks?.watchEnded?.('idle');
        return await this.#goOn(resourceVersion, signal);
      }
      if (isKubeError(error, 'gone')) {
        hooks?.watchEnded?.('gone');
        await this.#rest(error, signal);
        return 'gone';
      }
      hooks?.watchEnded?.('error');
      return this.#afterFailure(error, resourceVersion, signal);
    } finally {
      relistTimer.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #afterFailure(
    error: unknown,
    resourceVersion: string,
    signal: AbortSignal,
  ): Promise<ListReason | { watchFrom: string }> {
    await this.#rest(error, signal);
    // A resourceVersion nobody can serve is not always answered with 410.
    return this.#backoff.failures >= failuresBeforeList ? 'failures' : this.#goOn(resourceVersion, signal);
  }

  /** Watches on, unless the server's history may be another one by now. */
  async #goOn(resourceVersion: string, signal: AbortSignal): Promise<ListReason | { watchFrom: string }> {
    const { session, cache, path, query, scope } = this.#options;
    try {
      const known = { path, query, resourceVersion, newest: cache.newest(scope) };
      return (await hasLostHistory(session, known, signal)) ? 'gone' : { watchFrom: resourceVersion };
    } catch (error) {
      await this.#rest(error, signal);
      return 'failures';
    }
  }

  /** Counts a failure and waits. */
  async #rest(failure: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const error = failure instanceof Error ? failure : errorFromFailure('reflector', failure, signal);
    const asked = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(this.#backoff.next(), Math.min(asked, 60_000));
    this.#options.hooks?.failed?.(error, delayMs);
    await this.#options.clock.sleep(delayMs, signal).catch(() => {});
  }

  #take(type: 'ADDED' | 'MODIFIED' | 'DELETED', raw: RawObject): void {
    // What a write of ours was answered is not read a second time.
    if (type !== 'DELETED' && this.#options.cache.confirm(raw)) return;
    const entry = this.#read(raw);
    if (entry === undefined) return;
    if (type === 'DELETED') this.#options.cache.remove(entry);
    else this.#options.cache.upsert(entry);
  }

  #read(raw: RawObject): T | undefined {
    try {
      return this.#options.transform(raw);
    } catch (error) {
      this.#options.hooks?.unreadable?.(error);
      return undefined;
    }
  }
}

function versionOf(raw: RawObject): string | undefined {
  const version = (raw.metadata as { resourceVersion?: unknown } | undefined)?.resourceVersion;
  return typeof version === 'string' && version !== '' ? version : undefined;
}
