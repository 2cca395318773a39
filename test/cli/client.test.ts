/** What is repeated and what is not, and how a refusal reads. */
import { expect, test } from 'vitest';
import { openPawl } from '../../cli/access.ts';
import { textOfVersion } from '../../cli/base.ts';
import { Client } from '../../cli/client.ts';
import { Refusal } from '../../cli/refusal.ts';
import { readEvents } from '../../text/server-events.ts';
import { type Reply, startHttpsServer } from './https-server.ts';

const signal = new AbortController().signal;
const away = { status: 503, headers: { 'retry-after': '2' }, body: problem('store-unavailable', 503) };

function problem(kind: string, status: number) {
  const type = `https://pawl.dev/problems/${kind}`;
  return { type, title: kind, status, detail: `${kind} it is`, reason: kind, request_id: 'r' };
}

async function clientOf(reply: (nth: number) => Reply, url?: string) {
  const server = await startHttpsServer((_, nth) => reply(nth));
  const env = { PAWL_SERVER: url ?? server.url, PAWL_CA: server.ca, PAWL_TOKEN: 'secret' };
  const transport = await openPawl({}, { env, userAgent: 'test', interactive: false });
  const waits: number[] = [];
  let keys = 0;
  const client = new Client({
    transport,
    signal,
    newKey: () => `key-${++keys}`,
    sleep: async ms => {
      waits.push(ms);
    },
    monotonic: () => waits.reduce((sum, ms) => sum + ms, 0),
  });
  return { server, client, waits, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const deployment = { changes: [{ namespace: 'payments', path: 'a.yaml', body_raw: 'a: 1\n' }] };

test('a write is repeated under its own key when nobody knows whether it was done', async () => {
  await using scene = await clientOf(nth =>
    nth === 1 ? 'cut' : nth === 2 ? away : { body: { items: [], dry_run: false } },
  );
  await scene.client.deploy(deployment, false);
  const keys = scene.server.asked.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toEqual(['key-1', 'key-1', 'key-1']);
  expect(scene.waits[1]).toBe(2000);
  await scene.client.deploy(deployment, true);
  expect(scene.server.asked.at(-1)).toMatchObject({
    url: '/deployments?dry_run=true',
    headers: { 'idempotency-key': 'key-2', authorization: 'Bearer secret' },
  });
});

test('a refusal is given at once, and a server that stays away in the end', async () => {
  await using refusing = await clientOf(() => ({ status: 409, body: problem('version-conflict', 409) }));
  const error = await refusing.client.deploy(deployment, false).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Refusal);
  expect(error).toMatchObject({ kind: 'version-conflict', message: 'version-conflict it is' });
  expect(refusing.server.asked).toHaveLength(1);
  await using gone = await clientOf(() => away);
  await expect(gone.client.read('payments', 'a.yaml')).rejects.toThrow('store-unavailable it is');
  expect(gone.server.asked).toHaveLength(4);
  await using slow = await clientOf(() => ({ ...away, headers: { 'retry-after': '3600' } }));
  await expect(slow.client.read('payments', 'a.yaml')).rejects.toThrow();
  expect(slow.server.asked).toHaveLength(1);
});

test('a write that may have been done is asked after for half a minute, and never called undone', async () => {
  const unknown = 'It is not known whether it was done';
  await using silent = await clientOf(() => 'cut');
  await expect(silent.client.deploy(deployment, false)).rejects.toThrow(unknown);
  expect(silent.waits).toEqual([500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000]);
  expect(new Set(silent.server.asked.map(({ headers }) => headers['idempotency-key']))).toEqual(
    new Set(['key-1']),
  );
  const expired = { status: 401, body: problem('unauthenticated', 401) };
  const broken = { status: 500, body: problem('internal', 500) };
  const nobody = { status: 404, body: 'not found' };
  for (const later of [expired, broken, nobody]) {
    await using scene = await clientOf(nth => (nth === 1 ? 'cut' : later));
    const error = await scene.client.deploy(deployment, false).catch((caught: Error) => caught.message);
    expect(String(error).split(unknown)).toHaveLength(2);
    expect(scene.waits).toEqual([500]);
  }
  await using passing = await clientOf(nth => (nth === 1 ? 'cut' : away));
  await expect(passing.client.deploy(deployment, false)).rejects.toThrow(unknown);
  await using gateway = await clientOf(nth => ({ status: nth === 1 ? 502 : 401, body: 'bad gateway' }));
  await expect(gateway.client.deploy(deployment, false)).rejects.toThrow(unknown);
});

test('a server that wants to be asked again at once is asked again in a while', async () => {
  for (const header of ['0', '', '-5', 'soon']) {
    await using scene = await clientOf(nth =>
      nth === 1 ? 'cut' : { ...away, headers: { 'retry-after': header } },
    );
    await expect(scene.client.deploy(deployment, false)).rejects.toThrow('not known');
    expect(Math.min(...scene.waits)).toBeGreaterThanOrEqual(250);
  }
});

test('a dry run is never in doubt', async () => {
  await using scene = await clientOf(() => 'cut');
  const error = await scene.client.deploy(deployment, true).catch((caught: Error) => caught.message);
  expect(error).not.toContain('not known');
  expect(scene.waits).toHaveLength(3);
});

test('a write that was refused after all, or never sent, is not in doubt', async () => {
  const clash = { status: 409, body: problem('version-conflict', 409) };
  await using refused = await clientOf(nth => (nth === 1 ? 'cut' : clash));
  await expect(refused.client.deploy(deployment, false)).rejects.toThrow('version-conflict it is');
  await using full = await clientOf(() => ({ status: 429, body: { kind: 'Status', message: 'slow down' } }));
  await expect(full.client.deploy(deployment, false)).rejects.toThrow('slow down');
  expect(full.waits).toHaveLength(3);
  const formerly = await startHttpsServer(() => 'cut');
  await formerly[Symbol.asyncDispose]();
  await using gone = await clientOf(() => 'cut', formerly.url);
  const error = await gone.client.deploy(deployment, false).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'Unreachable', sent: false });
  expect(gone.waits).toHaveLength(3);
  expect((error as Error).message).not.toContain('not known');
});

