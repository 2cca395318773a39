/** Sending to an address that a tenant chose: only allowed ones, no redirects, little read of an answer, not for long. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { readAllowedHosts } from '../../operator/notify/allowed-hosts.ts';
import { type PostContext, type PostOutcome, post } from '../../operator/notify/post.ts';
import { systemClock } from '../../runtime/clock.ts';

const never = new AbortController().signal;

async function receiver(answer: RequestListener) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    answer(request, response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    host: `http://127.0.0.1:${port}`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

const send = (url: string, context: Partial<PostContext> & { hosts: string[]; ranges?: string[] }) =>
  post(
    { url: new URL(url), headers: { 'webhook-id': 'msg_1' }, body: '{"a":1}' },
    { clock: systemClock, ...context, allowed: readAllowedHosts(context.hosts, context.ranges ?? []) },
    never,
  );
const wordsOf = (outcome: PostOutcome) => (outcome.kind === 'failed' ? outcome.words : outcome.kind);
const resolvesTo =
  (...addresses: string[]) =>
  async () =>
    addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('a post', () => {
  it('is delivered with body and headers when the receiver takes it', async () => {
    const seen: unknown[] = [];
    await using to = await receiver(async (request, response) => {
      const { method, headers } = request;
      seen.push(method, headers['webhook-id'], await text(request));
      response.writeHead(204).end();
    });
    expect(await send(to.host, { hosts: [to.host] })).toEqual({ kind: 'delivered' });
    expect(seen).toEqual(['POST', 'msg_1', '{"a":1}']);
  });

  it('follows no redirect', async () => {
    await using inner = await receiver((_, response) => response.end());
    await using to = await receiver((_, response) => response.writeHead(307, { location: inner.host }).end());
    const outcome = await send(to.host, { hosts: [to.host, inner.host] });
    expect(wordsOf(outcome)).toBe('it answered 307, and redirects are not followed');
    expect(inner.asked()).toBe(0);
  });

  it('goes to no address of a name that is not public, although the name is allowed', async () => {
    await using to = await receiver((_, response) => response.end());
    const url = `http://hooks.example.com:${to.port}/`;
    const hosts = [`http://hooks.example.com:${to.port}`];
    const outcome = await send(url, { hosts, resolve: resolvesTo('127.0.0.1', '::1', '::ffff:127.0.0.1') });
    expect(wordsOf(outcome)).toBe('its name stands for an address that is not allowed');
    expect(to.asked()).toBe(0);
    // The same name with a range that is allowed; the public address beside it is not what was resolved first.
    const ranges = ['127.0.0.0/8'];
    const allowed = await send(url, { hosts, ranges, resolve: resolvesTo('10.0.0.1', '127.0.0.1') });
    expect(allowed).toEqual({ kind: 'delivered' });
  });

  it('goes to no address in a URL that is not allowed, without asking for anything', async () => {
    await using to = await receiver((_, response) => response.end());
    const outcome = await send(to.host, { hosts: ['http://hooks.example.com'] });
    expect(wordsOf(outcome)).toBe('its name stands for an address that is not allowed');
    expect(to.asked()).toBe(0);
  });

  it('tells the status of what was not taken, and how long the receiver wants to be left alone', async () => {
    await using to = await receiver((_, response) =>
      response.writeHead(503, { 'retry-after': '7' }).end('secret'),
    );
    expect(await send(to.host, { hosts: [to.host] })).toEqual({
      ...{ kind: 'failed', words: 'it answered 503', retryAfterMs: 7_000 },
    });
  });

  it('does not read an answer without end, and takes its head for the answer', async () => {
    let written = 0;
    await using to = await receiver((_, response) => {
      response.writeHead(200);
      const more = () => {
        written += 65_536;
        if (!response.destroyed && response.write(Buffer.alloc(65_536))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    expect(await send(to.host, { hosts: [to.host] })).toEqual({ kind: 'delivered' });
    expect(written).toBeLessThan(64 << 20);
  });

  it('ends when the receiver says nothing, after ten seconds of the clock that is handed in', async () => {
    await using to = await receiver(() => undefined);
    const hasty = {
      ...systemClock,
      timer: (ms: number, fire: () => void) => systemClock.timer(ms === 10_000 ? 50 : ms, fire),
    };
    const outcome = await send(to.host, { hosts: [to.host], clock: hasty });
    expect(wordsOf(outcome)).toBe('it did not answer within 10 s');
  });

  it('says of a receiver that is not there only that it cannot be reached', async () => {
    const to = await receiver(() => undefined);
    await to[Symbol.asyncDispose]();
    expect(wordsOf(await send(`${to.host}/secret`, { hosts: [to.host] }))).toBe(
      'it cannot be reached (ECONNREFUSED)',
    );
  });

  it('ends with the signal, and says so', async () => {
    const controller = new AbortController();
    await using to = await receiver(() => controller.abort(new Error('stopped')));
    const allowed = readAllowedHosts([to.host], []);
    const sending = post(
      { url: new URL(to.host), headers: {}, body: '' },
      { clock: systemClock, allowed },
      controller.signal,
    );
    await expect(sending).rejects.toThrow('stopped');
  });
});
