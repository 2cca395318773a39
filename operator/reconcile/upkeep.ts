/**
 * What the operator does besides reconciling, for as long as it runs: it claims this cluster's name, and deletes what
 * has become too old: log entries, idempotency keys, the feed's past; never a version. Every replica may do both at
 * once; neither does harm twice. Invariant: of two clusters under one name, one does not start, or ends within a
 * heartbeat of the other's start.
 */

import { isStoreAway } from '../../history/settle/store-failure.ts';
import { jitter } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { StoreUpkeep } from './ports.ts';

/** This many missed heartbeats free a cluster's name. */
const missedHeartbeats = 5;
const rotateEveryMs = 3_600_000;
/** Entries deleted in one transaction: few enough that nobody waits for it. */
const rotateBatch = 500;

/** Another cluster uses our name: its sources would be taken for ours. */
export class ClusterNameTaken extends Error {
  override readonly name = 'ClusterNameTaken';
  readonly reason = 'ClusterNameTaken';
}

export interface UpkeepContext {
  readonly store: Pick<StoreUpkeep, 'registerCluster'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly failed: (what: string, error: unknown) => void;
}

export interface ClusterClaim {
  readonly name: string;
  /** UID of the namespace kube-system: what tells one cluster from another. */
  readonly uid: string;
  readonly heartbeatMs: number;
}

/** Rejects with ClusterNameTaken, or with the store's error. */
export async function claimName(
  { store }: Pick<UpkeepContext, 'store'>,
  { name, uid, heartbeatMs }: ClusterClaim,
  signal: AbortSignal,
): Promise<void> {
  const staleMs = heartbeatMs * missedHeartbeats;
  const result = await store.registerCluster({ name, uid, staleMs }, signal);
  if (result.kind === 'registered') return;
  throw new ClusterNameTaken(
    `Another cluster uses the name ${name} in this database: the one whose kube-system has UID ${result.uid}, seen ` +
      `at ${result.seenAt.toISOString()}; this cluster's has ${uid}. Give each cluster a name of its own with ` +
      `PAWL_CLUSTER (--cluster). If that cluster is gone and this one takes its place, start again ` +
      `${Math.ceil(staleMs / 1000)} s after it was last seen.`,
  );
}

/** Repeats the claim until the signal is aborted; rejects with ClusterNameTaken when somebody else has the name. */
export async function keepName(
  context: UpkeepContext,
  claim: ClusterClaim,
  signal: AbortSignal,
): Promise<void> {
  while (await pause(context, claim.heartbeatMs, signal)) {
    try {
      await claimName(context, claim, signal);
    } catch (error) {
      if (error instanceof ClusterNameTaken) throw error;
      if (!signal.aborted && !isStoreAway(error)) context.failed('heartbeat', error);
    }
  }
}

/** Deletes at most `batch` of what has become too old; answers how many went. */
export type Rotate = (batch: number, signal: AbortSignal) => Promise<number>;

/** Deletes what has become too old, at the start and then every hour, until the signal is aborted. */
export async function rotateForEver(
  context: UpkeepContext,
  rotations: Readonly<Record<string, Rotate>>,
  signal: AbortSignal,
): Promise<void> {
  do {
    for (const [what, rotate] of Object.entries(rotations)) {
      try {
        while (!signal.aborted && (await rotate(rotateBatch, signal)) > 0);
      } catch (error) {
        if (!signal.aborted && !isStoreAway(error)) context.failed(`rotation of the ${what}`, error);
      }
    }
  } while (await pause(context, rotateEveryMs, signal));
}

/** False when the signal was aborted. */
async function pause({ clock, random }: UpkeepContext, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    await clock.sleep(jitter(ms, 0.1, random), signal);
    return true;
  } catch {
    return false;
  }
}
