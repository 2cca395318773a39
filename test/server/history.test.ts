/** The past by the HTTP API: lists, versions, differences, blame, promotion, search, deployments, namespaces. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../setup/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.[Symbol.asyncDispose]());

async function configWith(...texts: string[]): Promise<string> {
  const path = `h-${randomUUID()}.yaml`;
  for (const [base_version, body_raw] of texts.entries()) {
    const body = { body_raw, base_version, comment: `edit ${base_version + 1}` };
    await api.ask(`/configs/${api.namespace}/${path}`, { method: 'PUT', body });
  }
  return path;
}

const at = (root: string, path: string) => `/${root}/${api.namespace}/${path}`;

describe('versions', () => {
  it('are listed newest first, in pages, without their texts', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n', 'a: 3\n');
    const first = await api.ask(`${at('versions', path)}?limit=2`);
    expect(first.json.items.map(({ version }: { version: number }) => version)).toEqual([3, 2]);
    expect(first.text).not.toContain('body_raw');
    const next = /^<(.*)>; rel="next"$/.exec(String(first.headers.link))?.[1];
    const second = await api.ask(next!);
    expect(second.json.items).toMatchObject([{ version: 1, comment: 'edit 1' }]);
    expect(second.json.next_cursor).toBeUndefined();
    const foreign = await api.ask(`/configs/${api.namespace}?cursor=${first.json.next_cursor}x`);
    expect(foreign.json).toMatchObject({ status: 422, reason: 'InvalidCursor' });
  });

  it('are found by a part of who made them, and by when', async () => {
    const path = await configWith('a: 1\n');
    const ada = { body_raw: 'a: 2\n', base_version: 1, author: 'Ada@Example.com' };
    await api.ask(at('configs', path), { method: 'PUT', body: ada });
    const last = await api.ask(at('configs', path), {
      ...{ method: 'PUT', body: { body_raw: 'a: 3\n', base_version: 2 } },
    });
    const { created_at, actor } = last.json.latest;
    const found = async (query: string) =>
      (await api.ask(`${at('versions', path)}?${query}`)).json.items.map(
        ({ version }: { version: number }) => version,
      );
    expect(await found('author=ada@ex')).toEqual([2]);
    // As the page shows a service account: NAMESPACE/NAME.
    const account = actor.split(':').slice(2).join('/');
    expect(await found(`author=${encodeURIComponent(account)}`)).toContain(3);
    expect(await found(`author=${encodeURIComponent('%')}`)).toEqual([]);
    expect(await found(`since=${created_at}`)).toEqual([3]);
    expect(await found(`until=${created_at}`)).toEqual([2, 1]);
    const page = await api.ask(`${at('versions', path)}?until=${created_at}&limit=1`);
    expect(page.json.items).toMatchObject([{ version: 2 }]);
    const next = /^<(.*)>; rel="next"$/.exec(String(page.headers.link))?.[1];
    expect((await api.ask(next!)).json.items).toMatchObject([{ version: 1 }]);
    const other = await api.ask(`${at('versions', path)}?limit=1&cursor=${page.json.next_cursor}`);
    expect(other.json.reason).toBe('InvalidCursor');
  });

  it('can be deleted, but not the latest', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n');
    const remove = (version: number) =>
      api.ask(`${at('versions', path)}?version=${version}`, { method: 'DELETE' });
    expect((await remove(2)).json).toMatchObject({ status: 409, reason: 'LatestVersion' });
    expect((await remove(1)).status).toBe(204);
    expect((await remove(1)).json).toMatchObject({ status: 404, reason: 'VersionNotFound' });
    expect((await api.ask(at('versions', path))).json.items).toHaveLength(1);
  });

  it('that were deleted stay so, whatever the policy has become by the time the request is sent again', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n', 'a: 3\n');
    const remove = (version: number, key: string) =>
      api.ask(`${at('versions', path)}?version=${version}`, {
        ...{ method: 'DELETE', headers: { 'idempotency-key': key } },
      });
    const key = randomUUID();
    expect((await remove(1, key)).status).toBe(204);
    api.setPolicy({ requireGitCommit: true });
    const again = await remove(1, key);
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([204, 'true']);
    expect((await remove(2, key)).json).toMatchObject({ reason: 'IdempotencyKeyReused' });
    expect((await remove(2, randomUUID())).json).toMatchObject({ reason: 'MissingGitCommit' });
    api.setPolicy({});
    expect((await api.ask(at('versions', path))).json.items).toHaveLength(2);
  });

  it('have addresses below their config, too', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n', 'a: 3\n');
    const below = `${at('configs', path)}/versions`;
    const same = async (one: string, other: string) => {
      const [a, b] = [await api.ask(one), await api.ask(other)];
      expect([a.status, a.json]).toEqual([200, b.json]);
    };
    await same(`${below}?limit=2`, `${at('versions', path)}?limit=2`);
    await same(`${below}/2`, `${at('configs', path)}?version=2`);
    expect((await api.ask(`${below}/1`, { method: 'DELETE' })).status).toBe(204);
    expect((await api.ask(below)).json.items).toHaveLength(2);
    const taken = await api.ask(`${at('configs', path)}%2Fversions`, {
      ...{ method: 'PUT', body: { body_raw: 'a: 1\n', base_version: 0 } },
    });
    expect(taken.json).toMatchObject({ status: 400, reason: 'InvalidPath' });
    expect(taken.json.detail).toContain('/versions/N');
  });

  it('differ as lines and as values', async () => {
    const path = await configWith('a: 1 # one\nl: [1, 2]\n', 'a: 1 # two\nl: [1, 2, 3]\nb: x\n');
    const { json } = await api.ask(`${at('diff', path)}?from=1&to=2`);
    expect(json).toMatchObject({ from: 1, to: 2, equal: false });
    expect(json.unified).toContain('-a: 1 # one\n');
    expect(json.changes).toEqual([
      { kind: 'add', pointer: '/l/2', after: '3' },
      { kind: 'add', pointer: '/b', after: '"x"' },
    ]);
    const text = await api.ask(at('diff', path), { method: 'POST', body: { body_raw: 'a: 2\n', from: 1 } });
    expect(text.json.changes).toContainEqual({ kind: 'replace', pointer: '/a', before: '1', after: '2' });
    const bad = await api.ask(at('diff', path), { method: 'POST', body: { body_raw: 'a: [\n' } });
    expect(bad.json).toMatchObject({ status: 422, reason: 'InvalidBody' });
    expect((await api.ask(`${at('diff', path)}?from=9`)).json).toMatchObject({ status: 404 });
  });

  it('show who brought each line', async () => {
    const path = await configWith('a: 1\nb: 1\n', 'a: 1\nb: 2\n', 'c: 0\na: 1\nb: 2\n');
    const { json } = await api.ask(at('blame', path));
    expect(json.lines.map(({ text, version }: { text: string; version: number }) => [text, version])).toEqual(
      [
        ['c: 0', 3],
        ['a: 1', 1],
        ['b: 2', 2],
      ],
    );
    expect(json.versions.map(({ version }: { version: number }) => version)).toEqual([3, 2, 1]);
    const past = await api.ask(`${at('blame', path)}?version=1`);
    expect(past.json.lines).toHaveLength(2);
  });

  it('are saved again as new', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n');
    const body = { version: 1, base_version: 2, comment: 'back' };
    const { json } = await api.ask(at('promote', path), { method: 'POST', body });
    expect(json).toMatchObject({
      result: 'promoted',
      latest: { version: 3, body_raw: 'a: 1\n', kind: 'promoted' },
    });
    const gone = await api.ask(at('promote', path), { method: 'POST', body: { version: 9 } });
    expect(gone.json).toMatchObject({ status: 404, reason: 'VersionNotFound' });
  });
});

describe('lists', () => {
  it('show folders and configs, in pages', async () => {
    for (const path of ['tree/a.yaml', 'tree/x/1.yaml', 'tree/x/2.yaml', 'tree/z.yaml']) {
      await api.ask(at('configs', path), { method: 'PUT', body: { body_raw: `p: ${path}\n` } });
    }
    const list = async (query: string) => (await api.ask(`/configs/${api.namespace}?${query}`)).json;
    const paths = ({ items }: { items: { kind: string; path: string }[] }) => items.map(item => item.path);
    expect(paths(await list('prefix=tree/&delimiter=/'))).toEqual(['tree/a.yaml', 'tree/x/', 'tree/z.yaml']);
    expect(paths(await list('prefix=tree/x/'))).toEqual(['tree/x/1.yaml', 'tree/x/2.yaml']);
    const first = await list('prefix=tree/&limit=3');
    expect(paths(await list(`prefix=tree/&limit=3&cursor=${first.next_cursor}`))).toEqual(['tree/z.yaml']);
    expect((await api.ask('/configs/no-such-namespace')).json).toMatchObject({ status: 403 });
  });

  it('find by key and value', async () => {
    await api.ask(at('configs', 'found.yaml'), {
      method: 'PUT',
      body: { body_raw: 'http:\n  timeout: 30\n' },
    });
    const hits = async (query: string) =>
      (await api.ask(`/search?namespace=${api.namespace}&${query}`)).json.items.map(
        ({ config }: { config: { path: string } }) => config.path,
      );
    expect(await hits('key=http/timeout')).toEqual(['found.yaml']);
    expect(await hits('key=**/timeout&value=30')).toEqual(['found.yaml']);
    expect(await hits('value=31')).toEqual([]);
    await api.ask(at('configs', 'huge.yaml'), { method: 'PUT', body: { body_raw: 'a: 1e999999\n' } });
    expect(await hits('value=1e999999')).toEqual(['huge.yaml']);
    const unclear = await api.ask(`/search?namespace=${api.namespace}&value={"a":1,"a":2}`);
    expect(unclear.json.detail).toMatch(/^Query value: .*key `a` is already given/);
    expect(await hits('path=FOUND')).toEqual(['found.yaml']);
    const twice = await api.ask(`/search?namespace=${api.namespace}&key=**/a/**/b`);
    expect(twice.json).toMatchObject({ status: 400, reason: 'InvalidRequest' });
    expect((await api.ask('/search')).json).toMatchObject({ status: 422, reason: 'Contradiction' });
  });
});

