/**
 * Everything Pawl sees and does in one Kubernetes cluster: caches of ConfigVersions and of our ConfigMaps,
 * of ConfigNamespaces and of namespaces, kept by watches, and the writes, which go through the caches. Invariant: after a write was answered, a
 * read from here never tells of a time before it. main.ts hands this to reconcile as its Cluster port.
 */
import type { ConfigMapRef, ConfigMapState, DesiredConfigMap } from '../api/config-map.ts';
import type { ConfigNamespace, ConfigNamespaceStatus, KubeNamespace } from '../api/config-namespace.ts';
import { apiVersion, type ConfigVersion, type ConfigVersionStatus, kind } from '../api/config-version.ts';
import type { ConfigId } from '../api/model.ts';
import type { Random } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { Cache, type ChangeHandler, keyOf } from './cache.ts';
import {
  type ApplyOptions,
  applyConfigMap,
  configMapState,
  configMaps,
  deleteConfigMap,
  managedConfigMaps,
  readConfigMap,
  removeConfigMapKeys,
} from './config-maps.ts';
import {
  applyConfigVersionStatus,
  configVersionOf,
  configVersions,
  readText,
  setConfigVersionFinalizers,
} from './config-versions.ts';
import { type EventDrop, type EventNote, EventWriter } from './events.ts';
import {
  applyConfigNamespaceStatus,
  configNamespaceOf,
  configNamespaces,
  kubeNamespaceOf,
  kubeNamespaces,
  setConfigNamespaceFinalizers,
} from './namespaces.ts';
import { type Identity, identityOf, metadataOf, type RawObject } from './raw-object.ts';
import { Reflector, type ReflectorHooks } from './reflector.ts';
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';
import { Texts } from './texts.ts';

/** Texts held for the reconciles that wait; the rest is read when its turn comes. */
const maxTextBytes = 32 << 20;

/** `shard`: metadata of the ConfigVersions the selector selects. */
export type Watched = 'configversions' | 'configmaps' | 'confignamespaces' | 'namespaces' | 'shard';

/** A reflector, whatever it holds. */
type Watch = Pick<Reflector<object>, 'run' | 'synced' | 'isSynced' | 'silentMs'>;

export interface ClusterOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The only Kubernetes namespaces looked into; absent or null: all. */
  readonly namespaces?: readonly string[] | null;
  /** Label selector of the ConfigVersions that are ours to work on; the others are seen all the same. */
  readonly selector?: string | null;
  /** Name of this process in Events. */
  readonly instance: string;
  /** What a ConfigVersion proposes and asks for. The rules are core's; the indexes over them are ours. */
  configOf(object: ConfigVersion): ConfigId;
  targetOf(object: ConfigVersion): ConfigMapRef;
  /** Whether somebody will have to read its text. */
  needsText(object: ConfigVersion): boolean;
  readonly hooks?: {
    reflector?(watched: Watched): ReflectorHooks;
    eventDropped?(why: EventDrop): void;
    handlerFailed?(error: unknown, key: string): void;
  };
}

