/**
 * The HTTP API, called with the session's cookie. Invariant: what is not known to have happened is repeated under the same
 * Idempotency-Key only, and whether a write was done, was not, or is not known yet is always told apart.
 */
import type { Problem } from '../../api/types.gen.ts';
import { query } from '../pure/addresses.ts';

/** The server said no, and nothing was done. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  /** The last part of the problem's type: `confirmation-required`. */
  get kind(): string {
    return this.problem.type.split('/').at(-1) ?? '';
  }
}

/** No answer came. `sent`: whether it may have been done anyway. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly sent: boolean;

  constructor(message: string, sent: boolean, cause?: unknown) {
    super(message, { cause });
    this.sent = sent;
  }
}

/** The same request may be taken in a moment: too many at once, the server is away, or nobody answered. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof Refusal && [429, 503].includes(error.problem.status));

/** How long the server asks to wait, in milliseconds; 0 where it did not say. */
export const askedToWaitMs = (error: unknown): number =>
  error instanceof Refusal ? (error.problem.retry_after ?? 0) * 1000 : 0;

/** Nobody is signed in any more. */
export const isSignedOut = (error: unknown): boolean =>
  error instanceof Refusal && error.problem.status === 401;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Query;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The page is at `ui/` below the API's root, whatever stands above both. */
const root = new URL('../', document.baseURI);

export const apiUrl = (path: string, values: Query = {}): string => new URL(path + query(values), root).href;

export function get<T>(path: string, values: Query = {}, signal?: AbortSignal): Promise<T> {
  return send<T>(path, { query: values, signal });
}

/** For what changes nothing, such as `diff` of a text or a dry run, and for a write that is asked once. */
export async function send<T>(path: string, call: Call): Promise<T> {
  const { method = 'GET', body, headers = {}, signal } = call;
  let response: Response;
  let text: string;
  try {
    const href = apiUrl(path, call.query);
    response = await (early(method, href) ??
      fetch(href, {
        method,
        credentials: 'same-origin',
        cache: 'no-store',
        headers: {
          accept: 'application/json',
          ...(method !== 'GET' && { 'x-pawl-request': 'ui' }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      }));
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Unreachable('The server does not answer.', method !== 'GET', cause);
  }
  if (response.ok) return (text === '' ? null : JSON.parse(text)) as T;
  throw failureOf(response, text);
}

/** What was asked for before this script was there (../early.ts). */
function early(method: string, href: string): Promise<Response> | undefined {
  const answer = method === 'GET' ? window.pawlEarly?.get(href) : undefined;
  window.pawlEarly?.delete(href);
  return answer;
}

function failureOf(response: Response, text: string): Refusal | Unreachable {
  let problem: Partial<Problem> = {};
  try {
    problem = JSON.parse(text) as Partial<Problem>;
  } catch {}
  const { status } = response;
  if (typeof problem.type !== 'string' || typeof problem.detail !== 'string') {
    // A proxy answered: nobody knows what it passed on.
    if (status >= 500) return new Unreachable(`The server cannot be reached (status ${status}).`, true);
    const title = response.statusText || `Status ${status}`;
    problem = { type: 'about:blank', title, detail: `The answer was status ${status}.`, reason: 'Unknown' };
  }
  if (problem.reason === 'OutcomeUnknown') return new Unreachable(problem.detail ?? '', true);
  return new Refusal({ title: '', reason: '', request_id: '', ...problem, status } as Problem);
}

export interface WriteOptions {
  readonly key: string;
  readonly signal: AbortSignal;
  /** Told that the answer is late and that the same request will be sent again. */
  readonly onDoubt?: () => void;
}

/** As long as a server that was killed may take to have a successor. */
const doubtMs = 30_000;
const longestPauseMs = 4_000;

/**
 * Asks until it is known whether it was done. Throws Refusal (it was not), Unreachable with `sent` (not known yet: ask
 * again with the same key) or without (nobody took it).
 */
export async function write<T>(path: string, call: Call, { key, signal, onDoubt }: WriteOptions): Promise<T> {
  const keyed = { ...call, signal, headers: { ...call.headers, 'idempotency-key': key } };
  const since = performance.now();
  let doubtful = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send<T>(path, keyed);
    } catch (error) {
      const failure = error instanceof Refusal ? error : error instanceof Unreachable ? error : null;
      if (!failure) throw error;
      const pauseMs = pauseAfter(failure, attempt);
      doubtful ||= failure instanceof Unreachable && failure.sent;
      // A refusal because of the caller or the moment says nothing about what an earlier attempt did.
      const settled = failure instanceof Refusal && (!doubtful || !silent.has(failure.problem.status));
      if (pauseMs === null || performance.now() - since + pauseMs > doubtMs) {
        if (settled || !doubtful) throw failure;
        throw new Unreachable(failure.message, true, failure);
      }
      if (doubtful) onDoubt?.();
      await pause(pauseMs, signal);
    }
  }
}

/** Statuses that a request is refused with before anybody looks at what became of its key. */
const silent: ReadonlySet<number> = new Set([401, 403, 429, 502, 503, 504]);

/** Asks what changes nothing until there is an answer, or for as long as a write is sent again. */
export async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const since = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const pauseMs = pauseAfter(error, attempt);
      if (pauseMs === null || performance.now() - since + pauseMs > doubtMs) throw error;
      await pause(pauseMs, signal);
    }
  }
}

/** null: asking again cannot help. */
export function pauseAfter(error: unknown, attempt: number): number | null {
  if (!isPassing(error)) return null;
  return Math.max(Math.min(250 * 2 ** attempt, longestPauseMs), askedToWaitMs(error));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
