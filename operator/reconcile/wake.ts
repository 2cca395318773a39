/**
 * Which objects must be looked at again when another one changed. Few on purpose: a config with hundreds of objects
 * stays quiet when its head moves. Invariant: an object that is being looked at now is looked at once more, whatever
 * its status says: that look may have begun before this happened, and is about to replace it.
 */

import type { ConfigId } from '../../history/words/model.ts';
import type { ConfigMapRef } from '../object/config-map.ts';
import type { ConfigSchemaSpec } from '../object/config-schema.ts';
import type { ConfigVersion } from '../object/config-version.ts';
import { configNamespaceKey, type ObjectKey, objectKey, type WorkKey } from '../object/key.ts';
import { leaderOf } from '../object/render.ts';
import { isAbout } from '../object/schema-book.ts';
import { isSettled } from '../object/status.ts';
import { asksForMap, proposedConfig, targetName } from '../object/terms.ts';
import type { Cluster } from './ports.ts';

export interface Waker {
  readonly cluster: Cluster;
  readonly wake: (key: WorkKey) => void;
  /** Whether a look at this object is under way. */
  readonly isAtWork: (key: WorkKey) => boolean;
}

/** For changes that concern objects no matter what their status is. */
type ConfigWaker = Pick<Waker, 'cluster' | 'wake'>;

/** The object that brings a ConfigMap up to date: of several that could, one is asked. */
interface TargetWaker {
  readonly cluster: Pick<Cluster, 'askersFor'>;
  readonly wake: (key: WorkKey) => void;
}

/** Where a save came from, and which ConfigMap its own reconcile brings up to date. */
interface Saved {
  readonly config: ConfigId;
  readonly source: { readonly namespace: string };
  readonly configMap: { readonly name: string };
}

/** SHA-256 of what the object that this one was before it was renamed says of the config; null: that one is gone. */
export function formerSha256Of(
  cluster: Pick<Cluster, 'configVersion'>,
  object: ConfigVersion,
): string | null {
  const { namespace, name } = object.metadata;
  const { formerly } = object.spec;
  if (formerly === undefined || formerly === name) return null;
  const former = cluster.configVersion(objectKey({ namespace, name: formerly }));
  if (!former || !sameConfig(proposedConfig(former), proposedConfig(object))) return null;
  return isFormerOf(cluster, object, former) ? null : former.bodySha256;
}

/** Renamed more often than this, nobody waits for a circle to close. */
const maxRenames = 16;

/** Whether `other`, or one that it was before, says that it was formerly `object`: in a circle, nobody waits for anybody. */
function isFormerOf(
  cluster: Pick<Cluster, 'configVersion'>,
  { metadata: { namespace, name } }: ConfigVersion,
  other: ConfigVersion,
): boolean {
  let one: ConfigVersion | undefined = other;
  for (let renames = 0; one && renames < maxRenames; renames++) {
    const { formerly } = one.spec;
    if (formerly === undefined || formerly === one.metadata.name) return false;
    if (formerly === name) return true;
    one = cluster.configVersion(objectKey({ namespace, name: formerly }));
  }
  return one !== undefined;
}

/** An object is gone, or its text was looked at: those that were it before a rename may go on with its line. */
export function afterFormerMoved(
  { cluster, wake }: { cluster: Pick<Cluster, 'successorsOf'>; wake: (key: WorkKey) => void },
  key: ObjectKey,
): void {
  for (const successor of cluster.successorsOf(key))
    if (!isSettled(successor)) wake(objectKey(successor.metadata));
}

/** Whether a reconcile of it does anything for its ConfigMap. */
export function isActive({ metadata, spec }: ConfigVersion): boolean {
  return metadata.deletionTimestamp === undefined && spec.suspend !== true;
}

export function targetOf(object: ConfigVersion): ConfigMapRef {
  return { namespace: object.metadata.namespace, name: targetName(object) };
}

/**
 * The head moved by `uid`'s save: objects that were the latest become history, objects that wait for a person
 * are decided again, and every other ConfigMap of the config has to show the new head.
 */
export function afterHeadMoved(
  { cluster, wake, isAtWork }: Waker,
  { config, source, configMap }: Saved,
  uid: string,
): void {
  const shown = objectKey({ namespace: source.namespace, name: configMap.name });
  const others = new Map<string, ConfigVersion[]>();
  for (const object of cluster.proposersOf(config)) {
    if (object.metadata.uid === uid) continue;
    const key = objectKey(object.metadata);
    const { version, supersededBy } = object.status;
    if (version === undefined || supersededBy === undefined || isAtWork(key)) wake(key);
    const target = objectKey(targetOf(object));
    if (target === shown || !isActive(object) || !asksForMap(object)) continue;
    const group = others.get(target);
    if (group) group.push(object);
    else others.set(target, [object]);
  }
  for (const group of others.values()) wake(objectKey(leaderOf(group)!.metadata));
}

