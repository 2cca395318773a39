/**
 * Workloads as Pawl knows them: the kinds, the annotations with a meaning on them, and what is kept of one. Invariant: of a
 * workload that nobody annotated nothing is kept but its name.
 */
import type { RestartWish } from './restart-wish.ts';
import type { SeenConfigs } from './seen-configs.ts';

/** A key of `workloadKinds` is what users write as `kind`. */
export const workloadKinds = {
  Deployment: { group: 'apps', version: 'v1', plural: 'deployments' },
  StatefulSet: { group: 'apps', version: 'v1', plural: 'statefulsets' },
  DaemonSet: { group: 'apps', version: 'v1', plural: 'daemonsets' },
  /** Of Argo Rollouts, where its CRD is installed. */
  Rollout: { group: 'argoproj.io', version: 'v1alpha1', plural: 'rollouts' },
} as const;

export type WorkloadKind = keyof typeof workloadKinds;

export const workloadAnnotation = {
  /** By the user: `"true"`, or the configs to restart for, with commas between. */
  wish: 'pawl.dev/restart-on-change',
  /** By Pawl, on the pod template: changed for each restart. */
  hash: 'pawl.dev/config-hash',
  /** By Pawl, on the workload itself, where writing restarts nothing: what Pawl saw last, or restarted for. */
  seen: 'pawl.dev/config-seen',
} as const;

export interface WorkloadRef {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
}

/** As metadata tells, without the spec. */
export interface Workload extends WorkloadRef {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** null: it is not to be restarted. */
  readonly wish: RestartWish | null;
  /** As it is written; null: nothing, or not by Pawl. `kubectl rollout undo` writes an earlier one, for example. */
  readonly seen: SeenConfigs | null;
  /** Whether the hash on the pod template, if any, is as Pawl applied it. */
  readonly isHashOurs: boolean;
  /** Whether there is a record that Pawl does not trust, since somebody else wrote it, or another release of Pawl. */
  readonly isSeenForeign: boolean;
}

/** What the spec tells, and nothing of it that a restart does not depend on. */
export interface PodTemplate {
  /** The ConfigMaps that its containers and volumes name, sorted. */
  readonly configMaps: readonly string[];
  /** The annotation `pawl.dev/config-hash`; null: there is none. */
  readonly hash: string | null;
  /** Somebody stopped its rollout. */
  readonly isPaused: boolean;
  /** Its pods stay as they are until somebody deletes them. */
  readonly isOnDelete: boolean;
}

/** A pod of a workload, as its metadata tells. */
export interface PodFacts {
  readonly name: string;
  /** The annotation `pawl.dev/config-hash` of the template it was made from; null: there was none. */
  readonly hash: string | null;
  /** As Kubernetes writes times. */
  readonly createdAt: string;
}

/** Key of a workload: "Deployment/payments/api". */
export type WorkloadKey = `${WorkloadKind}/${string}/${string}`;

export const workloadKey = ({ kind, namespace, name }: WorkloadRef): WorkloadKey =>
  `${kind}/${namespace}/${name}`;

export function workloadRefOf(key: WorkloadKey): WorkloadRef {
  const [kind, namespace, name] = key.split('/') as [WorkloadKind, string, string];
  return { kind, namespace, name };
}
