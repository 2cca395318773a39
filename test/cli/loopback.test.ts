/** The page on this machine's own address: for one browser, by the page itself, and no other way in. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPawl } from '../../cli/access.ts';
import { openBrowser } from '../../cli/browser.ts';
import { type Loopback, openLoopback } from '../../cli/loopback.ts';
import type { Transport } from '../../cli/transport.ts';
import { type HttpsServer, startHttpsServer } from './https-server.ts';

/** After what an API server says of everything that passes through it. */
const forEver = 'public, max-age=31536000, immutable';
const stack = new AsyncDisposableStack();
const stopping = new AbortController();
let server: HttpsServer;
let transport: Transport;
let loopback: Loopback;
let cookie: string;
let uses = 0;

beforeAll(async () => {
  server = stack.use(
    await startHttpsServer(({ url }) => {
      if (url.startsWith('/configs/cut')) return 'cut';
      const headers = {
        'set-cookie': 'a=b',
        'strict-transport-security': 'max-age=1',
        'cache-control': `no-cache, private, ${forEver}`,
        etag: '"7"',
      };
      return { status: url.startsWith('/configs/missing') ? 404 : 200, headers, body: { url } };
    }),
  );
  const asking = { env: {}, userAgent: 'pawl-test', interactive: false };
  transport = await openPawl({ server: server.url, ca: server.ca, token: 'a-token' }, asking);
});
afterAll(async () => {
  transport.close();
  await stack.disposeAsync();
});

