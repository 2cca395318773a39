/**
 * How reconcile reads the errors of the API server's port: by name and kind, because importing their class would
 * reverse the arrows. An error that is neither one of these nor the store's (settle/store-failure.ts) is a bug and goes
 * to the controller's retry.
 */
import { isStoreFailure } from '../../history/settle/store-failure.ts';
import type { KubeErrorKind, KubeFailure } from '../object/kube-failure.ts';

const away: ReadonlySet<KubeErrorKind> = new Set(['unavailable', 'timeout', 'throttled', 'unauthorized']);
const rejected: ReadonlySet<KubeErrorKind> = new Set(['invalid', 'forbidden', 'notFound', 'tooLarge']);

export function isKubeFailure(error: unknown): error is KubeFailure {
  return error instanceof Error && error.name === 'KubeError';
}

/** The API server does not answer, or not now. */
export function isApiAway(error: unknown): boolean {
  return isKubeFailure(error) && away.has(error.kind);
}

/** The API server answered, although not with what was asked for: waiting until it answers would not help. */
export function answered(error: unknown): boolean {
  if (isKubeFailure(error)) return error.status > 0 && error.kind !== 'unauthorized';
  return isStoreFailure(error) && error.answered;
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
