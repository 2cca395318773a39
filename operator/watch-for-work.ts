/**
 * Turns what happens in the cluster into keys in the queue. Invariant: everything somebody else does to an object
 * puts in the queue whoever that concerns, and our own writes put in nothing.
 */
import type { ConfigNamespace } from './api/config-namespace.ts';
import type { ConfigVersion } from './api/config-version.ts';
import { isSettled } from './core/status.ts';
import type { KubeCluster } from './kube/cluster.ts';
import {
  afterAskerLeft,
  afterKubeNamespaceChanged,
  afterRulesChanged,
  afterTargetChanged,
  namespaceKeyOf,
  targetOf,
} from './reconcile/wake.ts';
import type { WorkQueue } from './runtime/work-queue.ts';

export function watchForWork(cluster: KubeCluster, queue: WorkQueue): void {
  watchConfigVersions(cluster, queue);
  watchRules(cluster, queue);
}

function watchConfigVersions(cluster: KubeCluster, queue: WorkQueue): void {
  const waker = { cluster, wake: (key: string) => queue.add(key) };
  cluster.onConfigVersion((key, before, after) => {
    if (!after || (after.metadata.deletionTimestamp && !before?.metadata.deletionTimestamp)) {
      const gone = after ?? before;
      // With our finalizer on it, it is waiting for us.
      if (after) queue.add(key);
      else queue.forget(key);
      if (gone) afterAskerLeft(waker, targetOf(gone), gone.metadata.uid);
      return;
    }
    if (!before || before.metadata.uid !== after.metadata.uid) {
      queue.add(key, isSettled(after) ? 'resync' : 'new');
    } else if (isAnotherWish(before, after)) {
      queue.add(key);
    }
  });
  cluster.onConfigMap((_, before, after, own) => {
    const changed = after ?? before;
    if (!own && before && changed) afterTargetChanged(waker, changed);
  });
}

/** Rules may concern thousands of objects: those wait behind what people just changed. */
function watchRules(cluster: KubeCluster, queue: WorkQueue): void {
  const waker = { cluster, wake: (key: string) => queue.add(key, 'resync') };
  cluster.onConfigNamespace((_, before, after) => {
    const { name } = (after ?? before)!.metadata;
    if (after && isAnotherState(before, after)) queue.add(namespaceKeyOf(name));
    const sameRules = before && after && before.metadata.generation === after.metadata.generation;
    if (!sameRules || before.metadata.uid !== after.metadata.uid) afterRulesChanged(waker, name);
  });
  cluster.onKubeNamespace((_, before, after) => {
    const { name } = (after ?? before)!;
    if (!before || !after || !sameEntries(before.labels, after.labels)) {
      afterKubeNamespaceChanged(waker, name);
    }
  });
}

/** Spec or a meaningful annotation changed; a status, which we wrote ourselves, does not count. */
function isAnotherWish({ metadata: before }: ConfigVersion, { metadata: after }: ConfigVersion): boolean {
  return before.generation !== after.generation || !sameEntries(before.annotations, after.annotations);
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
