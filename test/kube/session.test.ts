import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Access } from '../../operator/kube/access.ts';
import { resourcePath } from '../../operator/kube/resource-path.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import { FakeClock, settle } from '../runtime/fake-clock.ts';
import { until } from '../runtime/until.ts';
import { ScriptedServer } from './scripted-server.ts';

const path = resourcePath({ group: '', version: 'v1', plural: 'configmaps' }, { namespace: 'a', name: 'b' });
const signal = new AbortController().signal;

let server: ScriptedServer;
let clock: FakeClock;
let session: Session;

beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new FakeClock();
  session = await open();
});

afterEach(async () => {
  await session.close();
  await server[Symbol.asyncDispose]();
});

function open(access: Partial<Access> = {}, callTimeoutMs = 10_000): Promise<Session> {
  return openSession({ access: server.access(access), clock, userAgent: 'pawl/test', callTimeoutMs });
}

const get = (from = session) => from.request({ method: 'GET', path, signal });
const patch = (from = session) =>
  from.request({ method: 'PATCH', path, body: { a: 1 }, contentType: 'x/y', signal });

describe('a session', () => {
  test('sends JSON with credentials and who it is, and answers status and body', async () => {
    server.on(
      () => true,
      (_, reply) => reply.json(201, { kind: 'ConfigMap' }),
    );
    expect(await patch()).toEqual({ status: 201, body: { kind: 'ConfigMap' } });
    expect(server.requests[0]).toMatchObject({
      method: 'PATCH',
      body: '{"a":1}',
      headers: { authorization: 'Bearer secret', 'content-type': 'x/y', 'user-agent': 'pawl/test' },
    });
  });

  test('keeps the path that the server URL has', async () => {
    server.on(
      request => request.path === `/k8s/clusters/c-1${path}`,
      (_, reply) => reply.json(200, {}),
    );
    const behind = await open({ server: new URL('/k8s/clusters/c-1/', server.url) });
    expect((await get(behind)).status).toBe(200);
    await behind.close();
  });

  test('needs few connections: 50 calls in a row, 10 at once and 3 watches', async () => {
    server.watch((_, reply) => reply.open());
    server.on(
      () => true,
      (_, reply) => reply.json(200, {}),
    );
    const watches = await Promise.all(
      [1, 2, 3].map(() => session.stream({ path, query: { watch: true }, signal })),
    );
    for (let i = 0; i < 50; i += 1) await get();
    expect(server.connections).toBeLessThanOrEqual(3 + 2);
    await Promise.all(Array.from({ length: 10 }, () => patch()));
    expect(server.connections).toBeLessThanOrEqual(3 + 2 + 10);
    for (const watch of watches) watch.destroy();
  });

  test('ends a call that is never answered at its deadline, also between headers and body', async () => {
    server.on(
      request => request.method === 'PATCH',
      () => {},
    );
    server.on(
      () => true,
      (_, reply) => reply.open().write('{"half":'),
    );
    for (const call of [patch, get]) {
      const before = server.requests.length;
      const failing = expect(call()).rejects.toMatchObject({ kind: 'timeout', reason: 'DeadlineExceeded' });
      await until('the request', () => server.requests.length > before);
      await clock.advance(10_000);
      await failing;
    }
    await until('both connections closed', () => server.openConnections === 0);
    expect(server.requests).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  test('ends a call as aborted when its caller goes', async () => {
    server.on(
      () => true,
      () => {},
    );
    const stop = new AbortController();
    const failing = expect(
      session.request({ method: 'GET', path, signal: stop.signal }),
    ).rejects.toMatchObject({
      kind: 'aborted',
    });
    await until('the request', () => server.requests.length > 0);
    stop.abort();
    await failing;
    await expect(session.request({ method: 'GET', path, signal: stop.signal })).rejects.toMatchObject({
      kind: 'aborted',
    });
    expect(server.requests).toHaveLength(1);
  });

  test('reads once more after a broken connection, but never repeats a write', async () => {
    server.on(
      () => true,
      (_, reply) => reply.reset(),
      1,
    );
    server.on(
      request => request.method === 'GET',
      (_, reply) => reply.json(200, { ok: true }),
      1,
    );
    server.on(
      () => true,
      (_, reply) => reply.reset(),
    );
    expect(await get()).toEqual({ status: 200, body: { ok: true } });
    await expect(patch()).rejects.toMatchObject({ kind: 'unavailable', status: 0 });
    expect(server.requests.map(request => request.method)).toEqual(['GET', 'GET', 'PATCH']);
    await expect(get()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(server.requests).toHaveLength(5);
  });

  test('waits as long as a busy server asks before reading once more, if that is soon', async () => {
    server.on(
      () => true,
      (_, reply) => reply.status(429, 'TooManyRequests', 'busy', {}, { 'retry-after': '2' }),
      1,
    );
    server.on(
      request => request.method === 'GET',
      (_, reply) => reply.json(200, {}),
      1,
    );
    const reading = get();
    await until('the refusal to be waited out', () => clock.pendingTimers === 2);
    expect(server.requests).toHaveLength(1);
    await clock.advance(2_000);
    expect((await reading).status).toBe(200);
    server.on(
      () => true,
      (_, reply) => reply.status(429, 'TooManyRequests', 'busy', {}, { 'retry-after': '30' }),
    );
    await expect(get()).rejects.toMatchObject({ kind: 'throttled', retryAfterMs: 30_000 });
    await expect(patch()).rejects.toMatchObject({ kind: 'throttled', retryAfterMs: 30_000 });
    expect(server.requests).toHaveLength(4);
  });

  test('asks for credentials again when they are refused, and sends the call again only with other ones', async () => {
    let token = 'old';
    const rotating = await open({
      credentials: async () => ({ headers: { authorization: token }, tls: {} }),
    });
    server.on(
      request => request.headers.authorization === 'new',
      (_, reply) => reply.json(200, {}),
    );
    server.on(
      () => true,
      (_, reply) => reply.status(401, 'Unauthorized', 'Unauthorized'),
    );
    await expect(patch(rotating)).rejects.toMatchObject({ kind: 'unauthorized' });
    expect(server.requests).toHaveLength(1);
    token = 'new';
    expect((await patch(rotating)).status).toBe(200);
    await rotating.close();
  });

  test('sends every one of several calls again whose credentials were refused together', async () => {
    let token = 'old';
    const rotating = await open({
      credentials: async () => ({ headers: { authorization: token }, tls: {} }),
    });
    const refused = Promise.withResolvers<void>();
    server.on(
      request => request.headers.authorization === 'new',
      (_, reply) => reply.json(200, {}),
    );
    server.on(
      () => true,
      (request, reply) => {
        const refuse = () => reply.status(401, 'Unauthorized', 'Unauthorized');
        // The second is refused after the first has got, and used, the new ones.
        if (request.method === 'PATCH') void refused.promise.then(refuse);
        else refuse();
      },
    );
    const late = patch(rotating);
    await until('the call has come', () => server.requests.length === 1);
    token = 'new';
    expect((await get(rotating)).status).toBe(200);
    refused.resolve();
    expect((await late).status).toBe(200);
    await rotating.close();
  });

  test('follows rotation, and keeps the last credentials while the new ones cannot be read', async () => {
    let credentials: Access['credentials'] = async () => ({ headers: { authorization: 'one' }, tls: {} });
    const rotating = await open({ credentials: () => credentials() });
    server.on(
      () => true,
      (_, reply) => reply.json(200, {}),
    );
    await get(rotating);
    credentials = async () => ({ headers: { authorization: 'two' }, tls: { ca: 'another CA' } });
    await clock.advance(59_999);
    await get(rotating);
    await clock.advance(1);
    await get(rotating);
    credentials = () => Promise.reject(new Error('the file is being replaced'));
    await clock.advance(60_000);
    await get(rotating);
    expect(server.requests.map(request => request.headers.authorization)).toEqual([
      'one',
      'one',
      'two',
      'two',
    ]);
    expect(server.connections).toBe(2);
    await rotating.close();
  });

  test('reads no more of an answer than the caller can hold', async () => {
    server.on(
      () => true,
      (_, reply) => reply.json(200, { long: 'x'.repeat(100_000) }),
    );
    await expect(session.request({ method: 'GET', path, signal, maxBytes: 10_000 })).rejects.toMatchObject({
      kind: 'tooLarge',
    });
  });

  test('says when the other side is not the Kubernetes API', async () => {
    server.on(
      () => true,
      (_, reply) => reply.open().write('<html>secret</html>').end(),
    );
    await expect(get()).rejects.toMatchObject({
      kind: 'unexpected',
      message: `GET ${path}: the answer is not JSON`,
    });
  });

  test('aborts what runs when it is closed, and answers nothing after', async () => {
    server.on(
      () => true,
      () => {},
    );
    const failing = expect(patch()).rejects.toMatchObject({ name: 'KubeError' });
    await until('the request', () => server.requests.length > 0);
    await session.close();
    await failing;
    await expect(get()).rejects.toMatchObject({ kind: 'aborted' });
    await settle();
    expect(clock.pendingTimers).toBe(0);
  });
});
