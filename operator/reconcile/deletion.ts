/**
 * What deleting a ConfigVersion does to its config. Invariants: an object has our finalizer only while its
 * deletionPolicy is Delete, so that nothing else ever hangs in Terminating; and a config goes only with the
 * last object that asks for it, and only if that object may delete it and saved the latest of it.
 */

import { type DeletedObject, decideDelete } from '../../history/core/delete.ts';
import type { Law } from '../../history/core/law.ts';
import { configName } from '../../history/core/names.ts';
import type { Store } from '../../history/settle/ports.ts';
import { type ConfigVersion, configFinalizer } from '../object/config-version.ts';
import type { WorkKey } from '../object/key.ts';
import { keptBecause, stallOf } from '../object/refusal-words.ts';
import type { Stall } from '../object/stall.ts';
import { proposedConfig, type Terms } from '../object/terms.ts';
import { isApiConflict } from './errors.ts';
import { type Holds, heldLaw, lawOf } from './namespace-law.ts';
import type { Cluster, StoreUpkeep } from './ports.ts';
import { afterConfigDeleted } from './wake.ts';

export interface DeletionContext {
  readonly cluster: Cluster;
  readonly store: Pick<Store, 'look'> & Pick<StoreUpkeep, 'deleteConfig'>;
  readonly wake: (key: WorkKey) => void;
  readonly holds: Holds;
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

/**
 * Deletes the config if it goes with this object, and lets the object go. `untold`: whether another object may need the
 * config depends on labels that the watch has not told of yet; nothing was done.
 */
export async function finishDeletion(
  { cluster, store, wake, holds }: DeletionContext,
  object: ConfigVersion,
  terms: Terms,
  law: Law,
  signal: AbortSignal,
): Promise<'deleted' | 'released' | 'raced' | 'untold'> {
  const { config, uid } = terms;
  let deleted = false;
  if (object.spec.deletionPolicy === 'Delete') {
    const ended = await deleteWith({ cluster, store, holds }, object, terms, law, signal);
    if (ended === 'untold') return 'untold';
    const { versions, kept } = ended;
    deleted = versions > 0;
    if (deleted) afterConfigDeleted({ cluster, wake }, config, uid);
    const note = kept
      ? `${configName(config)} stays: ${kept}.`
      : `${configName(config)} was deleted with all its versions (${versions}). Their numbers will not be used again.`;
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

/** @returns `kept`: why the config outlives the object, in the middle of a sentence; null: it does not */
async function deleteWith(
  { cluster, store, holds }: Omit<DeletionContext, 'wake'>,
  object: ConfigVersion,
  terms: Terms,
  law: Law,
  signal: AbortSignal,
): Promise<{ versions: number; kept: string | null } | 'untold'> {
  const { config, source, uid, git } = terms;
  const view = await store.look({ config, source, baseVersion: null }, signal);
  const others = await othersOf({ cluster, holds }, object, signal);
  if (!others) return 'untold';
  const going = { suspended: terms.suspended, ...others };
  const decision = decideDelete({ config, baseVersion: null, git, object: going }, view, law);
  switch (decision.kind) {
    case 'refused':
      return { versions: 0, kept: refusedBecause(stallOf(decision.refusal, terms)) };
    case 'kept':
      return { versions: 0, kept: keptBecause(decision.why) };
    case 'missing':
      return { versions: 0, kept: null };
    case 'delete': {
      // The object's stamp says who proposed it. Nothing says who deletes it.
      const actor = { name: terms.actor.name, verified: false };
      const { versions, kept } = await store.deleteConfig(
        { config, source, uid, actor, expectedHead: decision.expectedHead },
        signal,
      );
      const why = 'somebody else saved it since, or another cluster proposes it, too';
      return { versions, kept: kept ? why : null };
    }
  }
}

/**
 * Other objects that may need the config. Those without the right to write it do not count. Null: none is known to have
 * the right, and for one it is not known.
 */
async function othersOf(
  { cluster, holds }: Pick<DeletionContext, 'cluster' | 'holds'>,
  object: ConfigVersion,
  signal: AbortSignal,
): Promise<Pick<DeletedObject, 'asker' | 'blind'> | null> {
  const config = proposedConfig(object);
  const others = [...cluster.proposersOf(config)].filter(
    ({ metadata }) => metadata.uid !== object.metadata.uid && !metadata.deletionTimestamp,
  );
  let asker: DeletedObject['asker'] = null;
  let isTold = true;
  for (const other of others) {
    const granted = lawOf(cluster, other, ['write']);
    const law = granted?.write === null ? await heldLaw(holds, other, granted, signal) : granted;
    if (!law) isTold = false;
    else if (law.write === null) {
      asker = other.metadata;
      break;
    }
  }
  if (!asker && !isTold) return null;
  const reachable = object.spec.namespace !== undefined || cluster.configNamespace(config.namespace);
  return { asker, blind: !cluster.seesAll && Boolean(reachable) };
}

/** `it may not be deleted (PathNotAllowed: …)` */
const refusedBecause = ({ reason, message }: Stall): string => `${message.replace(/\.$/, '')} (${reason})`;

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
