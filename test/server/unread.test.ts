/** Who sends a large body that is refused reads why, and keeps the server from nothing. */
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, everything, startApi } from '../setup/api.ts';
import { until } from '../setup/until.ts';

const mib = 1 << 20;
let api: Api;
let editor: string;
beforeAll(async () => {
  api = await startApi({ settings: { requestsPerMinute: 1_000_000 } });
  editor = await api.person([everything]);
});
afterAll(() => api?.[Symbol.asyncDispose]());

/** Sends the head of a PUT; what comes back is read once it is asked for. */
async function put(token: string, ...headers: string[]) {
  const { port } = api.server;
  const socket = connect({ host: '127.0.0.1', port, ca: api.ca, servername: 'localhost' });
  let failed: Error | null = null;
  socket.on('error', error => {
    failed = error;
  });
  socket.pause();
  const send = (data: string | Buffer) =>
    new Promise<void>((resolve, reject) => socket.write(data, error => (error ? reject(error) : resolve())));
  const head = [
    `PUT /configs/${api.namespace}/large.yaml HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${token}`,
  ];
  await send([...head, 'Content-Type: application/json', ...headers, '', ''].join('\r\n'));
  return { socket, send, failure: () => failed };
}

/** @returns what has come so far, when that is as wanted */
async function read(socket: TLSSocket, wanted: RegExp): Promise<string> {
  let text = '';
  socket.on('data', data => {
    text += data;
  });
  socket.resume();
  return until(String(wanted), 1_000, () => wanted.test(text) && text);
}

it.each([
  ['too large', () => editor, /^HTTP\/1\.1 413 .*RequestTooLarge/s],
  ['of a stranger', () => 'nobody', /^HTTP\/1\.1 401 .*Unauthenticated/s],
])(
  'a client that sends all of a body that is %s, and only then reads, gets the answer',
  async (_, token, wanted) => {
    const { socket, send } = await put(token(), `Content-Length: ${20 * mib}`);
    for (let sent = 0; sent < 20; sent += 1) await send(Buffer.alloc(mib));
    await read(socket, wanted);
    await send(`GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await read(socket, /HTTP\/1\.1 200 /);
    socket.destroy();
  },
);

it('a client that wants the connection closed gets the answer, too, and then the end', async () => {
  const { socket, send } = await put(editor, `Content-Length: ${10 * mib}`, 'Connection: close');
  for (let sent = 0; sent < 10; sent += 1) await send(Buffer.alloc(mib));
  await read(socket, /RequestTooLarge/);
  await until('the connection is closed', 1_000, () => socket.destroyed);
});

it('a client that asks whether to send a body is told to, or gets the answer at once', async () => {
  const asking = (...headers: string[]) => put(editor, 'Expect: 100-continue', ...headers);
  const { socket: tooLarge } = await asking(`Content-Length: ${20 * mib}`);
  expect(await read(tooLarge, /RequestTooLarge/)).not.toContain('100 Continue');
  const stranger = await put('nobody', 'Expect: 100-continue', 'Content-Length: 100000');
  expect(await read(stranger.socket, /Unauthenticated/)).not.toContain('100 Continue');
  const body = JSON.stringify({ body_raw: 'a: 1\n', base_version: 0 });
  const { socket, send } = await asking(`Content-Length: ${body.length}`);
  await read(socket, /^HTTP\/1\.1 100 Continue/);
  await send(body);
  await read(socket, /^HTTP\/1\.1 201 /m);
  for (const one of [tooLarge, stranger.socket, socket]) one.destroy();
});

it('a client that goes on sending, or stops to, is let go', async () => {
  const idle = await put(editor, `Content-Length: ${20 * mib}`);
  const { socket, send, failure } = await put(editor, 'Transfer-Encoding: chunked');
  const chunk = Buffer.concat([
    Buffer.from(`${mib.toString(16)}\r\n`),
    Buffer.alloc(mib),
    Buffer.from('\r\n'),
  ]);
  let sent = 0;
  while (!socket.destroyed && sent < 500) {
    sent += 1;
    await send(chunk).catch(() => undefined);
  }
  expect([failure(), sent < 500]).toEqual([expect.anything(), true]);
  await read(idle.socket, /RequestTooLarge/);
  await until('the idle connection is closed', 1_000, () => idle.socket.destroyed);
  expect((await api.ask('/namespaces')).status).toBe(200);
});
