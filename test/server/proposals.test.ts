/** ConfigVersion objects that wait for a person, at the API of the operator as it is deployed. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type LocalApi, prepareApi } from '../../local/api.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import { makeAccount, tokenOf } from '../setup/account.ts';
import { askJson } from '../setup/ask-json.ts';
import { adminKubectl } from '../setup/chart.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';
import { WorkloadsInTest } from '../setup/workloads.ts';

const stack = new AsyncDisposableStack();
const path = 'limits/eu.yaml';
const text = (cap: number, fee: number) => `# per day\ncap: ${cap}  # agreed\nfee: ${fee}\n\nquota: 5\n`;
let api: LocalApi;
let kube: Kube;
let kubectl: Kubectl;
let database: TestDatabase;
let namespace: string;

beforeAll(async () => {
  const KUBECONFIG = inject('kubeconfig');
  kube = stack.use(await Kube.open(KUBECONFIG));
  database = stack.use(await createTestDatabase());
  kubectl = await adminKubectl();
  api = await prepareApi({ kubectl });
  const env = {
    ...{ KUBECONFIG, DATABASE_URL: database.url, PAWL_CLUSTER: 'proposals' },
    // So long that a workload stays behind while a test looks.
    ...{ PAWL_RESTARTS: 'true', PAWL_RESTART_DELAY_SECONDS: '3600' },
    ...api.operator,
  };
  // As test/server/program.test.ts does: the account of the tests has no rights to serve the API.
  stack.use(await startOperator(env, { replicas: 1, as: 'given' }));
});
afterAll(() => stack.disposeAsync());

beforeEach(async () => {
  namespace = await kube.namespace('waiting');
});

const ask = (url: string, asked: { token?: string; body?: object } = {}) => askJson(api.client, url, asked);

const list = async (token?: string) => {
  const { status, json } = await ask(
    `/proposals?namespace=${namespace}`,
    token === undefined ? {} : { token },
  );
  expect(json, JSON.stringify(json)).toMatchObject({ items: expect.any(Array) });
  expect(status).toBe(200);
  return json.items;
};
/** Once there are so many: the operator hears of an object's status a moment after it is written. */
const listed = (count: number) =>
  until(`${count} are listed`, 60_000, async () => {
    const items = await list();
    return items.length === count && items;
  });
const confirm = (name: string, token: string, as?: string) =>
  ask(`/proposals/${namespace}/${name}/confirm`, { body: { token }, ...(as !== undefined && { token: as }) });

/** Somebody with these rights on objects there, and their token. */
async function person(name: string, verbs: readonly string[], resourceNames?: readonly string[]) {
  const rule = { apiGroups: ['pawl.dev'], resources: ['configversions'], verbs };
  return reader(name, [{ ...rule, ...(resourceNames && { resourceNames }) }]);
}

/** Somebody with these rights there, and their token. */
async function reader(name: string, rules: readonly object[]) {
  await makeAccount(kubectl, { namespace, name, rules });
  return tokenOf(kubectl, { namespace, name });
}

/** Nothing runs it. */
async function pod(name: string, labels: object, annotations = {}): Promise<void> {
  const spec = { containers: [{ name: 'api', image: 'api:1' }], automountServiceAccountToken: false };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name, labels, annotations }, spec };
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(object) });
}

async function saved(name: string, body: string): Promise<void> {
  await kube.propose(namespace, name, { path, body });
  await until(`${name} is accepted`, 20_000, async () => {
    const { metadata, status } = await kube.configVersion(namespace, name);
    return status.observedGeneration === metadata.generation && status.version !== undefined;
  });
}

/** Versions 1 and 2 are saved; `bob` was edited on version 1, and waits. Its token. */
async function bobWaits(): Promise<string> {
  await saved('ada', text(1, 1));
  await saved('ada', text(2, 1));
  const more = { author: 'bob@example.com', comment: 'fees' };
  await kube.propose(namespace, 'bob', {
    path,
    body: text(1, 9),
    baseVersion: 1,
    onStale: 'Confirm',
    ...more,
  });
  const { status } = await kube.untilReason(namespace, 'bob', 'ConfirmationRequired');
  return status.conflict!.token!;
}

