/** A browser's session with a pasted token: in its cookie and nowhere else, and never more than the token itself. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeOrigin } from '../../server/ui/base.ts';
import { type Api, everything, type Reply, startApi } from '../setup/api.ts';
import { adminKubectl } from '../setup/chart.ts';
import { until } from '../setup/until.ts';

const stack = new AsyncDisposableStack();
const secrets: [string] = ['x'.repeat(43)];
let folder: string;
let api: Api;
let config: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pawl-sessions-'));
  await writeFile(join(folder, 'index.html'), '<html><head></head><body>the page</body></html>');
  const ui = { folder, base: wholeOrigin, browsers: { secrets, maxSeconds: 3_600 } };
  api = stack.use(await startApi({ ui }));
  config = `/configs/${api.namespace}/limits/eu.yaml`;
  await api.ask(config, { method: 'PUT', body: { body_raw: 'cap: 1\n' } });
});
afterAll(() => stack.disposeAsync());

const ofPage = (cookie = '') => ({
  'x-pawl-request': 'ui',
  origin: `https://127.0.0.1:${api.server.port}`,
  'sec-fetch-site': 'same-origin',
  ...(cookie && { cookie }),
});

function cookieOf({ headers }: Reply): string {
  const lines = [headers['set-cookie'] ?? []].flat();
  return lines
    .filter(line => !line.includes('Max-Age=0'))
    .map(line => line.split(';', 1)[0])
    .join('; ');
}

const signIn = (token: string, to = api) =>
  to.ask('/ui/session/token', { method: 'POST', token: null, headers: ofPage(), body: { token } });
const sessionOf = async (cookie: string) =>
  (await api.ask('/ui/session', { token: null, headers: { cookie } })).json;

describe('somebody with a token', () => {
  it('signs in once, reads and writes with the cookie alone, and signs out', async () => {
    const token = await api.person([everything]);
    expect(await sessionOf('')).toEqual({ user: null, signIn: ['token'], expiresAt: null, apiBase: '/' });
    const signedIn = await signIn(` ${token}\n`);
    expect(signedIn.json).toMatchObject({
      user: { name: expect.stringContaining('person') },
      signIn: ['token'],
    });
    expect(signedIn.text).not.toContain(token);
    const cookie = cookieOf(signedIn);
    expect(cookie).not.toContain(token);
    expect(await sessionOf(cookie)).toEqual(signedIn.json);

    const read = await api.ask(config, { token: null, headers: { cookie } });
    expect(read.status).toBe(200);
    const body = { body_raw: 'cap: 2\n', base_version: read.json.latest.version };
    const saved = await api.ask(config, { method: 'PUT', token: null, headers: ofPage(cookie), body });
    expect([saved.status, saved.json.latest.actor]).toEqual([200, signedIn.json.user.name]);

    const out = await api.ask('/ui/session', { method: 'DELETE', token: null, headers: ofPage(cookie) });
    expect([out.status, cookieOf(out)]).toEqual([204, '']);
    expect(api.logs()).not.toContain(token.split('.')[2]);
  });

  it('changes nothing when another site makes the browser ask, and reads nothing with it', async () => {
    const cookie = cookieOf(await signIn(await api.person([everything])));
    const body = { body_raw: 'cap: 666\n' };
    for (const headers of [
      { cookie },
      { cookie, 'x-pawl-request': 'ui', origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    ]) {
      for (const ask of [
        { path: config, method: 'PUT', body },
        { path: config, method: 'DELETE' },
        { path: '/deployments', method: 'POST', body: { changes: [] } },
        { path: '/ui/session', method: 'DELETE' },
        { path: '/ui/session/token', method: 'POST', body: { token: 'x' } },
      ]) {
        const refused = await api.ask(ask.path, { ...ask, token: null, headers });
        expect([ask.path, refused.status, refused.json.reason]).toEqual([ask.path, 403, 'Forbidden']);
        expect(refused.headers['set-cookie']).toBeUndefined();
      }
      const read = await api.ask(config, { token: null, headers });
      expect(read.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await api.ask(config)).json.latest.body_raw).not.toContain('666');
  });

  it('may do what the token may, and nothing when it was taken back', async () => {
    const token = await api.person([{ verbs: ['get'] }]);
    const cookie = cookieOf(await signIn(token));
    const save = { method: 'PUT', token: null, headers: ofPage(cookie), body: { body_raw: 'cap: 3\n' } };
    expect((await api.ask(config, save)).json).toMatchObject({ status: 403, reason: 'Forbidden' });
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { namespace, serviceaccount } = claims['kubernetes.io'];
    const kubectl = await adminKubectl();
    await kubectl(['delete', 'serviceaccount', serviceaccount.name, '--namespace', namespace]);
    await until('the session has ended', 30_000, async () => (await sessionOf(cookie)).user === null);
    const refused = await api.ask(config, { token: null, headers: { cookie } });
    expect(refused.json).toMatchObject({ status: 401, reason: 'Unauthenticated' });
  });

  it('with a session says so by the token where a request has both', async () => {
    const cookie = cookieOf(await signIn(await api.person([everything])));
    const token = await api.person([{ verbs: ['get'] }]);
    const asked = await api.ask(config, { method: 'DELETE', token, headers: ofPage(cookie) });
    expect(asked.json).toMatchObject({ status: 403, reason: 'Forbidden' });
    const { user, signIn: ways } = (await api.ask('/ui/session', { token, headers: { cookie } })).json;
    expect(user.name).not.toBe((await sessionOf(cookie)).user.name);
    expect(ways).toEqual([]);
  });
});

describe('nobody gets in', () => {
  it.each([
    ['with a made-up token', 'abc'],
    ['with a token of no form at all', 'a b'],
    ['with an empty token', ''],
    ['with a token longer than any', 'a'.repeat(17_000)],
  ])('%s', async (_, token) => {
    const refused = await signIn(token);
    expect([refused.json.reason, cookieOf(refused)]).toEqual(['Unauthenticated', '']);
  });

  it('with a token of another audience', async () => {
    const token = await api.token('default', { audience: 'https://kubernetes.default.svc' });
    expect((await signIn(token)).status).toBe(401);
  });

  it('with a body that is none, or too much of it', async () => {
    const post = (body: object | string) =>
      api.ask('/ui/session/token', { method: 'POST', token: null, headers: ofPage(), body });
    for (const body of ['{', '[]', 'null', { token: 1 }, {}]) {
      expect([JSON.stringify(body), (await post(body)).json.reason]).toEqual([
        JSON.stringify(body),
        'InvalidRequest',
      ]);
    }
    expect((await post({ token: 'a'.repeat(30_000) })).json.reason).toBe('RequestTooLarge');
  });

  it('with a cookie that somebody made up, or changed', async () => {
    const cookie = cookieOf(await signIn(await api.person([everything])));
    const [name, value = ''] = cookie.split('=');
    for (const forged of [`${name}=abc`, `${name}=${value.slice(0, -4)}AAAA`, `${name}=`]) {
      expect((await sessionOf(forged)).user).toBeNull();
      expect((await api.ask(config, { token: null, headers: { cookie: forged } })).status).toBe(401);
    }
  });

  it('with a cookie of a server that has another key', async () => {
    const other = {
      folder,
      base: wholeOrigin,
      browsers: { secrets: ['y'.repeat(43)] as [string], maxSeconds: 60 },
    };
    await using elsewhere = await startApi({ ui: other });
    const token = await elsewhere.person([everything]);
    const headers = { ...ofPage(), origin: `https://127.0.0.1:${elsewhere.server.port}` };
    const given = await elsewhere.ask('/ui/session/token', {
      method: 'POST',
      token: null,
      headers,
      body: { token },
    });
    expect(given.status).toBe(200);
    expect((await sessionOf(cookieOf(given))).user).toBeNull();
  });
});

it('without the page on, its addresses are not there and cookies mean nothing', async () => {
  await using plain = await startApi();
  const cookie = cookieOf(await signIn(await api.person([everything])));
  for (const path of ['/ui/', '/ui/session']) {
    expect((await plain.ask(path, { token: null, headers: { cookie } })).status).toBe(404);
  }
  const asked = await plain.ask(`/configs/${plain.namespace}`, { token: null, headers: { cookie } });
  expect(asked.status).toBe(401);
});
