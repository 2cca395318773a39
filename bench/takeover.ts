/**
 * How long work stops when a leader ends: from SIGTERM or SIGKILL until the next one leads, and until an edit that was
 * made at that moment is in its ConfigMap. Three replicas with the default terms and N objects in steady state. `node
 * bench/takeover.ts [--n 200] [--rounds 3]`; the last line is one JSON object, times in seconds.
 */
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startControlPlane } from '../local/control-plane.ts';
import { crdFolder } from '../local/crds.ts';
import { type Operator, startOperator } from '../local/operator.ts';
import { startPostgres } from '../local/postgres.ts';
import { until } from '../local/wait.ts';
import { type Api, inParallel, openApi } from './api.ts';
import { parseSamples, sumOf } from './prometheus.ts';
import { type Spread, spreadOf } from './statistics.ts';

const { values } = parseArgs({
  options: { n: { type: 'string', default: '200' }, rounds: { type: 'string', default: '3' } },
});
const objects = Number(values.n);
const rounds = Number(values.rounds);
const replicas = 3;
const slowMs = 120_000;

const [plane, postgres] = await Promise.all([
  startControlPlane({ crds: crdFolder }),
  startPostgres({ url: null }),
]);
const operators = new Set<Operator>();
const api = openApi(plane.kubeconfig);
try {
  const url = await postgres.createDatabase('takeover');
  const env = { KUBECONFIG: plane.kubeconfig, DATABASE_URL: url, PAWL_LEADER_ELECT: 'true' };
  operators.add(await startOperator(env));
  const names = Array.from({ length: objects }, (_, index) => `c${index}`);
  await inParallel(names, 16, name => propose(api, name, 1));
  const done = async () =>
    (await sum([...operators][0]!, 'pawl_saves_total')) >= objects ? true : undefined;
  await until('all are saved', done, { timeoutMs: slowMs });
  while (operators.size < replicas) operators.add(await startOperator(env));

  const rows = [];
  let edit = 1;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const leads: number[] = [];
    const shown: number[] = [];
    for (let round = 0; round < rounds; round++) {
      // Anywhere between two renewals and two tries of the others.
      await delay(4_000 + 2_400 * Math.random());
      edit += 1;
      const [ledAfter, shownAfter] = await takeover(signal, edit);
      leads.push(ledAfter);
      shown.push(shownAfter);
      console.error(
        `${signal}: leads after ${ledAfter.toFixed(2)} s, shown after ${shownAfter.toFixed(2)} s`,
      );
      operators.add(await startOperator(env));
    }
    rows.push({ signal, leads: rounded(spreadOf(leads)), shown: rounded(spreadOf(shown)) });
  }
  console.table(rows.map(({ signal, leads, shown }) => ({ signal, leads: said(leads), shown: said(shown) })));
  console.log(JSON.stringify({ objects, rounds, load: loadavg()[0], takeover: rows }));
} finally {
  await api[Symbol.asyncDispose]();
  await Promise.all([...operators].map(operator => operator.dispose()));
  await Promise.all([plane.stop(), postgres.dispose()]);
}

/** Seconds until the next leads, and until an edit made at the signal is shown. */
async function takeover(signal: NodeJS.Signals, edit: number): Promise<[number, number]> {
  const leader = await until('one leads', leading, { timeoutMs: slowMs });
  operators.delete(leader);
  const from = performance.now();
  const seconds = () => (performance.now() - from) / 1000;
  process.kill(leader.pid, signal);
  const edited = propose(api, 'c0', edit);
  const [ledAfter, shownAfter] = await Promise.all([
    until('the next leads', async () => (await leading()) && seconds(), { timeoutMs: slowMs, everyMs: 10 }),
    edited.then(() =>
      until('the edit is shown', async () => ((await showing('c0')) === edit ? seconds() : undefined), {
        timeoutMs: slowMs,
        everyMs: 10,
      }),
    ),
  ]);
  await leader.ended();
  await leader.dispose();
  return [ledAfter, shownAfter];
}

async function leading(): Promise<Operator | undefined> {
  for (const operator of operators) {
    if ((await sum(operator, 'leader_election_master_status')) === 1) return operator;
  }
  return undefined;
}

async function sum(operator: Operator, metric: string): Promise<number> {
  const page = await (await fetch(`http://${operator.httpAddr}/metrics`)).text();
  return sumOf(parseSamples(page, new Set([metric])), metric);
}

async function propose(on: Api, name: string, edit: number): Promise<void> {
  const path = `/apis/pawl.dev/v1alpha1/namespaces/default/configversions/${name}`;
  const spec = { path: `${name}.yaml`, format: 'yaml', body: `edit: ${edit}\n` };
  const head = { apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigVersion' };
  await on.apply(path, { ...head, metadata: { name, namespace: 'default' }, spec });
}

/** The edit that pods see. */
async function showing(name: string): Promise<number> {
  const path = `/api/v1/namespaces/default/configmaps/${name}.yaml`;
  const { data } = await api.get<{ data: Record<string, string> }>(path);
  return Number(data[`${name}.yaml`]?.split(': ')[1]);
}

function rounded({ min, median, max }: Spread): Spread {
  const twoDigits = (value: number) => Math.round(value * 100) / 100;
  return { min: twoDigits(min), median: twoDigits(median), max: twoDigits(max) };
}

function said({ min, median, max }: Spread): string {
  return `${median} (${min}–${max})`;
}
