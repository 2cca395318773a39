/** A TCP relay that counts what passes. TLS goes through it untouched, so what it counts is what the wire carries. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface ByteCounter extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** From the server to its clients, so far. */
  readonly received: number;
  readonly connections: number;
}

export async function countBytes(target: { host: string; port: number }): Promise<ByteCounter> {
  let [received, connections] = [0, 0];
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, client => {
    connections++;
    const upstream = connect({ ...target, noDelay: true });
    upstream.on('data', chunk => {
      received += chunk.length;
    });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined); // its close tells the other side
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get received() {
      return received;
    },
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
