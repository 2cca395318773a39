/** ConfigProjections on the real API server and PostgreSQL: what pods see of several configs, and when. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import type { ProjectedConfig } from '../../operator/object/config-projection.ts';
import { type Api, startApi } from '../setup/api.ts';
import { type ChartServiceAccount, chartServiceAccount } from '../setup/chart.ts';
import type { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { Rules } from '../setup/rules.ts';
import { until } from '../setup/until.ts';

let api: Api;
let kube: Kube;
let rules: Rules;
let account: ChartServiceAccount;
let operator: Operator;
let namespace: string;
let name: string;
let count = 0;

beforeAll(async () => {
  api = await startApi();
  ({ kube, namespace } = api);
  rules = await Rules.open(inject('kubeconfig'));
  account = await chartServiceAccount({ values: { projections: { secrets: true } } });
  operator = await start();
});

const start = () =>
  startOperator(
    {
      ...{ KUBECONFIG: account.kubeconfig, DATABASE_URL: api.databaseUrl },
      ...{ PAWL_LEASE_NAMESPACE: account.namespace, PAWL_LEASE_NAME: account.leaseName },
      ...{ PAWL_PROJECTION_SECRETS: 'true', PAWL_TARGET_RETRY_SECONDS: '1' },
    },
    { as: 'given' },
  );

afterAll(async () => {
  await operator?.stop();
  await account?.[Symbol.asyncDispose]();
  await rules?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
});

beforeEach(() => {
  count += 1;
  name = `shown-${count}`;
});

type Texts = Readonly<Record<string, string>>;

/** Saves them all in one transaction, below a folder of this test's own. */
async function deploy(texts: Texts): Promise<void> {
  const heads = await Promise.all(
    Object.keys(texts).map(async path => {
      const { json, status } = await api.ask(`/configs/${namespace}/${name}/${path}`);
      return status === 200 ? (json.latest.version as number) : 0;
    }),
  );
  const changes = Object.entries(texts).map(([path, body_raw], index) => ({
    ...{ namespace, path: `${name}/${path}`, body_raw },
    ...(heads[index] === 0 ? { format: 'yaml' } : { base_version: heads[index] }),
  }));
  const { status, text } = await api.ask('/deployments', { method: 'POST', body: { changes } });
  expect(status, text).toBeLessThan(300);
}

const remove = async (path: string) => {
  const at = `/configs/${namespace}/${name}/${path}`;
  const { headers } = await api.ask(at);
  const answer = await api.ask(at, { method: 'DELETE', headers: { 'if-match': String(headers.etag) } });
  expect(answer.status, answer.text).toBeLessThan(300);
};

const at = (path: string, more: Partial<ProjectedConfig> = {}): ProjectedConfig => ({
  path: `${name}/${path}`,
  ...more,
});

const dataOf = async (of = name) => (await kube.configMap(namespace, of))?.data;
const untilShows = (data: Texts, of = name) =>
  until(`${of} shows ${JSON.stringify(data)}`, 30_000, async () => {
    const shown = await dataOf(of);
    return JSON.stringify(shown, Object.keys(shown ?? {}).sort()) === JSON.stringify(data);
  });

