/** What happens to a proposal, told by a real API server, a real PostgreSQL and the operator between them. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator, undisturbed } from '../setup/operator.ts';
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
  namespace = await kube.namespace();
});

const path = 'limits/eu.yaml';
const target = 'limits-eu.yaml';
const conditionsOf = (object: { status: { conditions?: { type: string; status: string }[] } }) =>
  Object.fromEntries((object.status.conditions ?? []).map(({ type, status }) => [type, status]));

describe('a proposal for a config that does not exist', () => {
  it('becomes version 1 and a ConfigMap with the same bytes', async () => {
    const body = '# caps are per customer\ncap:   1000   # keep\n';
    await kube.propose(namespace, 'limits', { path, body, author: 'ada@example.com' });
    const object = await kube.untilReason(namespace, 'limits', 'Saved');
    expect(object.status).toMatchObject({
      observedGeneration: 1,
      version: '1',
      configMap: { name: target, version: '1' },
    });
    expect(conditionsOf(object)).toEqual({ Ready: 'True' });
    const shown = await kube.configMap(namespace, target);
    expect(shown?.data).toEqual({ 'eu.yaml': body });
    expect(shown?.metadata.labels?.['app.kubernetes.io/managed-by']).toBe('pawl');
    expect(shown?.metadata.annotations).toMatchObject({
      'pawl.dev/namespace': namespace,
      'pawl.dev/path': path,
      'pawl.dev/version': '1',
      'pawl.dev/content-sha256': object.status.contentSha256,
    });
    expect(shown?.metadata.ownerReferences).toEqual([
      expect.objectContaining({
        kind: 'ConfigVersion',
        name: 'limits',
        uid: object.metadata.uid,
        blockOwnerDeletion: false,
      }),
    ]);
  });

  it('carries none of the labels and annotations of its object, such as tracking ids', async () => {
    await kube.propose(
      namespace,
      'limits',
      { path, body: 'a: 1\n', configMap: { labels: { team: 'risk' }, annotations: { note: 'yes' } } },
      {
        labels: { 'app.kubernetes.io/instance': 'argo-app' },
        annotations: { 'argocd.argoproj.io/tracking-id': 'app:pawl.dev/ConfigVersion:x/y' },
      },
    );
    await kube.untilReason(namespace, 'limits', 'Saved');
    const { labels, annotations } = (await kube.configMap(namespace, target))!.metadata;
    expect(Object.keys(labels!).sort()).toEqual([
      'app.kubernetes.io/managed-by',
      'pawl.dev/config-id',
      'team',
    ]);
    expect(Object.keys(annotations!).filter(key => !key.startsWith('pawl.dev/'))).toEqual(['note']);
  });

  it('is refused when it states a base', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', baseVersion: 7 });
    const object = await kube.untilReason(namespace, 'limits', 'BaseVersionGone');
    expect(conditionsOf(object)).toEqual({ Ready: 'False', Stalled: 'True' });
    expect(object.status.version).toBeUndefined();
  });

  it('is saved when it states baseVersion 0', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', baseVersion: 0 });
    await kube.untilReason(namespace, 'limits', 'Saved');
  });
});

describe('a proposal for a config that exists', () => {
  it('is saved on top when it is the next edit of the same object', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n' });
    const object = await kube.untilReason(namespace, 'limits', 'Saved');
    expect(object.status.version).toBe('2');
    expect((await kube.untilShown(namespace, target, '2')).data).toEqual({ 'eu.yaml': 'a: 2\n' });
  });

  it('is unchanged when another object proposes the same text', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'copy', { path, body: 'a: 1\n' });
    const copy = await kube.untilReason(namespace, 'copy', 'Unchanged');
    expect(copy.status.version).toBe('1');
  });

  it('needs a base when nothing says which version it was edited from', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'stranger', { path, body: 'a: 9\n' });
    const object = await kube.untilReason(namespace, 'stranger', 'BaseVersionRequired');
    expect(conditionsOf(object)).toEqual({ Ready: 'False', Stalled: 'True' });
    const message = object.status.conditions?.[0]?.message;
    expect(message).toContain('spec.baseVersion: 1');
  });

  it('is refused with AlreadyExists, BaseVersionAhead or BaseVersionGone when its base makes no sense', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'other', { path, body: 'a: 2\n', baseVersion: 0 });
    await kube.untilReason(namespace, 'other', 'AlreadyExists');
    await kube.propose(namespace, 'other', { path, body: 'a: 2\n', baseVersion: 5 });
    await kube.untilReason(namespace, 'other', 'BaseVersionAhead');
    await kube.propose(namespace, 'other', { path, body: 'a: 2\n', baseVersion: 1 });
    await kube.untilReason(namespace, 'other', 'Saved');
  });

  it('marks the objects before it as superseded, once', async () => {
    await kube.propose(namespace, 'first', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'first', 'Saved');
    for (const version of [2, 3, 4]) {
      await kube.propose(namespace, 'second', { path, body: `a: ${version}\n`, baseVersion: version - 1 });
      await kube.untilShown(namespace, target, String(version));
    }
    const first = await until('first is superseded', 30_000, async () => {
      const object = await kube.configVersion(namespace, 'first');
      return object.status.supersededBy !== undefined && object;
    });
    expect(first.status).toMatchObject({ version: '1', supersededBy: '2', configMap: { version: '1' } });
    expect(conditionsOf(first)).toEqual({ Ready: 'True', Superseded: 'True' });
  });
});

describe('a stale proposal', () => {
  beforeEach(async () => {
    await kube.propose(namespace, 'ada', { path, body: 'cap: 1\nfee: 1\n', author: 'ada@example.com' });
    await kube.untilReason(namespace, 'ada', 'Saved');
    await kube.propose(namespace, 'ada', { path, body: 'cap: 2\nfee: 1\n', author: 'ada@example.com' });
    await kube.untilReason(namespace, 'ada', 'Saved');
  });

  it('that clashes says who, what and where, and shows the diff', async () => {
    await kube.propose(namespace, 'bob', { path, body: 'cap: 3\nfee: 1\n', baseVersion: 1 });
    const object = await kube.untilReason(namespace, 'bob', 'VersionConflict');
    expect(conditionsOf(object)).toEqual({ Ready: 'False', Stalled: 'True', Conflicted: 'True' });
    expect(object.status.conflict).toMatchObject({
      baseVersion: '1',
      currentVersion: '2',
      currentAuthor: 'ada@example.com',
      diff: expect.stringContaining('-cap: 1\n+cap: 3\n'),
    });
    const message = object.status.conditions?.[0]?.message;
    expect(message).toContain('by ada@example.com in version 2');
    expect(message).toContain('baseVersion: 2');
    expect((await kube.configMap(namespace, target))?.data).toEqual({ 'eu.yaml': 'cap: 2\nfee: 1\n' });
  });

  it('is saved after its author took the latest version in', async () => {
    await kube.propose(namespace, 'bob', { path, body: 'cap: 3\nfee: 1\n', baseVersion: 1 });
    await kube.untilReason(namespace, 'bob', 'VersionConflict');
    await kube.propose(namespace, 'bob', { path, body: 'cap: 3\nfee: 1\n', baseVersion: 2 });
    const object = await kube.untilReason(namespace, 'bob', 'Saved');
    expect(object.status.conflict).toBeUndefined();
    expect(conditionsOf(object)).toEqual({ Ready: 'True' });
    expect((await kube.untilShown(namespace, target, '3')).data).toEqual({ 'eu.yaml': 'cap: 3\nfee: 1\n' });
  });

  it('is refused without merging where spec.onStale is Reject', async () => {
    await kube.propose(namespace, 'bob', {
      path,
      body: 'cap: 1\nfee: 5\n',
      baseVersion: 1,
      onStale: 'Reject',
    });
    await kube.untilReason(namespace, 'bob', 'VersionConflict');
  });

  it('heals by itself when the head becomes what it proposes', async () => {
    await kube.propose(namespace, 'bob', { path, body: 'cap: 3\nfee: 1\n', baseVersion: 1 });
    await kube.untilReason(namespace, 'bob', 'VersionConflict');
    await kube.propose(namespace, 'ada', { path, body: 'cap: 3\nfee: 1\n' });
    const object = await kube.untilReason(namespace, 'bob', 'Unchanged');
    expect(object.status.version).toBe('3');
  });
});

describe('a bad proposal', () => {
  it.each([
    ['a duplicate key', 'cap: 1\ncap: 2\n', /line 2/],
    ['a tab for indentation', 'caps:\n\teu: 1\n', /line 2/],
    ['text that does not parse', 'a: [1, 2\n', /line/],
  ])('with %s is refused with line and column, and the ConfigMap stays', async (_, body, where) => {
    await kube.propose(namespace, 'limits', { path, body: 'cap: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'limits', { path, body });
    const object = await kube.untilReason(namespace, 'limits', 'InvalidBody');
    expect(object.status.conditions?.[0]?.message).toMatch(where);
    expect(object.status.configMap).toEqual({ name: target, version: '1' });
    expect((await kube.configMap(namespace, target))?.data).toEqual({ 'eu.yaml': 'cap: 1\n' });
    await kube.propose(namespace, 'limits', { path, body: 'cap: 2\n' });
    expect((await kube.untilReason(namespace, 'limits', 'Saved')).status.version).toBe('2');
  });

  it('for the config namespace of somebody else is not allowed and gets no ConfigMap', async () => {
    const other = await kube.namespace();
    await kube.propose(other, 'secret', { path, body: 'key: 1\n' });
    await kube.untilReason(other, 'secret', 'Saved');
    await kube.propose(namespace, 'thief', { namespace: other, path, body: 'key: 1\n' });
    await kube.untilReason(namespace, 'thief', 'PathNotAllowed');
    expect(await kube.configMap(namespace, target)).toBeNull();
  });

  it('in the wrong format is refused, because a config keeps its format', async () => {
    await kube.propose(namespace, 'limits', { path, body: '{"a": 1}\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'other', { path, format: 'json', body: '{"a": 2}', baseVersion: 1 });
    await kube.untilReason(namespace, 'other', 'FormatMismatch');
  });

  it.each([
    ['a path with two dots', { path: 'a/../b' }, /\. or \.\./],
    ['an empty segment', { path: 'a//b' }, /single slashes/],
    ['a changed path', { path: 'other.yaml' }, /path is immutable/],
    ['a negative base', { path, baseVersion: -1 }, /baseVersion/],
  ])('with %s is refused by the API server itself', async (_, spec, message) => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await expect(kube.propose(namespace, 'limits', { body: 'a: 2\n', ...spec })).rejects.toThrow(message);
  });
});

describe('an object', () => {
  it('that is applied again unchanged writes nothing', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    const before = await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    expect((await kube.configVersion(namespace, 'limits')).metadata.resourceVersion).toBe(
      before.metadata.resourceVersion,
    );
  });

  it('that is deleted and created again with the same text is unchanged', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'other', { path, body: 'a: 2\n', baseVersion: 1 });
    await kube.untilReason(namespace, 'other', 'Saved');
    await kube.deleteConfigVersion(namespace, 'limits');
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    const again = await kube.untilReason(namespace, 'limits', 'Unchanged');
    expect(again.status).toMatchObject({ version: '1', supersededBy: '2' });
    expect((await kube.configMap(namespace, target))?.data).toEqual({ 'eu.yaml': 'a: 2\n' });
  });

  it('that is suspended is left alone until it is not', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n', suspend: true });
    const suspended = await until('Suspended', 30_000, async () => {
      const object = await kube.configVersion(namespace, 'limits');
      return conditionsOf(object).Suspended === 'True' && object;
    });
    expect(suspended.status).toMatchObject({ version: '1', observedGeneration: 2 });
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n', suspend: false });
    const resumed = await kube.untilReason(namespace, 'limits', 'Saved');
    expect(conditionsOf(resumed)).toEqual({ Ready: 'True' });
    expect(resumed.status.version).toBe('2');
  });
});

describe('the ConfigMap', () => {
  beforeEach(async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
  });

  it('comes back when somebody deletes it', async () => {
    const before = await kube.configMap(namespace, target);
    await kube.deleteConfigMap(namespace, target);
    const after = await kube.untilShown(namespace, target, '1');
    expect(after.metadata.uid).not.toBe(before?.metadata.uid);
    expect(after.data).toEqual(before?.data);
  });

  it('is put back when somebody edits, adds or takes away something', async () => {
    for (const patch of [
      { data: { 'eu.yaml': 'a: 666\n' } },
      { data: { 'extra.yaml': 'x' } },
      { metadata: { annotations: { 'pawl.dev/version': null } } },
      { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } },
      { metadata: { ownerReferences: null } },
    ]) {
      const edited = await kube.patchConfigMap(namespace, target, patch);
      await until(`${JSON.stringify(patch)} is undone`, 30_000, async () => {
        const now = await kube.configMap(namespace, target);
        return (
          now !== null &&
          now.metadata.resourceVersion !== edited.metadata.resourceVersion &&
          now.metadata.annotations?.['pawl.dev/version'] === '1' &&
          now.metadata.labels?.['app.kubernetes.io/managed-by'] === 'pawl' &&
          now.metadata.ownerReferences?.length === 1 &&
          JSON.stringify(now.data) === JSON.stringify({ 'eu.yaml': 'a: 1\n' })
        );
      });
    }
  });

  it('follows its object to another name, key and label, leaving nothing behind', async () => {
    await kube.propose(namespace, 'limits', {
      path,
      body: 'a: 1\n',
      configMap: { labels: { team: 'risk' } },
    });
    await until(
      'labelled',
      10_000,
      async () => (await kube.configMap(namespace, target))?.metadata.labels?.team === 'risk',
    );
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', configMap: { key: 'other.yaml' } });
    await until('other key and no label', 30_000, async () => {
      const now = await kube.configMap(namespace, target);
      return (
        now?.metadata.labels?.team === undefined && JSON.stringify(now?.data) === '{"other.yaml":"a: 1\\n"}'
      );
    });
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', configMap: { name: 'renamed' } });
    await kube.untilShown(namespace, 'renamed', '1');
    await until(
      'the former one is gone',
      10_000,
      async () => (await kube.configMap(namespace, target)) === null,
    );
  });

  it('goes with the last object that asks for it, and not before', async () => {
    await kube.propose(namespace, 'second', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'second', 'Unchanged');
    await until(
      'both own it',
      10_000,
      async () => (await kube.configMap(namespace, target))?.metadata.ownerReferences?.length === 2,
    );
    await kube.deleteConfigVersion(namespace, 'limits');
    await until('one owns it', 30_000, async () => {
      const owners = (await kube.configMap(namespace, target))?.metadata.ownerReferences;
      return owners?.length === 1 && owners[0]?.name === 'second';
    });
    await kube.deleteConfigVersion(namespace, 'second');
    await until('it is gone', 30_000, async () => (await kube.configMap(namespace, target)) === null);
  });
});

describe('a ConfigMap that is not ours', () => {
  it('is never touched, and taken over only when it says so itself', async () => {
    const foreign = await kube.createConfigMap(namespace, target, { 'eu.yaml': 'mine\n', other: 'x' });
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    const object = await kube.untilReason(namespace, 'limits', 'TargetNotOwned');
    expect(conditionsOf(object)).toEqual({ Ready: 'False', Stalled: 'True' });
    expect(object.status.version).toBe('1');
    expect(await kube.configMap(namespace, target)).toEqual(foreign);

    await kube.patchConfigMap(namespace, target, { metadata: { annotations: { 'pawl.dev/adopt': 'true' } } });
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    expect((await kube.untilShown(namespace, target, '2')).data).toEqual({ 'eu.yaml': 'a: 2\n', other: 'x' });
  });

  it('of another config is left to it, and the message says whose it is', async () => {
    await kube.propose(namespace, 'one', { path: 'one.yaml', body: 'a: 1\n', configMap: { name: 'shared' } });
    await kube.untilReason(namespace, 'one', 'Saved');
    await kube.propose(namespace, 'two', { path: 'two.yaml', body: 'a: 2\n', configMap: { name: 'shared' } });
    const object = await kube.untilReason(namespace, 'two', 'TargetNotOwned');
    expect(object.status.conditions?.[0]?.message).toContain(`${namespace}/one.yaml`);
    expect((await kube.configMap(namespace, 'shared'))?.data).toEqual({ 'one.yaml': 'a: 1\n' });
  });
});

describe('a text that is hard to read', () => {
  it('holds up nobody else: small configs are saved while a megabyte is being read', async () => {
    const heavy = Array.from({ length: 60_000 }, (_, index) => `k${index}: [a, b]\n`).join('');
    // Reading it takes longer than some leaders live where they are killed at random.
    await undisturbed(operator, async () => {
      await kube.propose(namespace, 'heavy', { path: 'heavy.yaml', body: heavy });
      await kube.propose(namespace, 'small', { path: 'small.yaml', body: 'a: 1\n' });
      await kube.untilReason(namespace, 'small', 'Saved');
      await kube.untilReason(namespace, 'heavy', 'Saved', 60_000);
    });
    const saved = await database.query<{ path: string }>(
      `select c.path from pawl.config_versions v join pawl.configs c on c.id = v.config_id
        where c.namespace = $1 order by v.id`,
      [namespace],
    );
    expect(saved.map(({ path }) => path)).toEqual(['small.yaml', 'heavy.yaml']);
    expect((await kube.configMap(namespace, 'heavy.yaml'))?.data).toEqual({ 'heavy.yaml': heavy });
  });
});