/** Another process wrote an object's new version into its status, which counts here as a save of our own. */
export function afterSavedElsewhere(waker: Waker, object: ConfigVersion): void {
  const { namespace, name } = targetOf(object);
  const saved = { config: proposedConfig(object), source: { namespace }, configMap: { name } };
  afterHeadMoved(waker, saved, object.metadata.uid);
}

/** Somebody who has no object here saved a new head. */
export function afterSavedUnseen(waker: Waker, config: ConfigId): void {
  afterHeadMoved(waker, { config, source: { namespace: '' }, configMap: { name: '' } }, '');
}

/** An object came, went or changed what it asks for: one of the others must bring the owners up to date. */
export function afterAskerLeft({ cluster, wake }: TargetWaker, target: ConfigMapRef, uid: string): void {
  for (const object of cluster.askersFor(target)) {
    if (object.metadata.uid !== uid && isActive(object)) return wake(objectKey(object.metadata));
  }
}

/** One of our ConfigMaps was changed or deleted by somebody else. */
export function afterTargetChanged({ cluster, wake }: TargetWaker, target: ConfigMapRef): void {
  const askers = [...cluster.askersFor(target)].filter(isActive);
  const configs = new Map<string, ConfigVersion[]>();
  for (const asker of askers) {
    const { namespace, path } = proposedConfig(asker);
    const id = `${namespace}/${path}`;
    const group = configs.get(id);
    if (group) group.push(asker);
    else configs.set(id, [asker]);
  }
  for (const group of configs.values()) wake(objectKey(leaderOf(group)!.metadata));
}

/**
 * A config is gone from the store: objects that still ask for it propose it anew, and its namespace may be empty now.
 */
export function afterConfigDeleted({ cluster, wake }: ConfigWaker, config: ConfigId, uid: string): void {
  for (const object of cluster.proposersOf(config)) {
    if (object.metadata.uid !== uid) wake(objectKey(object.metadata));
  }
  wake(configNamespaceKey(config.namespace));
}

/**
 * A version that is not the latest was deleted, maybe because of what it held: what shows an edit that was made on it is
 * decided again, and shows it no more.
 */
export function afterVersionDeleted({ cluster, wake }: ConfigWaker, config: ConfigId): void {
  for (const object of cluster.proposersOf(config))
    if (object.status.conflict !== undefined) wake(objectKey(object.metadata));
}

/** Rules or grants of a config namespace changed: its objects, and no others, are held against them again. */
export function afterRulesChanged({ cluster, wake }: ConfigWaker, configNamespace: string): void {
  for (const object of cluster.proposersIn(configNamespace)) wake(objectKey(object.metadata));
}

/**
 * A schema came, went or changed: what waits for somebody may be refused because of it, or confirmed to no avail. What
 * was accepted stays.
 */
export function afterSchemaChanged(
  {
    cluster,
    wake,
  }: {
    readonly cluster: { refusedConfigVersions(): Iterable<ConfigVersion> };
    readonly wake: (key: WorkKey) => void;
  },
  specs: readonly ConfigSchemaSpec[],
): void {
  for (const object of cluster.refusedConfigVersions()) {
    const config = proposedConfig(object);
    if (specs.some(spec => isAbout(spec, config))) wake(objectKey(object.metadata));
  }
}

/**
 * A Kubernetes namespace came, went or has other labels: of its objects, those whose config namespace has grants
 * that may speak of labels; and from elsewhere those that were told that there is no such namespace.
 */
export function afterKubeNamespaceChanged({ cluster, wake }: ConfigWaker, name: string): void {
  for (const object of cluster.configVersionsIn(name)) {
    if (cluster.configNamespace(proposedConfig(object).namespace)) wake(objectKey(object.metadata));
  }
  if (cluster.configNamespace(name)) return;
  for (const object of cluster.proposersIn(name)) {
    if (object.metadata.namespace !== name) wake(objectKey(object.metadata));
  }
}

export const sameConfig = (a: ConfigId, b: ConfigId): boolean =>
  a.namespace === b.namespace && a.path === b.path;
