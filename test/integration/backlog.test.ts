/** Many objects at once: applied while the operator is down, and found settled after a restart. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { metricOf } from '../setup/metrics.ts';
import { startOperator, undisturbed } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

const count = 500;
let kube: Kube;
let database: TestDatabase;
let namespace: string;
let operator: Operator | undefined;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  database = await createTestDatabase();
  namespace = await kube.namespace('backlog');
});

afterAll(async () => {
  await operator?.stop();
  await database?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

const start = () => startOperator({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url });

const resourceVersions = async () => {
  const objects = [...(await kube.configVersions(namespace)), ...(await kube.configMaps(namespace))];
  return Object.fromEntries(objects.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
};

const historyOf = () =>
  database.query(
    `select v.* from pawl.config_versions v join pawl.configs c on c.id = v.config_id
      where c.namespace = $1 order by v.id`,
    [namespace],
  );

describe(`${count} ConfigVersions applied while the operator is down`, () => {
  it('are all Ready after it starts, each with its ConfigMap and exactly one version', async () => {
    const names = Array.from({ length: count }, (_, index) => `config-${String(index).padStart(3, '0')}`);
    for (let index = 0; index < count; index += 50) {
      const batch = names.slice(index, index + 50);
      await Promise.all(
        batch.map(name => kube.propose(namespace, name, { path: `${name}.yaml`, body: `name: ${name}\n` })),
      );
    }
    operator = await start();
    const objects = await until(`${count} are Ready`, 120_000, async () => {
      const all = await kube.configVersions(namespace);
      const ready = all.filter(({ status }) =>
        status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
      );
      return ready.length === count && ready;
    });
    const configMaps = await kube.configMaps(namespace);
    const shown = Object.fromEntries(configMaps.map(({ metadata, data }) => [metadata.name, data]));
    for (const { metadata, status } of objects) {
      expect(status.version).toBe('1');
      expect(shown[`${metadata.name}.yaml`]).toEqual({
        [`${metadata.name}.yaml`]: `name: ${metadata.name}\n`,
      });
    }
    const versions = await historyOf();
    expect(versions).toHaveLength(count);
    expect(new Set(versions.map(({ config_id }) => config_id)).size).toBe(count);
  });

  it('are left alone by a restart: nothing is written to the API server or to the store', async () => {
    await operator?.stop();
    const [before, history] = [await resourceVersions(), await historyOf()];
    operator = await start();
    await undisturbed(operator, () =>
      until(
        'the whole backlog was looked at',
        60_000,
        async () => (await metricOf(operator!, 'controller_runtime_reconcile_total')) >= count,
      ),
    );
    expect(await resourceVersions()).toEqual(before);
    expect(await historyOf()).toEqual(history);
  });
});
