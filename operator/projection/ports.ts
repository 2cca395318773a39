/**
 * What showing projections needs from the outside, in its own types: more of the same that operator/reconcile/ needs.
 * Filled by kube/ and store/; the wiring ties the knot and the compiler checks it.
 */
import type { ConfigId, Version } from '../../history/words/model.ts';
import type { ProjectionLook, ProjectionView } from '../../history/words/projection.ts';
import type { ConfigMapState, TargetRef } from '../object/config-map.ts';
import type { ConfigProjection, ConfigProjectionStatus } from '../object/config-projection.ts';
import type { ObjectKey } from '../object/key.ts';
import type { Cluster } from '../reconcile/ports.ts';

export interface ProjectionStore {
  /** One round trip, one consistent snapshot of all that is asked for. */
  projected(look: ProjectionLook, signal: AbortSignal): Promise<ProjectionView>;
  /** For each: whether it was purged, and not only deleted. */
  purged(
    versions: readonly { readonly config: ConfigId; readonly version: Version }[],
    signal: AbortSignal,
  ): Promise<readonly boolean[]>;
}

/** Of whatever kind, where a ConfigMap is written or deleted. */
type Targets = Pick<Cluster, 'applyConfigMap' | 'removeConfigMapKeys' | 'deleteConfigMap'>;
type Rules = Pick<Cluster, 'configNamespace' | 'kubeNamespace' | 'areRulesCurrent'>;

/** ConfigProjections and their targets as the API server's watches last told, plus our own later writes. */
export interface ProjectionCluster
  extends Targets,
    Rules,
    Pick<Cluster, 'askersFor' | 'projectionOf' | 'projectionsFor' | 'projectionsOf'> {
  /** One of our targets; undefined when there is none, or when the one there is not ours. */
  target(ref: TargetRef): ConfigMapState | undefined;
  /** Our targets that name this object as an owner. */
  targetsOwnedBy(uid: string): Iterable<ConfigMapState>;
  /** Asks the API server itself; sees those that are not ours. Null: there is none. */
  readTarget(ref: TargetRef, signal: AbortSignal): Promise<ConfigMapState | null>;

  projection(key: ObjectKey): ConfigProjection | undefined;
  /** Every ConfigProjection that reads configs of this config namespace, in any Kubernetes namespace. */
  projectionsReading(configNamespace: string): Iterable<ConfigProjection>;
  /** Every ConfigProjection in this Kubernetes namespace. */
  projectionsIn(kubeNamespace: string): Iterable<ConfigProjection>;
  /** Server-side apply of the whole status. */
  applyProjectionStatus(
    object: ConfigProjection,
    status: ConfigProjectionStatus,
    signal: AbortSignal,
  ): Promise<void>;
  /** Fire and forget; never fails a reconcile. */
  projectionEvent(
    object: ConfigProjection,
    event: { type: 'Normal' | 'Warning'; reason: string; note: string },
  ): void;
}
