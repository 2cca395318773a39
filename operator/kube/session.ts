/**
 * One conversation with one API server: JSON calls and watch streams on shared connections, with credentials that
 * follow their rotation. On bare undici, which costs a tenth of client-node's CPU per call. Invariant: every call ends,
 * with an answer or a KubeError, within its deadline; and a write is sent at most once per call (except after a 401,
 * which the server gives before doing anything), because only the caller knows whether it may be repeated.
 */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../runtime/clock.ts';
import { type Deadline, deadline } from '../../runtime/deadline.ts';
import type { Access, Credentials } from './access.ts';
import { parse, readUpTo } from './answer-body.ts';
import { type Fresh, FreshAccess } from './fresh-access.ts';
import { errorFromAnswer, errorFromFailure, isKubeError, type KubeError } from './kube-error.ts';
import { type ApiPath, type Query, queryString } from './resource-path.ts';

export interface KubeCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: ApiPath;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string;
  /** Representation to answer in. Default application/json; must be some kind of JSON. */
  readonly accept?: string | undefined;
  readonly signal: AbortSignal;
  /** Default: the session's callTimeoutMs. */
  readonly timeoutMs?: number;
  /** A longer answer is an error of kind tooLarge. Default: no limit. */
  readonly maxBytes?: number;
}

export interface KubeAnswer<T> {
  readonly status: number;
  readonly body: T;
}

export interface StreamCall {
  readonly path: ApiPath;
  readonly query: Query;
  /** As for a call. */
  readonly accept?: string | undefined;
  /** Ends the stream at any moment, also before the headers came. The caller keeps the deadlines. */
  readonly signal: AbortSignal;
}

export interface Session {
  /** Base URL, for logs. */
  readonly server: string;
  /** Rejects with KubeError for every status above 299 and for every failure. */
  request<T = unknown>(call: KubeCall): Promise<KubeAnswer<T>>;
  /** A GET whose body is read while it comes, on the connections for watches. Destroy the body when done. */
  stream(call: StreamCall): Promise<Readable>;
  /** Aborts what is running. */
  close(): Promise<void>;
}

/** Must not throw. `status` is 0 when there was no answer. */
export type RequestHook = (request: { method: string; status: number; ms: number }) => void;

export interface SessionOptions {
  readonly access: Access;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Deadline of a call, all included. Default 10 s. */
  readonly callTimeoutMs?: number;
  /** Default 32. */
  readonly connections?: number;
  readonly onRequest?: RequestHook;
}

