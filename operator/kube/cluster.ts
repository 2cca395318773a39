/**
 * All that Pawl reads and writes in one Kubernetes cluster: ConfigVersions and our ConfigMaps, ConfigNamespaces and
 * namespaces, read from caches that watches keep, and the writes, which go through the caches. Invariant: after a write
 * was answered, a read from here never shows a state before it. main.ts hands this to reconcile as its Cluster port.
 */

import type { ConfigId } from '../../history/words/model.ts';
import type { Freeze } from '../../history/words/policy.ts';
import type { ConfigMapRef, ConfigMapState, DesiredConfigMap, TargetRef } from '../object/config-map.ts';
import type { ConfigNamespace, ConfigNamespaceStatus, KubeNamespace } from '../object/config-namespace.ts';
import {
  type ConfigProjection,
  type ConfigProjectionStatus,
  projectionKind,
} from '../object/config-projection.ts';
import type { ConfigSchema, ConfigSchemaStatus } from '../object/config-schema.ts';
import { apiVersion, type ConfigVersion, type ConfigVersionStatus, kind } from '../object/config-version.ts';
import { type ObjectKey, objectKey } from '../object/key.ts';
import { targetKeysFor } from '../object/projection/target.ts';
import { SchemaBook } from '../object/schema-book.ts';
import type { Cache, ChangeHandler } from './cache.ts';
import {
  type CachesOptions,
  type ClusterCaches,
  configKey,
  createCaches,
  placesOf,
} from './cluster-caches.ts';
import { ClusterWatches, type WatchesOptions, type WatchName } from './cluster-watches.ts';
import {
  type ApplyOptions,
  applyConfigMap,
  deleteConfigMap,
  readTarget,
  removeConfigMapKeys,
} from './config-maps.ts';
import { applyConfigProjectionStatus } from './config-projections.ts';
import { applyConfigVersionStatus, readText, setConfigVersionFinalizers } from './config-versions.ts';
import { type EventDrop, type EventNote, EventWriter } from './events.ts';
import { applyFreeze } from './freezes.ts';
import {
  applyConfigNamespaceStatus,
  configNamespaceOf,
  configNamespaces,
  kubeNamespaces,
  setConfigNamespaceFinalizers,
  versionAtServer,
} from './namespaces.ts';
import { applyConfigSchemaStatus } from './schemas.ts';
import type { Session } from './session.ts';

export interface ClusterOptions extends CachesOptions, WatchesOptions {
  /** Name of this process in Events. */
  readonly instance: string;
  readonly hooks?: NonNullable<CachesOptions['hooks']> &
    NonNullable<WatchesOptions['hooks']> & { eventDropped?(why: EventDrop): void };
}

export class KubeCluster {
  readonly #session: Session;
  readonly #caches: ClusterCaches;
  readonly #watches: ClusterWatches;
  readonly #events: EventWriter;
  /** Null: a ConfigSchema changed since it was made. */
  #schemas: SchemaBook | null = null;
  /** Whether all Kubernetes namespaces are looked into. */
  readonly seesAll: boolean;

