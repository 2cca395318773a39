/**
 * A small API server whose every answer is written by the test: the faults of real networks and servers, on
 * real sockets. Invariant: it answers nothing by itself; a request that no script takes is answered 418, so
 * that a test cannot pass by accident.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Access } from '../../operator/kube/access.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export class Reply {
  readonly #response: ServerResponse;
  readonly #socket: Socket;

  constructor(response: ServerResponse, socket: Socket) {
    this.#response = response;
    this.#socket = socket;
  }

  json(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.#response.writeHead(status, { 'content-type': 'application/json', ...headers });
    this.#response.end(JSON.stringify(body));
  }

  status(code: number, reason: string, message: string, extra: object = {}, headers = {}): void {
    this.json(
      code,
      { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, ...extra },
      headers,
    );
  }

  /** Begins a stream: headers only. */
  open(): this {
    this.#response.writeHead(200, { 'content-type': 'application/json' });
    this.#response.flushHeaders();
    return this;
  }

  write(raw: string): this {
    this.#response.write(raw);
    return this;
  }

  event(type: string, object: unknown): this {
    return this.write(`${JSON.stringify({ type, object })}\n`);
  }

  end(): void {
    this.#response.end();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  get closed(): boolean {
    return this.#socket.destroyed || this.#response.writableEnded;
  }
}

export type Script = (request: Request, reply: Reply) => void;

export class ScriptedServer implements AsyncDisposable {
  readonly requests: Request[] = [];
  /** Connections ever opened. */
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #scripts: { takes: (request: Request) => boolean; script: Script; times: number }[] = [];

  private constructor() {
    this.#server = createServer((message, response) => {
      response.on('error', () => {});
      void this.#answer(message, response).catch(() => {});
    });
    this.#server.on('connection', socket => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await new Promise<void>(resolve => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  access(overrides: Partial<Access> = {}): Access {
    return {
      server: this.url,
      refreshMs: 60_000,
      namespace: async () => null,
      credentials: async () => ({ headers: { authorization: 'Bearer secret' }, tls: {} }),
      ...overrides,
    };
  }

  /** Answers the next `times` requests that match; scripts are asked in the order they were added. */
  on(takes: (request: Request) => boolean, script: Script, times = Number.POSITIVE_INFINITY): this {
    this.#scripts.push({ takes, script, times });
    return this;
  }

  list(script: Script, times?: number): this {
    return this.on(request => request.method === 'GET' && !request.query.has('watch'), script, times);
  }

  watch(script: Script, times?: number): this {
    return this.on(request => request.query.get('watch') === 'true', script, times);
  }

  watches(): Request[] {
    return this.requests.filter(request => request.query.has('watch'));
  }

  lists(): Request[] {
    return this.requests.filter(request => request.method === 'GET' && !request.query.has('watch'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', 'http://server');
    const request: Request = {
      method: message.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: message.headers,
      body: await text(message),
    };
    this.requests.push(request);
    const found = this.#scripts.find(entry => entry.times > 0 && entry.takes(request));
    if (found === undefined) {
      response.writeHead(418).end();
      return;
    }
    found.times -= 1;
    found.script(request, new Reply(response, message.socket));
  }
}
