/** Reports to a ConfigProjection what became of it. Invariant: a status is written only when its meaning changes. */
import type { Clock } from '../../runtime/clock.ts';
import type { ConfigProjection } from '../object/config-projection.ts';
import { type ProjectionOutcome, summariseProjection } from '../object/projection/status.ts';
import { sameStatus } from '../object/status.ts';
import type { ProjectionCluster } from './ports.ts';

/** Whether there was anything to write. */
export async function tellProjection(
  {
    cluster,
    clock,
  }: { cluster: Pick<ProjectionCluster, 'applyProjectionStatus' | 'projectionEvent'>; clock: Clock },
  object: ConfigProjection,
  outcome: ProjectionOutcome,
  signal: AbortSignal,
): Promise<boolean> {
  const status = summariseProjection(object, outcome, clock.now());
  if (sameStatus(object.status, status)) return false;
  await cluster.applyProjectionStatus(object, status, signal);
  const [ready, before] = [status, object.status].map(({ conditions = [] }) =>
    conditions.find(({ type }) => type === 'Ready'),
  );
  // The same again with other versions is no news: the status tells them.
  if (
    !ready ||
    ready.status === 'Unknown' ||
    (ready.reason === before?.reason && ready.message === before.message)
  )
    return true;
  const isGood = ready.status === 'True';
  cluster.projectionEvent(object, {
    type: isGood ? 'Normal' : 'Warning',
    reason: ready.reason,
    note: ready.message,
  });
  return true;
}
