/** What nobody should send: every answer is a problem document, no text is saved, and the server goes on. */
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../setup/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ settings: { requestsPerMinute: 1_000_000 } });
});
afterAll(async () => {
  // Whatever was sent, the server is as it was.
  expect((await api.ask('/namespaces')).status).toBe(200);
  expect(api.logs()).not.toContain('do-not-log');
  await api[Symbol.asyncDispose]();
});

const put = (path: string, body: object | string | Buffer, headers: Record<string, string> = {}) =>
  api.ask(path, { method: 'PUT', body, headers });

/** What comes back for these bytes until the connection ends. */
function bytes(sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = api.server;
    const socket = connect({ host: '127.0.0.1', port, ca: api.ca }, () => socket.end(sent));
    let text = '';
    socket.on('data', data => {
      text += data;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

describe('a path', () => {
  it.each([
    ['..', '../secrets'],
    ['.. encoded', '%2e%2e%2fsecrets'],
    ['.. behind a slash', 'a/../b'],
    ['.', 'a/./b'],
    ['an empty segment', 'a//b'],
    ['an empty segment, encoded', 'a%2F%2Fb'],
    ['a slash at its end', 'a/'],
    ['double encoding', 'a%252fb'],
    ['a backslash', 'a%5C..%5Cb'],
    ['a NUL', 'a%00b'],
    ['a line end', 'a%0Ab'],
    ['broken encoding', 'a%zz'],
    ['half a character', 'a%C3'],
    ['an overlong slash', 'a%c0%afb'],
    ['a letter that only looks like one', 'a%D0%B0b'],
    ['a right-to-left mark', 'a%E2%80%AEb'],
    ['10,000 characters', 'a'.repeat(10_000)],
    ['nothing', ''],
  ])('with %s is refused, wherever it stands', async (_, path) => {
    for (const root of ['configs', 'versions', 'blame', 'watch']) {
      const { status, json } = await api.ask(`/${root}/${api.namespace}/${path}`);
      expect([status, json.reason]).toEqual([400, 'InvalidPath']);
    }
    expect((await put(`/configs/${api.namespace}/${path}`, { body_raw: 'a: 1\n' })).status).toBe(400);
  });

  it('in a body is read like one in a URL', async () => {
    for (const path of ['../a', 'a%2fb', 'a//b', '']) {
      const body = { changes: [{ namespace: api.namespace, path, body_raw: 'a: 1\n' }] };
      expect((await api.ask('/deployments', { method: 'POST', body })).json).toMatchObject({ status: 400 });
    }
  });
});

describe('a body', () => {
  const path = () => `/configs/${api.namespace}/bad.yaml`;

  it.each([
    ['that is no JSON', '{"body_raw": do-not-log'],
    ['that is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['that is empty', ''],
    ['that is a list', '[]'],
    ['with a member nobody knows', '{"body_raw":"a: 1","dry_run":true}'],
    ['with __proto__', '{"body_raw":"a: 1","__proto__":{"format":"json"}}'],
    ['with a member twice', '{"body_raw":"do-not-log: 1","body_raw":"b: 2"}'],
    ['with a member twice, spelled in two ways', '{"body_raw":"a: 1","body\\u005fraw":"b: 2"}'],
    ['without its text', '{"format":"yaml"}'],
    ['with a version that is no number', '{"body_raw":"a: 1","base_version":"7"}'],
    ['with a version beyond 2^53', '{"body_raw":"a: 1","base_version":9007199254740993}'],
  ])('%s is refused with 400', async (_, body) => {
    const { status, json } = await put(path(), body);
    expect([status, json.reason]).toEqual([400, 'InvalidRequest']);
    expect(json.errors[0].in).toBe('body');
  });

  it.each([
    ['U+0000', 'a: "\u0000"\n'],
    ['half a surrogate pair', 'a: "\ud800"\n'],
    ['a key twice', 'a: 1\na: 2\n'],
    ['aliases without end', '&a [*a, *a]\n'],
  ])('whose text has %s is refused with 422, line and column', async (_, body_raw) => {
    const { status, json } = await put(path(), { body_raw });
    expect([status, json.reason, json.line]).toEqual([422, 'InvalidBody', expect.any(Number)]);
  });

  it('in something else than JSON is refused with 415', async () => {
    for (const type of ['text/plain', 'application/yaml', 'application/x-www-form-urlencoded']) {
      const { json } = await put(path(), 'a=1', { 'content-type': type });
      expect(json).toMatchObject({ status: 415, reason: 'UnsupportedMediaType' });
    }
  });

  it('of 20 MiB is refused before it is read', async () => {
    const refused = await put(path(), 'x', { 'content-length': String(20 << 20) });
    expect(refused.json).toMatchObject({ status: 413, reason: 'RequestTooLarge' });
  });

  it('with characters that the database cannot hold, beside the text, is refused and not broken', async () => {
    const { status } = await put(path(), { body_raw: 'a: 1\n', comment: 'a\u0000b\ud800' });
    expect([200, 201, 400, 422]).toContain(status);
  });
});

describe('a query', () => {
  it.each([
    'limit=0',
    'limit=-1',
    'limit=1000000000',
    'limit=1e2',
    'limit=%201',
    'limit=1&limit=2',
    'cursor=',
    'prefix=%00',
    'delimiter=x',
    'no_such=1',
  ])('%s is refused', async query => {
    const { status, json } = await api.ask(`/configs/${api.namespace}?${query}`);
    expect([status, json.reason]).toEqual([400, 'InvalidRequest']);
  });

  it('that was tampered with is refused', async () => {
    for (const cursor of ['abc', 'eyJhIjoxfQ', "';drop/**/table/**/configs;--", 'a'.repeat(2_000)]) {
      const { json } = await api.ask(`/configs/${api.namespace}?cursor=${encodeURIComponent(cursor)}`);
      expect(json).toMatchObject({ status: 422, reason: 'InvalidCursor' });
    }
  });

  it('that searches for NUL, or for %s and quotes, finds nothing and breaks nothing', async () => {
    for (const value of ['\u0000', "' OR 1=1 --", '%', '_', '\\', '[]', '{"a":1e999}']) {
      for (const name of ['path', 'key', 'value']) {
        const query = new URLSearchParams({ namespace: api.namespace, [name]: value });
        const { status } = await api.ask(`/search?${query}`);
        expect([200, 400]).toContain(status);
      }
    }
  });
});

describe('a request', () => {
  it.each(['PATCH', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND'])(
    'by %s is refused with 405 and what there is',
    async method => {
      const refused = await api.ask(`/configs/${api.namespace}/a.yaml`, { method });
      expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD, POST, PUT, DELETE']);
    },
  );

  it('by HEAD is as by GET, without the body', async () => {
    const { status, text, headers } = await api.ask('/namespaces', { method: 'HEAD' });
    expect([status, text]).toEqual([200, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(0);
    expect((await api.ask(`/watch/${api.namespace}`, { method: 'HEAD' })).status).toBe(405);
  });

  it('for nothing is refused with 404', async () => {
    expect((await api.ask('/nothing')).json).toMatchObject({ status: 404, reason: 'NotFound' });
  });

  it('for a picture is refused with 406', async () => {
    const refused = await api.ask(`/configs/${api.namespace}/a.yaml`, { headers: { accept: 'image/png' } });
    expect(refused.json).toMatchObject({ status: 406, reason: 'NotAcceptable' });
  });

  it('with a wrong If-Match or key is refused', async () => {
    for (const headers of [
      { 'if-match': 'seven' },
      { 'if-match': 'W/"seven"' },
      { 'idempotency-key': 'a b' },
    ]) {
      const { json } = await put(
        `/configs/${api.namespace}/a.yaml`,
        { body_raw: 'a: 1\n' },
        headers as never,
      );
      expect(json).toMatchObject({ status: 400, errors: [{ in: 'header' }] });
    }
  });

  it.each([
    ['Host', ['Host: localhost', 'Host: elsewhere'], /Header host: is given twice; send it once/],
    [
      'Authorization',
      ['Host: localhost', 'Authorization: Bearer a', 'Authorization: Bearer b'],
      /is given twice/,
    ],
    [
      'Content-Type',
      ['Host: localhost', 'Content-Type: text/plain', 'content-type: application/json'],
      /is given twice/,
    ],
    ['no Host', [], /Header host: is missing/],
  ])('that two programs would read in two ways is refused: %s', async (_, headers, detail) => {
    const answer = await bytes(
      `GET /namespaces HTTP/1.1\r\n${headers.map(one => `${one}\r\n`).join('')}\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(detail);
  });

  it.each([
    ['content-encoding', 'gzip', 415, /no Content-Encoding is taken/],
    ['content-range', 'bytes 0-4/100', 400, /saved as a whole/],
    ['if-unmodified-since', 'Mon, 01 Jan 2001 00:00:00 GMT', 400, /send If-Match/],
  ])('with %s, which is not heeded, saves and deletes nothing', async (name, value, status, detail) => {
    const path = `/configs/${api.namespace}/odd.yaml`;
    for (const method of ['PUT', 'DELETE'] as const) {
      const refused = await api.ask(path, {
        ...{ method, headers: { [name]: value } },
        ...(method === 'PUT' && { body: { body_raw: 'a: 1\n', base_version: 0 } }),
      });
      expect(refused.json).toMatchObject({ status, detail: expect.stringMatching(detail) });
    }
    expect((await api.ask(path)).status).toBe(404);
  });

  it('whose If-Match is not heeded is refused', async () => {
    const path = `/configs/${api.namespace}/odd.yaml`;
    const body = { body_raw: 'a: 1\n' };
    const refused = await api.ask(path, { method: 'POST', body, headers: { 'if-match': '"7"' } });
    expect(refused.json).toMatchObject({
      status: 400,
      detail: 'Header if-match: is not taken by this request.',
    });
  });

  it('with a query that is not UTF-8 is refused', async () => {
    for (const query of ['path=%ff', 'path=%zz', 'path=a%'])
      expect((await api.ask(`/search?namespace=${api.namespace}&${query}`)).json).toMatchObject({
        status: 400,
      });
  });

  it('with too many headers, or none at all, gets a problem document too', async () => {
    const long = await api.ask('/namespaces', { headers: { 'x-long': 'x'.repeat(40_000) } });
    expect(long.json).toMatchObject({ status: 431, reason: 'HeadersTooLarge' });
    const answer = await bytes('BLAH\r\n\r\n');
    expect(answer).toContain('400 Bad Request');
    expect(answer).toContain('application/problem+json');
  });

  it('carries its id into the answer and the problem, and answers have strict headers', async () => {
    const { headers, json } = await api.ask('/nothing', { headers: { 'x-request-id': 'mine-1' } });
    expect([headers['x-request-id'], json.request_id]).toEqual(['mine-1', 'mine-1']);
    const evil = await api.ask('/nothing', { headers: { 'x-request-id': 'a"b' } });
    expect(evil.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cache-control': 'no-store',
    });
  });
});
