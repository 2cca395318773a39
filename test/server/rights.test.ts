/** Who may do what by the HTTP API: tokens by TokenReview, deeds by Kubernetes RBAC. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, everything, startApi } from '../setup/api.ts';
import { adminKubectl } from '../setup/chart.ts';
import { until } from '../setup/until.ts';

let api: Api;
let config: string;

beforeAll(async () => {
  api = await startApi();
  config = `/configs/${api.namespace}/limits/eu.yaml`;
  await api.ask(config, { method: 'PUT', body: { body_raw: 'cap: 1\n' } });
});
afterAll(() => api?.[Symbol.asyncDispose]());

const save = (token: string, path = config) =>
  api.ask(path, { method: 'PUT', token, body: { body_raw: `cap: ${Math.random()}\n` } });

describe('nobody gets in', () => {
  it.each([
    ['without a token', null],
    ['with a made-up token', 'abc'],
    ['with a token of no form at all', 'a b'],
  ])('%s', async (_, token) => {
    for (const path of ['/namespaces', config, `/watch/${api.namespace}`, '/deployments']) {
      const refused = await api.ask(path, { token });
      expect(refused.json).toMatchObject({ status: 401, reason: 'Unauthenticated' });
      expect(refused.headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  it('with a token of another audience', async () => {
    const token = await api.token('default', { audience: 'https://kubernetes.default.svc' });
    expect((await api.ask(config, { token })).json).toMatchObject({ status: 401 });
  });

  it('with a token that was taken back', async () => {
    const token = await api.person([everything]);
    const { namespace, account } = accountOf(token);
    const kubectl = await adminKubectl();
    await kubectl(['delete', 'serviceaccount', account, '--namespace', namespace]);
    await until('the token is no longer accepted', 10_000, async () => {
      return (await api.ask(config, { token })).status === 401;
    });
  });

  it('and the document alone is for everybody', async () => {
    const { status, json } = await api.ask('/openapi.json', { token: null });
    expect([status, json.openapi]).toEqual([200, '3.1.0']);
  });
});

/** What a service account's token says of itself. */
function accountOf(token: string): { namespace: string; account: string } {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const { namespace, serviceaccount } = claims['kubernetes.io'];
  return { namespace, account: serviceaccount.name };
}

describe('a viewer', () => {
  it('reads, and changes nothing', async () => {
    const token = await api.person([{ verbs: ['get', 'list'] }]);
    for (const path of [config, `/configs/${api.namespace}`, config.replace('configs', 'versions')]) {
      expect((await api.ask(path, { token })).status).toBe(200);
    }
    const change = { token, body: { body_raw: 'cap: 2\n', format: 'yaml' } };
    const asked = [
      api.ask(config, { method: 'PUT', ...change }),
      api.ask(`${config}-new`, { method: 'POST', ...change }),
      api.ask(config, { method: 'DELETE', token }),
      api.ask(`${config.replace('configs', 'versions')}?version=1`, { method: 'DELETE', token }),
      api.ask(config.replace('configs', 'promote'), { method: 'POST', token, body: { version: 1 } }),
      api.ask(`/namespaces/${api.namespace}`, { method: 'DELETE', token }),
      api.ask('/namespaces', { method: 'POST', token, body: { name: api.namespace } }),
      api.ask('/deployments', {
        ...{ method: 'POST', token },
        body: { changes: [{ namespace: api.namespace, path: 'limits/eu.yaml', body_raw: 'a: 1\n' }] },
      }),
    ];
    for (const { json } of await Promise.all(asked)) {
      expect(json).toMatchObject({ status: 403, reason: 'Forbidden' });
      expect(json.detail).toContain('Role');
    }
    expect((await api.ask(config)).json.config.latest_version).toBe(1);
  });

  it('sees nothing of namespaces it may not list', async () => {
    const elsewhere = await api.kube.namespace('other');
    const token = await api.person([everything], elsewhere);
    for (const path of [config, `/configs/${api.namespace}`, `/watch/${api.namespace}`]) {
      expect((await api.ask(path, { token })).json).toMatchObject({ status: 403 });
    }
    expect((await save(token)).json).toMatchObject({ status: 403 });
    expect((await api.ask('/namespaces', { token })).json.items).toEqual([]);
    expect((await api.ask('/deployments', { token })).json.items).toEqual([]);
    expect((await api.ask('/search?path=limits', { token })).json.items).toEqual([]);
    expect((await api.ask('/search?path=limits')).json.items).toHaveLength(1);
  });
});

describe('a right', () => {
  it('for one path is the path with colons as resourceName', async () => {
    const token = await api.person([{ verbs: ['get', 'update'], resourceNames: ['limits:eu.yaml'] }]);
    expect((await save(token)).status).toBe(200);
    expect((await save(token, `/configs/${api.namespace}/limits/us.yaml`)).json).toMatchObject({
      status: 403,
    });
    expect((await api.ask(`/configs/${api.namespace}`, { token })).json).toMatchObject({ status: 403 });
  });

  it('to create is none to change, and one to change is none to create', async () => {
    const [creator, changer] = await Promise.all([
      api.person([{ verbs: ['create'] }]),
      api.person([{ verbs: ['update'] }]),
    ]);
    const fresh = `/configs/${api.namespace}/fresh.yaml`;
    expect((await save(changer, fresh)).json).toMatchObject({ status: 403, reason: 'Forbidden' });
    expect((await save(creator, fresh)).status).toBe(201);
    expect((await save(creator, fresh)).json).toMatchObject({ status: 403, reason: 'Forbidden' });
    expect((await save(changer, fresh)).status).toBe(200);
  });
});
