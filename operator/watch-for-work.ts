/**
 * Turns what happens in the cluster into keys in the desk. Invariant: whatever somebody else does to an object puts
 * every object it concerns on the desk, and our own writes put nothing there. Writes of other processes count as
 * somebody else's, including writes of a status.
 */

import type { Desk } from './desk.ts';
import type { KubeCluster } from './kube/cluster.ts';
import type { ConfigMapRef } from './object/config-map.ts';
import type { ConfigNamespace } from './object/config-namespace.ts';
import type { ConfigVersion } from './object/config-version.ts';
import { configNamespaceKey, configSchemaKey, objectKey, type WorkKey } from './object/key.ts';
import { isSettled, sameStatus } from './object/status.ts';
import type { Fights } from './reconcile/fights.ts';
import {
  afterAskerLeft,
  afterFormerMoved,
  afterKubeNamespaceChanged,
  afterRulesChanged,
  afterSavedElsewhere,
  afterSchemaChanged,
  afterTargetChanged,
  targetOf,
} from './reconcile/wake.ts';

/** A program that keeps writing its own status is answered once in this time, not at once and for ever. */
const healAfterMs = 1_000;

export function watchForWork(cluster: KubeCluster, desk: Desk, fights: Fights): void {
  watchConfigVersions(cluster, desk, fights);
  watchRules(cluster, desk);
}

function watchConfigVersions(cluster: KubeCluster, desk: Desk, fights: Fights): void {
  const wake = (key: WorkKey) => desk.add(key);
  const waker = { cluster, wake, isAtWork: (key: WorkKey) => desk.isAtWork(key) };
  // Each process asks one of its own: it cannot know whether another one would ask the same.
  const ours = (object: ConfigVersion) => cluster.isOurs(objectKey(object.metadata));
  const keeper = {
    cluster: { askersFor: (target: ConfigMapRef) => cluster.askersFor(target).filter(ours) },
    wake,
  };
  cluster.onOurs(wake);
  cluster.onConfigVersion((key, before, after, own) => {
    if (!after || (after.metadata.deletionTimestamp && !before?.metadata.deletionTimestamp)) {
      const gone = after ?? before;
      // With our finalizer on it, it is waiting for us.
      if (after) desk.add(key);
      else {
        desk.forget(key);
        afterFormerMoved(waker, key);
      }
      if (gone) afterAskerLeft(keeper, targetOf(gone), gone.metadata.uid);
      return;
    }
    if (!before || before.metadata.uid !== after.metadata.uid) {
      desk.add(key, isSettled(after) ? 'resync' : 'new');
    } else if (isAnotherWish(before, after)) {
      desk.add(key);
      if (!ours(after)) afterAskerLeft(keeper, targetOf(before), after.metadata.uid);
    } else if (!own && !sameStatus(before.status, after.status)) {
      // Another replica or a person wrote it: the look that follows decides, no matter what it says.
      desk.addAfter(key, healAfterMs, 'resync');
    }
    if (isSettled(after)) afterFormerMoved(waker, key);
    const saved = after.status.version;
    if (!own && saved !== undefined && saved !== before?.status.version) afterSavedElsewhere(waker, after);
  });
  cluster.onConfigMap((_, before, after, own) => {
    const changed = after ?? before;
    if (own || !before || !changed) return;
    // In a fight, the other side's writes are not looked at before the wait is over.
    const waitMs = fights.waitMs(changed);
    afterTargetChanged({ ...keeper, wake: key => desk.addAfter(key, waitMs) }, changed);
  });
}

/** Rules may concern thousands of objects: those wait behind what people just changed. */
function watchRules(cluster: KubeCluster, desk: Desk): void {
  const waker = { cluster, wake: (key: WorkKey) => desk.add(key, 'resync') };
  cluster.onConfigNamespace((_, before, after) => {
    const { name } = (after ?? before)!.metadata;
    if (after && isAnotherState(before, after)) desk.add(configNamespaceKey(name));
    const sameRules = before && after && before.metadata.generation === after.metadata.generation;
    if (!sameRules || before.metadata.uid !== after.metadata.uid) afterRulesChanged(waker, name);
  });
  cluster.onConfigSchema((_, before, after) => {
    const { name } = (after ?? before)!.metadata;
    if (
      after?.metadata.generation === before?.metadata.generation &&
      after?.metadata.uid === before?.metadata.uid
    )
      return;
    // One may refer to another, so each may be right or wrong now.
    for (const { metadata } of cluster.configSchemas()) desk.add(configSchemaKey(metadata.name));
    if (!after) desk.forget(configSchemaKey(name));
    afterSchemaChanged(
      { cluster, wake: waker.wake },
      [before, after].flatMap(schema => schema?.spec ?? []),
    );
  });
  cluster.onKubeNamespace((_, before, after) => {
    const { name } = (after ?? before)!;
    if (!before || !after || !sameEntries(before.labels, after.labels)) {
      afterKubeNamespaceChanged(waker, name);
    }
  });
}

/** Spec or a meaningful annotation changed. In a cluster restored to an earlier moment one generation may have another text. */
function isAnotherWish(before: ConfigVersion, after: ConfigVersion): boolean {
  return (
    before.metadata.generation !== after.metadata.generation ||
    before.bodySha256 !== after.bodySha256 ||
    wasConfirmed(before, after) ||
    wasJudged(before, after) ||
    !sameEntries(before.metadata.annotations, after.metadata.annotations)
  );
}

/** Through our API, at any replica. */
function wasConfirmed({ status: { conflict: before } }: ConfigVersion, after: ConfigVersion): boolean {
  const { conflict } = after.status;
  if (conflict?.confirmedBy === undefined) return false;
  return before?.token !== conflict.token || before?.confirmedBy !== conflict.confirmedBy;
}

/** Approved or rejected, in the same way: only our API adds to what we wrote. */
function wasJudged(
  { status: { approval: before } }: ConfigVersion,
  { status: { approval } }: ConfigVersion,
): boolean {
  if (approval === undefined) return false;
  const { approvedBy = [], rejectedBy } = approval;
  return approvedBy.length > (before?.approvedBy?.length ?? 0) || rejectedBy?.at !== before?.rejectedBy?.at;
}

function isAnotherState(before: ConfigNamespace | undefined, { metadata }: ConfigNamespace): boolean {
  return (
    before?.metadata.uid !== metadata.uid ||
    before.metadata.generation !== metadata.generation ||
    before.metadata.deletionTimestamp !== metadata.deletionTimestamp
  );
}

function sameEntries(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): boolean {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].every(key => before[key] === after[key]);
}
