/** Stale edits on the real API server: merged, confirmed, or refused; and the lines of sources that GitOps needs. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let database: TestDatabase;
let operator: Operator;
let namespace: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  database = await createTestDatabase();
  operator = await startOperator({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url });
});

afterAll(async () => {
  await operator?.stop();
  await database?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  namespace = await kube.namespace('stale');
});

const path = 'limits/eu.yaml';
const target = 'limits-eu.yaml';
const text = (cap: number, fee: number, quota = 5) =>
  `# per day\ncap: ${cap}  # agreed\nfee: ${fee}\n\nquota: ${quota}\n`;
const shown = async () => (await kube.configMap(namespace, target))?.data?.['eu.yaml'];

async function saved(name: string, body: string, more = {}): Promise<void> {
  await kube.propose(namespace, name, { path, body, ...more });
  await until(`${name} is accepted`, 30_000, async () => {
    const { metadata, status } = await kube.configVersion(namespace, name);
    return status.observedGeneration === metadata.generation && status.version !== undefined;
  });
}

describe('an edit made on version 1 while 2 exists', () => {
  beforeEach(async () => {
    await saved('ada', text(1, 1), { author: 'ada@example.com' });
    await saved('ada', text(2, 1), { author: 'ada@example.com' });
  });

  it('is saved merged where it says Merge: both edits and all comments are in the ConfigMap', async () => {
    await kube.propose(namespace, 'bob', { path, body: text(1, 9), baseVersion: 1, onStale: 'Merge' });
    const object = await kube.untilReason(namespace, 'bob', 'Merged');
    expect(object.status.version).toBe('3');
    expect(object.status.conflict).toBeUndefined();
    await kube.untilShown(namespace, target, '3');
    expect(await shown()).toBe(text(2, 9));
    const [row] = await database.query(
      `select kind, base_version, merged_onto, merged_paths from pawl.config_versions v
         join pawl.configs c on c.id = v.config_id where c.namespace = $1 and version = 3`,
      [namespace],
    );
    expect(row).toMatchObject({
      kind: 'merged',
      base_version: '1',
      merged_onto: '2',
      merged_paths: ['/fee'],
    });
  });

  it('waits to be confirmed by default, and the token saves exactly what was shown', async () => {
    await kube.propose(namespace, 'bob', { path, body: text(1, 9), baseVersion: 1 });
    const waiting = await kube.untilReason(namespace, 'bob', 'ConfirmationRequired');
    expect(waiting.status.conflict?.merged).toBe(text(2, 9));
    expect(await shown()).toBe(text(2, 1));

    await kube.annotate(namespace, 'bob', { 'pawl.dev/confirm': 'wrong' });
    const still = await until('it says what is wrong', 30_000, async () => {
      const object = await kube.configVersion(namespace, 'bob');
      return object.status.conditions?.[0]?.message.includes('is not for this result') && object;
    });
    await kube.annotate(namespace, 'bob', { 'pawl.dev/confirm': still.status.conflict!.token! });
    await kube.untilReason(namespace, 'bob', 'Merged');
    expect(await shown()).toBe(text(2, 9));
  });

  it('gets a new token when the head moves on, and the old one saves nothing', async () => {
    await kube.propose(namespace, 'bob', { path, body: text(1, 9), baseVersion: 1 });
    const first = await kube.untilReason(namespace, 'bob', 'ConfirmationRequired');
    await saved('ada', text(3, 1));
    const second = await until('the new head is merged with', 30_000, async () => {
      const object = await kube.configVersion(namespace, 'bob');
      return object.status.conflict?.currentVersion === '3' && object;
    });
    expect(second.status.conflict?.merged).toBe(text(3, 9));
    expect(second.status.conflict?.token).not.toBe(first.status.conflict?.token);
    await kube.annotate(namespace, 'bob', { 'pawl.dev/confirm': first.status.conflict!.token! });
    await until('the old token is turned down', 30_000, async () => {
      const object = await kube.configVersion(namespace, 'bob');
      return object.status.conditions?.[0]?.message.includes('is not for this result');
    });
    expect(await shown()).toBe(text(3, 1));
  });

  it('names whoever changed the clashing place, even when somebody else saved last', async () => {
    await saved('cem', text(2, 1, 6), { author: 'cem@example.com', baseVersion: 2 });
    await kube.propose(namespace, 'bob', { path, body: text(9, 1), baseVersion: 1, onStale: 'Merge' });
    const object = await kube.untilReason(namespace, 'bob', 'VersionConflict');
    expect(object.status.conditions?.[0]?.message).toContain('by ada@example.com in version 2');
    expect(object.status.conflict?.places).toEqual([
      expect.objectContaining({
        path: 'cap',
        base: '1',
        current: '2',
        proposed: '9',
        changedBy: 'ada@example.com',
      }),
    ]);
  });

  it('with the same base as an earlier edit of the same object is merged, not taken as its revert', async () => {
    await saved('shared', text(2, 7), { baseVersion: 2 });
    await kube.propose(namespace, 'shared', { path, body: text(2, 1, 8), baseVersion: 2, onStale: 'Merge' });
    const object = await kube.untilReason(namespace, 'shared', 'Merged');
    expect(object.status.version).toBe('4');
    await kube.untilShown(namespace, target, '4');
    expect(await shown()).toBe(text(2, 7, 8));
  });
});

describe('the line of a manifest in Git', () => {
  it('keeps what others saved, through every later commit', async () => {
    await saved('git', text(1, 1));
    await saved('person', text(1, 9), { baseVersion: 1 });
    await saved('git', text(2, 1));
    expect(await shown()).toBe(text(2, 9));
    await saved('git', text(2, 1, 7));
    expect(await shown()).toBe(text(2, 9, 7));
    await saved('git', text(3, 1, 7));
    expect(await shown()).toBe(text(3, 9, 7));
  });

  it('goes on after the object was deleted and created again: nothing changes and nothing conflicts', async () => {
    await saved('git', text(1, 1));
    await saved('person', text(1, 9), { baseVersion: 1 });
    await kube.deleteConfigVersion(namespace, 'git');
    await kube.propose(namespace, 'git', { path, body: text(1, 1) });
    await kube.untilReason(namespace, 'git', 'Unchanged');
    expect(await shown()).toBe(text(1, 9));
    await saved('git', text(2, 1));
    expect(await shown()).toBe(text(2, 9));
  });

  it('is quiet when the same manifest is applied for ever', async () => {
    await saved('git', text(1, 1));
    await saved('person', text(1, 9), { baseVersion: 1 });
    await until(
      'git is superseded',
      10_000,
      async () => (await kube.configVersion(namespace, 'git')).status.supersededBy,
    );
    const before = await kube.configVersion(namespace, 'git');
    const count = async () =>
      (
        await database.query(
          `select count(*)::int as n from pawl.config_versions v join pawl.configs c on c.id = v.config_id
            where c.namespace = $1`,
          [namespace],
        )
      )[0]?.n;
    const versions = await count();
    for (let apply = 0; apply < 5; apply++) await kube.propose(namespace, 'git', { path, body: text(1, 1) });
    expect((await kube.configVersion(namespace, 'git')).metadata.resourceVersion).toBe(
      before.metadata.resourceVersion,
    );
    expect(await count()).toBe(versions);
  });
});
