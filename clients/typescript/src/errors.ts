/** What can go wrong, as one class with a reason a program can switch on. */
import type { Problem } from '../../../api/types.gen.ts';

/**
 * - `unavailable`: the server did not answer, or asked to come back later; it passes by itself
 * - `outcome-unknown`: nobody knows whether a save was done; send it again with the error's `idempotencyKey`
 * - `refused`: the server said no; `problem` has its reason
 * - `invalid`: the text of a version does not become a value; the last good one stays
 * - `token`: the token cannot be read
 * - `cache`: the last good value cannot be kept on disk, or read from there
 * - `callback`: a callback threw
 * - `closed`: the client was closed
 */
export type ErrorReason =
  | 'unavailable'
  | 'outcome-unknown'
  | 'refused'
  | 'invalid'
  | 'token'
  | 'cache'
  | 'callback'
  | 'closed';

export interface ErrorFacts {
  readonly cause?: unknown;
  readonly problem?: Problem;
  /** Of `invalid`: the version that does not become a value. */
  readonly version?: number;
  /** When the server asked to be left alone. */
  readonly retryAfterMs?: number;
  readonly idempotencyKey?: string;
}

export class PawlError extends Error {
  override readonly name = 'PawlError';
  readonly reason: ErrorReason;
  readonly problem: Problem | undefined;
  readonly version: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly idempotencyKey: string | undefined;

  constructor(reason: ErrorReason, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.reason = reason;
    this.problem = facts.problem;
    this.version = facts.version;
    this.retryAfterMs = facts.retryAfterMs;
    this.idempotencyKey = facts.idempotencyKey;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
