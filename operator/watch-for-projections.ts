/**
 * Turns what happens in the cluster into keys on the projections' desk. Invariant: whatever somebody else does that a
 * projection depends on puts it there, and our own writes put nothing there. What happens to configs, the feed tells.
 */
import type { KubeCluster } from './kube/cluster.ts';
import type { ConfigProjection } from './object/config-projection.ts';
import type { ObjectKey, WorkKey } from './object/key.ts';
import { isProjectionSettled } from './object/projection/status.ts';
import { targetKeysOf } from './object/projection/target.ts';
import { targetsOf } from './object/projection/terms.ts';
import { sameStatus } from './object/status.ts';
import { asksForMap } from './object/terms.ts';
import {
  afterNamespaceRelabelled,
  afterProjectedTargetChanged,
  afterReadersChanged,
  afterTargetFreed,
} from './projection/projection-wake.ts';
import type { Referring } from './projection/referring.ts';
import type { ProjectionDesk } from './projection-desk.ts';
import type { Fights } from './reconcile/fights.ts';
import { afterAskerLeft, targetOf } from './reconcile/wake.ts';

/** A program that keeps writing its own status is answered once in this time, not at once and for ever. */
const healAfterMs = 1_000;

/** @param wakeVersion puts the key of a ConfigVersion among the work */
export function watchForProjections(
  cluster: KubeCluster,
  desk: ProjectionDesk,
  { fights, referring }: { readonly fights: Fights; readonly referring: Referring },
  wakeVersion: (key: WorkKey) => void,
): void {
  const soon = { cluster, wake: (key: ObjectKey) => desk.add(key) };
  const later = { cluster, referring, wake: (key: ObjectKey) => desk.add(key, 'resync') };
  cluster.onOurProjection(soon.wake);
  cluster.onConfigProjection((key, before, after, own) => {
    if (!after) {
      desk.forget(key);
      referring.forget(key);
    } else if (!before || before.metadata.uid !== after.metadata.uid)
      desk.add(key, isProjectionSettled(after) ? 'resync' : 'new');
    else if (isAnotherWish(before, after)) desk.add(key);
    else if (!own && !sameStatus(before.status, after.status)) desk.addAfter(key, healAfterMs, 'resync');
    if (before && (!after || isGoing(after) || !sameTargets(before, after))) freed(before);
  });
  const freed = (object: ConfigProjection) => {
    for (const target of targetsOf(object)) {
      afterTargetFreed(soon, target);
      if (target.kind === 'ConfigMap')
        afterAskerLeft({ cluster, wake: wakeVersion }, target, object.metadata.uid);
    }
  };
  cluster.onTarget((_, before, after, own) => {
    const changed = after ?? before;
    if (own || !changed) return;
    // In a fight, the other side's writes are not looked at before the wait is over.
    const waitMs = fights.waitMs(changed);
    afterProjectedTargetChanged({ cluster, wake: key => desk.addAfter(key, waitMs) }, changed);
  });
  cluster.onConfigVersion((_, before, after) => {
    if (!before) return;
    const { namespace, name } = targetOf(before);
    const isLeft =
      !after || after.metadata.deletionTimestamp || targetOf(after).name !== name || !asksForMap(after);
    if (isLeft) afterTargetFreed(soon, { kind: 'ConfigMap', namespace, name });
  });
  cluster.onConfigNamespace((_, before, after) => {
    const isSame = before && after && before.metadata.generation === after.metadata.generation;
    if (!isSame || before.metadata.uid !== after.metadata.uid)
      afterReadersChanged(later, (after ?? before)!.metadata.name);
  });
  cluster.onKubeNamespace((_, before, after) => {
    const isSame = before && after && JSON.stringify(before.labels) === JSON.stringify(after.labels);
    if (!isSame) afterNamespaceRelabelled(later, (after ?? before)!.name);
  });
}

const isGoing = ({ metadata }: ConfigProjection): boolean => metadata.deletionTimestamp !== undefined;

const sameTargets = (before: ConfigProjection, after: ConfigProjection): boolean =>
  targetKeysOf(before).join(' ') === targetKeysOf(after).join(' ');

function isAnotherWish(
  { metadata: before }: ConfigProjection,
  { metadata: after }: ConfigProjection,
): boolean {
  return (
    before.generation !== after.generation ||
    JSON.stringify(before.annotations) !== JSON.stringify(after.annotations)
  );
}
