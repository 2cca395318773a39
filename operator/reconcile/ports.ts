/**
 * What reconcile needs from the outside, in its own types. kube/ and store/ fill these ports without importing them
 * (main.ts ties the knot and the compiler checks it), so that the deciding rooms can be tested without an API server or
 * a database.
 */

import type {
  Actor,
  ConfigId,
  GitOrigin,
  Line,
  Others,
  ProposalRef,
  Source,
} from '../../history/words/model.ts';
import type { FailedRendering, ShownVersion } from '../../history/words/notification.ts';
import type { ConfigDeleted, ConfigDeletion } from '../../history/words/save.ts';
import type { ConfigMapRef, ConfigMapState, DesiredConfigMap, TargetRef } from '../object/config-map.ts';
import type { ConfigNamespace, ConfigNamespaceStatus, KubeNamespace } from '../object/config-namespace.ts';
import type { ConfigProjection } from '../object/config-projection.ts';
import type { ConfigSchema, ConfigSchemaStatus } from '../object/config-schema.ts';
import type { ConfigVersion, ConfigVersionStatus } from '../object/config-version.ts';
import type { ObjectKey } from '../object/key.ts';
import type { SchemaBook } from '../object/schema-book.ts';

/** What the store does besides saving proposals: deletes, config namespaces, and the deployment log. */
export interface StoreUpkeep {
  /** Whose versions keep the text that was last accepted from a source from being the live one. */
  others(config: ConfigId, source: Source, signal: AbortSignal): Promise<Others>;

  /**
   * Removes a config's versions and lines; the counter of numbers stays, so that none is ever used again.
   * Idempotent: `versions` is 0 when there was nothing to remove. Logged as a deployment. `kept`: nothing was
   * removed, because another cluster has lines of this config, or its latest version is not `expectedHead` any more, or
   * not this source's.
   */
  deleteConfig(input: ConfigDeletion, signal: AbortSignal): Promise<ConfigDeleted>;

  /**
   * After a cluster was restored to an earlier moment: takes the source's line back to the proposal its object holds
   * now. Where the store knows what became of that, the line says so again; where it does not, the source has no line
   * any more. False: the line is not `seen` any more, and stays as it is.
   */
  rewindLine(
    input: {
      config: ConfigId;
      proposal: ProposalRef;
      actor: Actor;
      seen: Pick<Line, 'uid' | 'generation' | 'sha256'>;
    },
    signal: AbortSignal,
  ): Promise<boolean>;

  /** Number of configs that have a version in a config namespace. */
  countConfigs(namespace: string, signal: AbortSignal): Promise<number>;

  /**
   * Logs a proposal that was refused, once per (uid, generation, reason): called again it changes nothing.
   */
  logRefusal(
    input: {
      config: ConfigId;
      proposal: Omit<ProposalRef, 'text'>;
      actor: Actor;
      git: GitOrigin;
      deploymentId: string | null;
      reason: string;
      message: string;
    },
    signal: AbortSignal,
  ): Promise<void>;

  /**
   * Claims that this cluster uses `name` now. `taken`: another cluster (another UID) said so less than `staleMs` ago,
   * by the database's clock.
   */
  registerCluster(
    input: { name: string; uid: string; staleMs: number },
    signal: AbortSignal,
  ): Promise<{ kind: 'registered' } | { kind: 'taken'; uid: string; seenAt: Date }>;
}

/**
 * Whether a config namespace is open to a Kubernetes namespace: `closed`, where what its name has is an earlier one's.
 * `untold`: no watch has told of that namespace.
 */
export type NamespaceHold = 'open' | 'closed' | 'untold';

/** Tells those who ask for it what came to be shown. Rejects as the store does. */
export interface RenderingTeller {
  /** Versions that a target shows at this moment, each told once. Asked before another takes its place, too. */
  shown(renderings: readonly ShownVersion[], signal: AbortSignal): Promise<void>;
  /** Told once for each generation, version and reason. */
  failed(failure: FailedRendering, signal: AbortSignal): Promise<void>;
}

