/**
 * The workloads that restart for a config, and whether each has restarted for what its ConfigMaps show. Invariant: told from
 * what the watches told, without a call; what somebody else wrote over is not known, rather than guessed.
 */
import { configName } from '../history/core/names.ts';
import type { ConfigId } from '../history/words/model.ts';
import type { Consumer, ConsumerPod } from '../server/ports.ts';
import type { KubeCluster } from './kube/cluster.ts';
import type { KubeWorkloads } from './kube/workloads.ts';
import { type MapStanding, seenIn, standingTo } from './object/workload/seen-configs.ts';
import { type Workload, workloadKey } from './object/workload/workload.ts';

type Maps = Pick<KubeCluster, 'configMap'>;

export function consumersOf(workloads: KubeWorkloads, cluster: Maps, config: ConfigId): Consumer[] {
  const name = configName(config);
  return workloads.thatSaw(name).map(workload => {
    const maps = Object.entries(workload.seen?.maps ?? {}).filter(([, { configs }]) => name in configs);
    const standings = maps.map(([map]) => standing(workload, cluster, map, config));
    const versions = standings.flatMap(({ version }) => (version === null ? [] : [BigInt(version)]));
    const { kind, namespace } = workload;
    return {
      ...{ kind, namespace, name: workload.name, configMaps: maps.map(([map]) => map).sort() },
      version: versions.length > 0 ? versions.reduce((a, b) => (a < b ? a : b)) : null,
      isBehind: standings.some(({ isBehind }) => isBehind)
        ? true
        : standings.some(({ isBehind }) => isBehind === null)
          ? null
          : false,
    };
  });
}

/** What the pods of one were started with; null: not known. Rejects when the API server does not answer. */
export async function podsOf(
  workloads: KubeWorkloads,
  consumer: Consumer,
  signal: AbortSignal,
): Promise<ConsumerPod[] | null> {
  const pods = await workloads.pods(consumer, signal);
  const hash = workloads.get(workloadKey(consumer))?.seen?.hash ?? null;
  return (
    pods?.map(pod => ({
      ...{ name: pod.name, createdAt: pod.createdAt },
      ...(consumer.version === null
        ? { version: null, isBehind: null }
        : pod.hash === hash
          ? { version: consumer.version, isBehind: consumer.isBehind }
          : // Made from a template of before the last restart.
            { version: null, isBehind: true }),
    })) ?? null
  );
}

function standing(workload: Workload, cluster: Maps, map: string, config: ConfigId): MapStanding {
  const found = cluster.configMap({ namespace: workload.namespace, name: map });
  const hasHash = workload.isHashOurs || workload.seen?.hash === null;
  return standingTo({ seen: workload.seen, hasHash }, map, config, found ? seenIn(found) : null);
}

/** How many of all have not restarted for what their ConfigMaps show. */
export function consumersBehind(workloads: KubeWorkloads, cluster: Maps): number {
  const anyConfig = { namespace: '', path: '' };
  let behind = 0;
  for (const workload of workloads.concerned()) {
    if (workload.wish === null) continue;
    const maps = Object.keys(workload.seen?.maps ?? {});
    behind += Number(maps.some(map => standing(workload, cluster, map, anyConfig).isBehind));
  }
  return behind;
}
