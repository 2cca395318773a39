/** Imports and exports by the HTTP API: whose right they are, and what is refused before anything is read or written. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Api, everything, startApi } from '../setup/api.ts';

let api: Api;
let importer: string;
let count = 0;

beforeAll(async () => {
  api = await startApi();
  importer = await api.person([everything, { verbs: ['import'] }]);
});
afterAll(() => api?.[Symbol.asyncDispose]());
afterEach(() => api.setPolicy({}));

const commit = (n: number, over: object = {}) => ({
  ...{ path: `case-${count}/a.yaml`, body_raw: `n: ${n}\n`, commit: String(n).padStart(40, '0'), after: 0 },
  ...{ author: 'Ada Lovelace <ada@example.com>', authored_at: '2024-05-01T12:00:00+02:00', ...over },
});
const send = (versions: object[], token: string | undefined = importer, more: object = {}) =>
  api.ask(`/imports/${api.namespace}`, {
    method: 'POST',
    body: { versions, ...more },
    ...(token && { token }),
  });

describe('an import', () => {
  it('shows the author, the time in the author’s own zone, the commit, and who imported', async () => {
    count += 1;
    const done = await send([commit(1, { file: 'config/a.yaml', comment: 'first' }), commit(2)], importer, {
      branch: 'main',
    });
    expect(done).toMatchObject({
      status: 200,
      json: { items: [1, 2].map(version => ({ result: 'imported', version, path: `case-${count}/a.yaml` })) },
    });
    const { json } = await api.ask(`/versions/${api.namespace}/case-${count}/a.yaml`);
    expect(json.items[1]).toMatchObject({
      ...{ version: 1, kind: 'imported', created_by: 'Ada Lovelace <ada@example.com>', actor_verified: true },
      ...{ authored_at: '2024-05-01T12:00:00+02:00', comment: 'first', base_version: null },
      git: { commit: '1'.padStart(40, '0'), branch: 'main', path: 'config/a.yaml', dirty: false },
    });
    expect(json.items[1].actor).toMatch(/^system:serviceaccount:/);
    expect(Date.parse(json.items[1].created_at)).toBeGreaterThan(Date.parse('2025-01-01'));
    const again = await send([commit(1), commit(2)]);
    expect(again.json.items).toMatchObject([1, 2].map(version => ({ result: 'known', version })));
  });

  it('is the right of nobody who may only write, and none without the right to write', async () => {
    count += 1;
    const editor = await api.person([everything]);
    const refused = await send([commit(1)], editor);
    expect(refused.json).toMatchObject({ status: 403, reason: 'Forbidden' });
    expect(refused.json.detail).toContain('verb import on configs.store.pawl.dev');
    const only = await api.person([{ verbs: ['import', 'get', 'list'] }]);
    expect((await send([commit(1)], only)).json.detail).toContain('may not create');
    const here = await api.person([
      { verbs: ['import'] },
      { verbs: ['create'], resourceNames: [`case-${count}:a.yaml`] },
    ]);
    expect((await send([commit(1)], here)).status).toBe(200);
    expect((await send([commit(2, { after: 1 })], here)).json.detail).toContain('may not update');
    expect((await send([commit(2, { path: 'other.yaml' })], here)).json.detail).toContain('may not create');
  });

  it('asks for the right before it reads the body', async () => {
    const editor = await api.person([everything]);
    const path = `/imports/${api.namespace}`;
    const refused = await api.ask(path, { method: 'POST', token: editor, body: '{ not JSON' });
    expect(refused.json).toMatchObject({ status: 403 });
  });

  it.each([
    ['no versions', { versions: [] }],
    ['too many', { versions: Array.from({ length: 501 }, (_, n) => commit(n)) }],
    ['a short commit', { versions: [commit(1, { commit: '3f2c9d1' })] }],
    ['an author of two lines', { versions: [commit(1, { author: 'Ada\nLovelace' })] }],
    ['a time without a zone', { versions: [commit(1, { authored_at: '2024-05-01T12:00:00' })] }],
    ['a leap second', { versions: [commit(1, { authored_at: '2016-12-31T23:59:60Z' })] }],
    ['a path that leads elsewhere', { versions: [commit(1, { path: '../a.yaml' })] }],
    ['a comment that is too long', { versions: [commit(1, { comment: 'x'.repeat(4097) })] }],
    ['something unknown', { versions: [commit(1, { actor: 'eve' })] }],
  ])('refuses %s', async (_, body) => {
    const path = `/imports/${api.namespace}`;
    const { json } = await api.ask(path, { method: 'POST', token: importer, body });
    expect(json).toMatchObject({ status: 400, title: expect.stringMatching(/not valid/) });
  });

  it('passes over a text that is not valid, or too large for the policy, and says so', async () => {
    count += 1;
    api.setPolicy({ maxBodyBytes: 100 });
    const { status, json } = await send([
      commit(1, { body_raw: 'a: [\n' }),
      commit(2, { body_raw: `a: ${'x'.repeat(100)}\n` }),
      commit(3),
    ]);
    expect(status).toBe(200);
    expect(json.items).toMatchObject([
      { result: 'skipped', problem: { reason: 'InvalidBody', line: 2 } },
      { result: 'skipped', problem: { reason: 'BodyTooLarge' } },
      { result: 'imported', version: 1 },
    ]);
  });

  it('is refused as a whole where somebody saved meanwhile, and beyond the quota', async () => {
    count += 1;
    const path = `case-${count}/a.yaml`;
    await api.ask(`/configs/${api.namespace}/${path}`, { method: 'PUT', body: { body_raw: 'n: 0\n' } });
    const moved = await send([commit(1, { path: `case-${count}/b.yaml` }), commit(1)]);
    expect(moved.json).toMatchObject({ status: 409, reason: 'VersionConflict', current_version: 1 });
    expect(moved.json.detail).toContain(path);
    expect((await api.ask(`/configs/${api.namespace}/case-${count}/b.yaml`)).status).toBe(404);
    api.setPolicy({ maxVersionsPerDay: 1 });
    expect((await send([commit(1, { path: `case-${count}/b.yaml` })])).json).toMatchObject({
      status: 422,
      reason: 'QuotaExceeded',
    });
  });

  it('into no namespace at all is refused', async () => {
    const ran = await api.ask('/imports/Nowhere', {
      method: 'POST',
      token: importer,
      body: { versions: [commit(1)] },
    });
    expect(ran.json).toMatchObject({ status: 400 });
  });
});

describe('an export', () => {
  it('has all versions with their texts, a page at a time, for those who may read all configs', async () => {
    const one = await api.ask(`/export/${api.namespace}?limit=1`);
    expect(one).toMatchObject({
      status: 200,
      json: { items: [{ version: { version: 1, kind: 'imported', body_raw: 'n: 1\n' } }] },
    });
    expect(one.headers.link).toContain('rel="next"');
    const next = await api.ask(`/export/${api.namespace}?limit=500&cursor=${one.json.next_cursor}`);
    expect(next.json.items.length).toBeGreaterThan(2);
    expect(next.json.next_cursor).toBeUndefined();
    const single = await api.person([{ verbs: ['get'], resourceNames: ['case-1:a.yaml'] }]);
    expect((await api.ask(`/export/${api.namespace}`, { token: single })).json).toMatchObject({
      status: 403,
    });
    expect((await api.ask('/export/nowhere-at-all')).json).toMatchObject({ status: 403 });
  });
});
