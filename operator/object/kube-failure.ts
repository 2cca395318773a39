/** Why a call to the API server fails, as every room may read it: a closed set of kinds. Only kube/ makes such errors. */

export type KubeErrorKind =
  | 'notFound'
  | 'alreadyExists'
  /** A precondition (resourceVersion or uid) does not hold: read again and decide again. */
  | 'conflict'
  /** Server-side apply: another field manager owns a field; `causes` names both. */
  | 'fieldConflict'
  | 'unauthorized'
  | 'forbidden'
  /** The request itself is wrong; sending it again cannot help. */
  | 'invalid'
  | 'tooLarge'
  | 'throttled'
  /** 410: the resourceVersion or continue token asked for is not there any more. */
  | 'gone'
  /** No answer in time; whether a write was done is unknown. */
  | 'timeout'
  /** No connection, or a 5xx; whether a write was done is unknown. */
  | 'unavailable'
  /** The caller's signal was aborted. */
  | 'aborted'
  /** The server answered something that is not the Kubernetes API. */
  | 'unexpected';

export interface KubeFailure extends Error {
  readonly name: 'KubeError';
  readonly kind: KubeErrorKind;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** How long the server asked us to wait. */
  readonly retryAfterMs: number | undefined;
}
