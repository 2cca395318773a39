/** What a PostgreSQL that cannot take a connection now says to whoever comes: it is away, and that passes. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { isStoreAway } from '../../history/settle/store-failure.ts';
import { createStore } from '../../history/store/store.ts';
import { systemClock } from '../../runtime/clock.ts';

/** A server that ends every connection at its start with this error, as PostgreSQL does. */
async function refusing(sqlstate: string, message: string) {
  const fields = [`SFATAL`, `VFATAL`, `C${sqlstate}`, `M${message}`].map(field => `${field}\0`).join('');
  const body = Buffer.from(`${fields}\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([Buffer.from('E'), length, body])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const store = createStore(
    { database: `postgres://pawl@127.0.0.1:${port}/pawl?sslmode=disable`, baseMs: 1, callTimeoutMs: 2_000 },
    { clock: systemClock, random: Math.random, onError: () => undefined },
  );
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      server.close();
    },
  };
}

it.each([
  ['53300', 'sorry, too many clients already', true],
  ['53200', 'out of memory', true],
  ['53400', 'configuration limit exceeded', true],
  ['55000', 'database "pawl" is not currently accepting connections', true],
  ['55006', 'source database is being accessed by other users', true],
  ['57P01', 'terminating connection due to administrator command', true],
  ['57P03', 'the database system is starting up', true],
  ['XX000', 'something is broken', false],
])('%s while connecting, %s, is away: %s', async (sqlstate, message, away) => {
  await using server = await refusing(sqlstate, message);
  const error = await server.store.countConfigs('pay', new AbortController().signal).then(
    () => null,
    (failure: unknown) => failure,
  );
  expect(error).toMatchObject({ name: 'StoreError', sqlstate });
  expect(isStoreAway(error)).toBe(away);
});
