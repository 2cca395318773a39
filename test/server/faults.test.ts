/** What the API says when something is away: never that it was saved when it was not, nor the other way round. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../history/store/migrate.ts';
import { type FaultyProxy, proxyTo } from '../history/store/proxy.ts';
import { type Api, startApi } from '../setup/api.ts';
import { until } from '../setup/until.ts';

let api: Api;
let proxy: FaultyProxy;

beforeAll(async () => {
  api = await startApi({
    via: async url => {
      proxy = await proxyTo(url);
      return proxy.url;
    },
    store: { callTimeoutMs: 4_000 },
  });
});
afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await proxy?.[Symbol.asyncDispose]();
});

const put = (path: string, body: object, headers: Record<string, string> = {}) =>
  api.ask(path, { method: 'PUT', body, headers });
const fresh = () => `/configs/${api.namespace}/f-${randomUUID()}.yaml`;

it('a database that has lost its schema is 503 to reads and writes, until it is there again', async () => {
  await using emptied = await startApi();
  const path = `/configs/${emptied.namespace}/a.yaml`;
  const save = () => emptied.ask(path, { method: 'PUT', body: { body_raw: 'a: 1\n' } });
  expect((await save()).status).toBe(201);
  const client = new pg.Client(emptied.databaseUrl);
  await client.connect();
  await client.query('DROP SCHEMA pawl CASCADE');
  await client.end();
  for (const answer of [await emptied.ask(path), await save(), await emptied.ask('/namespaces')])
    expect(answer.json).toMatchObject({ status: 503, reason: 'StoreUnavailable' });
  await migrate({ database: emptied.databaseUrl }, new AbortController().signal);
  expect((await save()).json).toMatchObject({ latest: { version: 1 } });
});

describe('with the store away', () => {
  it('a read is 503 with Retry-After, and works again afterwards', async () => {
    const path = fresh();
    await put(path, { body_raw: 'a: 1\n' });
    proxy.arm('black-hole', '');
    const away = await api.ask(path);
    expect(away.json).toMatchObject({ status: 503, reason: 'StoreUnavailable' });
    expect(away.headers['retry-after']).toBe('2');
    const write = await put(path, { body_raw: 'a: 2\n', base_version: 1 });
    expect(write.json.status).toBe(503);
    proxy.arm('pass', '');
    await until('the store answers again', 10_000, async () => (await api.ask(path)).status === 200);
    expect((await api.ask(path)).json.config.latest_version).toBe(1);
  });

  it.each(['cut-reply', 'cut-request'] as const)(
    '%s of the save: the same request with its key is done once, and told the truth',
    async mode => {
      const path = fresh();
      await put(path, { body_raw: 'a: 1\n' });
      const mark = randomUUID();
      const edit = { body_raw: `a: 2 # ${mark}\n`, base_version: 1 };
      const key = { 'idempotency-key': randomUUID() };
      proxy.arm(mode, mark);
      const first = await put(path, edit, key);
      expect(proxy.seen).toBeGreaterThan(0);
      expect([200, 503]).toContain(first.status);
      if (first.status === 503)
        expect(first.json).toMatchObject({ reason: 'OutcomeUnknown', retry_after: 2 });
      proxy.arm('pass', '');
      const again = await put(path, edit, key);
      expect(again.json).toMatchObject({ latest: { version: 2, body_raw: edit.body_raw } });
      expect((await api.ask(path)).json.config.latest_version).toBe(2);
    },
  );
});

describe('a body', () => {
  it('that ends too early is nothing that was saved', async () => {
    const path = fresh();
    const token = await api.person([{ verbs: ['update', 'create'] }]);
    const { port } = api.server;
    const half = request({
      ...{ host: '127.0.0.1', port, ca: api.ca, path, method: 'PUT', agent: false },
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': 100,
      },
    });
    const ended = new Promise(resolve => half.once('error', resolve));
    half.write('{"body_raw": "a: 1\\n');
    await until('the request is on its way', 5_000, async () => (half.socket?.bytesWritten ?? 0) > 0);
    half.destroy(new Error('gone'));
    await ended;
    expect((await api.ask(path)).status).toBe(404);
  });
});
