/**
 * What restarting needs from the outside, in its own types. Filled by kube/ and store/; the wiring ties the knot and the
 * compiler checks it.
 */
import type { ConfigMapRef, ConfigMapState } from '../object/config-map.ts';
import type { SeenConfigs } from '../object/workload/seen-configs.ts';
import type { PodTemplate, Workload, WorkloadKey, WorkloadRef } from '../object/workload/workload.ts';

/** `moved`: it is in another state by now, or gone. `denied`: the API server lets Pawl not write it, in its words. */
export type WorkloadWritten = 'written' | 'moved' | { readonly denied: string };

export interface Workloads {
  /** As the watch last told; undefined: there is none. */
  get(key: WorkloadKey): Workload | undefined;

  /** As it is at this moment; null: it is gone. */
  read(
    ref: WorkloadRef,
    signal: AbortSignal,
  ): Promise<{ readonly workload: Workload; readonly template: PodTemplate } | null>;

  /** Both in one write. `hash` null: none of Pawl's on the pod template. */
  write(
    workload: Workload,
    change: { readonly seen: SeenConfigs | null; readonly hash: string | null },
    signal: AbortSignal,
  ): Promise<WorkloadWritten>;

  /** Never waits, never fails. */
  event(
    workload: Workload,
    note: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly note: string },
  ): void;
}

export interface ShownMaps {
  configMap(ref: ConfigMapRef): ConfigMapState | undefined;
}

/** By whom a version was saved; null: the store does not say. Never rejects. */
export type SavedBy = (config: string, version: string, signal: AbortSignal) => Promise<string | null>;
