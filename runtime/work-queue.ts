/**
 * A queue of keys for level-triggered work, after client-go's: a key waits at most once, is never handed to
 * two workers at a time, and when it is added while it is being worked on, it is worked on once more
 * afterwards. Two lanes, so that what people just changed does not wait behind a resync of everything.
 * Invariant: after add(key) returns, take() hands that key out at least once more, unless shutdown() came first.
 */
import type { Random } from './backoff.ts';
import { exponential, jitter } from './backoff.ts';
import type { Clock, Timer } from './clock.ts';

/** `new`: somebody changed something. `resync`: retries, repairs and periodic second looks. */
export type Lane = 'new' | 'resync';

/** What to count; every hook is optional and must not throw. Durations in milliseconds. */
export interface WorkQueueHooks {
  added?(lane: Lane): void;
  taken?(lane: Lane, waitedMs: number): void;
  finished?(workedMs: number): void;
  retried?(): void;
}

export interface WorkQueueStats {
  readonly depth: Readonly<Record<Lane, number>>;
  /** Keys that wait for a timer. */
  readonly delayed: number;
  readonly processing: number;
  /** Sum, in milliseconds, of the time the keys being processed have taken so far. */
  readonly unfinishedMs: number;
  readonly longestRunningMs: number;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** First delay of addRateLimited; doubled with every failure. Default 200. */
  readonly retryBaseMs?: number;
  /** Longest delay of addRateLimited before jitter. Default 5 minutes. */
  readonly retryCapMs?: number;
  /** While both lanes have keys, every n-th comes from `resync`. Default 8. */
  readonly resyncShare?: number;
  /**
   * Keys from `resync` that are worked on at a time, so that a key that becomes `new` finds a worker and a connection
   * free instead of waiting for those of a resync of everything. At least 1; default: no limit.
   */
  readonly resyncAtOnce?: number;
  /**
   * The same while keys become `new` one after another, that is for a second after each: the processor is theirs first.
   * At least 1; default: as resyncAtOnce.
   */
  readonly resyncBeside?: number;
  /**
   * And then none begins for so many times as long as the last one took: they share the processor with what is new, and
   * with the servers that both call. Default 0.
   */
  readonly resyncRest?: number;
  readonly hooks?: WorkQueueHooks;
}

/** Without a new key for this long, nobody is about to be held up. */
const calmAfterMs = 1_000;
/** What waited for a server that was away for long says nothing about the processor. */
const longestRestMs = 50;

interface Delayed {
  due: number;
  lane: Lane;
  timer: Timer;
}

