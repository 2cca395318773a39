/** What manifests would become, and which objects' texts are not live, at the API of the operator as it is deployed. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Kube } from '../setup/kube.ts';
import { until } from '../setup/until.ts';
import { ObjectsWorld } from './objects-world.ts';

const path = 'limits/eu.yaml';
const text = (cap: number, fee: number) => `cap: ${cap}\n# far\n# from\n# it\nfee: ${fee}\n`;
let world: ObjectsWorld;
let kube: Kube;
let namespace: string;

beforeAll(async () => {
  world = await ObjectsWorld.start('previews');
  kube = world.kube;
});
afterAll(() => world?.[Symbol.asyncDispose]());

beforeEach(async () => {
  namespace = await kube.namespace('preview');
  world.namespace = namespace;
});

const preview = (name: string, spec: object, more: { token?: string; applied_by?: string } = {}) => {
  const { token, ...rest } = more;
  const body = { spec: { path, format: 'yaml', ...spec }, ...rest };
  return world.ask(`/proposals/${namespace}/${name}/preview`, { body, token });
};
const saved = (name: string, body: string, more = {}) => world.saved(name, { path, body, ...more });

/**
 * Everything the database holds of the namespace's configs, lines and log. Of others it may grow: the operator takes up
 * what other tests left in the cluster.
 */
async function rows(): Promise<unknown> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    const ours = 'SELECT id FROM pawl.configs WHERE namespace = $1';
    const told = 'SELECT deployment_id FROM pawl.deployment_changes WHERE namespace = $1';
    const of = async (table: string, which: string) =>
      (await client.query(`SELECT * FROM pawl.${table} WHERE ${which} ORDER BY id`, [namespace])).rows;
    return [
      await of('configs', 'namespace = $1'),
      await of('config_versions', `config_id IN (${ours})`),
      await of('sources', `config_id IN (${ours})`),
      await of('deployments', `id IN (${told})`),
    ];
  } finally {
    await client.end();
  }
}

