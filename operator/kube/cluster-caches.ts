/**
 * The caches of a cluster, and their indexes. Invariant: a text is held only while some reconcile will have to read it,
 * and goes with its object.
 */

import type { ConfigId } from '../../history/words/model.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ConfigMapRef, ConfigMapState } from '../object/config-map.ts';
import type { ConfigNamespace, KubeNamespace } from '../object/config-namespace.ts';
import type { ConfigVersion } from '../object/config-version.ts';
import { objectKey } from '../object/key.ts';
import { Cache } from './cache.ts';
import type { Identity } from './raw-object.ts';
import { Texts } from './texts.ts';

/** Texts held for the reconciles that wait; the rest is read when its turn comes. */
const maxTextBytes = 32 << 20;

export interface CachesOptions {
  readonly clock: Clock;
  /** Label selector of the ConfigVersions that are ours to work on; the others are seen all the same. */
  readonly selector?: string | null;
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
  readonly maps: Cache<ConfigMapState>;
  readonly configNamespaces: Cache<ConfigNamespace>;
  readonly kubeNamespaces: Cache<KubeNamespace>;
  /** What the selector selects; null: everything is ours. */
  readonly shard: Cache<Identity> | null;
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
      target: object => [objectKey(targetOf(object))],
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
  return {
    versions,
    texts,
    maps: new Cache({
      ...common,
      identity: state => state,
      indexes: { owner: state => state.ownerReferences.map(owner => owner.uid) },
    }),
    configNamespaces: new Cache({
      ...common,
      identity: ({ metadata }) => ({ ...metadata, namespace: '' }),
    }),
    kubeNamespaces: new Cache({ ...common, identity: namespace => ({ ...namespace, namespace: '' }) }),
    shard: selector === null ? null : new Cache({ ...common, identity: member => member }),
  };
}

/** Key of the index `config`. Neither part can contain a newline. */
export function configKey({ namespace, path }: ConfigId): string {
  return `${namespace}\n${path}`;
}
