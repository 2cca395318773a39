/**
 * A server that says what a test tells it to say, for the faults that the real one cannot be made to have. It holds one text
 * for every config, and answers reads and streams with it as docs/api.md has it, until a test's `onRequest` answers instead.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../local/x509.ts';

export interface Heard {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** On the monotonic clock. */
  readonly atMs: number;
}

export class FaultServer implements AsyncDisposable {
  readonly url: string;
  readonly caFile: string;
  readonly heard: Heard[] = [];
  /** Answers instead of the server, and says so. */
  onRequest: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #streams = new Set<ServerResponse>();
  readonly #close: () => Promise<void>;
  #version = 1;
  #text = 'cap: 1\nburst: 1\n';
  #format = 'yaml';

  private constructor(url: string, caFile: string, close: () => Promise<void>) {
    this.url = url;
    this.caFile = caFile;
    this.#close = close;
  }

  static async open(): Promise<FaultServer> {
    const folder = await mkdtemp(join(tmpdir(), 'pawl-faults-'));
    const authority = createAuthority('pawl-faults');
    const { certificate: cert, key } = authority.issue({ commonName: 'localhost' }, 'server', ['127.0.0.1']);
    const caFile = join(folder, 'ca.crt');
    await writeFile(caFile, authority.certificate);
    const sockets = new Set<Socket>();
    let faulty: FaultServer;
    const server = createServer({ cert, key }, (request, response) => faulty.#hear(request, response));
    server.on('secureConnection', socket => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    faulty = new FaultServer(`https://127.0.0.1:${port}`, caFile, async () => {
      const closed = new Promise(resolve => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      await rm(folder, { recursive: true });
    });
    return faulty;
  }

  get version(): number {
    return this.#version;
  }

  /** How many streams are open now. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Streams asked for so far. */
  get watches(): Heard[] {
    return this.heard.filter(({ url }) => url.startsWith('/watch/'));
  }

  /** @returns the new version */
  put(text: string, format = 'yaml'): number {
    this.#text = text;
    this.#format = format;
    return ++this.#version;
  }

  /** Tells every stream of the latest version. */
  tell(): void {
    this.write(this.event);
  }

  /** As the real server writes it. */
  get event(): string {
    const data = { kind: 'saved', namespace: 'n', path: 'p', version: this.#version, at: createdAt };
    return `event: change\nid: ${this.#version}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  /** To every stream. */
  write(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  /** Ends every stream: as one does that is over, or as a network does. */
  end(how: 'tidily' | 'broken'): void {
    for (const stream of this.#streams) how === 'tidily' ? stream.end() : stream.socket?.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }

  #hear(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', headers } = request;
    this.heard.push({ url, headers, atMs: performance.now() });
    if (this.onRequest(request, response)) return;
    if (url.startsWith('/watch/')) return this.#stream(response);
    const etag = `"${this.#version}"`;
    if (headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { 'content-type': 'application/json', etag }).end(this.#read(url));
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: start\nid: ${this.#version}\ndata: {}\n\n`);
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }

  #read(url: string): string {
    const [, , namespace, ...path] = url.split('/');
    const latest = {
      version: this.#version,
      content_sha256: createHash('sha256').update(this.#text).digest('hex'),
      ...{ created_at: createdAt, created_by: '', actor: 'ada', actor_verified: true, comment: '' },
      ...{ kind: 'direct', base_version: null, git: {}, body_raw: this.#text },
    };
    const config = {
      namespace,
      path: path.join('/'),
      format: this.#format,
      latest_version: this.#version,
    };
    return JSON.stringify({ config, latest });
  }
}

const createdAt = '2026-01-02T03:04:05Z';

/** A refusal as the real server writes it. */
export function refuse(
  response: ServerResponse,
  status: number,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
): true {
  const problem = { type: `https://pawl.dev/problems/${reason}`, title: reason, status, reason };
  const all = { 'content-type': 'application/problem+json', ...headers };
  response.writeHead(status, all).end(JSON.stringify({ ...problem, detail: reason, request_id: 'r' }));
  return true;
}
