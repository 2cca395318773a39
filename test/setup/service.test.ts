/** The stand-in for a Service that replicas are behind: where connections go, and what becomes of them. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '../../local/wait.ts';
import { serveAt } from './service.ts';

/** A server that says its name to everyone, and keeps the connection. */
async function endpoint(name: string) {
  const server = createServer(socket => void socket.on('error', () => undefined).write(name));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it('hands each connection to the one that is picked, ends it with the Service, and cuts it where none is', async () => {
  const [one, two] = [await endpoint('one'), await endpoint('two')];
  let picked: string | undefined = one.address;
  const port = await freePort();
  const service = await serveAt(`127.0.0.1:${port}`, async () => picked);
  const ask = async () => {
    const socket = connect(port, '127.0.0.1');
    return { socket, said: `${await once(socket, 'data')}` };
  };
  try {
    const first = await ask();
    picked = two.address;
    const second = await ask();
    expect([first.said, second.said]).toEqual(['one', 'two']);
    picked = undefined;
    await expect(ask()).rejects.toThrow('ECONNRESET');
    const ended = [first, second].map(({ socket }) =>
      once(
        socket.on('error', () => undefined),
        'close',
      ),
    );
    await service[Symbol.asyncDispose]();
    await Promise.all(ended);
  } finally {
    await service[Symbol.asyncDispose]();
    for (const { server } of [one, two]) server.close();
  }
});
