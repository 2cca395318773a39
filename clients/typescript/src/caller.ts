/**
 * Requests to Pawl, with a token and an end in time. Invariant: what is thrown is a PawlError, and one that is
 * `unavailable` may be tried again.
 */
import type { ConfigRead, Problem, Version } from '../../../api/types.gen.ts';
import { messageOf, PawlError } from './errors.ts';
import { type Answer, type Asked, type Door, textOf } from './exchange.ts';
import { Deadline, type Pace } from './time.ts';

export interface Request extends Pick<Asked, 'method' | 'body'> {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Read = { readonly kind: 'same' } | ({ readonly kind: 'read' } & ReadVersion);
export interface ReadVersion {
  readonly config: ConfigRead['config'];
  readonly version: Version;
}

export class Caller {
  readonly pace: Pace;
  readonly #door: Door;
  readonly #root: string;

  constructor(door: Door, pace: Pace) {
    this.#door = door;
    this.pace = pace;
    this.#root = door.server.replace(/\/+$/, '');
  }

  /** The answer's text, of a request that is refused as well. */
  async call(
    request: Request,
    outer: AbortSignal,
  ): Promise<{ status: number; text: string; answer: Answer }> {
    using deadline = new Deadline(this.pace.requestMs, outer);
    return this.#whole(async () => {
      const answer = await this.#send(request, deadline.signal);
      return { status: answer.status, text: await textOf(answer), answer };
    }, deadline);
  }

  /** The latest version, or the one asked for. @param known the latest one's number as far as it is known */
  async read(
    namespace: string,
    path: string,
    { version, known }: { readonly version?: number | undefined; readonly known?: number | undefined },
    outer: AbortSignal,
  ): Promise<Read> {
    const headers = {
      accept: 'application/json',
      ...(known !== undefined && { 'if-none-match': `"${known}"` }),
    };
    const query = version === undefined ? '' : `?version=${version}`;
    const where = pathOf('configs', namespace, path) + query;
    const { status, text, answer } = await this.call({ method: 'GET', path: where, headers }, outer);
    if (status === 304) return { kind: 'same' };
    if (status !== 200) throw refusalOf(answer, text);
    const { config, latest, version: old } = answerOf<Partial<ConfigRead> | null>(text) ?? {};
    const found = latest ?? old;
    if (config === undefined || typeof found?.body_raw !== 'string' || !(found.version > 0))
      throw new PawlError('unavailable', 'the answer has no version; is this Pawl?');
    return { kind: 'read', config, version: found };
  }

  /** A stream of events. The deadline is for its beginning, and then for each silence. */
  async stream(path: string, lastEventId: string, deadline: Deadline): Promise<AsyncIterable<Uint8Array>> {
    const headers = {
      accept: 'text/event-stream',
      ...(lastEventId !== '' && { 'last-event-id': lastEventId }),
    };
    return this.#whole(async () => {
      const answer = await this.#send({ method: 'GET', path, headers }, deadline.signal);
      if (answer.status !== 200) throw refusalOf(answer, await textOf(answer));
      return heard(answer, deadline, this.pace.idleMs);
    }, deadline);
  }

  /** With the token of now; once more where it was changed while the old one was on its way. */
  async #send({ method, path, headers, body }: Request, signal: AbortSignal): Promise<Answer> {
    const send = (token: string) =>
      this.#door.exchange({
        ...{ method, url: this.#root + path, signal },
        ...(body !== undefined && { body }),
        headers: { ...headers, authorization: `Bearer ${token}` },
      });
    const token = await this.#token();
    const answer = await send(token);
    if (answer.status !== 401) return answer;
    const again = await this.#token();
    if (again === token) return answer;
    answer.drop();
    return send(again);
  }

  async #token(): Promise<string> {
    const token = await this.#door.token().catch(cause => {
      throw new PawlError('token', `the token cannot be read: ${messageOf(cause)}`, { cause });
    });
    const now = token.trim();
    if (/^[!-~]+$/.test(now)) return now;
    throw new PawlError('token', 'the token has a character that no token has, such as a space, or is empty');
  }

  async #whole<T>(work: () => Promise<T>, { signal }: Deadline): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw failureOf(cause, signal);
    }
  }
}

/** Each chunk puts the end off. */
async function* heard(answer: Answer, deadline: Deadline, idleMs: number): AsyncGenerator<Uint8Array> {
  try {
    deadline.extend(idleMs);
    for await (const chunk of answer.chunks) {
      deadline.extend(idleMs);
      yield chunk;
    }
  } catch (cause) {
    throw failureOf(cause, deadline.signal);
  } finally {
    answer.drop();
  }
}

function failureOf(cause: unknown, { aborted, reason }: AbortSignal): PawlError {
  if (cause instanceof PawlError) return cause;
  if (aborted && reason instanceof PawlError) return reason;
  const inner = cause instanceof Error && cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
  return new PawlError('unavailable', `no answer: ${messageOf(cause)}${inner}`, { cause });
}

const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/** Of an answer that is not the one hoped for. */
export function refusalOf(answer: Answer, text: string): PawlError {
  const { status } = answer;
  const problem = problemIn(text);
  const what = problem?.detail ?? `the answer's status is ${status}`;
  if (status < 400 || status >= 500 || passing.has(status) || problem === undefined) {
    const seconds = Number.parseInt(answer.header('retry-after') ?? '', 10);
    return new PawlError('unavailable', what, {
      ...(problem && { problem }),
      ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }),
    });
  }
  return new PawlError('refused', what, { problem });
}

/** Undefined: this was not written by Pawl, but by something in between. */
function problemIn(text: string): Problem | undefined {
  try {
    const read = JSON.parse(text) as Partial<Problem> | null;
    return typeof read?.reason === 'string' && typeof read.detail === 'string'
      ? (read as Problem)
      : undefined;
  } catch {
    return undefined;
  }
}

export function answerOf<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    // What is thrown may quote the answer, and so a config.
    throw new PawlError('unavailable', 'the answer is not JSON; is this Pawl?');
  }
}

export function pathOf(root: 'configs' | 'watch', namespace: string, path: string): string {
  return `/${root}/${[namespace, ...path.split('/')].map(encodeURIComponent).join('/')}`;
}