export class WorkQueue<Key extends string = string> {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #retry: { baseMs: number; capMs: number };
  readonly #resyncShare: number;
  readonly #resyncAtOnce: number;
  readonly #resyncBeside: number;
  readonly #resyncRest: number;
  readonly #hooks: WorkQueueHooks;
  readonly #lanes: Record<Lane, LaneQueue<Key>> = { new: new LaneQueue(), resync: new LaneQueue() };
  /** Keys being worked on, with the moment they were taken and the lane they came from. */
  readonly #processing = new Map<Key, { readonly takenAt: number; readonly lane: Lane }>();
  #resyncsProcessing = 0;
  /** While it runs no resync begins, unless all is calm. */
  #resting: Timer | null = null;
  /** When a key last became `new`. */
  #newAt = Number.NEGATIVE_INFINITY;
  /** Keys added while they are being worked on. */
  readonly #again = new Map<Key, Lane>();
  readonly #delayed = new Map<Key, Delayed>();
  readonly #failures = new Map<Key, number>();
  readonly #waiters = new Set<(key: Key | null) => void>();
  /** Keys taken from `new` in a row while `resync` waited. */
  #passedOver = 0;
  #closed = false;
  readonly #drained = Promise.withResolvers<void>();

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#retry = { baseMs: options.retryBaseMs ?? 200, capMs: options.retryCapMs ?? 300_000 };
    this.#resyncShare = Math.max(2, options.resyncShare ?? 8);
    this.#resyncAtOnce = Math.max(1, options.resyncAtOnce ?? Number.POSITIVE_INFINITY);
    this.#resyncBeside = Math.max(1, options.resyncBeside ?? this.#resyncAtOnce);
    this.#resyncRest = options.resyncRest ?? 0;
    this.#hooks = options.hooks ?? {};
  }

  /** Asks for work on a key. A key waiting in `resync` moves to `new` when it is added there. */
  add(key: Key, lane: Lane = 'new'): void {
    if (this.#closed) return;
    if (lane === 'new') this.#newAt = this.#clock.monotonic();
    if (this.#processing.has(key)) {
      const waiting = this.#again.get(key);
      if (waiting === undefined) this.#hooks.added?.(lane);
      if (waiting !== 'new') this.#again.set(key, lane);
      return;
    }
    if (this.#lanes.new.has(key)) return;
    if (this.#lanes.resync.has(key)) {
      if (lane === 'resync') return;
      // Keeps the moment it began to wait: the metric is about the key, not about the lane.
      this.#lanes.new.push(key, this.#lanes.resync.remove(key));
      // A worker may be waiting all the same: there was no room for one more resync.
      this.#handOut();
      return;
    }
    this.#hooks.added?.(lane);
    this.#lanes[lane].push(key, this.#clock.monotonic());
    this.#handOut();
  }

  /** Adds the key after a delay. Of several delays for one key only the one that ends first is kept. */
  addAfter(key: Key, delayMs: number, lane: Lane = 'resync'): void {
    if (this.#closed) return;
    if (!(delayMs > 0)) {
      this.add(key, lane);
      return;
    }
    const due = this.#clock.monotonic() + delayMs;
    const pending = this.#delayed.get(key);
    if (pending !== undefined) {
      if (pending.lane === 'resync') pending.lane = lane;
      if (pending.due <= due) return;
      pending.timer.cancel();
    }
    const entry: Delayed = {
      due,
      lane: pending?.lane ?? lane,
      timer: this.#clock.timer(delayMs, () => {
        if (this.#delayed.get(key) !== entry) return;
        this.#delayed.delete(key);
        this.add(key, entry.lane);
      }),
    };
    this.#delayed.set(key, entry);
  }

  /** Adds the key after its own back-off: base·2^failures, capped, ±20 %. Returns the delay in milliseconds. */
  addRateLimited(key: Key, lane: Lane = 'resync'): number {
    const failures = this.#failures.get(key) ?? 0;
    const delayMs = jitter(exponential(this.#retry, failures), 0.2, this.#random);
    if (this.#closed) return delayMs;
    this.#failures.set(key, failures + 1);
    this.#hooks.retried?.();
    this.addAfter(key, delayMs, lane);
    return delayMs;
  }

  /** Keys that wait for a worker. */
  waiting(lane: Lane): number {
    return this.#lanes[lane].size;
  }

  /** Whether take() handed the key out and it was not given back yet. */
  isProcessing(key: Key): boolean {
    return this.#processing.has(key);
  }

  /** Failures of a key since it was last forgotten. */
  failures(key: Key): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Resets the key's back-off. Delays already running go on. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }

  /** The next key to work on; null after shutdown. Every key must be given back with done(). */
  take(): Promise<Key | null> {
    if (this.#closed) return Promise.resolve(null);
    const key = this.#next();
    if (key !== null) return Promise.resolve(key);
    return new Promise(resolve => this.#waiters.add(resolve));
  }

  /** Gives back a key that take() handed out. */
  done(key: Key): void {
    const processed = this.#processing.get(key);
    if (processed === undefined) throw new Error(`done(${JSON.stringify(key)}) without take()`);
    this.#processing.delete(key);
    const workedMs = this.#clock.monotonic() - processed.takenAt;
    if (processed.lane === 'resync') {
      this.#resyncsProcessing -= 1;
      this.#rest(workedMs);
    }
    this.#hooks.finished?.(workedMs);
    const lane = this.#again.get(key);
    if (lane !== undefined) {
      this.#again.delete(key);
      this.#lanes[lane].push(key, this.#clock.monotonic());
    }
    // Also when nothing was added: there may be room for one more resync now.
    this.#handOut();
    if (this.#closed && this.#processing.size === 0) this.#drained.resolve();
  }

  /**
   * Hands out nothing more and forgets what waits: the next process looks at everything anyway. Resolves once every key
   * that is being worked on was given back.
   */
  shutdown(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      for (const { timer } of this.#delayed.values()) timer.cancel();
      this.#delayed.clear();
      this.#resting?.cancel();
      this.#again.clear();
      this.#failures.clear();
      this.#lanes.new.clear();
      this.#lanes.resync.clear();
      for (const resolve of this.#waiters) resolve(null);
      this.#waiters.clear();
      if (this.#processing.size === 0) this.#drained.resolve();
    }
    return this.#drained.promise;
  }

  stats(): WorkQueueStats {
    const now = this.#clock.monotonic();
    let unfinishedMs = 0;
    let longestRunningMs = 0;
    for (const { takenAt } of this.#processing.values()) {
      unfinishedMs += now - takenAt;
      longestRunningMs = Math.max(longestRunningMs, now - takenAt);
    }
    return {
      depth: { new: this.#lanes.new.size, resync: this.#lanes.resync.size },
      delayed: this.#delayed.size,
      processing: this.#processing.size,
      unfinishedMs,
      longestRunningMs,
    };
  }

  #handOut(): void {
    if (this.#closed) return;
    for (const resolve of this.#waiters) {
      const key = this.#next();
      if (key === null) return;
      this.#waiters.delete(resolve);
      resolve(key);
    }
  }

  #next(): Key | null {
    const lane = this.#nextLane();
    const first = lane && this.#lanes[lane].shift();
    if (!lane || !first) return null;
    const now = this.#clock.monotonic();
    this.#processing.set(first.key, { takenAt: now, lane });
    if (lane === 'resync') this.#resyncsProcessing += 1;
    this.#hooks.taken?.(lane, now - first.since);
    return first.key;
  }

  /** Null: what waits, if anything does, has to wait on. */
  #nextLane(): Lane | null {
    const { new: fresh, resync } = this.#lanes;
    const isRoom = this.#resyncsProcessing < this.#roomForResyncs();
    if (fresh.size === 0 || resync.size === 0) {
      this.#passedOver = 0;
      if (fresh.size > 0) return 'new';
      return isRoom ? 'resync' : null;
    }
    if (!isRoom) return 'new';
    this.#passedOver += 1;
    if (this.#passedOver < this.#resyncShare) return 'new';
    this.#passedOver = 0;
    return 'resync';
  }

  /** Asked again whenever one is given back, and when the rest is over. */
  #roomForResyncs(): number {
    if (this.#isCalm()) return this.#resyncAtOnce;
    if (this.#resting) return 0;
    return Math.min(this.#resyncBeside, this.#resyncAtOnce);
  }

  #isCalm(): boolean {
    return this.#clock.monotonic() - this.#newAt >= calmAfterMs;
  }

  #rest(workedMs: number): void {
    const restMs = Math.min(workedMs * this.#resyncRest, longestRestMs);
    if (this.#closed || this.#resting || !(restMs > 0) || this.#isCalm()) return;
    this.#resting = this.#clock.timer(restMs, () => {
      this.#resting = null;
      this.#handOut();
    });
  }
}

/**
 * First in, first out, with removal from the middle, each in constant time: an insertion-ordered Map behind
 * one long-lived iterator. (An array's shift() is linear; so is finding the first entry of a Map with a new
 * iterator each time, because deleted entries stay in its table until it shrinks.)
 */
class LaneQueue<Key extends string> {
  readonly #since = new Map<Key, number>();
  #front = this.#since.entries();

  get size(): number {
    return this.#since.size;
  }

  has(key: Key): boolean {
    return this.#since.has(key);
  }

  push(key: Key, since: number): void {
    this.#since.set(key, since);
  }

  /** Returns when the key began to wait. */
  remove(key: Key): number {
    const since = this.#since.get(key)!;
    this.#since.delete(key);
    return since;
  }

  shift(): { key: Key; since: number } | null {
    if (this.#since.size === 0) return null;
    let entry = this.#front.next();
    if (entry.done) {
      // An iterator that reached the end stays there, even when entries are added later.
      this.#front = this.#since.entries();
      entry = this.#front.next();
    }
    const [key, since] = entry.value!;
    this.#since.delete(key);
    return { key, since };
  }

  clear(): void {
    this.#since.clear();
  }
}
