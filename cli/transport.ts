/**
 * The seam between the client and the network: one HTTP call, with any kind of credentials. Over node:http and
 * node:https and not fetch, which takes neither a CA nor a client certificate. Invariant: every call ends, with an
 * answer or an Unreachable, when its signal fires or nothing was heard for `idleMs`; and it is sent once, but for one
 * that was refused because its credentials have expired.
 */
import type { IncomingMessage } from 'node:http';
import type { Agent, RequestOptions } from 'node:https';
import { CliError, codeOf, messageOf } from './errors.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the API's root. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

export interface Transport {
  /** What the state file knows the server by. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  request(call: Call): Promise<Answer>;
  /** The answer as it comes; its body is the caller's to read and to destroy. */
  stream(call: Call): Promise<IncomingMessage>;
  close(): void;
}

/** There was no answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly reason = 'Unreachable';
  /** Whether the server may have got the call, and nobody knows whether it did anything. */
  readonly sent: boolean;

  constructor(message: string, { sent, cause }: { sent: boolean; cause: unknown }) {
    super(message, { cause });
    this.sent = sent;
  }
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** Certificates and names, in node:tls's words. */
  readonly tls: RequestOptions;
}

export interface HttpOptions {
  readonly base: URL;
  /** What stands before the path of each call. */
  readonly prefix?: string;
  readonly name: string;
  /** Asked at the first call, and again when what they were is taken no more. */
  readonly credentials: () => Promise<Credentials>;
  /** HTTPS_PROXY and the like. */
  readonly proxyEnv: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  readonly idleMs?: number;
}

/** An answer longer than this is not one of ours. */
const maxAnswerBytes = 256 * 1024 * 1024;

export function httpTransport(options: HttpOptions): Transport {
  return new HttpTransport(options);
}

class HttpTransport implements Transport {
  readonly id: string;
  readonly name: string;
  readonly #options: HttpOptions;
  readonly #root: string;
  #opened: Promise<Opened> | undefined;
  #credentials: Promise<Credentials> | undefined;
  /** Those that the server took at some time. */
  readonly #accepted = new WeakSet<Credentials>();

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#root = options.base.pathname.replace(/\/+$/, '') + (options.prefix ?? '');
    this.id = options.base.origin + options.base.pathname.replace(/\/+$/, '');
    this.name = options.name;
  }

  async request(call: Call): Promise<Answer> {
    const response = await this.stream(call);
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > maxAnswerBytes) throw new Error(`the answer is longer than ${maxAnswerBytes} bytes`);
        chunks.push(chunk);
      }
    } catch (cause) {
      throw this.#failed(cause, call.signal);
    }
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(chunks));
    return { status: response.statusCode ?? 0, headers: response.headers as Answer['headers'], text };
  }

  async stream(call: Call): Promise<IncomingMessage> {
    const asked = this.#vouching();
    const [{ send, agent }, credentials] = await Promise.all([this.#open(), asked]);
    const response = await this.#send(call, { send, agent, credentials });
    if (response.statusCode !== 401) {
      this.#accepted.add(credentials);
      return response;
    }
    if (!this.#accepted.has(credentials)) return response;
    // What was good has expired, and nothing was done for it.
    response.resume();
    if (this.#credentials === asked) this.#credentials = undefined;
    return this.#send(call, { send, agent, credentials: await this.#vouching() });
  }

  #send(
    call: Call,
    { send, agent, credentials }: Opened & { credentials: Credentials },
  ): Promise<IncomingMessage> {
    call.signal.throwIfAborted();
    const { base, userAgent, idleMs } = this.#options;
    const body = call.body === undefined ? undefined : Buffer.from(call.body);
    const headers: Record<string, string> = {
      'user-agent': userAgent,
      ...call.headers,
      ...credentials.headers,
    };
    if (body !== undefined) headers['content-length'] = String(body.length);
    return new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(
        {
          ...credentials.tls,
          agent,
          protocol: base.protocol,
          hostname: base.hostname.replace(/^\[(.*)\]$/, '$1'),
          ...(base.port !== '' && { port: base.port }),
          method: call.method,
          path: this.#root + call.path,
          headers,
          signal: call.signal,
          // Of connecting, too.
          timeout: idleMs ?? 60_000,
        },
        resolve,
      );
      request.on('timeout', () => request.destroy(new Error('nothing was heard for a minute')));
      request.on('error', cause => reject(this.#failed(cause, call.signal)));
      request.end(body);
    });
  }

  close(): void {
    void this.#opened?.then(({ agent }) => agent.destroy()).catch(() => {});
  }

  #open(): Promise<Opened> {
    this.#opened ??= open(this.#options);
    return this.#opened;
  }

  /** Those that could not be had are asked for again by the next call. */
  #vouching(): Promise<Credentials> {
    if (this.#credentials !== undefined) return this.#credentials;
    const asking = this.#options.credentials();
    this.#credentials = asking;
    asking.catch(() => {
      if (this.#credentials === asking) this.#credentials = undefined;
    });
    return asking;
  }

  #failed(cause: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    const { origin, hostname } = this.#options.base;
    // Neither of them passes by itself, and nothing was sent.
    if (codeOf(cause) === 'ENOTFOUND')
      return new CliError('Access', `the host name ${hostname} does not exist`, { cause });
    if (distrusted.test(codeOf(cause))) {
      const hint = 'If it is your server, name its CA certificates: --ca FILE, or in the kubeconfig.';
      return new CliError('Access', `${origin} is not trusted: ${messageOf(cause)}. ${hint}`, { cause });
    }
    const sent = !failedToConnect(cause);
    return new Unreachable(`no answer from ${origin}: ${reasonOf(cause)}`, { sent, cause });
  }
}

/** What node:tls says of certificates. */
const distrusted = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_|HOSTNAME_MISMATCH)/;

interface Opened {
  readonly send: (
    options: RequestOptions,
    answered: (response: IncomingMessage) => void,
  ) => ReturnType<typeof import('node:http').request>;
  readonly agent: Agent;
}

async function open({ base, proxyEnv }: HttpOptions): Promise<Opened> {
  const secure = base.protocol === 'https:';
  const { Agent, request } = secure
    ? await import('node:https')
    : ((await import('node:http')) as unknown as typeof import('node:https'));
  const agent = new Agent({ keepAlive: true, maxSockets: 8, proxyEnv } as ConstructorParameters<
    typeof Agent
  >[0]);
  return { send: request, agent };
}

/** With several addresses of a host, to each of them. */
function failedToConnect(cause: unknown): boolean {
  if (cause instanceof AggregateError) return cause.errors.every(failedToConnect);
  const syscall = (cause as { syscall?: unknown } | null)?.syscall;
  return syscall === 'connect' || syscall === 'getaddrinfo';
}

function reasonOf(cause: unknown): string {
  // Every address of the host was tried; each failure is in here and the message is empty.
  if (cause instanceof AggregateError && cause.errors.length > 0) return messageOf(cause.errors[0]);
  return messageOf(cause);
}
