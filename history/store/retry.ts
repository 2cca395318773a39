/**
 * Repeats a call while it fails in a way that another try may heal. Invariant: it only repeats what its caller made
 * safe to repeat, and it stops at the caller's signal. It tries only a few times, because a lasting outage must be
 * reported by the caller, not hidden here.
 */
import { Backoff, type Random } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { StoreError } from './store-error.ts';

export interface RetrySettings {
  /** Tries at most, the first included. */
  readonly tries: number;
  readonly baseMs: number;
  readonly capMs: number;
}

export async function retrying<T>(
  call: () => Promise<T>,
  settings: RetrySettings,
  { clock, random }: { clock: Clock; random: Random },
  signal: AbortSignal,
): Promise<T> {
  const backoff = new Backoff(settings, random);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreError) || !error.transient) throw error;
      const wait = backoff.next();
      if (backoff.failures >= settings.tries) throw error;
      await clock.sleep(wait, signal);
    }
  }
}
