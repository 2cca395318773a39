/**
 * What deleting a ConfigVersion does to its config. Invariants: an object has our finalizer only while its
 * deletionPolicy is Delete, so that nothing else ever hangs in Terminating; and a config goes only with the
 * last object that asks for it, and only if that object may write it and once did.
 */

import type { Law } from '../../history/core/grants.ts';
import { configOf, type Terms } from '../../history/core/proposal.ts';
import { configName } from '../../history/core/words.ts';
import type { Store } from '../../history/settle/ports.ts';
import { type ConfigVersion, configFinalizer } from '../../history/words/config-version.ts';
import type { Line } from '../../history/words/model.ts';
import { isApiConflict } from './errors.ts';
import type { Cluster, StoreUpkeep } from './ports.ts';
import { afterConfigDeleted } from './wake.ts';

export interface DeletionContext {
  readonly cluster: Cluster;
  readonly store: Pick<Store, 'look'> & Pick<StoreUpkeep, 'deleteConfig'>;
  readonly wake: (key: string) => void;
}

export function hasFinalizer({ metadata }: ConfigVersion): boolean {
  return metadata.finalizers?.includes(configFinalizer) ?? false;
}

/**
 * Puts the finalizer on, or takes it off, as deletionPolicy says; before anything is saved, so that what an
 * object saved is there to be deleted with it. `raced`: the object changed meanwhile.
 */
export async function followDeletionPolicy(
  cluster: Cluster,
  object: ConfigVersion,
  signal: AbortSignal,
): Promise<ConfigVersion | 'raced'> {
  const wanted = object.spec.deletionPolicy === 'Delete';
  if (wanted === hasFinalizer(object)) return object;
  const others = otherFinalizers(object);
  return setFinalizers(cluster, object, wanted ? [...others, configFinalizer] : others, signal);
}

/** Deletes the config if it goes with this object, and lets the object go. */
export async function finishDeletion(
  { cluster, store, wake }: DeletionContext,
  object: ConfigVersion,
  terms: Terms,
  law: Law,
  signal: AbortSignal,
): Promise<'deleted' | 'released' | 'raced'> {
  const { config, source, uid, actor } = terms;
  let deleted = false;
  if (object.spec.deletionPolicy === 'Delete') {
    const { line, head } = await store.look({ config, source, baseVersion: null }, signal);
    // An earlier look deleted it, and somebody else's write kept the object from going: nothing is left to be kept.
    if (!head) return (await release(cluster, object, signal)) ? 'released' : 'raced';
    const reason = whyKept(cluster, object, law, line);
    const { versions, kept: elsewhere } = reason
      ? { versions: 0, kept: true }
      : await store.deleteConfig({ config, source, uid, actor }, signal);
    const kept =
      reason ?? (elsewhere ? 'somebody else saved it since, or another cluster proposes it, too' : null);
    deleted = versions > 0;
    if (deleted) afterConfigDeleted({ cluster, wake }, config, uid);
    const note = kept
      ? `${configName(config)} stays: ${kept}.`
      : `${configName(config)} is deleted with its versions (${versions}). Their numbers are not used again.`;
    if (kept || deleted) {
      cluster.event(object, { type: 'Normal', reason: kept ? 'ConfigRetained' : 'ConfigDeleted', note });
    }
  }
  if (!(await release(cluster, object, signal))) return 'raced';
  return deleted ? 'deleted' : 'released';
}

/** False: the object changed meanwhile. */
async function release(cluster: Cluster, object: ConfigVersion, signal: AbortSignal): Promise<boolean> {
  return (await setFinalizers(cluster, object, otherFinalizers(object), signal)) !== 'raced';
}

/** Why the config outlives the object although its deletionPolicy is Delete; null: it does not. */
function whyKept(cluster: Cluster, object: ConfigVersion, law: Law, line: Line | null): string | null {
  if (object.spec.suspend) return 'this object is suspended';
  if (law.write) return `this object may not write it (${law.write.reason})`;
  const config = configOf(object);
  for (const { metadata } of cluster.proposersOf(config)) {
    if (metadata.uid === object.metadata.uid || metadata.deletionTimestamp) continue;
    return `ConfigVersion ${metadata.name} in namespace ${metadata.namespace} asks for it`;
  }
  if (
    !cluster.seesAll &&
    (object.spec.namespace !== undefined || cluster.configNamespace(config.namespace))
  ) {
    return 'this Pawl looks into some Kubernetes namespaces only, and objects in others may ask for it';
  }
  return line ? null : 'nothing this object proposed was ever accepted';
}

function otherFinalizers({ metadata }: ConfigVersion): string[] {
  return (metadata.finalizers ?? []).filter(each => each !== configFinalizer);
}

async function setFinalizers(
  cluster: Cluster,
  object: ConfigVersion,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<ConfigVersion | 'raced'> {
  try {
    return await cluster.setFinalizers(object, finalizers, signal);
  } catch (error) {
    if (isApiConflict(error)) return 'raced';
    throw error;
  }
}
