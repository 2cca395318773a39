/**
 * Three replicas whose leaders are killed one after another while people edit: the model of what should be in
 * PostgreSQL still agrees, which means that no number is missing and no acknowledged save is lost.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ChartServiceAccount, chartServiceAccount } from '../setup/chart.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { metricOf } from '../setup/metrics.ts';
import { randomOf } from '../setup/random.ts';
import { type Replicas, startReplicas } from '../setup/replicas.ts';
import { until } from '../setup/until.ts';
import { Writers } from '../setup/writers.ts';

const edits = Number(process.env.PAWL_TEST_EDITS ?? 90);
const kills = 2;

let kube: Kube;
let database: TestDatabase;
let account: ChartServiceAccount;
let replicas: Replicas;
let namespace: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  database = await createTestDatabase();
  account = await chartServiceAccount();
  namespace = await kube.namespace('replicas');
  replicas = await startReplicas(
    {
      KUBECONFIG: account.kubeconfig,
      DATABASE_URL: database.url,
      PAWL_LEASE_NAMESPACE: account.namespace,
      PAWL_LEASE_NAME: account.leaseName,
    },
    { replicas: 3 },
  );
});

afterAll(async () => {
  await replicas?.stop();
  await account?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

describe('three replicas as the ServiceAccount of the chart, their leaders killed at random', () => {
  it(`lose none of ${edits} edits, skip no number, and come to rest`, async () => {
    const seed = inject('seed');
    const random = randomOf(seed);
    const writers = new Writers(kube, database, namespace, seed);
    const done = new AbortController();
    const killing = (async () => {
      for (let kill = 0; kill < kills; kill++) {
        const after = (await writers.history()).length + 1 + random(edits / (2 * kills));
        await until(
          'some more versions',
          60_000,
          async () => done.signal.aborted || (await writers.history()).length >= after,
        );
        if (done.signal.aborted) return;
        await replicas.killLeader();
      }
    })();
    killing.catch(() => {});
    const attempts = await writers.write(edits);
    done.abort();
    await killing;
    expect(replicas.kills, `seed ${seed}`).toBeGreaterThan(0);
    await writers.expectModel(attempts);

    // What it wrote last may wake something up that is not in its queue yet.
    let [looked, idle] = [-1, 0];
    await until('the leader has nothing left to do', 60_000, async () => {
      const waiting = await metricOf(replicas, 'workqueue_depth');
      const atWork = waiting + (await metricOf(replicas, 'controller_runtime_active_workers'));
      const looks = await metricOf(replicas, 'controller_runtime_reconcile_total');
      idle = atWork === 0 && looks === looked ? idle + 1 : 0;
      looked = looks;
      return idle >= 20;
    });
    const before = await kube.configVersions(namespace);
    await replicas.killLeader();
    await until('the next has looked at everything', 30_000, async () => {
      return (await metricOf(replicas, 'controller_runtime_reconcile_total')) >= before.length;
    });
    expect(await metricOf(replicas, 'pawl_status_writes_total')).toBe(0);
    expect(await metricOf(replicas, 'pawl_configmap_writes_total')).toBe(0);
    expect(await metricOf(replicas, 'pawl_saves_total')).toBe(0);
    expect(await kube.configVersions(namespace)).toEqual(before);
  });
});