describe('a projection', () => {
  it('shows several configs under their keys, and follows each of them', async () => {
    await deploy({ 'a.yaml': 'a: 1\n', 'b/eu.yaml': 'b: 1\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml'), at('b/eu.yaml', { key: 'limits' })] });
    const object = await kube.untilProjection(namespace, name, 'Rendered');
    expect(await dataOf()).toEqual({ 'a.yaml': 'a: 1\n', limits: 'b: 1\n' });
    expect(object.status).toMatchObject({
      ...{ target: { kind: 'ConfigMap', name }, keys: 2 },
      configs: [
        { key: 'a.yaml', namespace, path: `${name}/a.yaml`, version: '1' },
        { key: 'limits', namespace, path: `${name}/b/eu.yaml`, version: '1' },
      ],
    });
    await deploy({ 'b/eu.yaml': 'b: 2\n' });
    await untilShows({ 'a.yaml': 'a: 1\n', limits: 'b: 2\n' });
    await until('the status tells it', 30_000, async () => {
      const { status } = await kube.projection(namespace, name);
      return status.configs?.[1]?.version === '2';
    });
  });

  it('shows every config of a folder, those that come later and no more those that go', async () => {
    await deploy({ 'a.yaml': 'a: 1\n', 'deep/b.yaml': 'b: 1\n' });
    await kube.project(namespace, name, { configs: [{ prefix: name }] });
    await untilShows({ 'a.yaml': 'a: 1\n', 'deep-b.yaml': 'b: 1\n' });
    await deploy({ 'c.yaml': 'c: 1\n' });
    await untilShows({ 'a.yaml': 'a: 1\n', 'c.yaml': 'c: 1\n', 'deep-b.yaml': 'b: 1\n' });
    await remove('a.yaml');
    await untilShows({ 'c.yaml': 'c: 1\n', 'deep-b.yaml': 'b: 1\n' });
  });

  it('shows a text in the format asked for', async () => {
    await deploy({ 'a.yaml': 'cap: 1000 # a day\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml', { key: 'a.env', format: 'env' })] });
    await untilShows({ 'a.env': 'CAP=1000\n' });
    await deploy({ 'a.yaml': '- 1\n' });
    const { status } = await kube.untilProjection(namespace, name, 'NotRenderable');
    expect(status.conditions).toMatchObject([
      { type: 'Ready', status: 'False' },
      { type: 'Stalled', status: 'True' },
    ]);
    expect(await dataOf()).toEqual({ 'a.env': 'CAP=1000\n' });
  });

  it('shows a pinned version whatever is saved later, and says when it is deleted', async () => {
    for (const cap of [1, 2, 3]) await deploy({ 'a.yaml': `cap: ${cap}\n` });
    await kube.project(namespace, name, { configs: [at('a.yaml', { version: 2 })] });
    await untilShows({ 'a.yaml': 'cap: 2\n' });
    await deploy({ 'a.yaml': 'cap: 4\n' });
    const versions = `/configs/${namespace}/${name}/a.yaml/versions/2`;
    const answer = await api.ask(versions, { method: 'DELETE' });
    expect(answer.status, answer.text).toBeLessThan(300);
    await kube.untilProjection(namespace, name, 'VersionNotFound');
    expect(await dataOf()).toEqual({ 'a.yaml': 'cap: 2\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml')] });
    await untilShows({ 'a.yaml': 'cap: 4\n' });
  });

  it('takes a pinned version that was purged out of the target, and leaves what else is there', async () => {
    for (const cap of [1, 2, 3]) await deploy({ 'a.yaml': `cap: ${cap}\n`, 'b.yaml': `b: ${cap}\n` });
    await kube.project(namespace, name, { configs: [at('a.yaml', { version: 2 }), at('b.yaml')] });
    await untilShows({ 'a.yaml': 'cap: 2\n', 'b.yaml': 'b: 3\n' });
    const body = { version: 2, reason: 'held a password' };
    const token = await api.person([{ verbs: ['purge'] }]);
    const answer = await api.ask(`/purge/${namespace}/${name}/a.yaml`, { method: 'POST', token, body });
    expect(answer.status, answer.text).toBeLessThan(300);
    await untilShows({ 'b.yaml': 'b: 3\n' });
    const { status } = await kube.untilProjection(namespace, name, 'VersionPurged');
    expect(status).toMatchObject({ keys: 1, configs: [{ key: 'b.yaml' }] });
    await kube.project(namespace, name, { configs: [at('a.yaml'), at('b.yaml')] });
    await untilShows({ 'a.yaml': 'cap: 3\n', 'b.yaml': 'b: 3\n' });
  });

  it('says which config is missing, keeps what it shows, and goes on when it comes back', async () => {
    await deploy({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml'), at('b.yaml')] });
    await kube.untilProjection(namespace, name, 'Rendered');
    await remove('b.yaml');
    const { status } = await kube.untilProjection(namespace, name, 'ConfigNotFound');
    expect(status.conditions?.[0]?.message).toContain(`${name}/b.yaml`);
    await deploy({ 'a.yaml': 'a: 2\n' });
    expect(await dataOf()).toEqual({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
    await deploy({ 'b.yaml': 'b: 2\n' });
    await kube.untilProjection(namespace, name, 'Rendered');
    expect(await dataOf()).toEqual({ 'a.yaml': 'a: 2\n', 'b.yaml': 'b: 2\n' });
  });

  it('shows an undeleted config again, as it was', async () => {
    await deploy({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
    await deploy({ 'b.yaml': 'b: 2\n' });
    await kube.project(namespace, name, { configs: [{ prefix: name }] });
    await untilShows({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 2\n' });
    await remove('b.yaml');
    await untilShows({ 'a.yaml': 'a: 1\n' });
    const undeleted = await api.ask(`/undelete/${namespace}/${name}/b.yaml`, { method: 'POST' });
    expect(undeleted, undeleted.text).toMatchObject({ status: 200, json: { latest: 2 } });
    await untilShows({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 2\n' });
  });

  it('shows a config that a ConfigVersion proposes, as soon as it is saved', async () => {
    await kube.propose(namespace, name, { path: `${name}/a.yaml`, body: 'a: 1\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml', { key: 'x' })] });
    await untilShows({ x: 'a: 1\n' });
    await kube.propose(namespace, name, { path: `${name}/a.yaml`, body: 'a: 2\n' });
    await untilShows({ x: 'a: 2\n' });
  });

  it('takes its ConfigMap along when it is deleted, and leaves an earlier name behind when that is changed', async () => {
    await deploy({ 'a.yaml': 'a: 1\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml')] });
    await untilShows({ 'a.yaml': 'a: 1\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml')], target: { name: `${name}-new` } });
    await untilShows({ 'a.yaml': 'a: 1\n' }, `${name}-new`);
    await until('the earlier one is gone', 30_000, async () => (await dataOf()) === undefined);
    await kube.deleteProjection(namespace, name);
    await until('the ConfigMap is gone', 30_000, async () => (await dataOf(`${name}-new`)) === undefined);
  });

  it('leaves target and status alone while it is suspended', async () => {
    await deploy({ 'a.yaml': 'a: 1\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml')] });
    await untilShows({ 'a.yaml': 'a: 1\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml')], suspend: true });
    await until('it is suspended', 30_000, async () =>
      (await kube.projection(namespace, name)).status.conditions?.some(({ type }) => type === 'Suspended'),
    );
    await deploy({ 'a.yaml': 'a: 2\n' });
    await kube.project(namespace, `${name}-other`, { configs: [at('a.yaml')] });
    await untilShows({ 'a.yaml': 'a: 2\n' }, `${name}-other`);
    expect(await dataOf()).toEqual({ 'a.yaml': 'a: 1\n' });
  });
});

