/**
 * Leader election over one shared record, with the semantics of client-go: the leader renews, the others wait until
 * they have not seen the record change for as long as it says. Only the local monotonic clock judges; the times in
 * the record are for people. Invariant: a term's signal is aborted no later than its renew deadline, which is before
 * anybody else may begin one; and a record is released only after the work of its term has ended. This is economy,
 * not fencing: a process that is paused in the middle of a write still finishes that write.
 */
import type { Random } from './backoff.ts';
import type { Clock } from './clock.ts';
import { deadline } from './deadline.ts';

export interface LeaseRecord {
  /** Empty: released. */
  readonly holder: string;
  readonly durationMs: number;
  readonly acquiredAt: Date;
  readonly renewedAt: Date;
  /** How often the holder changed. */
  readonly transitions: number;
}

/** A record as it was read or written; `revision` is what a later write must name. */
export interface SeenLease {
  readonly record: LeaseRecord;
  readonly revision: string;
}

/** Where the record is kept. Rejects when it cannot be reached; that is tried again. */
export interface LeasePort {
  /** null: there is none. */
  read(signal: AbortSignal): Promise<SeenLease | null>;
  /** Writes onto exactly the revision given, or creates; `raced`: somebody else was faster. */
  write(record: LeaseRecord, onto: SeenLease | null, signal: AbortSignal): Promise<SeenLease | 'raced'>;
}

/** Durations in milliseconds; duration > renewDeadline > retry × 1.2. */
export interface LeaseTimes {
  /** How long the others wait after the last sign of life. */
  readonly durationMs: number;
  /** A leader that could not renew for this long stops. */
  readonly renewDeadlineMs: number;
  /** Between two tries. */
  readonly retryMs: number;
}

/** Must not throw. */
export interface ElectionHooks {
  /** Another process leads now; empty: none does. */
  observed?(holder: string): void;
  won?(): void;
  /** The term is over although nobody asked for its end. */
  lost?(reason: LeaseLost): void;
  /** One try failed; the loop goes on. */
  failed?(error: unknown): void;
}

export interface ElectionOptions {
  readonly lease: LeasePort;
  /** Differs between any two processes, also of one pod. */
  readonly identity: string;
  readonly times: LeaseTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly hooks?: ElectionHooks;
}

/** What the work of one term gets. */
export interface Term {
  /** Aborted, with a LeaseLost, as soon as somebody else may lead. */
  readonly signal: AbortSignal;
  /**
   * Throws LeaseLost, and aborts the signal, when the renew deadline has passed. To be asked before anything is
   * begun: after a pause of the process no timer has run yet.
   */
  check(): void;
}

export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  readonly reason = 'LeaseLost';
}

/** Tries are spread over [retry, retry × 1.2]: a released lease is taken over within that. */
const spread = 0.2;
const releaseTimeoutMs = 3_000;

/**
 * Runs `work` in every term this process wins, one after another, until the signal is aborted or `work` ends by
 * itself; rejects with what `work` rejects with. `work` must come back soon after either its term's signal or
 * `signal` was aborted. A term that was not lost is released when its work has ended.
 */
export async function runElected(
  options: ElectionOptions,
  work: (term: Term) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const candidate = new Candidate(options);
  while (await candidate.acquire(signal)) {
    if ((await candidate.serve(work)) === 'ended') return;
  }
}

class Candidate {
  readonly #options: ElectionOptions;
  #seen: SeenLease | null = null;
  /** When the record was first seen as it is now. */
  #changedAt = Number.NEGATIVE_INFINITY;
  /** When the last successful renewal was sent. */
  #renewedAt = Number.NEGATIVE_INFINITY;
  #told: string | undefined;
  /** Whether the last write may have arrived although nobody heard so. */
  #unanswered = false;

  constructor(options: ElectionOptions) {
    this.#options = options;
  }

  /** False: the signal was aborted first. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const { hooks } = this.#options;
    while (!signal.aborted) {
      try {
        if (await this.#tryAcquire(signal)) {
          hooks?.won?.();
          return true;
        }
      } catch (error) {
        if (!signal.aborted) hooks?.failed?.(error);
      }
      await this.#pause(signal);
    }
    // Perhaps taken by a request that was cut off: nobody else could lead until it ran out.
    if (this.#unanswered) await this.#release();
    return false;
  }

  /** `lost`: the term is over, and the next may be tried for. */
  async serve(work: (term: Term) => Promise<void>): Promise<'ended' | 'lost'> {
    const { clock, times, hooks } = this.#options;
    const lost = new AbortController();
    const over = new AbortController();
    const lose = (why: string) => {
      if (lost.signal.aborted) return;
      const reason = new LeaseLost(why);
      hooks?.lost?.(reason);
      lost.abort(reason);
      over.abort(reason);
    };
    const check = () => {
      if (clock.monotonic() - this.#renewedAt >= times.renewDeadlineMs) {
        lose(`the lease could not be renewed for ${times.renewDeadlineMs / 1000} s`);
      }
      lost.signal.throwIfAborted();
    };
    const renewing = this.#renew(lose, over.signal);
    try {
      await work({ signal: lost.signal, check });
      return lost.signal.aborted ? 'lost' : 'ended';
    } catch (error) {
      if (error === lost.signal.reason) return 'lost';
      throw error;
    } finally {
      over.abort(new Error('the term is over'));
      await renewing;
      if (!lost.signal.aborted) await this.#release();
    }
  }

