/** Who may do what by the HTTP API: tokens by TokenReview, deeds by Kubernetes RBAC. */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:https';
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

const save = (token: string, path = config, headers: Record<string, string> = { 'if-match': '*' }) =>
  api.ask(path, {
    ...{ method: 'PUT', token, body: { body_raw: `cap: ${Math.random()}\n` } },
    headers,
  });

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
    // A yes is remembered for ten seconds.
    await until('the token is no longer accepted', 30_000, async () => {
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
    const overNothing = { status: 409, reason: 'BaseVersionGone' };
    expect((await save(creator, fresh)).json).toMatchObject(overNothing);
    expect((await save(creator, fresh, {})).status).toBe(201);
    expect((await save(creator, fresh)).json).toMatchObject({ status: 403, reason: 'Forbidden' });
    expect((await save(changer, fresh)).status).toBe(200);
  });

  it('is that of each request’s token, also when one connection brings several', async () => {
    const [viewer, nobody] = await Promise.all([api.person([{ verbs: ['get'] }]), api.person([])]);
    let connections = 0;
    class OneConnection extends Agent {
      override createConnection(...args: Parameters<Agent['createConnection']>) {
        connections += 1;
        return super.createConnection(...args);
      }
    }
    const agent = new OneConnection({ keepAlive: true, maxSockets: 1 });
    const seen: unknown[] = [];
    for (const token of [viewer, nobody, 'wrong', null, viewer]) {
      seen.push((await api.ask(config, { token, agent })).status);
    }
    expect(seen).toEqual([200, 403, 401, 401, 200]);
    agent.destroy();
    expect(connections).toBe(1);
  });

  it('to create is none to change what was there once', async () => {
    const creator = await api.person([{ verbs: ['create'] }]);
    const path = `${randomUUID()}.yaml`;
    const change = { body_raw: 'cap: 1\n', format: 'yaml', base_version: 1 };
    const one = { namespace: api.namespace, path, ...change };
    const alone = await api.ask(`/configs/${api.namespace}/${path}`, {
      ...{ method: 'PUT', token: creator, body: change },
    });
    const together = await api.ask('/deployments', {
      ...{ method: 'POST', token: creator, body: { changes: [one] } },
    });
    for (const { json } of [alone, together])
      expect(json).toMatchObject({ status: 403, reason: 'Forbidden' });
  });
});

