/** Whether work for an answer is still wanted. */
import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyReply } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { signalOf } from '../../server/gone.ts';

let server: ReturnType<typeof createServer>;
const response = async () => {
  const asking = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  asking.on('error', () => undefined);
  const [, raw] = (await once(server, 'request')) as [unknown, ServerResponse];
  return { asking, raw, reply: { raw } as unknown as FastifyReply };
};
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

it('is told when whoever asked leaves before the answer has ended', async () => {
  const { asking, raw, reply } = await response();
  const signal = signalOf(reply);
  raw.write('half');
  asking.destroy();
  await once(raw, 'close');
  expect(signal.aborted).toBe(true);
});

it('is told at once when they left before anybody asked', async () => {
  const { asking, raw, reply } = await response();
  asking.destroy();
  await once(raw, 'close');
  expect(signalOf(reply).aborted).toBe(true);
});

it('is not told when the answer ends as it should', async () => {
  const { raw, reply } = await response();
  const signal = signalOf(reply);
  raw.end('all');
  await once(raw, 'close');
  expect(signal.aborted).toBe(false);
});
