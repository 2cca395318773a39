/**
 * Memory: what the operator's process takes right after a backlog of N objects, the most it took, and what it
 * takes after a restart over them; asked for, with ConfigMaps of others in the cluster, which it must not keep.
 */
import { startMeasured } from './measured-operator.ts';
import type { Measure } from './measurement.ts';
import { applyObjects, createForeignConfigMaps, createObjects } from './workload.ts';

const foreignBytes = 20 * 1024;

export const measureMemory: Measure = async (parts, { n, bytes, foreign, progress }) => {
  const databaseUrl = await parts.postgres.createDatabase('memory');
  const { kubeconfig } = parts.controlPlane;
  let foreignSeconds: number | null = null;
  if (foreign > 0) {
    progress(`creating ${foreign} ConfigMaps of others, 20 KiB each …`);
    const startedAt = performance.now();
    await createForeignConfigMaps(kubeconfig, foreign, foreignBytes);
    foreignSeconds = (performance.now() - startedAt) / 1000;
    progress(`took ${foreignSeconds.toFixed(0)} s`);
  }
  progress(`applying ${n} objects of ${bytes} bytes …`);
  await applyObjects({ kubeconfig, databaseUrl, objects: createObjects(n, bytes) });
  const worked = await footprintAfter(() => startMeasured(parts, databaseUrl), n, progress);
  const restarted = await footprintAfter(() => startMeasured(parts, databaseUrl), 0, progress);
  const figures = {
    rssMiB: worked.rssMiB,
    peakRssMiB: worked.peakRssMiB,
    heapMiB: worked.heapMiB,
    restartedRssMiB: restarted.rssMiB,
    restartedPeakRssMiB: restarted.peakRssMiB,
    restartedHeapMiB: restarted.heapMiB,
    foreignSeconds,
  };
  const variant = foreign > 0 ? `${foreign} foreign ConfigMaps` : '';
  return [{ bench: 'memory', variant, n, bytes, figures }];
};

async function footprintAfter(
  start: () => ReturnType<typeof startMeasured>,
  statuses: number,
  progress: (text: string) => void,
) {
  await using operator = await start();
  await operator.ready();
  await operator.written(statuses, progress);
  await operator.idle();
  const footprint = await operator.footprint();
  await operator.stop();
  return footprint;
}