describe('an object that waits to be confirmed', () => {
  it('is listed with what it changes and what it would become, and is saved in the name of whoever confirms', async () => {
    const token = await bobWaits();
    const [item] = await listed(1);
    expect(item).toMatchObject({
      ...{ namespace, name: 'bob', config: { namespace, path }, format: 'yaml', author: 'bob@example.com' },
      ...{ comment: 'fees', reason: 'ConfirmationRequired', base_version: 1, current_version: 2, token },
      ...{ merged: text(2, 9), message: expect.stringContaining('version 2') },
    });
    expect(item.diff).toContain('+fee: 9');

    const reviewer = await person('reviewer', ['get', 'update']);
    const done = await until('the right to confirm', 30_000, async () => {
      const answer = await confirm('bob', token, reviewer);
      return answer.status !== 403 && answer;
    });
    expect(done).toMatchObject({ status: 202, json: { name: 'bob', token } });
    const object = await kube.untilReason(namespace, 'bob', 'Merged');
    expect(object.status).toMatchObject({ version: '3' });
    expect(object.status.conflict).toBeUndefined();
    expect(object.metadata.annotations ?? {}).not.toHaveProperty('pawl.dev/confirm');
    const { json } = await ask(`/versions/${namespace}/${path}`);
    const by = `system:serviceaccount:${namespace}:reviewer`;
    expect(json.items[0]).toMatchObject({
      version: 3,
      kind: 'confirmed',
      confirmed_by: by,
      created_by: 'bob@example.com',
    });
    expect(await listed(0)).toEqual([]);
  });

  it('waits on when the token is for another result, and is asked about by the new one', async () => {
    const token = await bobWaits();
    expect((await confirm('bob', 'made-up')).json).toMatchObject({ status: 409, reason: 'NotWaiting' });
    await saved('ada', text(3, 1));
    await until('it shows another result', 60_000, async () => {
      const shown = (await list())[0]?.token;
      return shown !== undefined && shown !== token;
    });
    expect((await confirm('bob', token)).json).toMatchObject({ status: 409, reason: 'NotWaiting' });
    const [item] = await list();
    expect(item.merged).toBe(text(3, 9));
    expect((await confirm('bob', item.token)).status).toBe(202);
    await kube.untilReason(namespace, 'bob', 'Merged');
    expect((await confirm('bob', item.token)).json).toMatchObject({ status: 409, reason: 'NotWaiting' });
  });

  it('is shown to those who may get it, and confirmed by those who may update it, too', async () => {
    const token = await bobWaits();
    const nobody = await person('nobody', ['list']);
    const reader = await person('reader', ['get'], ['bob']);
    const writer = await person('writer', ['update']);
    await until('the right to see it', 30_000, async () => (await list(reader)).length === 1);
    expect(await list(nobody)).toEqual([]);
    for (const who of [nobody, reader, writer]) {
      expect((await confirm('bob', token, who)).json).toMatchObject({ status: 403, reason: 'Forbidden' });
    }
    expect((await ask(`/proposals/${namespace}/other/confirm`, { body: { token } })).json).toMatchObject({
      ...{ status: 404, reason: 'ProposalNotFound' },
    });
    expect((await kube.configVersion(namespace, 'bob')).status.conflict?.token).toBe(token);
  });
});

it('an object that clashes is listed with the places, and cannot be confirmed', async () => {
  await saved('ada', text(1, 1));
  await saved('ada', text(2, 1));
  await kube.propose(namespace, 'cem', { path, body: text(7, 1), baseVersion: 1 });
  await kube.untilReason(namespace, 'cem', 'VersionConflict');
  const [item] = await listed(1);
  expect(item).toMatchObject({
    reason: 'VersionConflict',
    places: [{ path: 'cap', base: '1', current: '2', proposed: '7', changed_in: 2 }],
  });
  expect(item.token).toBeUndefined();
  expect((await confirm('cem', 'anything')).json).toMatchObject({ status: 409, reason: 'NotWaiting' });
});