describe('the preview of a manifest', () => {
  it('says that a new config would be saved as its first version, and writes nothing', async () => {
    const before = await rows();
    const { status, json } = await preview('limits', { body: text(1, 1) });
    expect([status, json]).toMatchObject([
      200,
      {
        ...{ namespace, name: 'limits', config: { namespace, path }, exists: false, outcome: 'saved' },
        ...{ reason: 'Saved', version: 1, change: expect.stringContaining('+cap: 1') },
      },
    ]);
    expect(await rows()).toEqual(before);
    expect(await kube.configVersions(namespace)).toEqual([]);
  });

  it("continues the object's own line: what others saved stays, and it becomes just that when it is applied", async () => {
    await saved('git', text(1, 1), { author: 'ada@example.com' });
    await saved('bob', text(1, 9), { baseVersion: 1, author: 'bob@example.com' });
    const before = await rows();
    const { json } = await preview('git', { body: text(2, 1) });
    expect(json).toMatchObject({
      ...{ exists: true, outcome: 'merged', reason: 'Merged', version: 3, current_version: 2 },
      ...{ current_author: 'bob@example.com', message: expect.stringContaining('bob@example.com') },
    });
    expect(json.change).toContain('-cap: 1\n+cap: 2\n');
    expect(json.change).not.toContain('+fee');
    expect(await rows()).toEqual(before);
    await kube.propose(namespace, 'git', { path, body: text(2, 1) });
    expect((await kube.untilReason(namespace, 'git', 'Merged')).status).toMatchObject({ version: '3' });
  });

  it('says that an unchanged manifest, and a text that a version has, would change nothing', async () => {
    await saved('git', text(1, 1));
    for (const name of ['git', 'copy'])
      expect((await preview(name, { body: text(1, 1) })).json).toMatchObject({
        ...{ outcome: 'unchanged', version: 1, reason: 'Unchanged' },
      });
  });

  it('refuses in the words of the object, with the places, the difference and what a confirmation would save', async () => {
    await saved('git', text(1, 1));
    await saved('git', text(2, 1));
    expect((await preview('new', { body: text(3, 1), baseVersion: 1 })).json).toMatchObject({
      ...{ outcome: 'refused', reason: 'VersionConflict', base_version: 1, current_version: 2 },
      places: [{ path: 'cap', base: '1', current: '2', proposed: '3', changed_in: 2 }],
      diff: expect.stringContaining('+cap: 3'),
    });
    const { json } = await preview('new', { body: text(1, 7), baseVersion: 1 });
    expect(json).toMatchObject({ reason: 'ConfirmationRequired', merged: text(2, 7) });
    expect(json.change).toContain('+fee: 7');
    await kube.propose(namespace, 'new', { path, body: text(1, 7), baseVersion: 1 });
    const { status } = await kube.untilReason(namespace, 'new', 'ConfirmationRequired');
    expect(status.conflict?.merged).toBe(json.merged);
    expect((await preview('odd', { body: 'a: [' })).json).toMatchObject({ reason: 'InvalidBody' });
    expect((await preview('odd', { body: 'a: 1\n' })).json).toMatchObject({ reason: 'BaseVersionRequired' });
    expect((await preview('git', { body: 'a: 1\n', path: 'other.yaml' })).json).toMatchObject({
      ...{ outcome: 'refused', message: expect.stringContaining('spec.path is immutable') },
    });
    expect((await preview('odd', { body: 'a: 1\n', namespace: 'elsewhere' })).json).toMatchObject({
      ...{ outcome: 'refused', reason: 'NamespaceNotFound' },
    });
    expect((await preview('odd', { body: 'a: 1\n', foo: 1 })).json).toMatchObject({
      reason: 'InvalidRequest',
    });
  });

  it('of a renamed object continues the line of the one it was, and says what it would wait for', async () => {
    await saved('old', text(1, 1));
    const renamed = { body: text(2, 1), formerly: 'old' };
    expect((await preview('new', renamed)).json).toMatchObject({ outcome: 'saved', version: 2 });
    await kube.propose(namespace, 'old', { path, body: 'a: [' });
    await kube.untilReason(namespace, 'old', 'InvalidBody');
    expect((await preview('new', renamed)).json).toMatchObject({ outcome: 'waiting' });
    await kube.deleteConfigVersion(namespace, 'old');
    await until('it is seen to be gone', 10_000, async () => {
      const { json } = await preview('new', renamed);
      return json.outcome === 'saved' && json.version === 2;
    });
  });

  it('needs the right to see the object, which is asked before the body is read, and the config', async () => {
    await saved('git', text(1, 1));
    const see = { verbs: ['get'] };
    const configs = { apiGroups: ['store.pawl.dev'], resources: ['configs'] };
    const [stranger, half, ci] = await Promise.all([
      world.person('stranger', { ...configs, verbs: ['get', 'create', 'update'] }),
      world.person('half', see),
      world.person('ci', see, { ...configs, verbs: ['get'], resourceNames: [path.replace('/', ':')] }),
    ]);
    await until('the rights are in force', 30_000, async () => {
      return (await preview('git', { body: text(2, 1) }, { token: ci })).status === 200;
    });
    // Nothing of the text that is far too large is read.
    const large = { body: 'x'.repeat(4 << 20) };
    expect((await preview('git', large, { token: stranger })).json).toMatchObject({ status: 403 });
    expect((await preview('git', { body: text(2, 1) }, { token: half })).json).toMatchObject({ status: 403 });
    expect((await preview('git', { body: text(2, 1), path: 'b.yaml' }, { token: ci })).json).toMatchObject({
      status: 403,
    });
    expect((await world.ask(`/proposals/${namespace}/git/preview/x`, { body: {} })).status).toBe(404);
  });
});

describe('drift', () => {
  it('lists the objects whose text is not live, with whose is and since when, for those who may get them', async () => {
    const list = async (token?: string) =>
      (await world.ask(`/drift?namespace=${namespace}`, { token })).json.items;
    await saved('git', text(1, 1), { author: 'ada@example.com', git: { commit: 'abcdef1' } });
    expect(await list()).toEqual([]);
    await saved('bob', text(1, 9), { baseVersion: 1, author: 'bob@example.com' });
    const items = await until('git is superseded', 20_000, async () => {
      const found = await list();
      return found.length > 0 && found[0].live_version === 2 && found;
    });
    expect(items).toMatchObject([
      {
        ...{ namespace, name: 'git', config: { namespace, path }, version: 1, superseded_by: 2 },
        ...{ live_version: 2, reason: 'Superseded', git: { commit: 'abcdef1' }, since: expect.any(String) },
      },
    ]);
    expect(items[0].message).toMatch(
      /^Version 2 by bob@example.com.* on \d{4}-\d\d-\d\d at \d\d:\d\d UTC came after/,
    );
    const nobody = await world.person('nobody', { verbs: ['list'] });
    expect(await list(nobody)).toEqual([]);

    await saved('git', text(2, 1));
    const merged = await until('git is merged', 20_000, async () => {
      const found = (await list()).find((item: { name: string; reason: string }) => item.name === 'git');
      return found?.reason === 'Merged' && found;
    });
    expect(merged.message).toMatch(/^Merged with version 2 by bob@example.com.* and saved as version 3/);
    expect(merged).toMatchObject({ version: 3, live_version: 3 });
  });
});
