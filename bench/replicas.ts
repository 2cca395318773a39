/**
 * What a second and a third replica cost: memory, API calls and database connections of the leader and of processes
 * that stand by, with N objects in steady state. `node bench/replicas.ts [--n 1000]`; the last line is one JSON object.
 */
import { parseArgs } from 'node:util';
import { startControlPlane } from '../local/control-plane.ts';
import { crdFolder } from '../local/crds.ts';
import { type Operator, startOperator } from '../local/operator.ts';
import { startPostgres, withClient } from '../local/postgres.ts';
import { until } from '../local/wait.ts';

const { values } = parseArgs({ options: { n: { type: 'string', default: '1000' } } });
const objects = Number(values.n);
/** Of steady state, for the calls and the processor's time. */
const watchedMs = 30_000;
const replicas = 3;

const [plane, postgres] = await Promise.all([
  startControlPlane({ crds: crdFolder }),
  startPostgres({ url: null }),
]);
const operators: Operator[] = [];
try {
  const url = await postgres.createDatabase('replicas');
  const env = { KUBECONFIG: plane.kubeconfig, DATABASE_URL: url, PAWL_LEADER_ELECT: 'true' };
  operators.push(await startOperator(env));
  await createObjects();
  await until('all are saved', async () => (await metrics(operators[0]!)).saves >= objects || undefined, {
    timeoutMs: 600_000,
  });
  while (operators.length < replicas) operators.push(await startOperator(env));
  const before = await Promise.all(operators.map(metrics));
  await new Promise(resolve => setTimeout(resolve, watchedMs));
  const after = await Promise.all(operators.map(metrics));
  const rows = await Promise.all(
    after.map(async ({ leads, rssMiB, calls, cpuSeconds }, index) => ({
      role: leads ? 'leader' : 'standby',
      rssMiB: Math.round(rssMiB),
      callsToStart: leads ? null : before[index]!.calls,
      callsPerMinute: Math.round(((calls - before[index]!.calls) * 60_000) / watchedMs),
      cpuMillicores: Math.round(((cpuSeconds - before[index]!.cpuSeconds) * 1e6) / watchedMs),
    })),
  );
  const connections = await withClient(url, async client => {
    const { rows: found } = await client.query<{ count: string }>(
      "select count(*) from pg_stat_activity where application_name like 'pawl-%'",
    );
    return Number(found[0]!.count);
  });
  console.table(rows);
  console.log(JSON.stringify({ objects, replicas: rows, databaseConnections: connections }));
} finally {
  await Promise.all(operators.map(operator => operator.stop()));
  await Promise.all([plane.stop(), postgres.dispose()]);
}

async function createObjects(): Promise<void> {
  const body = `# 4 KiB\n${Array.from({ length: 128 }, (_, index) => `key_${index}: ${'x'.repeat(20)}`).join('\n')}\n`;
  for (let from = 0; from < objects; from += 250) {
    const items = Array.from({ length: Math.min(250, objects - from) }, (_, index) => ({
      apiVersion: 'pawl.dev/v1alpha1',
      kind: 'ConfigVersion',
      metadata: { name: `c${from + index}`, namespace: 'default' },
      spec: { path: `c${from + index}.yaml`, format: 'yaml', body },
    }));
    await plane.kubectl(['create', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
  }
}

async function metrics(operator: Operator) {
  const text = await (await fetch(`http://${operator.httpAddr}/metrics`)).text();
  const sum = (name: string) =>
    text
      .split('\n')
      .filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return {
    leads: sum('leader_election_master_status') === 1,
    rssMiB: sum('process_resident_memory_bytes') / 2 ** 20,
    calls: sum('rest_client_requests_total'),
    cpuSeconds: sum('process_cpu_seconds_total'),
    saves: sum('pawl_saves_total'),
  };
}