it('an object that is refused for any other reason is listed, and goes when it is mended; pages hold all of them', async () => {
  for (const name of ['a', 'b', 'c']) {
    await kube.propose(namespace, name, { path: `${name}.yaml`, body: 'a: [' });
    await kube.untilReason(namespace, name, 'InvalidBody');
  }
  await listed(3);
  const names: string[] = [];
  let cursor = '';
  do {
    const { json } = await ask(`/proposals?namespace=${namespace}&limit=2${cursor && `&cursor=${cursor}`}`);
    names.push(...json.items.map((item: { name: string }) => item.name));
    cursor = json.next_cursor ?? '';
  } while (cursor !== '');
  expect(names).toEqual(['a', 'b', 'c']);
  await kube.propose(namespace, 'b', { path: 'b.yaml', body: 'a: 1\n' });
  await kube.untilReason(namespace, 'b', 'Saved');
  await until('it is gone', 10_000, async () => (await list()).length === 2);
  expect((await ask('/proposals?cursor=bm9uZQ')).json).toMatchObject({ reason: 'InvalidCursor' });
});

describe('where a config is used', () => {
  const usage = (token?: string, query = '') =>
    ask(`/usage/${namespace}/${path}${query}`, token === undefined ? {} : { token });

  it('is told by the ConfigMaps and objects that the reader may get, each with its version', async () => {
    await bobWaits();
    await kube.untilShown(namespace, 'limits-eu.yaml', '2');
    // A copy that says the same of itself is not Pawl's.
    const original = await kube.configMap(namespace, 'limits-eu.yaml');
    const { annotations } = original!.metadata;
    await kube.createConfigMap(namespace, 'copy', { a: 'b' }, { annotations });
    const reads = { apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs: ['get'] };
    const [none, maps, one] = [
      await reader('none', [reads]),
      await reader('maps', [reads, { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }]),
      await reader('one', [
        reads,
        { apiGroups: ['pawl.dev'], resources: ['configversions'], verbs: ['get'], resourceNames: ['bob'] },
      ]),
    ];
    const map = { kind: 'ConfigMap', namespace, name: 'limits-eu.yaml', keys: ['eu.yaml'], version: 2 };
    await until('the rights are known', 20_000, async () => (await usage(maps)).json.items?.length === 1);
    expect((await usage(maps)).json).toMatchObject({
      config: { namespace, path, latest_version: 2 },
      items: [map],
    });
    await until('the rights are known', 20_000, async () => (await usage(one)).json.items?.length === 1);
    expect((await usage(one)).json.items).toMatchObject([
      { kind: 'ConfigVersion', name: 'bob', config_map: 'limits-eu.yaml', ready: false },
    ]);
    expect((await usage(one)).json.items[0].version).toBeUndefined();
    await until('the rights are known', 20_000, async () => (await usage(none)).status === 200);
    expect((await usage(none)).json.items).toEqual([]);
    const stranger = await person('stranger', ['get']);
    expect((await usage(stranger)).json).toMatchObject({ status: 403, reason: 'Forbidden' });
    expect((await ask(`/usage/${namespace}/none.yaml`)).json.reason).toBe('ConfigNotFound');
  });

  it('is told by the projections that show it and what they make, too, to those who may get these', async () => {
    await saved('ada', text(1, 1));
    const spec = { configs: [{ path, key: 'limits' }], target: { name: 'shown' } };
    await kube.project(namespace, 'together', spec);
    await kube.untilProjection(namespace, 'together', 'Rendered');
    const reads = { apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs: ['get'] };
    const only = (group: string, resource: string, name: string) =>
      reader(name, [reads, { apiGroups: [group], resources: [resource], verbs: ['get'] }]);
    const objects = await only('pawl.dev', 'configprojections', 'projections');
    const { version } = (await kube.projection(namespace, 'together')).status.configs![0]!;
    await until('the rights are known', 20_000, async () => (await usage(objects)).json.items?.length === 1);
    expect((await usage(objects)).json.items).toEqual([
      {
        ...{ kind: 'ConfigProjection', namespace, name: 'together', config_map: 'shown' },
        ...{ version: Number(version), ready: true, reason: 'Rendered' },
        message: 'ConfigMap shown shows 1 config.',
      },
    ]);
    const maps = await only('', 'configmaps', 'shown-maps');
    const map = { kind: 'ConfigMap', namespace, name: 'shown', keys: ['limits'], version: Number(version) };
    await until('the rights are known', 20_000, async () =>
      (await usage(maps)).json.items?.some(({ name }: { name: string }) => name === 'shown'),
    );
    expect((await usage(maps)).json.items).toContainEqual(map);
    await kube.project(namespace, 'together', { ...spec, configs: [{ path, key: 'limits', version: 1 }] });
    await until('it is told as pinned', 20_000, async () => (await usage(objects)).json.items[0]?.pinned);
    expect((await usage(maps)).json.items).toContainEqual({ ...map, pinned: true });
    await kube.deleteProjection(namespace, 'together');
    await until('they are gone', 20_000, async () => (await usage(objects)).json.items.length === 0);
  });

  it('is told by the workloads that restart for it, with what each has and whether it is behind', async () => {
    await using workloads = await WorkloadsInTest.open(inject('kubeconfig'));
    await saved('ada', text(1, 1));
    await kube.untilShown(namespace, 'limits-eu.yaml', '1');
    const name = 'payouts';
    await workloads.apply({
      ...{ namespace, name, annotations: { 'pawl.dev/restart-on-change': 'true' } },
      volumes: [{ name: 'limits', configMap: { name: 'limits-eu.yaml' } }],
    });
    const reads = { apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs: ['get'] };
    const [none, ops] = [
      await reader('none', [reads]),
      await reader('ops', [reads, { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }]),
    ];
    const item = { kind: 'Deployment', namespace, name, config_map: 'limits-eu.yaml', version: 1 };
    const listed = (behind: boolean) =>
      until(`it is listed, behind: ${behind}`, 20_000, async () => {
        const { json } = await usage(ops);
        return json.items?.[0]?.behind === behind && json;
      });
    expect(await listed(false)).toMatchObject({ items: [{ ...item, behind: false }], workloads: 'Listed' });
    await saved('ada', text(2, 1));
    expect((await listed(true)).items).toEqual([{ ...item, behind: true }]);
    await until('the rights are known', 20_000, async () => (await usage(none)).status === 200);
    expect((await usage(none)).json.items).toEqual([]);
  });

  it('is told by the pods of those workloads, each with what it was started with', async () => {
    await using workloads = await WorkloadsInTest.open(inject('kubeconfig'));
    await saved('ada', text(1, 1));
    await kube.untilShown(namespace, 'limits-eu.yaml', '1');
    const name = 'payouts';
    await workloads.apply({
      ...{ namespace, name, annotations: { 'pawl.dev/restart-on-change': 'true' } },
      volumes: [{ name: 'limits', configMap: { name: 'limits-eu.yaml' } }],
    });
    await pod('payouts-1', { app: name });
    await pod('payouts-2', { app: name }, { 'pawl.dev/config-hash': 'of another template' });
    await pod('other', { app: 'other' });
    const reads = { apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs: ['get'] };
    const gets = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] };
    const [ops, looker] = [
      await reader('ops', [reads, gets, { apiGroups: [''], resources: ['pods'], verbs: ['list'] }]),
      await reader('looker', [reads, gets]),
    ];
    const created_at = expect.stringMatching(/^20.*Z$/);
    const item = await until('its pods are listed', 30_000, async () => {
      const { json } = await usage(ops, '?pods=true');
      return json.items?.[0]?.pods?.length === 2 && json.items[0];
    });
    expect(item).toMatchObject({ kind: 'Deployment', version: 1, behind: false });
    expect(item.pods).toEqual([
      { name: 'payouts-1', created_at, version: 1, behind: false },
      { name: 'payouts-2', created_at, behind: true },
    ]);
    expect((await usage(ops)).json.items[0].pods).toBeUndefined();
    await until('the rights are known', 20_000, async () => (await usage(looker)).json.items?.length === 1);
    expect((await usage(looker, '?pods=true')).json.items[0].pods).toBeUndefined();
  });

  it('comes in pages', async () => {
    await bobWaits();
    const seen: string[] = [];
    for (let query = '?limit=1'; query !== ''; ) {
      const { json } = await usage(undefined, query);
      seen.push(...json.items.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`));
      query = json.next_cursor ? `?limit=1&cursor=${json.next_cursor}` : '';
    }
    expect(seen).toEqual(['ConfigVersion ada', 'ConfigVersion bob']);
  });
});