describe('a target', () => {
  it('that Pawl did not make is not touched, and is taken over whole when it is handed over', async () => {
    await deploy({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
    const data = { 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' };
    const theirs = await kube.createConfigMap(namespace, name, data);
    await kube.project(namespace, name, { configs: [{ prefix: name }] });
    const { status } = await kube.untilProjection(namespace, name, 'TargetNotOwned');
    expect(status.conditions?.[0]?.message).toContain('pawl.dev/adopt=true');
    await kube.patchConfigMap(namespace, name, { metadata: { annotations: { 'pawl.dev/adopt': 'true' } } });
    await kube.untilProjection(namespace, name, 'Rendered');
    const ours = await kube.configMap(namespace, name);
    expect(ours?.data).toEqual(data);
    expect(ours?.metadata.uid).toBe(theirs.metadata.uid);
    expect(ours?.metadata.ownerReferences).toMatchObject([{ kind: 'ConfigProjection', name }]);
  });

  it('of a ConfigVersion or of another projection is not touched, and theirs is not either', async () => {
    const path = `${name}.yaml`;
    await kube.propose(namespace, name, { path, body: 'a: 1\n', configMap: { name } });
    await kube.untilReason(namespace, name, 'Saved');
    await kube.project(namespace, name, { configs: [{ path }] });
    expect((await kube.untilProjection(namespace, name, 'TargetNotOwned')).status.conditions).toMatchObject([
      { message: expect.stringContaining(`belongs to ConfigVersion ${name}`) },
      {},
    ]);
    const target = { name: `${name}-mine` };
    await kube.project(namespace, name, { configs: [{ path }], target });
    await kube.untilProjection(namespace, name, 'Rendered');
    await kube.project(namespace, `${name}-late`, { configs: [{ path, key: 'late' }], target });
    await kube.untilProjection(namespace, `${name}-late`, 'TargetNotOwned');
    await kube.propose(namespace, name, { path, body: 'a: 1\n', configMap: target });
    await kube.untilReason(namespace, name, 'TargetNotOwned');
    expect(await dataOf(target.name)).toEqual({ [path]: 'a: 1\n' });
    // Of two that wait for it, either may be first: one goes back to what it had.
    await kube.propose(namespace, name, { path, body: 'a: 1\n', configMap: { name } });
    await kube.untilReason(namespace, name, 'Unchanged');
    // The next in line takes it over when its owner lets go.
    await kube.deleteProjection(namespace, name);
    await kube.untilProjection(namespace, `${name}-late`, 'Rendered', 30_000);
  });

  it('that somebody edits or deletes is put back', async () => {
    await deploy({ 'a.yaml': 'a: 1\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml')] });
    await untilShows({ 'a.yaml': 'a: 1\n' });
    await kube.patchConfigMap(namespace, name, { data: { 'a.yaml': 'a: 9\n', more: 'x' } });
    await untilShows({ 'a.yaml': 'a: 1\n' });
    await kube.deleteConfigMap(namespace, name);
    await untilShows({ 'a.yaml': 'a: 1\n' });
    const events = await until('both are told', 30_000, async () => {
      const all = await kube.events(namespace);
      const told = all.filter(({ reason, note }) => reason === 'DriftCorrected' && note.includes(`${name} `));
      return told.length === 2 && told;
    });
    expect(events.map(({ note }) => note).sort()).toEqual([
      `ConfigMap ${name} was changed by somebody else and is as it was again.`,
      `ConfigMap ${name} was deleted by somebody else and is as it was again.`,
    ]);
  });
});

describe('a ConfigVersion that asks for no ConfigMap', () => {
  it('has none, and is saved and shown by projections all the same', async () => {
    const path = `${name}/a.yaml`;
    await kube.propose(namespace, name, { path, body: 'a: 1\n', configMap: { name } });
    await kube.untilReason(namespace, name, 'Saved');
    await kube.propose(namespace, name, { path, body: 'a: 2\n', configMap: { enabled: false } });
    const { status } = await kube.untilReason(namespace, name, 'Saved');
    expect(status).toMatchObject({ version: '2' });
    expect(status.configMap).toBeUndefined();
    await until('its ConfigMap is gone', 30_000, async () => (await dataOf()) === undefined);
    await kube.project(namespace, name, { configs: [at('a.yaml')] });
    await untilShows({ 'a.yaml': 'a: 2\n' });
    const both = { path, body: 'a: 3\n', configMap: { enabled: false, name } };
    await expect(kube.propose(namespace, name, both)).rejects.toThrow(/asks for no ConfigMap/);
  });

  it('hands the one it had to the projection that asks for it, without a moment in which pods miss it', async () => {
    const path = `${name}/a.yaml`;
    await kube.propose(namespace, name, { path, body: 'a: 1\n', configMap: { name } });
    await kube.untilReason(namespace, name, 'Saved');
    const uid = (await kube.configMap(namespace, name))?.metadata.uid;
    await kube.project(namespace, name, { configs: [at('a.yaml'), at('a.yaml', { key: 'b' })] });
    await kube.untilProjection(namespace, name, 'TargetNotOwned');
    using watch = await kube.watchConfigMap(namespace, name);
    await kube.propose(namespace, name, { path, body: 'a: 1\n', configMap: { enabled: false } });
    await kube.untilProjection(namespace, name, 'Rendered');
    const ours = await kube.configMap(namespace, name);
    expect(ours?.metadata.uid).toBe(uid);
    expect(ours?.metadata.ownerReferences).toMatchObject([{ kind: 'ConfigProjection' }]);
    expect(ours?.metadata.annotations).not.toHaveProperty('pawl.dev/path');
    expect(watch.seen.every(data => data['a.yaml'] === 'a: 1\n')).toBe(true);
  });
});

describe('a Secret', () => {
  it('shows the same, is put back, and goes with its projection', async () => {
    await deploy({ 'a.yaml': 'a: ä\n' });
    const target = { kind: 'Secret' as const, labels: { team: 'risk' } };
    await kube.project(namespace, name, { configs: [at('a.yaml')], target });
    const { status } = await kube.untilProjection(namespace, name, 'Rendered');
    expect(status.target).toEqual({ kind: 'Secret', name });
    expect(await kube.secret(namespace, name)).toMatchObject({
      ...{ data: { 'a.yaml': 'a: ä\n' }, metadata: { labels: { team: 'risk' } } },
    });
    await kube.patchSecret(namespace, name, { data: { 'a.yaml': 'eA==' } });
    const isBack = async () => (await kube.secret(namespace, name))?.data?.['a.yaml'] === 'a: ä\n';
    await until('it is put back', 30_000, isBack);
    // The same name as a ConfigMap is another target.
    await kube.project(namespace, name, { configs: [at('a.yaml')] });
    await untilShows({ 'a.yaml': 'a: ä\n' });
    await until('the Secret is gone', 30_000, async () => (await kube.secret(namespace, name)) === null);
  });

  it('that Pawl did not make is not touched', async () => {
    await deploy({ 'a.yaml': 'a: 1\n' });
    await kube.createSecret(namespace, name, { mine: 'eA==' });
    await kube.project(namespace, name, { configs: [at('a.yaml')], target: { kind: 'Secret' } });
    const { status } = await kube.untilProjection(namespace, name, 'TargetNotOwned');
    expect(status.conditions?.[0]?.message).toContain('annotate secret');
    expect((await kube.secret(namespace, name))?.data).toEqual({ mine: 'x' });
  });
});

describe('an immutable target', () => {
  it('has a name for each content, and keeps as many earlier ones as asked for', async () => {
    const target = { immutable: true, keep: 1 };
    await deploy({ 'a.yaml': 'a: 0\n' });
    await kube.project(namespace, name, { configs: [at('a.yaml')], target });
    const names: string[] = [];
    for (const round of [0, 1, 2]) {
      if (round > 0) await deploy({ 'a.yaml': `a: ${round}\n` });
      const { status } = await until(`version ${round + 1} is told`, 30_000, async () => {
        const object = await kube.projection(namespace, name);
        return object.status.configs?.[0]?.version === String(round + 1) && object;
      });
      const found = await kube.configMap(namespace, status.target!.name);
      expect(found).toMatchObject({ immutable: true, data: { 'a.yaml': `a: ${round}\n` } });
      expect(status.target!.name).toMatch(new RegExp(`^${name}-[0-9a-f]{10}$`));
      names.push(status.target!.name);
      // Their age is known in whole seconds.
      const born = Date.parse(found!.metadata.creationTimestamp!);
      await until('the next second', 30_000, () => Date.now() > born + 1_000);
    }
    expect(new Set(names).size).toBe(3);
    await until('the first is gone', 30_000, async () => (await dataOf(names[0])) === undefined);
    expect(await dataOf(names[1])).toEqual({ 'a.yaml': 'a: 1\n' });
    expect(await dataOf(names[2])).toEqual({ 'a.yaml': 'a: 2\n' });
  });
});

describe('a reference', () => {
  it('shows the value of another config, follows it, and is told where it stands for nothing', async () => {
    await deploy({
      'limits.yaml': 'eu: {cap: 1000}\n',
      'a.yaml': `cap: \${config:${namespace}/${name}/limits.yaml#/eu/cap}\n`,
    });
    const plain = `cap: \${config:${namespace}/${name}/limits.yaml#/eu/cap}\n`;
    await kube.project(namespace, name, { configs: [at('a.yaml')], references: true });
    await untilShows({ 'a.yaml': 'cap: 1000\n' });
    await deploy({ 'limits.yaml': 'eu: {cap: 1200}\n' });
    await untilShows({ 'a.yaml': 'cap: 1200\n' });
    await deploy({ 'limits.yaml': 'us: {cap: 1}\n' });
    const { status } = await kube.untilProjection(namespace, name, 'ReferenceUnresolved');
    expect(status.conditions?.[0]?.message).toContain('there is no value at that place');
    expect(await dataOf()).toEqual({ 'a.yaml': 'cap: 1200\n' });
    await deploy({ 'limits.yaml': 'eu: {cap: 1300}\n' });
    await untilShows({ 'a.yaml': 'cap: 1300\n' });
    // What is saved is the reference.
    expect((await api.ask(`/configs/${namespace}/${name}/a.yaml`)).json.latest.body_raw).toBe(plain);
    await kube.project(namespace, name, { configs: [at('a.yaml')] });
    await untilShows({ 'a.yaml': plain });
  });

  it('is resolved with the rights of the projection, and no others', async () => {
    const configs = await kube.namespace('refers');
    await kube.propose(configs, 'limits', { path: 'limits.yaml', body: 'cap: 7\n' });
    await kube.untilReason(configs, 'limits', 'Saved');
    await deploy({ 'a.yaml': `cap: \${config:${configs}/limits.yaml#/cap}\n` });
    await kube.project(namespace, name, { configs: [at('a.yaml')], references: true });
    await kube.untilProjection(namespace, name, 'PathNotAllowed');
    await rules.apply(configs, { readers: [{ namespaces: [namespace] }] });
    await untilShows({ 'a.yaml': 'cap: 7\n' });
    await rules.apply(configs, { readers: [] });
    await kube.untilProjection(namespace, name, 'PathNotAllowed');
    expect(await dataOf()).toEqual({ 'a.yaml': 'cap: 7\n' });
    await rules.delete(configs);
  });
});

describe('a deployment of three configs', () => {
  it('is never seen in part by pods, whatever becomes of the operator meanwhile', async () => {
    const paths = ['a.yaml', 'b.yaml', 'deep/c.yaml'];
    const textsOf = (round: number) => Object.fromEntries(paths.map(path => [path, `round: ${round}\n`]));
    await deploy(textsOf(0));
    const configs = [at('a.yaml'), at('b.yaml', { key: 'b' }), { prefix: `${name}/deep` }];
    await kube.project(namespace, name, { configs });
    await kube.untilProjection(namespace, name, 'Rendered');
    using watch = await kube.watchConfigMap(namespace, name);
    // Killed in the middle of its work, each time as soon as it has shown something.
    let kills = 0;
    const killing = (async () => {
      for (; kills < 4; kills++) {
        const before = watch.seen.length;
        await until('the operator shows something', 60_000, () => watch.seen.length > before + 1);
        await operator.kill();
        operator = await start();
      }
    })();
    let rounds = 0;
    while (kills < 4 || rounds < 60) await deploy(textsOf(++rounds));
    await killing;
    const last = `round: ${rounds}\n`;
    await untilShows({ 'a.yaml': last, b: last, 'c.yaml': last });
    await until('the watch has told the last', 30_000, () => watch.seen.at(-1)?.b === last);
    const numbers = watch.seen.map(data => {
      expect(Object.keys(data)).toHaveLength(3);
      expect(new Set(Object.values(data)).size).toBe(1);
      return Number(data.b!.match(/\d+/)![0]);
    });
    expect(numbers.length).toBeGreaterThan(8);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });
});

describe('rights', () => {
  it('are asked again when readers or labels change, and what was shown stays', async () => {
    const configs = await kube.namespace('shared');
    const path = 'limits.yaml';
    await kube.propose(configs, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(configs, 'limits', 'Saved');
    await kube.project(namespace, name, { namespace: configs, configs: [{ path }] });
    const refused = await kube.untilProjection(namespace, name, 'PathNotAllowed');
    expect(refused.status.conditions?.[0]?.message).toContain(`may not read ${configs}/${path}`);
    expect(await dataOf()).toBeUndefined();
    const selector = { namespaceSelector: { matchLabels: { may: name } } };
    await rules.apply(configs, { readers: [selector] });
    await rules.label(namespace, { may: name });
    await untilShows({ [path]: 'a: 1\n' });
    await rules.label(namespace, { may: null });
    await kube.untilProjection(namespace, name, 'PathNotAllowed');
    await kube.propose(configs, 'limits', { path, body: 'a: 2\n' });
    await kube.untilReason(configs, 'limits', 'Saved');
    expect(await dataOf()).toEqual({ [path]: 'a: 1\n' });
    await rules.apply(configs, { readers: [{ namespaces: [namespace], paths: [path] }] });
    await untilShows({ [path]: 'a: 2\n' });
    // A right to one config is none to its folder.
    await kube.project(namespace, name, { namespace: configs, configs: [{ prefix: '' }] });
    await kube.untilProjection(namespace, name, 'PathNotAllowed');
    expect(await dataOf()).toEqual({ [path]: 'a: 2\n' });
    await rules.delete(configs);
  });

  it('to a config namespace that does not exist are none', async () => {
    await kube.project(namespace, name, { namespace: 'no-such', configs: [{ path: 'a.yaml' }] });
    await kube.untilProjection(namespace, name, 'NamespaceNotFound');
  });
});