describe('a deployment', () => {
  const change = (path: string, body_raw: string, base_version?: number) => ({
    ...{ namespace: api.namespace, path, body_raw },
    ...(base_version !== undefined && { base_version }),
  });
  const deploy = (changes: object[], more: object = {}, query = '') =>
    api.ask(`/deployments${query}`, { method: 'POST', body: { changes, ...more } });

  it('saves all, and is one entry in the log', async () => {
    const [one, two] = [await configWith('a: 1\n'), `d-${randomUUID()}.yaml`];
    const git = { commit: randomUUID().replaceAll('-', ''), branch: 'main' };
    const done = await deploy([change(one, 'a: 2\n', 1), change(two, 'b: 1\n', 0)], { git });
    expect(done.json.items).toMatchObject([
      { path: one, operation: 'update', old_version: 1, new_version: 2 },
      { path: two, operation: 'create', new_version: 1 },
    ]);
    const log = await api.ask(`/deployments?commit=${git.commit}`);
    expect(log.json.items).toMatchObject([{ git, result: 'accepted', change_count: 2 }]);
    const byPath = await api.ask(`/deployments?namespace=${api.namespace}&path=${two}`);
    expect(byPath.json.items).toHaveLength(1);
    expect((await api.ask(`/deployments?path=${two}`)).json.reason).toBe('Contradiction');
  });

  it('deletes with the same rules, in the same entry, and only for whom may delete', async () => {
    const [old, stale, fresh] = [
      await configWith('a: 1\n'),
      await configWith('b: 1\n', 'b: 2\n'),
      'new.yaml',
    ];
    const end = (path: string, base_version?: number) => ({
      ...{ namespace: api.namespace, path, operation: 'delete' },
      ...(base_version !== undefined && { base_version }),
    });
    const refused = await deploy([end(old, 1), end(stale, 1), end('none.yaml', 1), change(fresh, 'c: 1\n')]);
    expect(refused.json).toMatchObject({ status: 409, reason: 'DeploymentRefused' });
    expect(refused.json.items).toMatchObject([
      { path: old, operation: 'delete', old_version: 1 },
      {
        path: stale,
        operation: 'refused',
        problem: { reason: 'VersionConflict', base_version: 1, current_version: 2 },
      },
      { operation: 'refused', problem: { reason: 'ConfigNotFound', status: 404 } },
      { path: fresh, operation: 'create' },
    ]);
    const body = { changes: [end(old, 1)] };
    const editor = await api.person([{ verbs: ['get', 'list', 'create', 'update'] }]);
    const forbidden = await api.ask('/deployments', { method: 'POST', body, token: editor });
    expect(forbidden.json).toMatchObject({ status: 403, detail: expect.stringContaining('delete') });
    const dry = await deploy([end(old, 1)], {}, '?dry_run=true');
    expect(dry.json).toMatchObject({ dry_run: true, items: [{ operation: 'delete', old_version: 1 }] });
    expect((await api.ask(at('configs', old))).status).toBe(200);

    const git = { commit: randomUUID().replaceAll('-', '') };
    const done = await deploy([end(old, 1), end(stale), change(fresh, 'c: 1\n')], { git });
    expect(done.json.items.map(({ operation }: { operation: string }) => operation)).toEqual([
      ...['delete', 'delete', 'create'],
    ]);
    for (const path of [old, stale]) expect((await api.ask(at('configs', path))).status).toBe(404);
    const log = await api.ask(`/deployments?commit=${git.commit}`);
    expect(log.json.items).toMatchObject([
      { git, change_count: 3, changes: [{ operation: 'delete' }, { operation: 'delete' }, { path: fresh }] },
    ]);
    const anew = [change(old, 'a: 2\n')];
    const would = (await deploy(anew, {}, '?dry_run=true')).json.items;
    expect(would).toMatchObject([{ path: old, operation: 'create', new_version: 2 }]);
    expect((await deploy(anew)).json.items).toEqual(would);
    expect((await deploy([{ ...end(fresh), body_raw: 'c: 2\n' }])).json.reason).toBe('InvalidRequest');
    expect((await deploy([end(fresh, 0)])).json.reason).toBe('InvalidRequest');
  });

  it('saves nothing when one change is refused, and says what would have become of each', async () => {
    const [one, two] = [await configWith('a: 1\n', 'a: 2\n'), await configWith('b: 1\n')];
    const refused = await deploy([change(two, 'b: 2\n', 1), change(one, 'a: 3\n', 1)]);
    expect(refused.json).toMatchObject({ status: 409, reason: 'DeploymentRefused' });
    expect(refused.json.items).toMatchObject([
      { path: two, operation: 'update', new_version: 2 },
      { path: one, operation: 'refused', problem: { reason: 'VersionConflict', current_version: 2 } },
    ]);
    expect((await api.ask(at('configs', two))).json.config.latest_version).toBe(1);
    const dry = await deploy([change(two, 'b: 2\n', 1)], {}, '?dry_run=true');
    expect(dry.json).toMatchObject({ dry_run: true, items: [{ old_version: 1, new_version: 2 }] });
    expect((await api.ask(at('configs', two))).json.config.latest_version).toBe(1);
  });
});

