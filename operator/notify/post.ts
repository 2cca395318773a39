/**
 * Sends one message to an address that a tenant chose. Invariant: it goes to no address that is not allowed, whatever the
 * name resolves to and whatever the receiver answers: names are resolved here and only allowed answers are connected to,
 * redirects are not followed, and what is read of an answer is little and not for long.
 */
import { lookup as resolve } from 'node:dns/promises';
import { type IncomingMessage, request as plain, type RequestOptions } from 'node:http';
import { request as secure } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '../../runtime/clock.ts';
import { deadline } from '../../runtime/deadline.ts';
import { type AllowedHosts, isAddressAllowed } from './allowed-hosts.ts';

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `words` names the host at most. */
export type PostOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly words: string; readonly retryAfterMs: number | null };

/** For all of it. */
export const postTimeoutMs = 10_000;
/** Read of an answer, so that its sender need not see a broken connection. */
const mostAnswerBytes = 64 << 10;
const longestRetryAfterMs = 3_600_000;

class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
  readonly reason = 'AddressNotAllowed';
}

export interface PostContext {
  readonly allowed: AllowedHosts;
  readonly clock: Clock;
  /** As dns.lookup; for tests. */
  readonly resolve?: (host: string) => Promise<readonly { address: string; family: number }[]>;
}

/** Rejects with the reason of the signal once it is aborted, and with nothing else. */
export async function post(message: Post, context: PostContext, signal: AbortSignal): Promise<PostOutcome> {
  using limit = deadline(context.clock, 'the receiver', postTimeoutMs, signal);
  try {
    const answer = await send(message, context, limit.signal);
    await drained(answer);
    return outcomeOf(answer);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'failed', words: wordsFor(error, limit.signal.aborted), retryAfterMs: null };
  }
}

/** As soon as the head of the answer is there. */
function send(
  { url, headers, body }: Post,
  { allowed, resolve: ask = resolveAll }: PostContext,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Nobody is asked what an address stands for.
  if (isIP(host) !== 0 && !isAddressAllowed(host, url, allowed)) {
    return Promise.reject(new AddressNotAllowed(host));
  }
  const lookup: LookupFunction = (name, options, done) => {
    ask(name).then(
      found => {
        const good = found.filter(({ address }) => isAddressAllowed(address, url, allowed));
        const [first] = good;
        if (!first) done(new AddressNotAllowed(name), '');
        else if (options.all) done(null, [...good]);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, ''),
    );
  };
  const options: RequestOptions = {
    ...{ method: 'POST', agent: false, lookup, signal },
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' },
  };
  const { promise, resolve: answered, reject } = Promise.withResolvers<IncomingMessage>();
  const request = (url.protocol === 'https:' ? secure : plain)(url, options, answered);
  request.on('error', reject);
  request.end(body);
  return promise;
}

/** Its head is all that counts, however the rest of it ends. */
async function drained(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of answer) {
      bytes += (chunk as Buffer).length;
      if (bytes > mostAnswerBytes) return;
    }
  } catch {}
}

const resolveAll = (host: string) => resolve(host, { all: true });

function outcomeOf({ statusCode = 0, headers }: IncomingMessage): PostOutcome {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
  const words =
    statusCode >= 300 && statusCode < 400
      ? `it answered ${statusCode}, and redirects are not followed`
      : `it answered ${statusCode}`;
  const seconds = Number(headers['retry-after']);
  const retryAfterMs = seconds > 0 ? Math.min(seconds * 1000, longestRetryAfterMs) : null;
  return { kind: 'failed', words, retryAfterMs };
}

function wordsFor(error: unknown, isLate: boolean): string {
  if (isLate) return `it did not answer within ${postTimeoutMs / 1000} s`;
  if (error instanceof AddressNotAllowed) return 'its name stands for an address that is not allowed';
  // Several addresses failed: the last error stands for all.
  const { code } = (error instanceof AggregateError ? error.errors.at(-1) : error) as NodeJS.ErrnoException;
  return `it cannot be reached (${code ?? 'unknown error'})`;
}