export class KubeCluster {
  readonly #session: Session;
  readonly #versions: Cache<ConfigVersion>;
  readonly #texts = new Texts(maxTextBytes);
  readonly #maps: Cache<ConfigMapState>;
  readonly #configNamespaces: Cache<ConfigNamespace>;
  readonly #kubeNamespaces: Cache<KubeNamespace>;
  /** What the selector selects; null: everything is ours. */
  readonly #shard: Cache<Identity> | null;
  readonly #reflectors: {
    readonly configversions: readonly Reflector<ConfigVersion>[];
    readonly configmaps: readonly Reflector<ConfigMapState>[];
    readonly confignamespaces: readonly Reflector<ConfigNamespace>[];
    readonly namespaces: readonly Reflector<KubeNamespace>[];
    readonly shard: readonly Reflector<Identity>[];
  };
  /** Whether all Kubernetes namespaces are looked into. */
  readonly seesAll: boolean;
  readonly #events: EventWriter;

  constructor(session: Session, options: ClusterOptions) {
    const { clock, random, namespaces = null, selector = null, hooks, configOf, targetOf } = options;
    const handled = hooks?.handlerFailed === undefined ? {} : { onHandlerError: hooks.handlerFailed };
    this.#session = session;
    this.seesAll = namespaces === null;
    this.#versions = new Cache<ConfigVersion>({
      clock,
      identity: object => object.metadata,
      indexes: {
        config: object => [configKey(configOf(object))],
        configNamespace: object => [configOf(object).namespace],
        kubeNamespace: object => [object.metadata.namespace],
        target: object => [keyOf(targetOf(object))],
      },
      ...handled,
    });
    this.#maps = new Cache<ConfigMapState>({
      clock,
      identity: state => state,
      indexes: { owner: state => state.ownerReferences.map(owner => owner.uid) },
      ...handled,
    });
    this.#configNamespaces = new Cache<ConfigNamespace>({
      clock,
      identity: ({ metadata }) => ({ ...metadata, namespace: '' }),
      ...handled,
    });
    this.#kubeNamespaces = new Cache<KubeNamespace>({
      clock,
      identity: namespace => ({ ...namespace, namespace: '' }),
      ...handled,
    });
    this.#versions.onChange((_, before, after) => {
      if (before && before.metadata.uid !== after?.metadata.uid) this.#texts.drop(before.metadata.uid);
      if (after && !options.needsText(after)) this.#texts.drop(after.metadata.uid);
    });
    this.#shard =
      selector === null ? null : new Cache<Identity>({ clock, identity: member => member, ...handled });
    const common = (watched: Watched) => ({
      session,
      clock,
      random,
      ...(hooks?.reflector === undefined ? {} : { hooks: hooks.reflector(watched) }),
    });
    // One watch a namespace, so that a Role in each is all it takes.
    const places =
      namespaces === null
        ? [{ namespace: undefined, scope: '' }]
        : namespaces.map(namespace => ({ namespace, scope: keyOf({ namespace, name: '' }) }));
    const shard = this.#shard;
    this.#reflectors = {
      configversions: places.map(
        ({ namespace, scope }) =>
          new Reflector({
            ...common('configversions'),
            cache: this.#versions,
            scope,
            path: resourcePath(configVersions, { namespace }),
            transform: raw => this.#read(raw, options.needsText),
          }),
      ),
      configmaps: places.map(
        ({ namespace, scope }) =>
          new Reflector({
            ...common('configmaps'),
            cache: this.#maps,
            scope,
            path: resourcePath(configMaps, { namespace }),
            query: managedConfigMaps,
            transform: configMapState,
          }),
      ),
      confignamespaces: [
        new Reflector({
          ...common('confignamespaces'),
          cache: this.#configNamespaces,
          path: resourcePath(configNamespaces),
          transform: configNamespaceOf,
        }),
      ],
      namespaces: [
        new Reflector({
          ...common('namespaces'),
          cache: this.#kubeNamespaces,
          path: resourcePath(kubeNamespaces),
          metadataOnly: true,
          transform: kubeNamespaceOf,
        }),
      ],
      shard: (shard === null ? [] : places).map(
        ({ namespace, scope }) =>
          new Reflector({
            ...common('shard'),
            cache: shard!,
            scope,
            path: resourcePath(configVersions, { namespace }),
            query: { labelSelector: selector! },
            metadataOnly: true,
            transform: raw => identityOf(metadataOf(raw)),
          }),
      ),
    };
    this.#events = new EventWriter({
      session,
      clock,
      controller: 'pawl.dev/operator',
      instance: options.instance,
      ...(hooks?.eventDropped === undefined ? {} : { dropped: hooks.eventDropped }),
    });
  }

  /** Watches, and writes Events, until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const watches = this.#all().map(reflector => reflector.run(signal));
    await Promise.all([...watches, this.#events.run(signal)]);
  }

  /** Resolves when every cache holds a whole list. */
  async synced(): Promise<void> {
    await Promise.all(this.#all().map(reflector => reflector.synced));
  }

  /** For probes and metrics. `silentMs`: since the API server last said anything about it, of its quietest watch. */
  state(watched: Watched): { synced: boolean; silentMs: number | undefined; objects: number } {
    const reflectors: readonly Watch[] = this.#reflectors[watched];
    const caches = {
      configversions: this.#versions,
      configmaps: this.#maps,
      confignamespaces: this.#configNamespaces,
      namespaces: this.#kubeNamespaces,
      shard: this.#shard,
    };
    const silences = reflectors.map(reflector => reflector.silentMs());
    return {
      synced: reflectors.every(reflector => reflector.isSynced),
      silentMs: silences.includes(undefined) ? undefined : Math.max(...(silences as number[])),
      objects: caches[watched]?.size ?? 0,
    };
  }

  /** Whether it is this process that works on the ConfigVersion of that key. */
  isOurs(key: string): boolean {
    return this.#shard === null || this.#shard.get(key) !== undefined;
  }

  /** A ConfigVersion has become ours. */
  onOurs(handler: (key: string) => void): void {
    this.#shard?.onChange((key, before, after) => {
      if (before === undefined && after !== undefined) handler(key);
    });
  }

  onConfigVersion(handler: ChangeHandler<ConfigVersion>): void {
    this.#versions.onChange(handler);
  }

  onConfigMap(handler: ChangeHandler<ConfigMapState>): void {
    this.#maps.onChange(handler);
  }

  onConfigNamespace(handler: ChangeHandler<ConfigNamespace>): void {
    this.#configNamespaces.onChange(handler);
  }

  onKubeNamespace(handler: ChangeHandler<KubeNamespace>): void {
    this.#kubeNamespaces.onChange(handler);
  }

  configNamespace(name: string): ConfigNamespace | undefined {
    return this.#configNamespaces.get(keyOf({ namespace: '', name }));
  }

  configNamespaces(): Iterable<ConfigNamespace> {
    return this.#configNamespaces.values();
  }

  kubeNamespace(name: string): KubeNamespace | undefined {
    return this.#kubeNamespaces.get(keyOf({ namespace: '', name }));
  }

  proposersIn(configNamespace: string): ConfigVersion[] {
    return this.#versions.byIndex('configNamespace', configNamespace);
  }

  configVersionsIn(kubeNamespace: string): ConfigVersion[] {
    return this.#versions.byIndex('kubeNamespace', kubeNamespace);
  }

  /** Key is `namespace/name`. */
  configVersion(key: string): ConfigVersion | undefined {
    return this.#versions.get(key);
  }

  configVersions(): Iterable<ConfigVersion> {
    return this.#versions.values();
  }

  proposersOf(config: ConfigId): ConfigVersion[] {
    return this.#versions.byIndex('config', configKey(config));
  }

  askersFor(target: ConfigMapRef): ConfigVersion[] {
    return this.#versions.byIndex('target', keyOf(target));
  }

  configMap(target: ConfigMapRef): ConfigMapState | undefined {
    return this.#maps.get(keyOf(target));
  }

  configMapsOwnedBy(uid: string): ConfigMapState[] {
    return this.#maps.byIndex('owner', uid);
  }

  readConfigMap(target: ConfigMapRef, signal: AbortSignal): Promise<ConfigMapState | null> {
    return readConfigMap(this.#session, target, signal);
  }

  /** A resourceVersion without a uid is completed from the cache, so that a deleted object stays deleted. */
  applyConfigMap(
    desired: DesiredConfigMap,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<{ created: boolean; configMap: ConfigMapState }> {
    const known = this.configMap(desired);
    const uid = options.uid ?? (known?.resourceVersion === options.resourceVersion ? known?.uid : undefined);
    return this.#maps.writeThrough(
      keyOf(desired),
      () => applyConfigMap(this.#session, desired, { ...options, uid }, signal),
      ({ configMap }) => configMap,
    );
  }

  removeConfigMapKeys(
    configMap: ConfigMapState,
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<ConfigMapState> {
    return this.#maps.writeThrough(
      keyOf(configMap),
      () => removeConfigMapKeys(this.#session, configMap, keys, signal),
      state => state,
    );
  }

  deleteConfigMap(configMap: ConfigMapState, signal: AbortSignal): Promise<void> {
    return this.#maps.deleteThrough(keyOf(configMap), configMap.uid, () =>
      deleteConfigMap(this.#session, configMap, signal),
    );
  }

  /** The text of exactly this state of the object; null when its spec is another one by now, or it is gone. */
  async textOf(object: ConfigVersion, signal: AbortSignal): Promise<string | null> {
    return this.#texts.get(object.metadata) ?? this.readText(object, signal);
  }

  /** The same, and always as the API server has it at this moment. */
  readText(object: ConfigVersion, signal: AbortSignal): Promise<string | null> {
    return readText(this.#session, object, signal);
  }

  async applyStatus(object: ConfigVersion, status: ConfigVersionStatus, signal: AbortSignal): Promise<void> {
    await this.#versions.writeThrough(
      keyOf(object.metadata),
      () => applyConfigVersionStatus(this.#session, object, status, signal),
      written => written,
    );
  }

  setFinalizers(
    object: ConfigVersion,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<ConfigVersion> {
    return this.#versions.writeThrough(
      keyOf(object.metadata),
      () => setConfigVersionFinalizers(this.#session, object, finalizers, signal),
      written => written,
    );
  }

  async applyNamespaceStatus(
    object: ConfigNamespace,
    status: ConfigNamespaceStatus,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#configNamespaces.writeThrough(
      keyOf({ namespace: '', name: object.metadata.name }),
      () => applyConfigNamespaceStatus(this.#session, object, status, signal),
      written => written,
    );
  }

  setNamespaceFinalizers(
    object: ConfigNamespace,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<ConfigNamespace> {
    return this.#configNamespaces.writeThrough(
      keyOf({ namespace: '', name: object.metadata.name }),
      () => setConfigNamespaceFinalizers(this.#session, object, finalizers, signal),
      written => written,
    );
  }

  #read(raw: RawObject, needsText: (object: ConfigVersion) => boolean): ConfigVersion {
    const object = configVersionOf(raw);
    if (needsText(object)) this.#texts.put(object.metadata, (raw.spec as { body: string }).body);
    return object;
  }

  #all(): readonly Watch[] {
    return Object.values<readonly Watch[]>(this.#reflectors).flat();
  }

  event(object: ConfigVersion, event: EventNote): void {
    const { namespace, name, uid, resourceVersion } = object.metadata;
    this.#events.record({ apiVersion, kind, namespace, name, uid, resourceVersion }, event);
  }
}

/** Neither part can contain a newline. */
function configKey({ namespace, path }: ConfigId): string {
  return `${namespace}\n${path}`;
}
