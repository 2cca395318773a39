/** A write's Idempotency-Key with what the request asks for, so that the key cannot be used for another one. */

import type { WriteRequest } from '../history/settle/change.ts';
import type { Written } from '../history/settle/requests.ts';
import type { Idempotency } from '../history/words/request.ts';
import { sha256 } from '../text/sha256.ts';
import { type Call, writingOf } from './call.ts';
import { Refused } from './problems.ts';

/** Null: the request has no key, or does nothing. Everything that changes what is done is part of the hash. */
export function idempotencyOf(call: Call): Idempotency | null {
  const { method, headers, principal, url, body, query } = call;
  const key = headers['idempotency-key'];
  if (key === undefined || query.dry_run === true) return null;
  // One body sent as two kinds of patch is two requests.
  const [type = ''] = String(headers['content-type'] ?? '').split(';');
  const asked = [method, url, type.trim().toLowerCase(), headers['if-match'], headers['if-none-match'], body];
  return { key: String(key), principal: principal.name, requestSha256: sha256(JSON.stringify(asked)) };
}

/** Of the answer to a request that was done before, under the same key. */
export const replayedHeaders = { 'idempotency-replayed': 'true' } as const;

export function keyReused(): Refused {
  const detail = 'This Idempotency-Key was used for another request. Send a new key with a new request.';
  return new Refused('IdempotencyKeyReused', detail);
}

/**
 * A refusal caused by the present history may be caused by this very request, sent before: what was done stays done,
 * and gets the same answer again. Throws `refused` when it was not done; nothing is written then.
 * @param refused null: nothing is in the way
 */
export async function writeUnless(
  refused: Refused | null,
  call: Call,
  request: WriteRequest,
): Promise<Written> {
  const { writing, signal, query } = call;
  if (!refused) return writing.write(request, writingOf(call, query.dry_run === true), signal);
  const known = request.idempotency ? await writing.done(request.idempotency, signal) : 'unknown';
  if (known === 'unknown') throw refused;
  if (known === 'reused') throw keyReused();
  // A dry run: when the key is forgotten between the two questions, this must not do what is refused.
  const written = await writing.write(request, writingOf(call, true), signal).catch(cause => {
    const detail = 'This was done before, but the database cannot show its answer now. Send it again soon.';
    throw new Refused('StoreUnavailable', detail, { retry_after: 2 }, { cause });
  });
  if (written.kind !== 'written') throw refused;
  return written;
}

/**
 * For a write that a policy refuses now: what was done stays done, even if the policy has changed since. Throws `refused`
 * unless this request was done before.
 */
export async function demandDone(refused: Refused, call: Call): Promise<void> {
  const idempotency = idempotencyOf(call);
  const known = idempotency ? await call.writing.done(idempotency, call.signal) : 'unknown';
  if (known !== 'known') throw known === 'reused' ? keyReused() : refused;
}

/** Null: nothing is refused. A failure for another reason is thrown here, too. */
export async function refusalOf(check: Promise<void>): Promise<Refused | null> {
  try {
    await check;
    return null;
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}