describe('a namespace', () => {
  it('is there empty, and goes only empty', async () => {
    const body = { name: api.namespace };
    const created = await api.ask('/namespaces', { method: 'POST', body });
    expect([201, 409]).toContain(created.status);
    const path = await configWith('a: 1\n');
    const listed = await api.ask(`/namespaces/${api.namespace}`);
    expect(listed.json.configs).toBeGreaterThan(0);
    const full = await api.ask(`/namespaces/${api.namespace}`, { method: 'DELETE' });
    expect(full.json).toMatchObject({
      status: 409,
      reason: 'NamespaceNotEmpty',
      configs: listed.json.configs,
    });
    const again = await api.ask('/namespaces', { method: 'POST', body });
    expect(again.json).toMatchObject({ status: 409, reason: 'NamespaceExists' });
    expect((await api.ask(at('configs', path))).status).toBe(200);
  });
});

describe('the trash', () => {
  const ask = (method: string, root: string, path: string, more: object = {}) =>
    api.ask(at(root, path), { method, ...more });
  const head = async (path: string) => (await ask('GET', 'configs', path)).json;
  const inTrash = async (path: string) => {
    const { json } = await api.ask(`/trash?namespace=${api.namespace}&limit=500`);
    return json.items.filter((item: { path: string }) => item.path === path);
  };

  it('shows a deleted config nowhere else, and gives it back as it was: numbers, authors, history', async () => {
    const path = await configWith('trashed: 1\n', 'trashed: 2\n', 'trashed: 3\n');
    const before = [await head(path), (await ask('GET', 'versions', path)).json];
    expect((await ask('DELETE', 'configs', path)).status).toBe(204);
    for (const root of ['configs', 'versions', 'blame'])
      expect((await ask('GET', root, path)).json, root).toMatchObject({ reason: 'ConfigNotFound' });
    expect((await ask('GET', 'diff', `${path}?from=1&to=2`)).status).toBe(404);
    for (const list of [
      `/configs/${api.namespace}?prefix=${path}`,
      `/search?key=trashed&namespace=${api.namespace}`,
    ])
      expect((await api.ask(list)).json.items, list).toEqual([]);
    const exported = await api.ask(`/export/${api.namespace}?limit=500`);
    expect(exported.status).toBe(200);
    expect(exported.text).not.toContain(path);
    expect(await inTrash(path)).toMatchObject([
      { versions: 3, first_version: 1, last_version: 3, deleted_by: expect.stringContaining(api.namespace) },
    ]);
    const undeleted = await ask('POST', 'undelete', path);
    expect(undeleted, undeleted.text).toMatchObject({
      status: 200,
      json: { versions: 3, first_version: 1, last_version: 3, latest: 3, as_history: false },
    });
    expect([await head(path), (await ask('GET', 'versions', path)).json]).toEqual(before);
    expect(await inTrash(path)).toEqual([]);
    const log = await api.ask(`/deployments?namespace=${api.namespace}&path=${path}&limit=2`);
    expect(log.json.items).toMatchObject([
      { deployer_verified: true, changes: [{ operation: 'create', new_version: 3 }] },
      { changes: [{ operation: 'delete', old_version: 3 }] },
    ]);
  });

  it('takes what a deployment deletes, puts it below what was saved since, and is done once for a key', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n');
    const changes = [{ namespace: api.namespace, path, operation: 'delete', base_version: 2 }];
    expect((await api.ask('/deployments', { method: 'POST', body: { changes } })).status).toBeLessThan(300);
    const saved = await ask('PUT', 'configs', path, { body: { body_raw: 'b: 1\n', base_version: 0 } });
    expect(saved, saved.text).toMatchObject({ json: { config: { latest_version: 3 } } });
    const headers = { 'idempotency-key': randomUUID() };
    const json = { versions: 2, first_version: 1, last_version: 2, latest: 3, as_history: true };
    expect(await ask('POST', 'undelete', path, { headers })).toMatchObject({ status: 200, json });
    const again = await ask('POST', 'undelete', path, { headers });
    expect(again).toMatchObject({ status: 200, json, headers: { 'idempotency-replayed': 'true' } });
    expect((await ask('GET', 'versions', path)).json.items).toMatchObject([
      { version: 3 },
      { version: 2 },
      { version: 1 },
    ]);
    expect((await ask('POST', 'undelete', path)).json).toMatchObject({ status: 404, reason: 'NotFound' });
  });

  it('has nothing of what is purged, deleted before or not', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n');
    await ask('DELETE', 'configs', path);
    await ask('PUT', 'configs', path, { body: { body_raw: 'a: 3\n', base_version: 0 } });
    await ask('DELETE', 'configs', path);
    const token = await api.person([{ verbs: ['purge'] }]);
    const body = { version: 1, reason: 'a password' };
    const secret = await ask('POST', 'purge', path, { token, body });
    expect(secret, secret.text).toMatchObject({ status: 200, json: { versions: [1] } });
    expect((await inTrash(path)).map((item: { versions: number }) => item.versions)).toEqual([1, 1]);
    expect((await ask('DELETE', 'configs', `${path}?purge=true`)).status).toBe(204);
    expect(await inTrash(path)).toEqual([]);
    expect((await ask('POST', 'undelete', path)).status).toBe(404);
    expect((await ask('DELETE', 'configs', `${path}?purge=true`)).json).toMatchObject({
      reason: 'ConfigNotFound',
    });
    const live = await configWith('a: 1\n');
    expect(
      (await ask('DELETE', 'configs', `${live}?purge=true`, { headers: { 'if-match': '"1"' } })).status,
    ).toBe(204);
    expect(await inTrash(live)).toEqual([]);
  });

  it('is for people who may delete, and gives back to those who may create, too', async () => {
    const path = await configWith('a: 1\n');
    await ask('DELETE', 'configs', path);
    const reader = await api.person([{ verbs: ['get', 'list'] }]);
    const eraser = await api.person([{ verbs: ['get', 'list', 'delete'] }]);
    const writer = await api.person([{ verbs: ['get', 'list', 'create', 'update'] }]);
    const list = (token: string) => api.ask(`/trash?namespace=${api.namespace}`, { token });
    expect((await list(reader)).status).toBe(403);
    expect((await list(eraser)).status).toBe(200);
    for (const token of [reader, eraser, writer])
      expect((await ask('POST', 'undelete', path, { token })).status).toBe(403);
    expect((await ask('POST', 'undelete', path)).status).toBe(200);
  });

  it('holds to the policy of the namespace', async () => {
    const path = await configWith('a: 1\n');
    await ask('DELETE', 'configs', path);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    api.setPolicy({ freezes: [{ name: 'all', reason: 'closing', until }] });
    expect((await ask('POST', 'undelete', path)).json).toMatchObject({ status: 423, reason: 'Frozen' });
    api.setPolicy({ requireGitCommit: true });
    expect((await ask('POST', 'undelete', path)).json).toMatchObject({ reason: 'MissingGitCommit' });
    api.setPolicy({});
    expect((await ask('POST', 'undelete', path)).status).toBe(200);
  });

  it.each([
    ['no namespace', 'GET', '/trash', 400],
    ['a namespace that cannot be', 'GET', '/trash?namespace=A%20b', 400],
    ['a cursor of another list', 'GET', '/trash?namespace=NAMESPACE&cursor=bmFtZXNwYWNlcw', 422],
    ['a path that cannot be', 'POST', '/undelete/x/..%2Fa', 400],
    ['a purge that is neither', 'DELETE', '/configs/NAMESPACE/a.yaml?purge=maybe', 400],
  ])('refuses %s', async (_, method, url, status) => {
    const answer = await api.ask(url.replace('NAMESPACE', api.namespace), { method });
    expect(answer.status, answer.text).toBe(status);
  });
});
