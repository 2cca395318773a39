/**
 * Restart: an operator that starts over N objects it has already worked off. Started twice: once for the time, and
 * once through a relay that counts the bytes. Neither start should write anything.
 */
import { countBytes } from './byte-counter.ts';
import { countApiWork } from './counters.ts';
import { startMeasured } from './measured-operator.ts';
import type { Measure } from './measurement.ts';
import type { Parts } from './parts.ts';
import { applyObjects, createObjects } from './workload.ts';

export const measureRestart: Measure = async (parts, { n, bytes, progress }) => {
  const databaseUrl = await workedOff(parts, 'restart', n, bytes, progress);
  progress('starting again …');
  const timed = await restart(parts, databaseUrl);
  progress('and once more, counting bytes …');
  const { hostname, port } = new URL(parts.controlPlane.server);
  await using relay = await countBytes({ host: hostname, port: Number(port) });
  await restart(parts, databaseUrl, {
    KUBERNETES_SERVICE_HOST: relay.host,
    KUBERNETES_SERVICE_PORT: String(relay.port),
  });
  const { received } = relay;
  const figures = { ...timed, receivedMiB: received / 2 ** 20, receivedBytesPerObject: received / n };
  return [{ bench: 'restart', variant: '', n, bytes, figures }];
};

/** Objects that an operator, now stopped, has saved and shown. Answers with the database's URL. */
export async function workedOff(
  parts: Parts,
  name: string,
  n: number,
  bytes: number,
  progress: (text: string) => void,
): Promise<string> {
  const databaseUrl = await parts.postgres.createDatabase(name);
  const { kubeconfig } = parts.controlPlane;
  progress(`applying ${n} objects of ${bytes} bytes and working them off …`);
  await applyObjects({ kubeconfig, databaseUrl, objects: createObjects(n, bytes) });
  await using operator = await startMeasured(parts, databaseUrl);
  await operator.written(n, progress);
  await operator.idle();
  await operator.stop();
  return databaseUrl;
}

async function restart(parts: Parts, databaseUrl: string, env: Record<string, string> = {}) {
  const apiWork = await countApiWork(parts);
  await using operator = await startMeasured(parts, databaseUrl, env);
  await operator.ready();
  const readyMs = performance.now() - operator.startedAt;
  await operator.idle();
  const settledMs = performance.now() - operator.startedAt;
  const { rssMiB, peakRssMiB, heapMiB, cpuSeconds } = await operator.footprint();
  const api = await apiWork();
  await operator.stop();
  return {
    readySeconds: readyMs / 1000,
    /** Until every object was looked at. */
    settledSeconds: settledMs / 1000,
    apiReads: api.reads,
    writes: api.configMapWrites + api.statusWrites + api.eventWrites + api.otherWrites,
    configMapWrites: api.configMapWrites,
    statusWrites: api.statusWrites,
    eventWrites: api.eventWrites,
    otherWrites: api.otherWrites,
    leaseWrites: api.leaseWrites,
    cpuSeconds,
    rssMiB,
    peakRssMiB,
    heapMiB,
  };
}