describe('what was done under an Idempotency-Key is answered as it was', () => {
  const newPath = (namespace = api.namespace) => `/configs/${namespace}/${randomUUID()}.yaml`;
  const changeOf = (url: string, rest: object = { body_raw: 'cap: 1\n', format: 'yaml' }) => {
    const [, , namespace, path] = url.split('/');
    return { namespace, path, ...rest };
  };
  const put = (path: string) => ({ path, method: 'PUT', body: { body_raw: 'cap: 1\n' } as object });
  const deploy = (...changes: object[]) => ({
    ...{ path: '/deployments', method: 'POST', body: { changes } as object },
  });
  const send = ({ path, ...ask }: ReturnType<typeof put>, token?: string, key: string = randomUUID()) =>
    api.ask(path, { ...ask, headers: { 'idempotency-key': key }, ...(token && { token }) });

  it.each([
    ['a PUT', put],
    ['a deployment', (path: string) => deploy(changeOf(path))],
  ])('%s to whoever may only create, and to nobody else', async (_, asking) => {
    const [creator, other] = await Promise.all([
      api.person([{ verbs: ['create'] }]),
      api.person([{ verbs: ['create'] }]),
    ]);
    const [path, key] = [newPath(), randomUUID()];
    const asked = asking(path);
    const first = await send(asked, creator, key);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(first.status).toBeLessThan(300);
    const again = await send(asked, creator, key);
    expect(again).toMatchObject({ status: first.status, headers: { 'idempotency-replayed': 'true' } });
    expect(again.json).toEqual(first.json);
    for (const refused of [await send(asked, other, key), await send(asked, creator)]) {
      expect(refused.json).toMatchObject({ status: 403, reason: 'Forbidden' });
    }
    const dry = await send({ ...asked, path: `${asked.path}?dry_run=true` }, creator, key);
    expect(dry.json).toMatchObject({ status: 403, reason: 'Forbidden' });
    const reused = await send(
      { ...asked, body: { ...asked.body, git: { commit: 'abcdef1' } } },
      creator,
      key,
    );
    expect(reused.json).toMatchObject({ status: 422, reason: 'IdempotencyKeyReused' });
    expect((await api.ask(path)).json.config.latest_version).toBe(1);
  });

  it('to whoever may only update, also when the config is gone', async () => {
    const changer = await api.person([{ verbs: ['update'] }]);
    const [path, key, other] = [newPath(), randomUUID(), randomUUID()];
    await api.ask(path, put(path));
    const deployment = deploy(changeOf(path, { body_raw: 'cap: 2\n', base_version: 1 }));
    const first = await send(deployment, changer, key);
    expect(first.json).toMatchObject({ items: [{ operation: 'update', new_version: 2 }] });
    const third = { ...put(path), body: { body_raw: 'cap: 3\n', base_version: 2 } };
    expect((await send(third, changer, other)).json.latest.version).toBe(3);
    await api.ask(path, { method: 'DELETE' });
    const again = await send(deployment, changer, key);
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(again.json).toEqual(first.json);
    // The text went with the config: what is left to say is that it was saved.
    const gone = await send(third, changer, other);
    expect(gone.json).toMatchObject({ status: 404, reason: 'ConfigNotFound' });
    expect(gone.json.detail).toMatch(/saved as version 3 of .*deleted since/);
    const anew = deploy(changeOf(path, { body_raw: 'cap: 2\n' }));
    expect((await send(anew, changer)).json).toMatchObject({ status: 403, reason: 'Forbidden' });
    expect((await api.ask(path)).status).toBe(404);
  });

  it('but not beside a change that is no longer allowed whatever exists', async () => {
    const creator = await api.person([{ verbs: ['create'] }]);
    const [path, key] = [newPath(), randomUUID()];
    await send(deploy(changeOf(path)), creator, key);
    const both = deploy(changeOf(path), changeOf(config, { operation: 'delete' }));
    const refused = await send(both, creator, key);
    expect(refused.json).toMatchObject({ status: 403, reason: 'Forbidden' });
    expect(refused.json.detail).toContain('delete');
  });

  it('when the namespace was deleted after it', async () => {
    const name = await api.kube.namespace('gone');
    const token = await api.person([everything], name);
    await api.ask('/namespaces', { method: 'POST', token, body: { name } });
    const [path, key, other] = [newPath(name), randomUUID(), randomUUID()];
    const create = { ...put(path), method: 'POST', body: { body_raw: 'cap: 1\n', format: 'yaml' } };
    expect((await send(create, token, other)).status).toBe(201);
    const removal = deploy(changeOf(path, { operation: 'delete' }));
    const first = await send(removal, token, key);
    expect(first.status).toBe(200);
    expect((await api.ask(`/namespaces/${name}`, { method: 'DELETE', token })).status).toBe(204);
    const again = await send(removal, token, key);
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(again.json).toEqual(first.json);
    expect((await send(create, token, other)).json.detail).toMatch(/saved as version 1 of .*deleted since/);
    for (const asked of [removal, create]) {
      expect((await send(asked, token)).json).toMatchObject({ status: 404, reason: 'NamespaceNotFound' });
    }
  });

  it('when the version that was promoted was deleted after it', async () => {
    const [path, key] = [newPath(), randomUUID()];
    await api.ask(path, put(path));
    await save(await api.person([everything]), path);
    const at = (root: string) => path.replace('configs', root);
    const promotion = { path: at('promote'), method: 'POST', body: { version: 1, base_version: 2 } };
    const first = await send(promotion, undefined, key);
    expect(first.json.latest).toMatchObject({ version: 3, kind: 'promoted' });
    await api.ask(`${at('versions')}?version=1`, { method: 'DELETE' });
    const again = await send(promotion, undefined, key);
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(again.json).toEqual(first.json);
    expect((await send(promotion)).json).toMatchObject({ status: 404, reason: 'VersionNotFound' });
    // Nor is a config gone because one of its versions is.
    await save(await api.person([everything]), path);
    await api.ask(`${at('versions')}?version=3`, { method: 'DELETE' });
    const gone = await send(promotion, undefined, key);
    expect(gone.json).toMatchObject({ status: 404, reason: 'VersionNotFound', current_version: 4 });
    expect(gone.json.detail).toMatch(/saved as version 3 of .*deleted since/);
  });
});

