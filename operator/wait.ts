/**
 * Waits for what the operator needs at its start. Invariant: an absent PostgreSQL or API server is waited for as long
 * as it takes, or until the signal is aborted; anything else that is wrong ends the wait with an error.
 */

import { isStoreAway } from '../history/settle/store-failure.ts';
import type { Logger } from '../observe/logger.ts';
import { jitter, type Random } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import type { KubeCluster } from './kube/cluster.ts';

export interface Waiting {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Repeats `work` while it fails because PostgreSQL is away. */
export async function untilStoreAnswers(
  { clock, random, logger }: Waiting,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  for (let delay = 250; ; delay = Math.min(delay * 2, 4_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isStoreAway(error)) throw error;
      logger.warn({ err: error }, 'waiting for PostgreSQL');
      await clock.sleep(jitter(delay, 0.2, random), signal);
    }
  }
}

/** Until every cache holds a whole list. */
export async function untilSynced(cluster: KubeCluster, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([cluster.synced(), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
