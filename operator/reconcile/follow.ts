/**
 * Follows the saves of others in the store: requests, other clusters, other shards. Invariant: every change that no
 * object seen here explains wakes the objects it concerns, once; an object's own save wakes nobody twice, because its
 * reconcile does that already.
 */

import { isStoreAway, isStoreFailure } from '../../history/settle/store-failure.ts';
import type { Change, Changes } from '../../history/words/history.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { Clock } from '../../runtime/clock.ts';
import { objectKey, type WorkKey } from '../object/key.ts';
import type { Cluster } from './ports.ts';
import { afterConfigDeleted, afterSavedUnseen, afterVersionDeleted } from './wake.ts';

/** Changes fetched at a time. */
const batch = 500;
const awayRetryMs = 2_000;
/** Looking at everything is expensive: while no cursor holds, it is done less and less often. */
const longestBlindMs = 300_000;

export interface FollowContext {
  readonly store: {
    changesAfter(cursor: string | null, limit: number, signal: AbortSignal): Promise<Changes>;
  };
  readonly cluster: Cluster;
  readonly wake: (key: WorkKey) => void;
  readonly isAtWork: (key: WorkKey) => boolean;
  /** Told of every change, by whomever. */
  readonly changed: (config: ConfigId) => void;
  /** Everything has to be looked at again, because it is not known what changed. */
  readonly wakeAll: () => void;
  readonly clock: Clock;
  readonly failed: (what: string, error: unknown) => void;
}

/** Looks every `everyMs` until the signal is aborted; never rejects. */
export async function followForEver(
  context: FollowContext,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  let cursor: string | null = null;
  let blind = 0;
  while (!signal.aborted) {
    let delayMs = everyMs;
    try {
      const found = await context.store.changesAfter(cursor, batch, signal);
      // Saves before the first cursor, or while no cursor held, were not reported.
      const unknown = cursor === null || found.kind === 'expired';
      blind = unknown ? blind + 1 : 0;
      if (unknown) {
        context.wakeAll();
        delayMs = Math.min(everyMs * 2 ** blind, longestBlindMs);
      }
      cursor = found.cursor;
      if (found.kind === 'changes') {
        for (const change of found.changes) tell(context, change);
        if (found.more) continue;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isStoreFailure(error) && error.reason === 'InvalidCursor') cursor = null;
      if (!isStoreAway(error)) context.failed('following the history', error);
      delayMs = awayRetryMs;
    }
    await context.clock.sleep(delayMs, signal).catch(() => undefined);
  }
}

function tell({ cluster, wake, isAtWork, changed }: FollowContext, { kind, config, uid }: Change): void {
  changed(config);
  switch (kind) {
    case 'saved': {
      const seen =
        uid !== null &&
        [...cluster.proposersOf(config)].some(
          object => object.metadata.uid === uid && cluster.isOurs(objectKey(object.metadata)),
        );
      if (!seen) afterSavedUnseen({ cluster, wake, isAtWork }, config);
      return;
    }
    case 'deleted':
      return afterConfigDeleted({ cluster, wake }, config, uid ?? '');
    case 'version-deleted':
      return afterVersionDeleted({ cluster, wake }, config);
  }
}