/** ConfigVersions and ConfigMaps as the API server's watches last told, plus our own later writes. */
export interface Cluster {
  /** False: there may be objects that are not seen here, in other Kubernetes namespaces. */
  readonly seesAll: boolean;
  /** Whether this process is the one to work on this ConfigVersion, and no other shard. */
  isOurs(key: ObjectKey): boolean;
  configVersion(key: ObjectKey): ConfigVersion | undefined;
  /** Every ConfigVersion that proposes this config, in any Kubernetes namespace. */
  proposersOf(config: ConfigId): Iterable<ConfigVersion>;
  /** Every ConfigVersion that says it was formerly of this name. Key is `namespace/name`. */
  successorsOf(key: string): Iterable<ConfigVersion>;
  /** Every ConfigVersion whose ConfigMap has this name. */
  askersFor(target: ConfigMapRef): Iterable<ConfigVersion>;

  /** Every ConfigProjection that names this config, or a folder that it is in. */
  projectionsOf(config: ConfigId): Iterable<ConfigProjection>;
  /** Every ConfigProjection that may have this target by its name. */
  projectionsFor(target: TargetRef): Iterable<ConfigProjection>;
  /** The ConfigProjection of this uid. */
  projectionOf(uid: string): ConfigProjection | undefined;

  /** One of our ConfigMaps; undefined when there is none, or when the one there is not ours. */
  configMap(target: ConfigMapRef): ConfigMapState | undefined;
  /** Our ConfigMaps that name this object as an owner. */
  configMapsOwnedBy(uid: string): Iterable<ConfigMapState>;

  /** Asks the API server itself; sees ConfigMaps that are not ours. Null: there is none. */
  readConfigMap(target: ConfigMapRef, signal: AbortSignal): Promise<ConfigMapState | null>;
  /** Server-side apply. With uid and resourceVersion only onto exactly that state. */
  applyConfigMap(
    desired: DesiredConfigMap,
    options: { uid?: string; resourceVersion?: string; force: boolean },
    signal: AbortSignal,
  ): Promise<{ created: boolean; configMap: ConfigMapState }>;
  /** Removes keys of data that somebody added by hand to one of our ConfigMaps. */
  removeConfigMapKeys(
    configMap: ConfigMapState,
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<ConfigMapState>;
  /** Deletes exactly the state given; somebody else's later change makes it fail. */
  deleteConfigMap(configMap: ConfigMapState, signal: AbortSignal): Promise<void>;

  /** The text of exactly this state of the object; null when its spec is another one by now, or it is gone. */
  textOf(object: ConfigVersion, signal: AbortSignal): Promise<string | null>;
  /** The same, and always as the API server has it at this moment. */
  readText(object: ConfigVersion, signal: AbortSignal): Promise<string | null>;

  /** Server-side apply of the whole status. */
  applyStatus(object: ConfigVersion, status: ConfigVersionStatus, signal: AbortSignal): Promise<void>;
  /** Fire and forget; never fails a reconcile. */
  event(object: ConfigVersion, event: { type: 'Normal' | 'Warning'; reason: string; note: string }): void;

  configSchema(name: string): ConfigSchema | undefined;
  configSchemas(): Iterable<ConfigSchema>;
  /** Which of them apply to a config. */
  schemas(): SchemaBook;
  /** Server-side apply of the whole status. */
  applySchemaStatus(object: ConfigSchema, status: ConfigSchemaStatus, signal: AbortSignal): Promise<void>;

  /** The ConfigNamespace of a config namespace; undefined when there is none. */
  configNamespace(name: string): ConfigNamespace | undefined;
  /** A Kubernetes namespace; undefined when there is none. */
  kubeNamespace(name: string): KubeNamespace | undefined;
  /**
   * Asks the API server itself whether the ConfigNamespace and the Kubernetes namespaces of these names are as told
   * here, or as absent.
   */
  areRulesCurrent(
    names: { readonly configNamespace: string; readonly kubeNamespace: string },
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Every ConfigVersion that proposes a config of this config namespace, in any Kubernetes namespace. */
  proposersIn(configNamespace: string): Iterable<ConfigVersion>;
  /** Every ConfigVersion in this Kubernetes namespace. */
  configVersionsIn(kubeNamespace: string): Iterable<ConfigVersion>;
  /** Replaces metadata.finalizers of exactly the state given, and answers what the object is then. */
  setFinalizers(
    object: ConfigVersion,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<ConfigVersion>;
  /** As setFinalizers. */
  setNamespaceFinalizers(
    object: ConfigNamespace,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<ConfigNamespace>;
  /** Server-side apply of the whole status. */
  applyNamespaceStatus(
    object: ConfigNamespace,
    status: ConfigNamespaceStatus,
    signal: AbortSignal,
  ): Promise<void>;
}
