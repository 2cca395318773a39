/**
 * Time as a dependency: everything that waits, measures or stamps is handed a Clock, so that tests can
 * move time by hand. Invariant: durations and deadlines come from monotonic() only; now() is for stamps
 * that other machines read and may jump.
 */
import { performance } from 'node:perf_hooks';

export interface Timer {
  /** Safe to call more than once and after the timer fired. */
  cancel(): void;
}

export interface Clock {
  /** Wall-clock time. */
  now(): Date;
  /** Milliseconds since an arbitrary moment; never goes back. */
  monotonic(): number;
  /** Calls `fire` once after `ms` milliseconds. Pending timers do not keep the process alive. */
  timer(ms: number, fire: () => void): Timer;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** setTimeout fires at once for anything longer: 2^31 - 1 ms, about 25 days. */
const longestTimer = 2_147_483_647;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  timer(ms, fire) {
    const handle = setTimeout(fire, Math.min(Math.max(ms, 0), longestTimer));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
};

/** sleep() for any clock that has timers. */
export function sleepOn(clock: Pick<Clock, 'timer'>, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal.aborted) {
    reject(signal.reason);
    return promise;
  }
  const onAbort = () => {
    timer.cancel();
    reject(signal.reason);
  };
  const timer = clock.timer(ms, () => {
    signal.removeEventListener('abort', onAbort);
    resolve();
  });
  signal.addEventListener('abort', onAbort, { once: true });
  return promise;
}
