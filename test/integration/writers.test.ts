/** Three writers at once while the operator is killed: nothing is lost and nothing refused that could be merged. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';
import { Writers } from '../setup/writers.ts';

const edits = Number(process.env.PAWL_TEST_EDITS ?? 240);

let kube: Kube;
let database: TestDatabase;
let operator: Operator;
let namespace: string;

const start = () => startOperator({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url });

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  database = await createTestDatabase();
  namespace = await kube.namespace('writers');
  operator = await start();
});

afterAll(async () => {
  await operator?.stop();
  await database?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

describe('three writers at once, with the operator killed in between', () => {
  it(`make ${edits} edits: every text is the model's, every refusal a real clash of its author`, async () => {
    const writers = new Writers(kube, database, namespace, inject('seed'));
    const killing = new AbortController();
    const kills = (async () => {
      while (!killing.signal.aborted) {
        const before = (await writers.history()).length;
        await until(
          'some more versions',
          60_000,
          async () => killing.signal.aborted || (await writers.history()).length > before + edits / 12,
        );
        if (killing.signal.aborted) return;
        await operator.kill();
        operator = await start();
      }
    })();
    const attempts = await writers.write(edits);
    killing.abort();
    await kills;
    expect(attempts).toHaveLength(Math.floor(edits / 3) * 3);
    await writers.expectModel(attempts);
  }, 600_000);
});
