/**
 * Follows the history's feed of changes once for all watchers. Invariant: a watcher is given every change after
 * its cursor that concerns it, once, in the order of the feed; one that cannot keep up is let go, to come back
 * with the cursor of what it has seen, and never costs more memory than `maxWaiting` changes.
 *
 * Cursors cannot be compared. So a watcher that comes back reads the feed by itself until it has caught up, waits
 * until the hub has read everything that was there at that moment, joins, and reads once more what came between:
 * those few changes are remembered until the hub has passed them, so that they are not given twice.
 */
import type { Change, Changes } from '../history/words/history.ts';
import { cursorOf, type Watched, Watcher, type WatcherOptions } from './watcher.ts';

export interface Feed {
  changesAfter(cursor: string | null, limit: number, signal: AbortSignal): Promise<Changes>;
}

export interface HubOptions extends Omit<WatcherOptions, 'concerns'> {
  readonly feed: Feed;
  /** How often the feed is read while somebody watches. */
  readonly everyMs: number;
  readonly maxWatchers: number;
  /** Of one tenant. */
  readonly maxWatchersEach: number;
  readonly failed: (error: unknown) => void;
}

/** The limit of watchers is reached; `mine`: this tenant's own limit. */
export class TooManyWatchers extends Error {
  override readonly name = 'TooManyWatchers';
  readonly mine: boolean;

  constructor(mine: boolean) {
    super('too many watchers');
    this.mine = mine;
  }
}

export interface WatchRequest {
  readonly concerns: (change: Change) => boolean;
  /** null: from now on. */
  readonly after: string | null;
  readonly tenant: string;
  readonly signal: AbortSignal;
}

const pageSize = 500;

export class WatchHub {
  readonly #options: HubOptions;
  readonly #watchers = new Set<Watcher>();
  /** Calls of watch() under way, also those that have not joined yet. */
  #active = 0;
  readonly #tenants = new Map<string, number>();
  readonly #stopped = new AbortController();
  /** Wakes the reader before its time. */
  #nudge: () => void = () => undefined;
  #reading: Promise<void> | null = null;
  #cursor: string | null = null;
  /** How many times in a row the hub's own cursor was too old. */
  #expired = 0;
  /** Waiting for the hub to have read all there is. */
  readonly #caughtUp: (() => void)[] = [];

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get watchers(): number {
    return this.#active;
  }

  /** Something was just written here: the hub need not wait for its next reading. */
  nudge(): void {
    this.#nudge();
  }

