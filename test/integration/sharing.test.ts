/** Several objects around one ConfigMap, and hands in it: nobody empties, loses, fights over or gets stuck on it. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let database: TestDatabase;
let operators: Operator[];
let namespace: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  database = await createTestDatabase();
  const env = { KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url };
  // Two without a lease between them, as during a rolling update: the database is for safety.
  operators = [await startOperator(env), await startOperator({ ...env, PAWL_LEADER_ELECT: 'false' })];
});

afterAll(async () => {
  await Promise.all((operators ?? []).map(operator => operator.stop()));
  await kube?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  namespace = await kube.namespace('sharing');
});

const path = 'limits.yaml';
const shown = async () => (await kube.configMap(namespace, path))?.data?.[path];
const isReady = async (name: string) => {
  const { metadata, status } = await kube.configVersion(namespace, name);
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && status.observedGeneration === metadata.generation;
};

describe('objects for one config, created at the same instant under two operators', () => {
  it('all become Ready, and their ConfigMap is whole and owned by all', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
    await Promise.all(
      names.flatMap(name =>
        ['x', 'y'].map(twin =>
          kube.propose(namespace, `${name}-${twin}`, { path: `${name}.yaml`, body: 'a: 1\n' }),
        ),
      ),
    );
    for (const name of names) {
      for (const twin of ['x', 'y'])
        await until(`${name}-${twin} is Ready`, 30_000, () => isReady(`${name}-${twin}`));
      await until(`both own ${name}.yaml`, 30_000, async () => {
        const found = await kube.configMap(namespace, `${name}.yaml`);
        return found?.data?.[`${name}.yaml`] === 'a: 1\n' && found.metadata.ownerReferences?.length === 2;
      });
    }
    const doubled = await database.query(
      `select c.path from pawl.config_versions v join pawl.configs c on c.id = v.config_id
        where c.namespace = $1 group by c.path having count(*) > 1`,
      [namespace],
    );
    expect(doubled).toEqual([]);
  });
});

describe('a ConfigMap whose version somebody raised by hand', () => {
  it('is put back, and its objects go on', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.patchConfigMap(namespace, path, { metadata: { annotations: { 'pawl.dev/version': '99' } } });
    await kube.untilShown(namespace, path, '1');
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    expect(await shown()).toBe('a: 2\n');
  });

  it('with another text is put back all the same: the number is not one that Pawl wrote', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    const annotations = { 'pawl.dev/version': '99', 'pawl.dev/content-sha256': 'f00' };
    await kube.patchConfigMap(namespace, path, { metadata: { annotations }, data: { [path]: 'later: 1\n' } });
    await until('it is put back', 30_000, async () => (await shown()) === 'a: 1\n');
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n' });
    await kube.untilShown(namespace, path, '2');
  });
});

describe('pods keep what they have', () => {
  it('when an object is renamed onto a ConfigMap that is not ours: the old one stays', async () => {
    await kube.createConfigMap(namespace, 'theirs', { mine: 'x' });
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', configMap: { name: 'theirs' } });
    const object = await kube.untilReason(namespace, 'limits', 'TargetNotOwned');
    expect(object.status.configMap).toEqual({ name: path, version: '1' });
    expect(await shown()).toBe('a: 1\n');
  });

  it('when the object that leads is suspended: another one puts the ConfigMap back', async () => {
    await kube.propose(namespace, 'other', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'other', 'Saved');
    await kube.propose(namespace, 'leader', { path, body: 'a: 2\n', baseVersion: 1 });
    await kube.untilReason(namespace, 'leader', 'Saved');
    await kube.propose(namespace, 'leader', { path, body: 'a: 2\n', baseVersion: 1, suspend: true });
    await until('leader is suspended', 30_000, async () =>
      (await kube.configVersion(namespace, 'leader')).status.conditions?.some(
        ({ type }) => type === 'Suspended',
      ),
    );
    await kube.deleteConfigMap(namespace, path);
    await until('it is back', 30_000, async () => (await shown()) === 'a: 2\n');
  });
});

describe('what people write around a text', () => {
  it('is refused by the API server with control characters in it, and never keeps a text from being saved', async () => {
    const spec = { path, body: 'a: 1\n', author: 'é\u202e' };
    await expect(kube.propose(namespace, 'limits', { ...spec, comment: 'x\u0000y' })).rejects.toThrow(
      /spec\.comment/,
    );
    await kube.propose(namespace, 'limits', { ...spec, comment: 'x\ty' });
    await kube.untilReason(namespace, 'limits', 'Saved');
  });

  it('and its values are not told in Events and not kept in the log, even where two clash', async () => {
    await kube.propose(namespace, 'ada', { path, body: 'password: swordfish\n' });
    await kube.untilReason(namespace, 'ada', 'Saved');
    await kube.propose(namespace, 'ada', { path, body: 'password: opensesame\n' });
    await kube.untilReason(namespace, 'ada', 'Saved');
    await kube.propose(namespace, 'bob', { path, body: 'password: hunter2\n', baseVersion: 1 });
    await kube.untilReason(namespace, 'bob', 'VersionConflict');
    const events = await until('the Event is there', 30_000, async () => {
      const all = await kube.events(namespace);
      return all.some(({ reason }) => reason === 'VersionConflict') && all;
    });
    const log = await database.query(
      'select reason, message from pawl.deployments where object_namespace = $1',
      [namespace],
    );
    expect(log.some(({ reason }) => reason === 'VersionConflict')).toBe(true);
    for (const secret of ['swordfish', 'opensesame', 'hunter2']) {
      expect(JSON.stringify(events)).not.toContain(secret);
      expect(JSON.stringify(log)).not.toContain(secret);
    }
  });

  it('may clash at a key as long as it likes', async () => {
    const key = 'k'.repeat(40_000);
    const body = (value: number) => JSON.stringify({ [key]: value });
    const config = { path: 'long.json', format: 'json' as const };
    await kube.propose(namespace, 'ada', { ...config, body: body(1) });
    await kube.untilReason(namespace, 'ada', 'Saved');
    await kube.propose(namespace, 'ada', { ...config, body: body(2) });
    await kube.untilReason(namespace, 'ada', 'Saved');
    await kube.propose(namespace, 'bob', { ...config, body: body(3), baseVersion: 1 });
    await kube.untilReason(namespace, 'bob', 'VersionConflict');
  });
});
