/**
 * The watches that fill the caches of a cluster: a reflector for each kind, or for each kind and Kubernetes namespace.
 * Invariant: every cache has a reflector, and `synced` resolves only when each of them has a whole list. Watched
 * namespaces are independent: one that is gone has nothing to list, does not hold up the others, and is watched again
 * when it comes back.
 */

import type { Random } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ConfigMapState, TargetKind } from '../object/config-map.ts';
import type { ConfigNamespace, KubeNamespace } from '../object/config-namespace.ts';
import type { ConfigProjection } from '../object/config-projection.ts';
import type { ConfigSchema } from '../object/config-schema.ts';
import type { ConfigVersion } from '../object/config-version.ts';
import { objectKey } from '../object/key.ts';
import type { Cache } from './cache.ts';
import type { ClusterCaches } from './cluster-caches.ts';
import { configMaps, managedConfigMaps, secrets, targetState } from './config-maps.ts';
import { configProjectionOf, configProjections } from './config-projections.ts';
import { configVersionOf, configVersions } from './config-versions.ts';
import { configNamespaceOf, configNamespaces, kubeNamespaceOf, kubeNamespaces } from './namespaces.ts';
import { type Identity, identityOf, metadataOf } from './raw-object.ts';
import { Reflector, type ReflectorHooks } from './reflector.ts';
import { type Resource, resourcePath } from './resource-path.ts';
import { configSchemaOf, configSchemas } from './schemas.ts';
import type { Session } from './session.ts';

/** `shard`, `projectionshard`: metadata of the ConfigVersions and ConfigProjections the selector selects. */
export type WatchName =
  | 'configversions'
  | 'configprojections'
  | 'configmaps'
  | 'secrets'
  | 'confignamespaces'
  | 'configschemas'
  | 'namespaces'
  | 'shard'
  | 'projectionshard';

export interface WatchesOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The only Kubernetes namespaces looked into; absent or null: all. */
  readonly namespaces?: readonly string[] | null;
  /** Label selector of the ConfigVersions that are ours to work on; the others are seen all the same. */
  readonly selector?: string | null;
  /** Whether some reconcile will have to read its text. */
  needsText(object: ConfigVersion): boolean;
  readonly hooks?: { reflector?(watched: WatchName): ReflectorHooks };
}

/** A reflector, whatever it holds. */
type Watch = Pick<Reflector<object>, 'run' | 'synced' | 'isSynced' | 'silentMs'>;

