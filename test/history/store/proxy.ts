/** A TCP proxy in front of PostgreSQL that breaks connections where a test wants it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * - `pass`: hands everything on
 * - `cut-reply`: hands requests on, and cuts the connection once the server answers
 * - `cut-request`: cuts the connection before the server hears the request
 * - `black-hole`: takes everything and hands on nothing
 */
export type Mode = 'pass' | 'cut-reply' | 'cut-request' | 'black-hole';

export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  /** Applies to the next request that contains `marker`, once (`black-hole`: to all). */
  arm(mode: Mode, marker: string): void;
  /** Ends every connection there is. */
  cut(): void;
  /** Requests seen with the marker. */
  readonly seen: number;
  /** Sync and simple-query messages seen from clients: each is one round trip. */
  readonly roundTrips: number;
  readonly connections: number;
}

export async function proxyTo(url: string): Promise<FaultyProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const state = { mode: 'pass' as Mode, marker: '', seen: 0, roundTrips: 0, connections: 0 };
  const server = createServer(client => {
    state.connections += 1;
    const upstream = connect(Number(target.port), target.hostname);
    let cutting = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', data => {
      // A Sync message: S and its length. Ours are small, so one chunk holds a whole request.
      if (data.includes(Buffer.from([0x53, 0, 0, 0, 4]))) state.roundTrips += 1;
      const { mode, marker } = state;
      if (mode === 'black-hole') {
        state.seen += 1;
        return;
      }
      if (mode !== 'pass' && data.includes(marker)) {
        state.mode = 'pass';
        state.seen += 1;
        if (mode === 'cut-request') return void client.destroy();
        cutting = true;
      }
      upstream.write(data);
    });
    upstream.on('data', data => {
      // The answer is sent when the transaction is committed: it exists now, and nobody will hear of it.
      if (cutting) return void client.destroy();
      if (state.mode !== 'black-hole') client.write(data);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String(typeof address === 'object' ? address?.port : '');
  return {
    url: proxied.href,
    arm: (mode, marker) => Object.assign(state, { mode, marker }),
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    get seen() {
      return state.seen;
    },
    get roundTrips() {
      return state.roundTrips;
    },
    get connections() {
      return state.connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
