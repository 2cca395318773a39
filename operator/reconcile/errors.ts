/**
 * How reconcile reads the errors its ports throw: by name and reason, because importing their classes would
 * turn the arrows round. An error of neither kind is a bug and goes to the controller's retry.
 */

interface KubeFailure {
  readonly name: 'KubeError';
  readonly kind: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

interface StoreFailure {
  readonly name: 'StoreError';
  readonly reason: string;
  readonly message: string;
}

const away = new Set(['unavailable', 'timeout', 'throttled', 'unauthorized']);
const rejected = new Set(['invalid', 'forbidden', 'notFound', 'tooLarge']);

export function isKubeFailure(error: unknown): error is KubeFailure {
  return error instanceof Error && error.name === 'KubeError';
}

export function isStoreFailure(error: unknown): error is StoreFailure {
  return error instanceof Error && error.name === 'StoreError';
}

/** PostgreSQL cannot hold a value; trying again is no use. */
export function isUnstorable(error: unknown): error is StoreFailure {
  return isStoreFailure(error) && error.reason === 'Unstorable';
}

/** The API server does not answer, or not now. */
export function isApiAway(error: unknown): boolean {
  return isKubeFailure(error) && away.has(error.kind);
}

/** PostgreSQL does not answer, or not now. */
export function isStoreAway(error: unknown): boolean {
  return isStoreFailure(error) && (error.reason === 'Unavailable' || error.reason === 'Contention');
}

/** It was there and answered, although not with what was asked for: it being there is not what to wait for. */
export function answered(error: unknown): boolean {
  const { status = 0, sqlstate } = error as { status?: number; sqlstate?: string };
  if (isKubeFailure(error)) return status > 0 && error.kind !== 'unauthorized';
  return sqlstate !== undefined && !/^(08|57P)/.test(sqlstate);
}

/** Somebody else changed the object since it was read. */
export function isApiConflict(error: unknown): boolean {
  return isKubeFailure(error) && (error.kind === 'conflict' || error.kind === 'fieldConflict');
}

/** The API server understood, and says no until somebody changes something. */
export function isApiRejection(error: unknown): error is KubeFailure {
  return isKubeFailure(error) && rejected.has(error.kind);
}

export function isApiNotFound(error: unknown): boolean {
  return isKubeFailure(error) && error.kind === 'notFound';
}
