/** A write's Idempotency-Key with what the request asks for, so that the key cannot be used for another one. */

import type { Idempotency } from '../operator/api/request.ts';
import { sha256 } from '../operator/core/sha256.ts';
import type { Call } from './call.ts';
import { Refused } from './problems.ts';

/** Null: the request has no key. Everything that changes what is done is part of the hash. */
export function idempotencyOf(call: Call): Idempotency | null {
  const { method, headers, principal, url, body } = call;
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  // One body is two requests as two kinds of patch.
  const [type = ''] = String(headers['content-type'] ?? '').split(';');
  const asked = [method, url, type.trim().toLowerCase(), headers['if-match'], headers['if-none-match'], body];
  return { key: String(key), principal: principal.name, requestSha256: sha256(JSON.stringify(asked)) };
}

/** Of the answer to a request that was done before, under the same key. */
export const replayedHeaders = { 'idempotency-replayed': 'true' } as const;

export function keyReused(): Refused {
  const detail = 'This Idempotency-Key came with another request before. Send a new key with a new request.';
  return new Refused('IdempotencyKeyReused', detail);
}