/** Rejects when there are no credentials; does not talk to the API server yet. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const session = new HttpSession(options);
  await session.prepare();
  return session;
}

class HttpSession implements Session {
  readonly server: string;
  readonly #options: SessionOptions;
  readonly #callTimeoutMs: number;
  readonly #basePath: string;
  readonly #access: FreshAccess;

  constructor(options: SessionOptions) {
    const { access } = options;
    this.#options = options;
    this.#callTimeoutMs = options.callTimeoutMs ?? 10_000;
    this.server = access.server.origin;
    this.#basePath = access.server.pathname.replace(/\/+$/, '');
    this.#access = new FreshAccess({ ...options, connectTimeoutMs: this.#callTimeoutMs });
  }

  async request<T>(call: KubeCall): Promise<KubeAnswer<T>> {
    const what = `${call.method} ${call.path}`;
    using limit = deadline(this.#options.clock, what, call.timeoutMs ?? this.#callTimeoutMs, call.signal);
    let used: Credentials | null = null;
    try {
      const fresh = await this.#access.get(limit.signal);
      used = fresh.credentials;
      return await this.#send<T>(call, what, fresh, limit);
    } catch (failure) {
      const error = asKubeError(what, failure, limit.signal, call.signal);
      if (!(await this.#mayRepeat(call, error, used, limit))) throw error;
      try {
        return await this.#send<T>(call, what, await this.#access.get(limit.signal), limit);
      } catch (again) {
        throw asKubeError(what, again, limit.signal, call.signal);
      }
    }
  }

  async stream(call: StreamCall): Promise<Readable> {
    const what = `GET ${call.path}`;
    try {
      const { credentials, connections } = await this.#access.get(call.signal);
      const response = await connections.watches.request({
        origin: this.server,
        method: 'GET',
        path: this.#basePath + call.path + queryString(call.query),
        headers: this.#headers(credentials, call.accept),
        signal: call.signal,
      });
      this.#count('GET', response.statusCode, 0);
      if (response.statusCode === 200) return response.body;
      if (response.statusCode === 401) this.#access.distrust(credentials);
      throw await this.#errorOf(what, response);
    } catch (failure) {
      throw errorFromFailure(what, failure, call.signal);
    }
  }

  close(): Promise<void> {
    return this.#access.close();
  }

  async prepare(): Promise<void> {
    await this.#access.get();
  }

  async #send<T>(
    call: KubeCall,
    what: string,
    { credentials, connections }: Fresh,
    limit: Deadline,
  ): Promise<KubeAnswer<T>> {
    const { clock } = this.#options;
    const startedAt = clock.monotonic();
    let status = 0;
    try {
      const response = await connections.calls.request({
        origin: this.server,
        method: call.method,
        path: this.#basePath + call.path + (call.query === undefined ? '' : queryString(call.query)),
        headers:
          call.body === undefined
            ? this.#headers(credentials, call.accept)
            : {
                ...this.#headers(credentials, call.accept),
                'content-type': call.contentType ?? 'application/json',
              },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal: limit.signal,
      });
      if (response.statusCode > 299) {
        const error = await this.#errorOf(what, response);
        status = response.statusCode;
        throw error;
      }
      const text =
        call.maxBytes === undefined
          ? await response.body.text()
          : await readUpTo(what, response.body, call.maxBytes);
      const body = parse<T>(what, response.statusCode, text);
      status = response.statusCode;
      return { status, body };
    } finally {
      this.#count(call.method, status, clock.monotonic() - startedAt);
    }
  }

  /** Whether to send once more within the same deadline; waits first if the server asked for that. */
  async #mayRepeat(
    call: KubeCall,
    error: KubeError,
    used: Credentials | null,
    limit: Deadline,
  ): Promise<boolean> {
    if (limit.signal.aborted) return false;
    if (error.kind === 'unauthorized') return used !== null && this.#access.renewed(used, limit.signal);
    if (call.method !== 'GET') return false;
    if (error.kind === 'unavailable' && error.status === 0) return true;
    if ((error.status === 429 || error.status === 503) && error.retryAfterMs !== undefined) {
      // Waiting longer than half of what is left makes the second try hopeless; the caller knows better.
      if (error.retryAfterMs > limit.remaining() / 2) return false;
      return this.#options.clock.sleep(error.retryAfterMs, limit.signal).then(
        () => true,
        () => false,
      );
    }
    return false;
  }

  async #errorOf(what: string, response: Dispatcher.ResponseData): Promise<KubeError> {
    const retryAfter = response.headers['retry-after'];
    const text = await readUpTo(what, response.body, 1 << 20);
    return errorFromAnswer(
      what,
      response.statusCode,
      text,
      typeof retryAfter === 'string' ? retryAfter : undefined,
    );
  }

  #headers(credentials: Credentials, accept = 'application/json'): Record<string, string> {
    return { ...credentials.headers, accept, 'user-agent': this.#options.userAgent };
  }

  #count(method: string, status: number, ms: number): void {
    this.#options.onRequest?.({ method, status, ms });
  }
}

function asKubeError(what: string, failure: unknown, limit: AbortSignal, caller: AbortSignal): KubeError {
  if (isKubeError(failure) && failure.kind !== 'aborted') return failure;
  // Whatever undici made of the abort, the deadline's own reason says which of the two it was.
  return errorFromFailure(what, limit.aborted && !caller.aborted ? limit.reason : failure, caller);
}
