/**
 * How the rooms above the store read its errors: by name and reason, because importing their class would reverse the
 * arrows. An error of another kind is a bug.
 */
import type { StoreFailure } from '../words/store-failure.ts';

export function isStoreFailure(error: unknown): error is StoreFailure {
  return error instanceof Error && error.name === 'StoreError';
}

/** PostgreSQL cannot hold a value; trying again does not help. */
export function isUnstorable(error: unknown): error is StoreFailure {
  return isStoreFailure(error) && error.reason === 'Unstorable';
}

/** PostgreSQL does not answer, or not now. */
export function isStoreAway(error: unknown): error is StoreFailure {
  return isStoreFailure(error) && (error.reason === 'Unavailable' || error.reason === 'Contention');
}

/** PostgreSQL is away, or has lost our schema: in both cases nothing can be read or saved until it is back. */
export function isStoreUnusable(error: unknown): error is StoreFailure {
  return isStoreAway(error) || (isStoreFailure(error) && error.reason === 'SchemaMismatch');
}