test('pages are read to the end, and a path cannot leave its place in the URL', async () => {
  await using scene = await clientOf(nth => ({
    body: { items: [{ kind: 'config', path: `${nth}` }], ...(nth < 3 && { next_cursor: `c${nth}` }) },
  }));
  expect((await scene.client.configs('payments', 'limits/')).map(({ path }) => path)).toEqual([
    '1',
    '2',
    '3',
  ]);
  expect(scene.server.asked.map(({ url }) => url)).toEqual([
    '/configs/payments?prefix=limits%2F&limit=500',
    '/configs/payments?prefix=limits%2F&limit=500&cursor=c1',
    '/configs/payments?prefix=limits%2F&limit=500&cursor=c2',
  ]);
  await scene.client.read('payments', 'a?b#c/ü%2F.yaml').catch(() => {});
  expect(scene.server.asked.at(-1)?.url).toBe('/configs/payments/a%3Fb%23c/%C3%BC%252F.yaml');
});

test('the answer of an API server without Pawl says what is missing', async () => {
  const status = {
    kind: 'Status',
    status: 'Failure',
    message: 'the server could not find the requested resource',
    reason: 'NotFound',
    code: 404,
  };
  await using scene = await clientOf(() => ({ status: 404, body: status }));
  await expect(scene.client.namespaces()).rejects.toThrow(
    'could not find the requested resource. Is Pawl installed there',
  );
  await using page = await clientOf(() => ({ body: '<html>' }));
  await expect(page.client.namespaces()).rejects.toThrow('is not JSON');
});

test('events are the same however they are cut into chunks', async () => {
  const stream =
    ': hello\n\nid: 1\nevent: bookmark\ndata:\n\nid: 2\nevent: change\ndata: {"a":\r\ndata: "ü"}\r\n\r\ndata: x\n\n';
  const bytes = Buffer.from(stream);
  for (const size of [1, 2, 3, 7, 1000]) {
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const events = [];
    for await (const event of readEvents(chunks())) events.push(event);
    expect(events).toEqual([
      { event: 'bookmark', data: '', id: '1' },
      { event: 'change', data: '{"a":\n"ü"}', id: '2' },
      { event: 'message', data: 'x', id: '2' },
    ]);
  }
});

test('a version is missing when Pawl says so, and not when somebody on the way has nothing there', async () => {
  const config = { namespace: 'payments', path: 'a.yaml' };
  for (const kind of ['version-not-found', 'config-not-found']) {
    await using scene = await clientOf(() => ({ status: 404, body: problem(kind, 404) }));
    expect(await textOfVersion(scene.client, config, 3)).toBeNull();
  }
  const status = { kind: 'Status', status: 'Failure', message: 'not found', reason: 'NotFound', code: 404 };
  for (const body of [status, '404 page not found']) {
    await using scene = await clientOf(() => ({ status: 404, body }));
    await expect(textOfVersion(scene.client, config, 3)).rejects.toThrow('Is Pawl installed there');
  }
});
