/**
 * A TLS proxy between a client and the real server, to see what the client sends and to break what a network breaks: it
 * hands every request on as it is, but for the answer it was told to lose.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer, request as requestTls } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../local/x509.ts';

export interface Passed {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

export class TlsProxy implements AsyncDisposable {
  readonly passed: Passed[] = [];
  readonly url: string;
  readonly caFile: string;
  /** Called before a request is handed on. */
  onRequest: (passed: Passed) => Promise<void> = async () => undefined;
  readonly #sockets: Set<Socket>;
  readonly #close: () => Promise<void>;
  #losing = '';

  private constructor(url: string, caFile: string, sockets: Set<Socket>, close: () => Promise<void>) {
    this.url = url;
    this.caFile = caFile;
    this.#sockets = sockets;
    this.#close = close;
  }

  static async open(target: { readonly url: string; readonly caFile: string }): Promise<TlsProxy> {
    const folder = await mkdtemp(join(tmpdir(), 'pawl-proxy-'));
    const authority = createAuthority('pawl-proxy');
    const { certificate: cert, key } = authority.issue({ commonName: 'localhost' }, 'server', [
      'localhost',
      '127.0.0.1',
    ]);
    const caFile = join(folder, 'ca.crt');
    await writeFile(caFile, authority.certificate);
    const ca = await readFile(target.caFile, 'utf8');
    const sockets = new Set<Socket>();
    let proxy: TlsProxy;
    const server = createServer({ cert, key }, (incoming, response) => {
      void proxy.#pass(incoming, response, { url: target.url, ca }).catch(() => incoming.socket.destroy());
    });
    server.on('secureConnection', socket => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    proxy = new TlsProxy(`https://127.0.0.1:${port}`, caFile, sockets, async () => {
      const closed = new Promise(resolve => server.close(resolve));
      proxy.cut();
      await closed;
      await rm(folder, { recursive: true });
    });
    return proxy;
  }

  /** Of clients, open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Breaks every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The next request of this method is handed on, and its answer never arrives. */
  loseAnswerTo(method: string): void {
    this.#losing = method;
  }

  /** Requests seen so far. */
  of(method: string, root: string): Passed[] {
    return this.passed.filter(one => one.method === method && one.url.startsWith(root));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }

  async #pass(
    incoming: IncomingMessage,
    response: ServerResponse,
    target: { url: string; ca: string },
  ): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const passed = { method, url, headers };
    this.passed.push(passed);
    const isLost = this.#losing === method;
    if (isLost) this.#losing = '';
    await this.onRequest(passed);
    const { ca } = target;
    const send = target.url.startsWith('https:') ? requestTls : request;
    const onward = send(target.url + url, { method, headers, agent: false, ...{ ca } }, answer => {
      answer.on('error', () => incoming.socket.destroy());
      if (isLost) {
        answer.resume();
        answer.on('end', () => incoming.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
      answer.on('close', () => answer.complete || incoming.socket.destroy());
    });
    // The server is away: so is the proxy.
    onward.on('error', () => incoming.socket.destroy());
    response.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}