beforeEach(async () => {
  await loopback?.close();
  uses = 0;
  const onUse = () => {
    uses += 1;
  };
  loopback = await openLoopback({ transport, port: 0, onUse, signal: stopping.signal });
  const { headers } = await ask(new URL(loopback.url).pathname + new URL(loopback.url).search);
  cookie = String(headers['set-cookie']).split(';', 1)[0]!;
  server.asked.length = 0;
});
afterAll(() => loopback.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function ask(
  path: string,
  options: { method?: string; headers?: object; body?: string } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: loopback.port, path, method, headers: { ...headers }, agent: false },
      async response => {
        let text = '';
        for await (const chunk of response) text += String(chunk);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

const ofPage = () => ({
  ...{ cookie, origin: `http://127.0.0.1:${loopback.port}`, 'sec-fetch-site': 'same-origin' },
  ...{ 'x-pawl-request': 'ui', 'content-type': 'application/json' },
});

describe('the secret in the first URL', () => {
  it('lets in one browser, once, by a cookie that no script and no other site has', async () => {
    const fresh = await openLoopback({ transport, port: 0, onUse: () => {}, signal: stopping.signal });
    await loopback.close();
    loopback = fresh;
    const { pathname, search } = new URL(fresh.url);
    const first = await ask(pathname + search);
    expect([first.status, first.headers.location]).toEqual([303, '/ui/']);
    expect(String(first.headers['set-cookie'])).toMatch(
      /^pawl-ui-[0-9]+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(String(first.headers['set-cookie'])).not.toContain(search.slice(8));
    expect((await ask(pathname + search)).status).toBe(403);
  });

  it.each(['/sign-in', '/sign-in?secret=', '/sign-in?secret=guess'])('is not %s', async path => {
    const fresh = await openLoopback({ transport, port: 0, onUse: () => {}, signal: stopping.signal });
    await loopback.close();
    loopback = fresh;
    const refused = await ask(path);
    expect([refused.status, refused.headers['set-cookie']]).toEqual([403, undefined]);
    // A wrong guess does not use it up.
    expect((await ask(new URL(fresh.url).pathname + new URL(fresh.url).search)).status).toBe(303);
  });
});

describe('whatever the page asks for', () => {
  it('goes to the server with the person’s own credentials, and nothing of the browser', async () => {
    const headers = {
      cookie,
      authorization: 'Bearer other',
      'x-remote-user': 'root',
      'if-none-match': '"7"',
    };
    const answer = await ask('/configs/payments/limits%2Feu.yaml?version=7', { headers });
    expect(answer.status).toBe(200);
    const [{ url, headers: sent }] = server.asked as [(typeof server.asked)[0]];
    expect(url).toBe('/configs/payments/limits%2Feu.yaml?version=7');
    expect(sent).toMatchObject({
      authorization: 'Bearer a-token',
      'if-none-match': '"7"',
      'x-pawl-ui-root': '1',
    });
    for (const name of ['cookie', 'x-remote-user', 'origin']) expect(sent[name]).toBeUndefined();
    expect(answer.headers).toMatchObject({ etag: '"7"', 'cache-control': forEver });
    for (const name of ['set-cookie', 'strict-transport-security'])
      expect(answer.headers[name]).toBeUndefined();
    expect(answer.text).not.toContain('a-token');
  });

  it('is answered as the server answers, also when it refuses', async () => {
    const refused = await ask('/configs/missing/x', { headers: { cookie } });
    expect(refused.status).toBe(404);
    const body = '{"body_raw":"n: ü\\n"}';
    const headers = { ...ofPage(), 'idempotency-key': 'k1' };
    expect((await ask('/configs/a/b', { method: 'PUT', headers, body })).status).toBe(200);
    expect(server.asked.at(-1)).toMatchObject({ method: 'PUT', body, headers: { 'idempotency-key': 'k1' } });
  });

  it('says whether a change may have been made when there was no answer', async () => {
    const saved = await ask('/configs/cut/x', { method: 'PUT', headers: ofPage(), body: '{}' });
    expect([saved.status, JSON.parse(saved.text).reason]).toEqual([503, 'OutcomeUnknown']);
    const read = await ask('/configs/cut/x', { headers: { cookie } });
    expect([read.status, JSON.parse(read.text).reason]).toEqual([503, 'Unreachable']);
  });

  it('tells of a person at work, but not of a page that is left open', async () => {
    for (const path of ['/ui/session', '/watch/payments']) await ask(path, { headers: { cookie } });
    expect(uses).toBe(0);
    await ask('/ui/', { headers: { cookie } });
    expect(uses).toBe(1);
  });
});

describe('nothing goes to the server', () => {
  const read = { path: '/configs/payments/x', method: 'GET' };
  const save = { path: '/configs/payments/x', method: 'PUT' };
  it.each<[string, typeof read, () => object]>([
    ['for another browser', read, () => ({})],
    ['with a made-up cookie', read, () => ({ cookie: `pawl-ui-${loopback.port}=guess` })],
    ['by a name that leads here', read, () => ({ cookie, host: `evil.example:${loopback.port}` })],
    ['by the address of another port', read, () => ({ cookie, host: '127.0.0.1:1' })],
    ['for a page of another site', read, () => ({ cookie, origin: 'https://evil.example' })],
    ['for a link on another site', read, () => ({ cookie, 'sec-fetch-site': 'cross-site' })],
    ['for a page at another port', read, () => ({ cookie, 'sec-fetch-site': 'same-site' })],
    ['to be changed by another site', save, () => ({ ...ofPage(), origin: 'https://evil.example' })],
    ['to be changed by a form', save, () => ({ ...ofPage(), 'x-pawl-request': undefined })],
    ['to be changed by nobody knows what', save, () => ({ cookie, 'x-pawl-request': 'ui' })],
    [
      'that leads out of the API',
      { ...read, path: '/configs/%2e%2e%2f..%2f..%2fapi/v1/secrets' },
      () => ({ cookie }),
    ],
    ['that leads out of the page', { ...read, path: '/ui/..%5c..%5capi' }, () => ({ cookie })],
    ['that is no URL', { ...read, path: '/%zz' }, () => ({ cookie })],
  ])('%s', async (_, { path, method }, headersOf) => {
    const headers = Object.fromEntries(
      Object.entries(headersOf()).filter(([, value]) => value !== undefined),
    );
    const refused = await ask(path, { method, headers });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.status).toBeLessThan(500);
    expect(server.asked).toEqual([]);
  });

  it('of a body larger than the server takes', async () => {
    const body = 'a'.repeat(9 * 1024 * 1024);
    const refused = await ask('/configs/payments/x', { method: 'PUT', headers: ofPage(), body }).catch(
      () => null,
    );
    // Its connection may be cut before all of it was sent.
    expect([413, undefined]).toContain(refused?.status);
    expect(server.asked).toEqual([]);
  });
});

it('a browser that cannot be started is said, and one that can gets the URL as one argument', async () => {
  expect(await openBrowser('http://127.0.0.1/', { BROWSER: '/nowhere/browser' })).toBe(false);
  expect(await openBrowser('http://127.0.0.1/', { BROWSER: '/bin/true' })).toBe(true);
});
