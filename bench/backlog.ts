/**
 * Backlog: N objects applied while the operator is down, and the time from starting its process until all are
 * Ready, next to the floor for the same objects in the same run.
 */
import { startOperator } from '../local/operator.ts';
import { measureFloor, openApi, type Rate, rateOf } from './floor.ts';
import type { Parts } from './parts.ts';
import { applyObjects, createObjects, type Workload } from './workload.ts';

export interface BacklogResult {
  readonly objects: number;
  readonly bytes: number;
  readonly floor: Rate;
  readonly pawl: Rate;
  /** Pawl's rate as a part of the floor's. */
  readonly ratio: number;
  /** Resident memory of the operator right after, in MiB. */
  readonly rssMiB: number;
  /** Calls of the API server that wrote something, per object. */
  readonly writesPerObject: number;
}

export async function measureBacklog(
  parts: Parts,
  { count, bytes, progress }: { count: number; bytes: number; progress: (text: string) => void },
): Promise<BacklogResult> {
  const databaseUrl = await parts.postgres.createDatabase(`backlog_${count}`);
  const { kubeconfig } = parts.controlPlane;
  const workload: Workload = { kubeconfig, databaseUrl, objects: createObjects(count, bytes) };
  progress(`applying ${count} objects of ${bytes} bytes …`);
  await applyObjects(workload);
  progress('measuring the floor …');
  const floor = await measureFloor(workload);
  progress(`floor: ${floor.rate.toFixed(0)}/s; measuring Pawl …`);

  const startedAt = performance.now();
  const operator = await startOperator(
    { KUBECONFIG: kubeconfig, DATABASE_URL: databaseUrl, PAWL_LOG_LEVEL: 'info' },
    { waitReady: false },
  );
  try {
    await operator.ready();
    const saved = () => countOf(operator.httpAddr, 'pawl_status_writes_total');
    const deadline = performance.now() + 600_000;
    while ((await saved()) < count) {
      if (performance.now() > deadline)
        throw new Error(`only ${await saved()} of ${count} were done in 600 s`);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    const pawl = rateOf(count, performance.now() - startedAt);
    await assertAllReady(workload);
    const writes = await countOf(
      operator.httpAddr,
      'rest_client_requests_total',
      /method="(PATCH|POST|PUT|DELETE)"/,
    );
    const rss = await countOf(operator.httpAddr, 'process_resident_memory_bytes');
    return {
      objects: count,
      bytes,
      floor,
      pawl,
      ratio: pawl.rate / floor.rate,
      rssMiB: rss / 1024 / 1024,
      writesPerObject: writes / count,
    };
  } finally {
    await operator.stop();
  }
}

/** The counter said so; the API server has the last word. */
async function assertAllReady({ kubeconfig, objects }: Workload): Promise<void> {
  await using api = openApi(kubeconfig);
  let ready = 0;
  for (const namespace of new Set(objects.map(object => object.namespace))) {
    const list = await api.get<{ items: { status?: { conditions?: { type: string; status: string }[] } }[] }>(
      `/apis/pawl.dev/v1alpha1/namespaces/${namespace}/configversions`,
    );
    ready += list.items.filter(({ status }) =>
      status?.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True'),
    ).length;
  }
  if (ready !== objects.length) throw new Error(`${ready} of ${objects.length} are Ready`);
}

async function countOf(httpAddr: string, name: string, labels = /(?:)/): Promise<number> {
  const text = await (await fetch(`http://${httpAddr}/metrics`)).text();
  return text
    .split('\n')
    .filter(line => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && labels.test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
