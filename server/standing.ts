/**
 * Whether a caller who may watch still may: asked again and again, as for a new request. Invariant: a watch goes on for
 * at most `patienceMs` after the last yes; a no ends it at once, and while the API server does not answer, it ends when
 * that time is over.
 */
import type { Clock } from '../runtime/clock.ts';
import { Refused } from './problems.ts';

export interface WatchLimits {
  /** How often a watcher's rights are asked about again. */
  readonly everyMs: number;
  /** How long a watch goes on while the API server cannot be asked. */
  readonly patienceMs: number;
  /**
   * The longest watch of a user the API server forwards: only it can check their credentials again, so they must come
   * back through it.
   */
  readonly forwardedMs: number;
}

/** Answers of the API server are remembered for ten seconds: with those, a right that goes ends a watch within a minute. */
export const watchLimits: WatchLimits = { everyMs: 45_000, patienceMs: 60_000, forwardedMs: 10 * 60_000 };

export interface StandingOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly patienceMs: number;
  /** The longest time, even if every answer is a yes. Absent: no limit. */
  readonly maxMs?: number;
}

/** @param ask rejects with Refused when the answer is no @returns aborted when the watch must end, or has ended */
export function whileStanding(
  ask: () => Promise<void>,
  { clock, everyMs, patienceMs, maxMs = Number.POSITIVE_INFINITY }: StandingOptions,
  signal: AbortSignal,
): AbortSignal {
  const end = new AbortController();
  const began = clock.monotonic();
  let confirmed = began;
  const look = async () => {
    try {
      await ask();
      confirmed = clock.monotonic();
    } catch (error) {
      const unknown = error instanceof Refused && error.reason === 'ApiUnavailable';
      if (!unknown || clock.monotonic() - confirmed + everyMs > patienceMs) return end.abort(error);
    }
    if (clock.monotonic() - began >= maxMs) return end.abort(new Error('a watch ends after a while'));
    if (!end.signal.aborted) wait();
  };
  let timer: ReturnType<Clock['timer']>;
  const wait = () => {
    timer = clock.timer(everyMs, () => void look());
  };
  const leave = () => {
    timer.cancel();
    end.abort(signal.reason);
  };
  wait();
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return end.signal;
}
