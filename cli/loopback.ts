/**
 * The web page on an address of this machine only, with a person's own credentials behind it: what the page asks for is
 * passed on, as `kubectl proxy` does. Invariant: nothing is passed on but for the browser that was shown the secret, by the
 * name of this very address, and nothing is changed but by the page itself; a browser never sees a credential.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { messageOf } from './errors.ts';
import { type Call, type Transport, Unreachable } from './transport.ts';

export interface LoopbackOptions {
  readonly transport: Pick<Transport, 'stream'>;
  /** 0: any that is free. */
  readonly port: number;
  /** Told of every request a person makes, and not of those the page makes by itself. */
  readonly onUse: () => void;
  readonly signal: AbortSignal;
}

export interface Loopback {
  /** The page's URL with the secret; works once. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const host = '127.0.0.1';
/** Bytes of a request's body; the server takes fewer for a text. */
const maxBodyBytes = 8 * 1024 * 1024;
const signInPath = '/sign-in';

/** The headers the page may send to the server; it does not choose who is asking. */
const passedOn = [
  ...[
    'accept',
    'accept-encoding',
    'content-type',
    'idempotency-key',
    'if-match',
    'if-none-match',
    'last-event-id',
  ],
  'x-request-id',
];
/** Headers of this connection, or of another address. */
const heldBack = new Set([
  ...['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'trailer', 'te', 'proxy-authenticate'],
  ...['set-cookie', 'strict-transport-security', 'www-authenticate', 'alt-svc'],
]);

/** Rejects when the port is taken. */
export async function openLoopback(options: LoopbackOptions): Promise<Loopback> {
  const door = new Door(options);
  const server = createServer({ maxHeaderSize: 32 * 1024, requestTimeout: 60_000 }, (request, response) => {
    door.answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host}:${port}${signInPath}?secret=${door.open(port)}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Door {
  readonly #options: LoopbackOptions;
  /** null: used. */
  #secret: string | null = null;
  readonly #session = randomBytes(32).toString('base64url');
  #port = 0;

  constructor(options: LoopbackOptions) {
    this.#options = options;
  }

  /** @returns the secret */
  open(port: number): string {
    this.#port = port;
    this.#secret = randomBytes(32).toString('base64url');
    return this.#secret;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#refusalOf(request);
    if (refusal) return refuse(response, ...refusal);
    const url = new URL(request.url ?? '/', `http://${host}`);
    if (url.pathname === signInPath) return this.#signIn(url, request, response);
    if (!this.#isOurs(request)) {
      return refuse(
        response,
        401,
        'Unauthenticated',
        'This browser has no session here. Run kubectl pawl ui again.',
      );
    }
    if (url.pathname === '/' || url.pathname === '/ui') return redirect(response, '/ui/');
    const { pathname } = url;
    if (!isPlain(pathname)) {
      return refuse(response, 400, 'InvalidPath', 'Neither the page nor the API has such an address.');
    }
    if (!pathname.startsWith('/watch/') && pathname !== '/ui/session') this.#options.onUse();
    await this.#passOn(pathname + url.search, request, response);
  }

  /**
   * Judged by its headers alone, which a page of another site, or a name that resolves to this address, cannot forge.
   */
  #refusalOf({ method = '', headers }: IncomingMessage): readonly [number, string, string] | null {
    const own = [`${host}:${this.#port}`, `localhost:${this.#port}`];
    if (!own.includes(headers.host ?? '')) {
      return [
        421,
        'Forbidden',
        'This host name is not the address of this page. Use the URL that kubectl pawl ui printed.',
      ];
    }
    const { origin, 'sec-fetch-site': site } = headers;
    const reads = method === 'GET' || method === 'HEAD';
    const asked = origin === undefined || origin === `http://${headers.host}`;
    const here = site === undefined || site === 'same-origin' || (reads && site === 'none');
    const told =
      reads || (headers['x-pawl-request'] === 'ui' && (origin !== undefined || site !== undefined));
    if (asked && here && told) return null;
    return [403, 'Forbidden', 'Only the page itself may send requests here.'];
  }

  #signIn(url: URL, { method }: IncomingMessage, response: ServerResponse): void {
    const shown = url.searchParams.get('secret') ?? '';
    if (method !== 'GET' || this.#secret === null || !isSame(shown, this.#secret)) {
      return refuse(
        response,
        403,
        'Forbidden',
        'This link was already used, or is incomplete. Run kubectl pawl ui again.',
      );
    }
    this.#secret = null;
    // Cookies belong to a host, not to a port: another `pawl ui` may run beside this one.
    const cookie = `${this.#cookieName}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`;
    redirect(response, '/ui/', { 'set-cookie': cookie });
  }

  get #cookieName(): string {
    return `pawl-ui-${this.#port}`;
  }

  #isOurs({ headers }: IncomingMessage): boolean {
    const cookies = (headers.cookie ?? '').split(';').map(part => part.trim());
    const prefix = `${this.#cookieName}=`;
    return cookies.some(one => one.startsWith(prefix) && isSame(one.slice(prefix.length), this.#session));
  }

  async #passOn(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method as Call['method'];
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('the browser went away')));
    const signal = AbortSignal.any([gone.signal, this.#options.signal]);
    const body = await bodyOf(request);
    if (body === null) return refuse(response, 413, 'RequestTooLarge', 'Send less.');
    const headers: Record<string, string> = { 'x-pawl-ui-root': '1' };
    for (const name of passedOn) {
      const value = request.headers[name];
      if (typeof value === 'string') headers[name] = value;
    }
    try {
      const call = { method, path, headers, signal, ...(body !== '' && { body }) };
      const answer = await this.#options.transport.stream(call);
      response.writeHead(answer.statusCode ?? 502, answerHeaders(answer));
      await pipeline(answer, response);
    } catch (error) {
      if (response.headersSent || gone.signal.aborted) return void response.destroy();
      const doubtful = error instanceof Unreachable && error.sent && method !== 'GET';
      refuse(response, 503, doubtful ? 'OutcomeUnknown' : 'Unreachable', `${messageOf(error)}.`);
    }
  }
}

/** A path that no server on the way could take for another one. */
function isPlain(pathname: string): boolean {
  try {
    return !decodeURIComponent(pathname)
      .split(/[/\\]/)
      .some(segment => segment === '.' || segment === '..');
  } catch {
    return false;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function answerHeaders({ headers }: IncomingMessage): OutgoingHttpHeaders {
  const { 'x-pawl-content-type': type, 'cache-control': cache = 'no-store', ...rest } = headers;
  // The API server also puts `no-cache, private` before the Cache-Control that Pawl sent.
  const kept = { ...rest, 'cache-control': cache.replace(/^no-cache, private, (?=.)/, '') };
  // An API server on the way would have put its own addresses into a response marked as HTML.
  const named = type === undefined ? kept : { ...kept, 'content-type': String(type) };
  return Object.fromEntries(Object.entries(named).filter(([name]) => !heldBack.has(name)));
}

function redirect(response: ServerResponse, location: string, headers: OutgoingHttpHeaders = {}): void {
  response
    .writeHead(303, { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', ...headers })
    .end();
}

function refuse(response: ServerResponse, status: number, reason: string, detail: string): void {
  if (response.headersSent) return void response.destroy();
  const problem = { type: 'about:blank', title: reason, status, detail, reason, request_id: '' };
  const headers = { 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store' };
  // The rest of a body is left unread.
  response.writeHead(status, { ...headers, ...(status === 413 && { connection: 'close' }) });
  response.end(JSON.stringify(problem));
}

/** Digests have one length, and comparing them takes the same time for any input. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