export class ClusterWatches {
  readonly #caches: ClusterCaches;
  readonly #namespaces: readonly string[] | null;
  readonly #reflectors: {
    readonly configversions: readonly Reflector<ConfigVersion>[];
    readonly configprojections: readonly Reflector<ConfigProjection>[];
    readonly configmaps: readonly Reflector<ConfigMapState>[];
    readonly secrets: readonly Reflector<ConfigMapState>[];
    readonly confignamespaces: readonly Reflector<ConfigNamespace>[];
    readonly configschemas: readonly Reflector<ConfigSchema>[];
    readonly namespaces: readonly Reflector<KubeNamespace>[];
    readonly shard: readonly Reflector<Identity>[];
    readonly projectionshard: readonly Reflector<Identity>[];
  };

  constructor(session: Session, caches: ClusterCaches, options: WatchesOptions) {
    const { clock, random, namespaces = null, selector, hooks, needsText } = options;
    const { versions, texts, maps } = caches;
    this.#caches = caches;
    this.#namespaces = namespaces;
    const common = (watched: WatchName) => ({
      session,
      clock,
      random,
      ...(hooks?.reflector === undefined ? {} : { hooks: hooks.reflector(watched) }),
    });
    // One watch a namespace, so that a Role in each is all it takes.
    const places =
      namespaces === null
        ? [{ namespace: undefined, scope: '' }]
        : namespaces.map(namespace => ({ namespace, scope: objectKey({ namespace, name: '' }) }));
    const targetsIn = (watched: WatchName, cache: Cache<ConfigMapState>, kind: TargetKind) =>
      places.map(
        ({ namespace, scope }) =>
          new Reflector({
            ...common(watched),
            cache,
            scope,
            path: resourcePath(kind === 'Secret' ? secrets : configMaps, { namespace }),
            query: managedConfigMaps,
            transform: raw => targetState(kind, raw),
          }),
      );
    const shardOf = (watched: WatchName, cache: Cache<Identity> | null, of: Resource) =>
      (cache === null ? [] : places).map(
        ({ namespace, scope }) =>
          new Reflector({
            ...common(watched),
            cache: cache!,
            scope,
            path: resourcePath(of, { namespace }),
            query: { labelSelector: selector! },
            metadataOnly: true,
            transform: raw => identityOf(metadataOf(raw)),
          }),
      );
    this.#reflectors = {
      configversions: places.map(
        ({ namespace, scope }) =>
          new Reflector({
            ...common('configversions'),
            cache: versions,
            scope,
            path: resourcePath(configVersions, { namespace }),
            transform: raw => {
              const object = configVersionOf(raw);
              if (needsText(object)) texts.put(object.metadata, (raw.spec as { body: string }).body);
              return object;
            },
          }),
      ),
      configprojections: places.map(
        ({ namespace, scope }) =>
          new Reflector({
            ...common('configprojections'),
            cache: caches.projections,
            scope,
            path: resourcePath(configProjections, { namespace }),
            transform: configProjectionOf,
          }),
      ),
      configmaps: targetsIn('configmaps', maps, 'ConfigMap'),
      secrets: caches.secrets === null ? [] : targetsIn('secrets', caches.secrets, 'Secret'),
      confignamespaces: [
        new Reflector({
          ...common('confignamespaces'),
          cache: caches.configNamespaces,
          path: resourcePath(configNamespaces),
          transform: configNamespaceOf,
        }),
      ],
      configschemas: [
        new Reflector({
          ...common('configschemas'),
          cache: caches.configSchemas,
          path: resourcePath(configSchemas),
          transform: configSchemaOf,
        }),
      ],
      namespaces: [
        new Reflector({
          ...common('namespaces'),
          cache: caches.kubeNamespaces,
          path: resourcePath(kubeNamespaces),
          metadataOnly: true,
          transform: kubeNamespaceOf,
        }),
      ],
      shard: shardOf('shard', caches.shard, configVersions),
      projectionshard: shardOf('projectionshard', caches.projectionShard, configProjections),
    };
  }

  /** Watches until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all().map(reflector => reflector.run(signal)));
  }

  /** Resolves when every cache holds a whole list, but of namespaces that are gone. */
  async synced(): Promise<void> {
    const { confignamespaces, namespaces, ...inPlaces } = this.#reflectors;
    const clusterWide = { confignamespaces, namespaces };
    await Promise.all(Object.values(clusterWide).flatMap(each => each.map(({ synced }) => synced)));
    const places = this.#namespaces ?? [undefined];
    await Promise.all(
      places.map((namespace, index) => {
        const all = Object.values<readonly Watch[]>(inPlaces).map(each => each[index]?.synced);
        const synced = Promise.all(all);
        return namespace === undefined ? synced : Promise.race([synced, this.#untilGone(namespace)]);
      }),
    );
  }

  /** The watched namespaces that do not exist, as far as the watch of namespaces has told. */
  missingNamespaces(): string[] {
    if (!this.#reflectors.namespaces.every(({ isSynced }) => isSynced)) return [];
    return (this.#namespaces ?? []).filter(name => !this.#exists(name));
  }

  #untilGone(name: string): Promise<void> {
    if (!this.#exists(name)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#caches.kubeNamespaces.onChange((_, before, after) => {
      if (before?.name === name && !after) resolve();
    });
    return promise;
  }

  #exists(name: string): boolean {
    return this.#caches.kubeNamespaces.get(objectKey({ namespace: '', name })) !== undefined;
  }

  /** For probes and metrics. `silentMs`: since the API server last said anything about it, of its quietest watch. */
  state(watched: WatchName): { synced: boolean; silentMs: number | undefined; objects: number } {
    const reflectors: readonly Watch[] = this.#reflectors[watched];
    const caches = {
      configversions: this.#caches.versions,
      configprojections: this.#caches.projections,
      configmaps: this.#caches.maps,
      secrets: this.#caches.secrets,
      confignamespaces: this.#caches.configNamespaces,
      configschemas: this.#caches.configSchemas,
      namespaces: this.#caches.kubeNamespaces,
      shard: this.#caches.shard,
      projectionshard: this.#caches.projectionShard,
    };
    const silences = reflectors.map(reflector => reflector.silentMs());
    return {
      synced: reflectors.every(reflector => reflector.isSynced),
      silentMs: silences.includes(undefined) ? undefined : Math.max(...(silences as number[])),
      objects: caches[watched]?.size ?? 0,
    };
  }

  #all(): readonly Watch[] {
    return Object.values<readonly Watch[]>(this.#reflectors).flat();
  }
}
