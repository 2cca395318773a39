/**
 * The caches of a cluster, and their indexes. Invariant: a text is held only while some reconcile will have to read it,
 * and goes with its object.
 */

import type { ConfigId } from '../../history/words/model.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ConfigMapRef, ConfigMapState } from '../object/config-map.ts';
import type { ConfigNamespace, KubeNamespace } from '../object/config-namespace.ts';
import type { ConfigProjection } from '../object/config-projection.ts';
import type { ConfigSchema } from '../object/config-schema.ts';
import type { ConfigVersion } from '../object/config-version.ts';
import { objectKey } from '../object/key.ts';
import { targetKeysOf } from '../object/projection/target.ts';
import { type AskedConfig, namespacesRead, readProjection } from '../object/projection/terms.ts';
import { asksForMap } from '../object/terms.ts';
import { Cache } from './cache.ts';
import type { Identity } from './raw-object.ts';
import { Texts } from './texts.ts';

/** Texts held for the reconciles that wait; the rest is read when its turn comes. */
const maxTextBytes = 32 << 20;

export interface CachesOptions {
  readonly clock: Clock;
  /** Label selector of the ConfigVersions that are ours to work on; the others are seen all the same. */
  readonly selector?: string | null;
  /** Whether the Secrets of projections are watched, and may be written. Default: no. */
  readonly secrets?: boolean;
  /** What a ConfigVersion proposes and asks for. The rules are core's; the indexes over them are ours. */
  configOf(object: ConfigVersion): ConfigId;
  targetOf(object: ConfigVersion): ConfigMapRef;
  /** Whether a person has to do something about it. */
  isRefused(object: ConfigVersion): boolean;
  /** Whether its text is not the live one. */
  hasDrifted(object: ConfigVersion): boolean;
  /** Whether some reconcile will have to read its text. */
  needsText(object: ConfigVersion): boolean;
  readonly hooks?: { handlerFailed?(error: unknown, key: string): void };
}

export interface ClusterCaches {
  readonly versions: Cache<ConfigVersion>;
  readonly texts: Texts;
  readonly projections: Cache<ConfigProjection>;
  readonly maps: Cache<ConfigMapState>;
  /** null: they are not watched. */
  readonly secrets: Cache<ConfigMapState> | null;
  readonly configNamespaces: Cache<ConfigNamespace>;
  readonly configSchemas: Cache<ConfigSchema>;
  readonly kubeNamespaces: Cache<KubeNamespace>;
  /** What the selector selects; null: everything is ours. */
  readonly shard: Cache<Identity> | null;
  readonly projectionShard: Cache<Identity> | null;
}

export function createCaches(options: CachesOptions): ClusterCaches {
  const { clock, selector = null, hooks, configOf, targetOf, isRefused, hasDrifted, needsText } = options;
  const common = {
    clock,
    ...(hooks?.handlerFailed === undefined ? {} : { onHandlerError: hooks.handlerFailed }),
  };
  const texts = new Texts(maxTextBytes);
  const versions = new Cache<ConfigVersion>({
    ...common,
    identity: object => object.metadata,
    indexes: {
      config: object => [configKey(configOf(object))],
      configNamespace: object => [configOf(object).namespace],
      kubeNamespace: object => [object.metadata.namespace],
      target: object => (asksForMap(object) ? [objectKey(targetOf(object))] : []),
      refused: object => (isRefused(object) ? ['refused'] : []),
      drifted: object => (hasDrifted(object) ? ['drifted'] : []),
      formerly: ({ metadata: { namespace }, spec: { formerly } }) =>
        formerly === undefined ? [] : [objectKey({ namespace, name: formerly })],
    },
  });
  versions.onChange((_, before, after) => {
    if (before && before.metadata.uid !== after?.metadata.uid) texts.drop(before.metadata.uid);
    if (after && !needsText(after)) texts.drop(after.metadata.uid);
  });
  const targets = () =>
    new Cache<ConfigMapState>({
      ...common,
      identity: state => state,
      indexes: { owner: state => state.ownerReferences.map(owner => owner.uid) },
    });
  const shard = () =>
    selector === null ? null : new Cache({ ...common, identity: (each: Identity) => each });
  return {
    versions,
    texts,
    projections: new Cache<ConfigProjection>({
      ...common,
      identity: object => object.metadata,
      indexes: {
        shows: object => [...new Set(readProjection(object).asked.map(placeKey))],
        reads: namespacesRead,
        kubeNamespace: object => [object.metadata.namespace],
        target: targetKeysOf,
        uid: object => [object.metadata.uid],
      },
    }),
    maps: targets(),
    secrets: options.secrets ? targets() : null,
    configNamespaces: new Cache({
      ...common,
      identity: ({ metadata }) => ({ ...metadata, namespace: '' }),
    }),
    configSchemas: new Cache({ ...common, identity: ({ metadata }) => ({ ...metadata, namespace: '' }) }),
    kubeNamespaces: new Cache({ ...common, identity: namespace => ({ ...namespace, namespace: '' }) }),
    shard: shard(),
    projectionShard: shard(),
  };
}

/** Key of the index `shows`: of a config, or of a folder. */
function placeKey(asked: AskedConfig): string {
  return asked.kind === 'config' ? configKey(asked.config) : folderKey(asked.namespace, asked.prefix);
}

const folderKey = (namespace: string, prefix: string): string => `${namespace}\n\n${prefix}`;

/** Keys of the index `shows` under which a config, and every folder that it is in, is found. */
export function placesOf({ namespace, path }: ConfigId): string[] {
  const segments = path.split('/');
  const folders = segments.map((_, index) => segments.slice(0, index + 1).join('/'));
  return [configKey({ namespace, path }), ...['', ...folders].map(folder => folderKey(namespace, folder))];
}

/** Key of the index `config`. Neither part can contain a newline. */
export function configKey({ namespace, path }: ConfigId): string {
  return `${namespace}\n${path}`;
}
