/**
 * Backlog: N objects applied while the operator is down, and the time from starting its process until all are
 * Ready, next to the floor for the same objects in the same run. Then what that cost the two servers and the
 * operator, for each object.
 */
import { countApiWork, countDatabaseWork } from './counters.ts';
import { measureFloor, rateOf } from './floor.ts';
import { startMeasured } from './measured-operator.ts';
import type { Measure } from './measurement.ts';
import type { Sample } from './prometheus.ts';
import { applyObjects, countReady, createObjects, type Workload } from './workload.ts';

export const measureBacklog: Measure = async (parts, { n, bytes, progress }) => {
  const databaseUrl = await parts.postgres.createDatabase('backlog');
  const { kubeconfig } = parts.controlPlane;
  const workload: Workload = { kubeconfig, databaseUrl, objects: createObjects(n, bytes) };
  progress(`applying ${n} objects of ${bytes} bytes …`);
  await applyObjects(workload);
  return [{ bench: 'backlog', variant: '', n, bytes, figures: await workOff(parts, workload, progress) }];
};

/**
 * Floor, then Pawl, on objects that wait: the figures backlog and stale have in common.
 * @param check throws when the operator's own counters say that it did something else than was to be measured
 */
export async function workOff(
  parts: Parameters<Measure>[0],
  workload: Workload,
  progress: (text: string) => void,
  check: (samples: readonly Sample[]) => void = () => undefined,
) {
  const count = workload.objects.length;
  progress('measuring the floor …');
  const floor = await measureFloor(workload);
  progress(`floor: ${floor.rate.toFixed(0)}/s; measuring Pawl …`);

  const apiWork = await countApiWork(parts);
  const databaseWork = await countDatabaseWork(parts, workload.databaseUrl);
  await using operator = await startMeasured(parts, workload.databaseUrl);
  await operator.ready();
  const readyMs = performance.now() - operator.startedAt;
  await operator.written(count, progress);
  const pawl = rateOf(count, performance.now() - operator.startedAt);
  const { rssMiB, peakRssMiB, heapMiB, cpuSeconds } = await operator.footprint();
  await operator.idle();
  check(await operator.samples());
  const api = await apiWork();
  await operator.stop();
  const database = await databaseWork();
  const ready = await countReady(workload);
  if (ready !== count) throw new Error(`${ready} of ${count} are Ready`);
  const writes = api.configMapWrites + api.statusWrites;
  return {
    rate: pawl.rate,
    floor: floor.rate,
    ratio: pawl.rate / floor.rate,
    seconds: pawl.seconds,
    floorSeconds: floor.seconds,
    readySeconds: readyMs / 1000,
    /** With the start of the process taken out. */
    msPerObject: (pawl.seconds * 1000 - readyMs) / count,
    cpuMsPerObject: (cpuSeconds * 1000) / count,
    rssMiB,
    peakRssMiB,
    heapMiB,
    writesPerObject: writes / count,
    configMapWritesPerObject: api.configMapWrites / count,
    statusWritesPerObject: api.statusWrites / count,
    eventWritesPerObject: api.eventWrites / count,
    leaseWrites: api.leaseWrites,
    otherWrites: api.otherWrites,
    failedWrites: api.failedWrites,
    readsPerObject: api.reads / count,
    commitsPerObject: database.commits / count,
    rollbacks: database.rollbacks,
    roundTripsPerObject: database.roundTrips === null ? null : database.roundTrips / count,
  };
}