describe('a change that waits for an approval', () => {
  it('waits on when its proposer has lost the right, which a group gave them, and is saved when they have it again', async () => {
    const [proposer, approver] = await Promise.all([
      api.person([{ verbs: ['get'] }]),
      api.person([{ verbs: ['get', 'approve'] }]),
    ]);
    const { namespace, account } = accountOf(proposer);
    const path = `/configs/${namespace}/waits.yaml`;
    await api.ask(path, { method: 'PUT', body: { body_raw: 'cap: 1\n' } });
    const kubectl = await adminKubectl();
    const at = ['--namespace', namespace];
    const role = {
      ...{
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'changers', namespace },
      },
      rules: [{ apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs: ['update'] }],
    };
    await kubectl(['create', '-f', '-'], { input: JSON.stringify(role) });
    const group = `--group=system:serviceaccounts:${namespace}`;
    const bind = () => kubectl(['create', 'rolebinding', 'changers', '--role=changers', group, ...at]);
    await bind();
    api.setPolicy({ approval: [{ paths: ['waits.yaml'] }] });
    try {
      const change = { token: proposer, body: { body_raw: 'cap: 2\n', base_version: 1 } };
      const kept = await until('the group has the right', 30_000, async () => {
        const answer = await api.ask(path, { method: 'PUT', ...change });
        return answer.status === 202 && answer;
      });
      const { id, token } = kept.json;
      const url = `/approvals/${namespace}/${id}`;
      const approve = { method: 'POST', token: approver, body: { token } };
      await kubectl(['delete', 'rolebinding', 'changers', ...at]);
      const refused = await until('the right is gone', 30_000, async () => {
        const { json } = await api.ask(url, { token: approver });
        return json.problem;
      });
      expect(refused).toMatchObject({
        reason: 'ProposerForbidden',
        detail: expect.stringContaining(`:${account}, who proposed this, may not update config waits.yaml`),
      });
      const told = { status: 409, reason: 'ProposerForbidden' };
      expect((await api.ask(`${url}/approve`, approve)).json).toMatchObject(told);
      expect((await api.ask(path)).json.config.latest_version).toBe(1);
      await bind();
      const saved = await until('the right is there again', 30_000, async () => {
        const answer = await api.ask(`${url}/approve`, approve);
        return answer.status === 200 && answer;
      });
      expect(saved.json).toMatchObject({ state: 'saved', items: [{ new_version: 2 }] });
    } finally {
      api.setPolicy({});
    }
  });
});

describe('a config namespace whose history is that of an earlier Kubernetes namespace', () => {
  it('is closed to rights in it, and open to rights on all namespaces', async () => {
    const token = await api.person([everything]);
    const { namespace, account } = accountOf(await api.person([]));
    const [kubectl, role] = [await adminKubectl(), `all-${namespace}`];
    const group = 'rbac.authorization.k8s.io';
    const rule = { apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs: ['get', 'list'] };
    const [apiVersion, metadata] = [`${group}/v1`, { name: role }];
    const roleRef = { apiGroup: group, kind: 'ClusterRole', name: role };
    const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
    const items = [
      { apiVersion, kind: 'ClusterRole', metadata, rules: [rule] },
      { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects },
    ];
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await kubectl(['apply', '--server-side', '-f', '-'], { input });
    try {
      const administrator = await api.token(account);
      await until('the right is in force', 30_000, async () => {
        return (await api.ask(config, { token: administrator })).status === 200;
      });
      api.setOpen(false);
      const refused = { status: 403, reason: 'Forbidden', detail: expect.stringContaining('spec.claimedBy') };
      for (const path of [
        config,
        `/configs/${namespace}`,
        `/watch/${namespace}`,
        config.replace('configs', 'versions'),
      ])
        expect((await api.ask(path, { token })).json, path).toMatchObject(refused);
      expect((await save(token)).json).toMatchObject(refused);
      expect((await api.ask('/namespaces', { token })).json.items).toEqual([]);
      expect((await api.ask(config, { token: administrator })).status).toBe(200);
    } finally {
      api.setOpen(true);
      await kubectl(['delete', 'clusterrole,clusterrolebinding', role]);
    }
    expect((await api.ask(config, { token })).status).toBe(200);
  });
});
