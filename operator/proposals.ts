/**
 * ConfigVersion objects for the HTTP API. A confirmation is written into the status, which only Pawl may write: so it
 * is trusted without an admission policy, it goes when the merge it confirms goes, and a user's own part of the object
 * is not touched. Invariant: it lands on the very status that was shown, or nowhere.
 */
import type { Proposals } from '../server/ports.ts';
import { consumersOf, podsOf } from './consumers.ts';
import { examine } from './examine.ts';
import type { KubeCluster } from './kube/cluster.ts';
import { isKubeError } from './kube/kube-error.ts';
import type { KubeWorkloads } from './kube/workloads.ts';
import { shownConfig, shownVersion } from './object/render.ts';
import { proposedConfig } from './object/terms.ts';
import { type PreviewContext, preview } from './preview.ts';
import { sameConfig, targetOf } from './reconcile/wake.ts';

/** @param context `workloads` null: this process does not look at them */
export function proposalsOf(
  cluster: KubeCluster,
  { workloads, ...context }: Omit<PreviewContext, 'cluster'> & { readonly workloads: KubeWorkloads | null },
): Proposals {
  return {
    drifted: () => cluster.driftedConfigVersions(),
    shownBy(object) {
      const map = cluster.configMap(targetOf(object));
      const about = map && shownConfig(map);
      return about && sameConfig(about, proposedConfig(object)) ? shownVersion(map) : null;
    },
    preview: (manifest, place, signal) => preview({ cluster, ...context }, manifest, place, signal),
    refused: () => cluster.refusedConfigVersions(),
    find: (namespace, name) => cluster.configVersion(`${namespace}/${name}`) ?? null,
    proposing: config => cluster.proposersOf(config),
    projecting: config => cluster.projectionsOf(config),
    consumers: config => workloads && consumersOf(workloads, cluster, config),
    pods: async (consumer, signal) => workloads && podsOf(workloads, consumer, signal),
    configMap: ref => cluster.configMap(ref) ?? null,
    examine: (object, signal) => examine({ cluster, ...context }, object, signal),
    async judge(object, approval, signal) {
      if (object.status.approval?.token !== approval.token) return 'moved';
      try {
        await cluster.applyStatus(object, { ...object.status, approval }, signal);
        return 'done';
      } catch (error) {
        if (isKubeError(error, 'conflict') || isKubeError(error, 'notFound')) return 'moved';
        throw error;
      }
    },
    async confirm(object, by, signal) {
      const { conflict, ...facts } = object.status;
      if (conflict === undefined) return 'moved';
      const status = { ...facts, conflict: { ...conflict, confirmedBy: by } };
      try {
        await cluster.applyStatus(object, status, signal);
        return 'confirmed';
      } catch (error) {
        if (isKubeError(error, 'conflict') || isKubeError(error, 'notFound')) return 'moved';
        throw error;
      }
    },
  };
}