  constructor(session: Session, options: ClusterOptions) {
    const { clock, namespaces = null, instance, hooks } = options;
    this.#session = session;
    this.#caches = createCaches(options);
    this.#caches.configSchemas.onChange(() => {
      this.#schemas = null;
    });
    this.#watches = new ClusterWatches(session, this.#caches, options);
    this.#events = new EventWriter({
      session,
      clock,
      controller: 'pawl.dev/operator',
      instance,
      ...(hooks?.eventDropped === undefined ? {} : { dropped: hooks.eventDropped }),
    });
    this.seesAll = namespaces === null;
  }

  /** Watches, and writes Events, until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watches.run(signal), this.#events.run(signal)]);
  }

  /** Resolves when every cache holds a whole list, but of watched namespaces that are gone. */
  synced(): Promise<void> {
    return this.#watches.synced();
  }

  /** The watched namespaces that do not exist. */
  missingNamespaces(): string[] {
    return this.#watches.missingNamespaces();
  }

  /** For probes and metrics. `silentMs`: since the API server last said anything about it, of its quietest watch. */
  state(watched: WatchName): ReturnType<ClusterWatches['state']> {
    return this.#watches.state(watched);
  }

  /** Whether it is this process that works on the ConfigVersion of that key. */
  isOurs(key: ObjectKey): boolean {
    return this.#caches.shard === null || this.#caches.shard.get(key) !== undefined;
  }

  /** A ConfigVersion has become ours. */
  onOurs(handler: (key: ObjectKey) => void): void {
    this.#caches.shard?.onChange((key, before, after) => {
      if (before === undefined && after !== undefined) handler(key);
    });
  }

  /** As isOurs, of a ConfigProjection. */
  isOurProjection(key: ObjectKey): boolean {
    return this.#caches.projectionShard === null || this.#caches.projectionShard.get(key) !== undefined;
  }

  /** A ConfigProjection has become ours. */
  onOurProjection(handler: (key: ObjectKey) => void): void {
    this.#caches.projectionShard?.onChange((key, before, after) => {
      if (before === undefined && after !== undefined) handler(key);
    });
  }

  onConfigProjection(handler: ChangeHandler<ConfigProjection>): void {
    this.#caches.projections.onChange(handler);
  }

  onConfigVersion(handler: ChangeHandler<ConfigVersion>): void {
    this.#caches.versions.onChange(handler);
  }

  onConfigMap(handler: ChangeHandler<ConfigMapState>): void {
    this.#caches.maps.onChange(handler);
  }

  /** Of ConfigMaps and, where they are watched, Secrets. */
  onTarget(handler: ChangeHandler<ConfigMapState>): void {
    this.#caches.maps.onChange(handler);
    this.#caches.secrets?.onChange(handler);
  }

  onConfigNamespace(handler: ChangeHandler<ConfigNamespace>): void {
    this.#caches.configNamespaces.onChange(handler);
  }

  onConfigSchema(handler: ChangeHandler<ConfigSchema>): void {
    this.#caches.configSchemas.onChange(handler);
  }

  configSchema(name: string): ConfigSchema | undefined {
    return this.#caches.configSchemas.get(objectKey({ namespace: '', name }));
  }

  configSchemas(): Iterable<ConfigSchema> {
    return this.#caches.configSchemas.values();
  }

  schemas(): SchemaBook {
    this.#schemas ??= new SchemaBook(this.configSchemas());
    return this.#schemas;
  }

  async applySchemaStatus(
    object: ConfigSchema,
    status: ConfigSchemaStatus,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#caches.configSchemas.writeThrough(
      objectKey({ namespace: '', name: object.metadata.name }),
      () => applyConfigSchemaStatus(this.#session, object, status, signal),
      written => written,
    );
  }

  onKubeNamespace(handler: ChangeHandler<KubeNamespace>): void {
    this.#caches.kubeNamespaces.onChange(handler);
  }

  configNamespace(name: string): ConfigNamespace | undefined {
    return this.#caches.configNamespaces.get(objectKey({ namespace: '', name }));
  }

  configNamespaces(): Iterable<ConfigNamespace> {
    return this.#caches.configNamespaces.values();
  }

  kubeNamespace(name: string): KubeNamespace | undefined {
    return this.#caches.kubeNamespaces.get(objectKey({ namespace: '', name }));
  }

  /** Whether the API server has a ConfigNamespace or a Kubernetes namespace of that name at this moment. */
  async hasNamespaceAtServer(name: string, signal: AbortSignal): Promise<boolean> {
    const found = await Promise.all(
      [configNamespaces, kubeNamespaces].map(of => versionAtServer(this.#session, of, name, signal)),
    );
    return found.some(version => version !== undefined);
  }

  async areRulesCurrent(
    { configNamespace, kubeNamespace }: { configNamespace: string; kubeNamespace: string },
    signal: AbortSignal,
  ): Promise<boolean> {
    const current = await Promise.all([
      versionAtServer(this.#session, configNamespaces, configNamespace, signal).then(
        version => version === this.configNamespace(configNamespace)?.metadata.resourceVersion,
      ),
      ...[...new Set([configNamespace, kubeNamespace])].map(async name => {
        const version = await versionAtServer(this.#session, kubeNamespaces, name, signal);
        return version === this.kubeNamespace(name)?.resourceVersion;
      }),
    ]);
    return current.every(Boolean);
  }

  proposersIn(configNamespace: string): ConfigVersion[] {
    return this.#caches.versions.byIndex('configNamespace', configNamespace);
  }

  configVersionsIn(kubeNamespace: string): ConfigVersion[] {
    return this.#caches.versions.byIndex('kubeNamespace', kubeNamespace);
  }

  configVersion(key: ObjectKey): ConfigVersion | undefined {
    return this.#caches.versions.get(key);
  }

  configVersions(): Iterable<ConfigVersion> {
    return this.#caches.versions.values();
  }

  proposersOf(config: ConfigId): ConfigVersion[] {
    return this.#caches.versions.byIndex('config', configKey(config));
  }

  /** Those that a person has to do something about. */
  refusedConfigVersions(): ConfigVersion[] {
    return this.#caches.versions.byIndex('refused', 'refused');
  }

  /** Those whose text is not the live one. */
  driftedConfigVersions(): ConfigVersion[] {
    return this.#caches.versions.byIndex('drifted', 'drifted');
  }

  /** Those that say they were formerly of this name. Key is `namespace/name`. */
  successorsOf(key: string): ConfigVersion[] {
    return this.#caches.versions.byIndex('formerly', key);
  }

  projection(key: ObjectKey): ConfigProjection | undefined {
    return this.#caches.projections.get(key);
  }

  projections(): Iterable<ConfigProjection> {
    return this.#caches.projections.values();
  }

  projectionOf(uid: string): ConfigProjection | undefined {
    return this.#caches.projections.byIndex('uid', uid)[0];
  }

  /** That name the config, or a folder that it is in. */
  projectionsOf(config: ConfigId): ConfigProjection[] {
    const found = placesOf(config).flatMap(place => this.#caches.projections.byIndex('shows', place));
    return [...new Set(found)];
  }

  projectionsFor(target: TargetRef): ConfigProjection[] {
    return targetKeysFor(target).flatMap(key => this.#caches.projections.byIndex('target', key));
  }

  projectionsReading(configNamespace: string): ConfigProjection[] {
    return this.#caches.projections.byIndex('reads', configNamespace);
  }

  projectionsIn(kubeNamespace: string): ConfigProjection[] {
    return this.#caches.projections.byIndex('kubeNamespace', kubeNamespace);
  }

  async applyProjectionStatus(
    object: ConfigProjection,
    status: ConfigProjectionStatus,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#caches.projections.writeThrough(
      objectKey(object.metadata),
      () => applyConfigProjectionStatus(this.#session, object, status, signal),
      written => written,
    );
  }

  projectionEvent(object: ConfigProjection, event: EventNote): void {
    const { namespace, name, uid, resourceVersion } = object.metadata;
    this.#events.record({ apiVersion, kind: projectionKind, namespace, name, uid, resourceVersion }, event);
  }

  askersFor(target: ConfigMapRef): ConfigVersion[] {
    return this.#caches.versions.byIndex('target', objectKey(target));
  }

  configMap(target: ConfigMapRef): ConfigMapState | undefined {
    return this.#caches.maps.get(objectKey(target));
  }

  configMapsOwnedBy(uid: string): ConfigMapState[] {
    return this.#caches.maps.byIndex('owner', uid);
  }

  /** As configMap(), of whatever kind. */
  target(ref: TargetRef): ConfigMapState | undefined {
    return this.#targets(ref).get(objectKey(ref));
  }

  targetsOwnedBy(uid: string): ConfigMapState[] {
    const secrets = this.#caches.secrets?.byIndex('owner', uid) ?? [];
    return [...this.configMapsOwnedBy(uid), ...secrets];
  }

  readTarget(ref: TargetRef, signal: AbortSignal): Promise<ConfigMapState | null> {
    return readTarget(this.#session, ref, signal);
  }

  readConfigMap({ namespace, name }: ConfigMapRef, signal: AbortSignal): Promise<ConfigMapState | null> {
    return this.readTarget({ kind: 'ConfigMap', namespace, name }, signal);
  }

  /** A resourceVersion without a uid is completed from the cache, so that a deleted object stays deleted. */
  applyConfigMap(
    desired: DesiredConfigMap,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<{ created: boolean; configMap: ConfigMapState }> {
    const known = this.target(desired);
    const uid = options.uid ?? (known?.resourceVersion === options.resourceVersion ? known?.uid : undefined);
    return this.#targets(desired).writeThrough(
      objectKey(desired),
      () => applyConfigMap(this.#session, desired, { ...options, uid }, signal),
      ({ configMap }) => configMap,
    );
  }

  removeConfigMapKeys(
    configMap: ConfigMapState,
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<ConfigMapState> {
    return this.#targets(configMap).writeThrough(
      objectKey(configMap),
      () => removeConfigMapKeys(this.#session, configMap, keys, signal),
      state => state,
    );
  }

  deleteConfigMap(configMap: ConfigMapState, signal: AbortSignal): Promise<void> {
    return this.#targets(configMap).deleteThrough(objectKey(configMap), configMap.uid, () =>
      deleteConfigMap(this.#session, configMap, signal),
    );
  }

  /** Throws where Secrets are not watched: nothing may be written that is not seen. */
  #targets({ kind: of }: Pick<TargetRef, 'kind'>): Cache<ConfigMapState> {
    const cache = of === 'Secret' ? this.#caches.secrets : this.#caches.maps;
    if (cache === null) throw new Error('this process does not watch Secrets');
    return cache;
  }

  /** The text of exactly this state of the object; null when its spec is another one by now, or it is gone. */
  async textOf(object: ConfigVersion, signal: AbortSignal): Promise<string | null> {
    return this.#caches.texts.get(object.metadata) ?? this.readText(object, signal);
  }

  /** The same, and always as the API server has it at this moment. */
  readText(object: ConfigVersion, signal: AbortSignal): Promise<string | null> {
    return readText(this.#session, object, signal);
  }

  async applyStatus(object: ConfigVersion, status: ConfigVersionStatus, signal: AbortSignal): Promise<void> {
    await this.#caches.versions.writeThrough(
      objectKey(object.metadata),
      () => applyConfigVersionStatus(this.#session, object, status, signal),
      written => written,
    );
  }

  setFinalizers(
    object: ConfigVersion,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<ConfigVersion> {
    return this.#caches.versions.writeThrough(
      objectKey(object.metadata),
      () => setConfigVersionFinalizers(this.#session, object, finalizers, signal),
      written => written,
    );
  }

  async applyNamespaceStatus(
    object: ConfigNamespace,
    status: ConfigNamespaceStatus,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#caches.configNamespaces.writeThrough(
      objectKey({ namespace: '', name: object.metadata.name }),
      () => applyConfigNamespaceStatus(this.#session, object, status, signal),
      written => written,
    );
  }

  /** `missing`: there is no ConfigNamespace to keep it in. */
  async freeze(namespace: string, freeze: Freeze, signal: AbortSignal): Promise<'frozen' | 'missing'> {
    return (await this.#applyFreeze(namespace, freeze.name, freeze, signal)) ? 'frozen' : 'missing';
  }

  /** `kept`: it has another manager, too. */
  async unfreeze(namespace: string, name: string, signal: AbortSignal): Promise<'over' | 'kept' | 'missing'> {
    const object = await this.#applyFreeze(namespace, name, null, signal);
    if (!object) return 'missing';
    return object.spec.policy?.freezes?.some(one => one.name === name) ? 'kept' : 'over';
  }

  async #applyFreeze(namespace: string, name: string, entry: Freeze | null, signal: AbortSignal) {
    const object = this.configNamespace(namespace);
    if (!object) return null;
    const write = async () =>
      configNamespaceOf(await applyFreeze(this.#session, object.metadata, name, entry, signal));
    const key = objectKey({ namespace: '', name: namespace });
    return this.#caches.configNamespaces.writeThrough(key, write, written => written);
  }

  setNamespaceFinalizers(
    object: ConfigNamespace,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<ConfigNamespace> {
    return this.#caches.configNamespaces.writeThrough(
      objectKey({ namespace: '', name: object.metadata.name }),
      () => setConfigNamespaceFinalizers(this.#session, object, finalizers, signal),
      written => written,
    );
  }

  event(object: ConfigVersion, event: EventNote): void {
    const { namespace, name, uid, resourceVersion } = object.metadata;
    this.#events.record({ apiVersion, kind, namespace, name, uid, resourceVersion }, event);
  }
}
