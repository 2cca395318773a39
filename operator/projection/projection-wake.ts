/**
 * Which projections must be looked at again when something else changed. Invariant: whatever a projection's target
 * depends on wakes it, whoever changed it; a change of something else wakes none.
 */
import type { ConfigId } from '../../history/words/model.ts';
import type { ConfigMapState, TargetRef } from '../object/config-map.ts';
import { type ObjectKey, objectKey } from '../object/key.ts';
import type { ProjectionCluster } from './ports.ts';
import type { Referring } from './referring.ts';

export interface ProjectionWaker<Needs extends keyof ProjectionCluster> {
  readonly cluster: Pick<ProjectionCluster, Needs>;
  readonly wake: (key: ObjectKey) => void;
}

/** What texts refer to, no field of an object names. */
interface Refers {
  readonly referring: Pick<Referring, 'into'>;
}

/** A config was saved or deleted, or a version of it was. */
export function afterConfigChanged(
  { cluster, referring, wake }: ProjectionWaker<'projectionsOf'> & Refers,
  config: ConfigId,
): void {
  for (const key of referring.into(config)) wake(key);
  for (const { metadata } of cluster.projectionsOf(config)) wake(objectKey(metadata));
}

/** Rules or grants of a config namespace changed. */
export function afterReadersChanged(
  { cluster, referring, wake }: ProjectionWaker<'projectionsReading'> & Refers,
  configNamespace: string,
): void {
  for (const key of referring.into({ namespace: configNamespace })) wake(key);
  for (const { metadata } of cluster.projectionsReading(configNamespace)) wake(objectKey(metadata));
}

/** A Kubernetes namespace came, went or has other labels: what is in it, and what reads the configs of its name. */
export function afterNamespaceRelabelled(
  { cluster, referring, wake }: ProjectionWaker<'projectionsIn' | 'projectionsReading'> & Refers,
  name: string,
): void {
  for (const { metadata } of cluster.projectionsIn(name)) wake(objectKey(metadata));
  afterReadersChanged({ cluster, referring, wake }, name);
}

/** Somebody else changed or deleted a target: its owner, and those that ask for its name. */
export function afterProjectedTargetChanged(
  { cluster, wake }: ProjectionWaker<'projectionOf' | 'projectionsFor'>,
  target: ConfigMapState,
): void {
  for (const { uid } of target.ownerReferences) {
    const owner = cluster.projectionOf(uid);
    if (owner) wake(objectKey(owner.metadata));
  }
  afterTargetFreed({ cluster, wake }, target);
}

/** Another object may not ask for this target any more. */
export function afterTargetFreed(
  { cluster, wake }: ProjectionWaker<'projectionsFor'>,
  target: TargetRef,
): void {
  for (const { metadata } of cluster.projectionsFor(target)) wake(objectKey(metadata));
}
