/** Who opens many connections at once keeps nobody from opening one, and nobody's requests from their answers. */
import { once } from 'node:events';
import { Agent, createServer } from 'node:https';
import { type AddressInfo, connect as connectPlainly, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../local/x509.ts';
import { NewConnections, takeTurnsToConnect } from '../../server/new-connections.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { type Api, startApi } from '../setup/api.ts';
import { until } from '../setup/until.ts';

// Linux answers at all of 127.0.0.0/8, which makes two addresses of one machine.
const [crowd, other] = ['127.0.0.2', '127.0.0.1'];
/** After it, the next is taken up whatever the loop does. */
const longestRestMs = 3;

describe('the API', () => {
  let api: Api;
  const clock = new FakeClock();
  beforeAll(async () => {
    api = await startApi({ clock });
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it('takes up one new connection after the other, and answers those that it has meanwhile', async () => {
    const agent = new Agent({ keepAlive: true });
    const path = `/configs/${api.namespace}`;
    expect((await api.ask(path, { agent })).status).toBe(200);
    let isIn = false;
    const { port } = api.server;
    const second = connect({ host: other, port, ca: api.ca, servername: 'localhost' });
    second.once('secureConnect', () => {
      isIn = true;
    });
    for (let index = 0; index < 5; index++) expect((await api.ask(path, { agent })).status).toBe(200);
    expect(isIn).toBe(false);
    await clock.advance(longestRestMs);
    await until('the second is in', 10_000, () => isIn);
    second.destroy();
    agent.destroy();
  });
});

describe('a server with TLS', () => {
  const authority = createAuthority('pawl-test');
  const { certificate: cert, key } = authority.issue({ commonName: 'localhost' }, 'server', ['localhost']);

  /** Its time is moved by hand. */
  async function listening() {
    const server = createServer({ cert, key });
    const clock = new FakeClock();
    const connections = takeTurnsToConnect(server, clock);
    const accepted: Socket[] = [];
    server.on('connection', socket => accepted.push(socket as Socket));
    server.listen(0, other);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { server, clock, connections, accepted, port };
  }

  it('lets each address in between two of another that opens many connections at once', async () => {
    const { server, clock, connections, accepted, port } = await listening();
    const order: (string | undefined)[] = [];
    server.on('secureConnection', socket => order.push(socket.remoteAddress));
    const open = (localAddress: string) => {
      const socket = connectPlainly({ host: other, port, localAddress });
      return connect({ socket, ca: authority.certificate, servername: 'localhost' });
    };
    const sockets = Array.from({ length: 10 }, () => open(crowd));
    await until('the many are accepted', 10_000, () => accepted.length === 10);
    sockets.push(open(other));
    await until('all are accepted', 10_000, () => accepted.length === 11);
    for (let count = 1; count <= 11; count++) {
      await until(`${count} are let in`, 10_000, () => order.length >= count);
      await clock.advance(longestRestMs);
    }
    expect(order.indexOf(other)).toBeLessThanOrEqual(2);
    for (const socket of sockets) socket.destroy();
    connections.close();
    server.close();
  });

  it('reads nothing of connections that wait, and closes them when it closes', async () => {
    const { server, connections, accepted, port } = await listening();
    const clients = Array.from({ length: 5 }, () => connectPlainly({ host: other, port }));
    for (const client of clients) {
      client.on('error', () => undefined);
      client.write(Buffer.alloc(1 << 20));
    }
    await until('all are accepted', 10_000, () => accepted.length === 5);
    // What it is sent is no TLS: it has been read, and was answered so.
    await until('the first is taken up', 10_000, () => clients.some(({ destroyed }) => destroyed));
    const waiting = accepted.filter(({ destroyed }) => !destroyed);
    expect(waiting.map(({ bytesRead }) => bytesRead)).toEqual([0, 0, 0, 0]);
    connections.close();
    server.close();
    await until('all are closed', 10_000, () => clients.every(({ destroyed }) => destroyed));
  });
});

describe('taking up', () => {
  const address = '10.0.0.1';
  const sockets = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const socket = { remoteAddress: address, index, destroyed: false, destroy: () => {} };
      socket.destroy = () => {
        socket.destroyed = true;
      };
      return socket;
    });

  /** A loop that is at work for `busy` of each millisecond. */
  function world(busy: number, waitingEach = 100) {
    const clock = new FakeClock();
    const taken: number[] = [];
    const connections = new NewConnections({
      ...{ clock, waitingEach },
      loopTime: () => ({ active: busy * clock.monotonic(), idle: (1 - busy) * clock.monotonic() }),
      takeUp: socket => taken.push((socket as unknown as { index: number }).index),
    });
    const add = (socket: object) => connections.add(socket as Socket);
    return { clock, taken, add, connections };
  }

  it('begins at once where nobody was taken up of late', () => {
    const { taken, add } = world(0.1);
    add(sockets(1)[0]!);
    expect(taken).toEqual([0]);
  });

  it('waits after each until the loop has been free for as long as it was busy', async () => {
    const { clock, taken, add } = world(0.1);
    for (const socket of sockets(3)) add(socket);
    expect(taken).toEqual([0]);
    await clock.advance(1);
    expect(taken).toEqual([0, 1]);
    await clock.advance(1);
    expect(taken).toEqual([0, 1, 2]);
  });

  it('goes on after three milliseconds in a loop that is always busy', async () => {
    const { clock, taken, add } = world(0.9);
    for (const socket of sockets(3)) add(socket);
    await clock.advance(2);
    expect(taken).toEqual([0]);
    await clock.advance(1);
    expect(taken).toEqual([0, 1]);
  });

  it('closes what one address brings beyond its places in line', () => {
    const { add } = world(0.9, 2);
    const brought = sockets(5);
    for (const socket of brought) add(socket);
    expect(brought.map(({ destroyed }) => destroyed)).toEqual([false, false, false, true, true]);
  });
});