  /** Ends every watch. */
  async close(): Promise<void> {
    this.#stopped.abort(new Error('the server stops'));
    for (const watcher of this.#watchers) watcher.wake();
    this.#nudge();
    await this.#reading;
  }

  /**
   * Ends when the signal is aborted, the hub is closed, or the watcher lags too far behind. What comes first says
   * where the watch begins. Throws TooManyWatchers.
   */
  async *watch({ concerns, after, tenant, signal }: WatchRequest): AsyncGenerator<Watched> {
    const ended = AbortSignal.any([signal, this.#stopped.signal]);
    const { maxWatchers, maxWatchersEach } = this.#options;
    const mine = this.#tenants.get(tenant) ?? 0;
    if (mine >= maxWatchersEach) throw new TooManyWatchers(true);
    if (this.#active >= maxWatchers) throw new TooManyWatchers(false);
    const watcher = new Watcher({ concerns, ...this.#options });
    this.#active += 1;
    this.#tenants.set(tenant, mine + 1);
    try {
      if (after === null) {
        // A watcher is counted from here on; what comes before the hub's cursor is of no concern to it.
        await this.#start(ended);
        this.#watchers.add(watcher);
        yield { kind: 'bookmark', cursor: this.#cursor! };
      } else yield* this.#catchUp(watcher, after, ended);
      yield* watcher.follow(() => this.#cursor, ended);
    } catch (error) {
      if (!ended.aborted) throw error;
    } finally {
      this.#watchers.delete(watcher);
      this.#active -= 1;
      const left = this.#tenants.get(tenant)! - 1;
      if (left > 0) this.#tenants.set(tenant, left);
      else this.#tenants.delete(tenant);
    }
  }

  async *#catchUp(watcher: Watcher, after: string, signal: AbortSignal): AsyncGenerator<Watched> {
    const given: Change[] = [];
    let cursor = after;
    for await (const seen of this.#readFrom(cursor, watcher, signal)) {
      cursor = cursorOf(seen);
      yield seen;
    }
    await this.#start(signal);
    await this.#untilCaughtUp(signal);
    this.#watchers.add(watcher);
    for await (const seen of this.#readFrom(cursor, watcher, signal)) {
      if (seen.kind === 'change') given.push(seen.change);
      yield seen;
    }
    watcher.skip(given);
    // Once the hub has read everything there is now, none of these can come again.
    void this.#untilCaughtUp(signal)
      .then(() => watcher.forgetGiven())
      .catch(() => undefined);
  }

  /**
   * Reads until there is no more, and ends with a bookmark; or with the news that the cursor is too old. Then the hub
   * goes on from the new one: it waits between two readings, whatever the next one says.
   */
  async *#readFrom(from: string, watcher: Watcher, signal: AbortSignal): AsyncGenerator<Watched> {
    let cursor = from;
    for (;;) {
      const page = await this.#options.feed.changesAfter(cursor, pageSize, signal);
      cursor = page.cursor;
      if (page.kind === 'expired') {
        yield { kind: 'expired', cursor };
        return;
      }
      for (const change of page.changes) if (watcher.concerns(change)) yield { kind: 'change', change };
      if (page.more) continue;
      yield { kind: 'bookmark', cursor };
      return;
    }
  }

  /** The hub reads while there is a watcher; resolves when it has a cursor. */
  async #start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#cursor === null) {
      const now = await this.#options.feed.changesAfter(null, 1, signal);
      this.#cursor ??= now.cursor;
    }
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
  }

  async #read(): Promise<void> {
    const { clock, everyMs, bookmarkMs, failed } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted && this.#active > 0) {
      let more = false;
      try {
        more = await this.#readOnce(signal);
      } catch (error) {
        if (signal.aborted) break;
        failed(error);
      }
      if (more) continue;
      const { promise, resolve } = Promise.withResolvers<void>();
      // Each time costs every watcher a list.
      const timer = clock.timer(Math.min(everyMs * 2 ** this.#expired, bookmarkMs), resolve);
      this.#nudge = resolve;
      await promise;
      timer.cancel();
    }
    this.#cursor = null;
    for (const resolve of this.#caughtUp.splice(0)) resolve();
  }

  async #readOnce(signal: AbortSignal): Promise<boolean> {
    const waiting = this.#caughtUp.splice(0);
    try {
      const page = await this.#options.feed.changesAfter(this.#cursor, pageSize, signal);
      this.#cursor = page.cursor;
      if (page.kind === 'expired') {
        this.#expired += 1;
        this.#tell({ kind: 'expired', cursor: page.cursor });
        // A watcher that joins from here on is told of everything after the new cursor.
        for (const resolve of waiting) resolve();
        return false;
      }
      this.#expired = 0;
      for (const change of page.changes) this.#tell({ kind: 'change', change });
      // Every watcher that asked before this reading began has now been told everything there was at that moment.
      if (page.more) this.#caughtUp.push(...waiting);
      else for (const resolve of waiting) resolve();
      return page.more;
    } catch (error) {
      this.#caughtUp.push(...waiting);
      throw error;
    }
  }

  #tell(seen: Watched): void {
    for (const watcher of this.#watchers) watcher.tell(seen);
  }

  async #untilCaughtUp(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#caughtUp.push(resolve);
    const leave = () => resolve();
    signal.addEventListener('abort', leave, { once: true });
    this.#nudge();
    await promise;
    signal.removeEventListener('abort', leave);
    signal.throwIfAborted();
  }
}
