/** Why the store fails, for every room to read: a closed set of reasons. Only the store makes such errors. */

export type StoreFailureReason =
  /** No answer can be had now: refused, lost, timed out, read-only, full, shutting down. Heals by itself. */
  | 'Unavailable'
  /** Other writers were in the way, also after several tries. */
  | 'Contention'
  /** PostgreSQL cannot hold this value (NUL, a number past its range, nesting too deep). Retrying does not help. */
  | 'Unstorable'
  /** Not a cursor this store gave out for this question. The caller's own mistake. */
  | 'InvalidCursor'
  /** The schema is not the one this build was written for. */
  | 'SchemaMismatch'
  /** A defect, here or in the rights of the role. */
  | 'Internal';

export interface StoreFailure extends Error {
  readonly name: 'StoreError';
  readonly reason: StoreFailureReason;
  /** Five characters, as in PostgreSQL's appendix A; absent when the server did not answer. */
  readonly sqlstate: string | undefined;
  /** PostgreSQL was there and answered, although not with what was asked for. */
  readonly answered: boolean;
}