  async #renew(lose: (why: string) => void, over: AbortSignal): Promise<void> {
    const { clock, times, hooks } = this.#options;
    while (!over.aborted) {
      const left = this.#renewedAt + times.renewDeadlineMs - clock.monotonic();
      // Its own timer, so that a call that hangs does not outlive the deadline.
      using limit = deadline(clock, 'renewing the lease', left, over);
      const late = () => lose(`the lease could not be renewed for ${times.renewDeadlineMs / 1000} s`);
      if (left <= 0) return late();
      const onLimit = () => {
        if (!over.aborted) late();
      };
      limit.signal.addEventListener('abort', onLimit, { once: true });
      try {
        await clock.sleep(times.retryMs, limit.signal);
        const holder = await this.#tryRenew(limit.signal);
        if (holder !== null) lose(holder === '' ? 'the lease was taken away' : `${holder} has the lease now`);
      } catch (error) {
        if (!limit.signal.aborted) hooks?.failed?.(error);
      } finally {
        limit.signal.removeEventListener('abort', onLimit);
      }
    }
  }

  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    const { lease, identity, clock, hooks } = this.#options;
    this.#observe(await this.#within(call => lease.read(call), signal));
    const record = this.#seen?.record;
    const holder = record?.holder ?? '';
    if (holder !== identity && holder !== this.#told) {
      this.#told = holder;
      hooks?.observed?.(holder);
    }
    const free =
      holder === '' ||
      holder === identity ||
      clock.monotonic() - this.#changedAt >= (record?.durationMs ?? 0);
    return free && (await this.#write(signal));
  }

  /** null: renewed; else the holder of the lease, empty when nobody holds it. */
  async #tryRenew(signal: AbortSignal): Promise<string | null> {
    const { lease, identity } = this.#options;
    if (await this.#write(signal)) return null;
    // Somebody edited or deleted it, which need not mean that they took it.
    this.#observe(await this.#within(call => lease.read(call), signal));
    const holder = this.#seen?.record.holder ?? identity;
    if (holder !== identity) return holder;
    if (await this.#write(signal)) return null;
    throw new Error('the lease changes faster than it can be renewed');
  }

  async #write(signal: AbortSignal): Promise<boolean> {
    const { lease, identity, times, clock } = this.#options;
    const before = this.#seen?.record;
    const mine = before?.holder === identity;
    const now = clock.now();
    const sentAt = clock.monotonic();
    const record = {
      holder: identity,
      durationMs: times.durationMs,
      acquiredAt: mine ? before.acquiredAt : now,
      renewedAt: now,
      transitions: before ? before.transitions + (mine ? 0 : 1) : 0,
    };
    this.#unanswered = true;
    const written = await this.#within(call => lease.write(record, this.#seen, call), signal);
    this.#unanswered = false;
    if (written === 'raced') return false;
    this.#observe(written);
    this.#renewedAt = sentAt;
    return true;
  }

  /** The next leader need not wait for the lease to run out. */
  async #release(): Promise<void> {
    const { lease, identity, clock, hooks } = this.#options;
    const now = clock.now();
    using limit = deadline(clock, 'releasing the lease', releaseTimeoutMs);
    try {
      const transitions = this.#seen?.record.transitions ?? 0;
      const record = { holder: '', durationMs: 1_000, acquiredAt: now, renewedAt: now, transitions };
      if ((await lease.write(record, this.#seen, limit.signal)) !== 'raced') return;
      // Most likely by our own renewal, whose answer was not waited for.
      const seen = await lease.read(limit.signal);
      if (seen?.record.holder === identity) await lease.write(record, seen, limit.signal);
    } catch (error) {
      hooks?.failed?.(error);
    }
  }

  #observe(seen: SeenLease | null): void {
    if (!seen || !this.#seen || !sameRecord(seen.record, this.#seen.record)) {
      this.#changedAt = this.#options.clock.monotonic();
    }
    this.#seen = seen;
  }

  /** A call that hangs must not take up the time of the next tries. */
  async #within<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, times } = this.#options;
    using limit = deadline(clock, 'a call for the lease', times.renewDeadlineMs / 2, signal);
    return await call(limit.signal);
  }

  /** A record that runs out before the next try would come is tried for when it does. */
  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, times, random } = this.#options;
    const retry = times.retryMs * (1 + spread * random());
    const left = this.#changedAt + (this.#seen?.record.durationMs ?? 0) - clock.monotonic();
    await clock.sleep(left > 0 ? Math.min(retry, Math.ceil(left)) : retry, signal).catch(() => {});
  }
}

function sameRecord(a: LeaseRecord, b: LeaseRecord): boolean {
  return (
    a.holder === b.holder &&
    a.transitions === b.transitions &&
    a.durationMs === b.durationMs &&
    a.renewedAt.getTime() === b.renewedAt.getTime() &&
    a.acquiredAt.getTime() === b.acquiredAt.getTime()
  );
}
