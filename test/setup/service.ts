/**
 * What a Service is to a client: one address, behind which each connection goes to one of those that are ready. Invariant: a
 * connection ends with the one it went to, and all of them with the Service.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Service = AsyncDisposable;

/** @param pick the address of one that is ready; where there is none, a connection is refused as far as its client can tell */
export async function serveAt(address: string, pick: () => Promise<string | undefined>): Promise<Service> {
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true }, async client => {
    client.on('error', () => undefined);
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    const picked = await pick();
    if (picked === undefined || client.destroyed) return void client.resetAndDestroy();
    const { hostname, port } = new URL(`tcp://${picked}`);
    const chosen = connect(Number(port), hostname);
    chosen.on('error', () => client.resetAndDestroy());
    chosen.on('close', () => client.destroy());
    client.on('close', () => chosen.destroy());
    client.pipe(chosen).pipe(client);
  });
  const { hostname, port } = new URL(`tcp://${address}`);
  server.listen(Number(port), hostname);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
