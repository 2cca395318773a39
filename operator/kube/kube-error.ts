/**
 * The one error this room throws about the API server. Invariant: its message is the server's own short explanation or
 * a plain sentence about the connection, never a raw body, a header or a credential, so that it can be logged and shown
 * to people as it is.
 */
import { DeadlineExceeded } from '../../runtime/deadline.ts';
import type { KubeErrorKind, KubeFailure } from '../object/kube-failure.ts';
import { AccessError } from './access.ts';

export interface KubeCause {
  readonly reason: string;
  readonly message: string;
  /** Path of the field, e.g. ".data.a"; empty when the cause is not about one. */
  readonly field: string;
}

export interface KubeErrorDetails {
  readonly kind: KubeErrorKind;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** `reason` of the Status object, else a word of our own. */
  readonly reason: string;
  readonly message: string;
  readonly causes?: readonly KubeCause[];
  /** How long the server asked us to wait. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

const longestMessage = 1024;

export class KubeError extends Error implements KubeFailure {
  override readonly name = 'KubeError';
  readonly kind: KubeErrorKind;
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly KubeCause[];
  readonly retryAfterMs: number | undefined;

  constructor(details: KubeErrorDetails) {
    super(shorten(details.message), details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = details.kind;
    this.status = details.status;
    this.reason = details.reason;
    this.causes = details.causes ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }

  /** For example hasCause('NamespaceTerminating') on a forbidden create. */
  hasCause(reason: string): boolean {
    return this.causes.some(cause => cause.reason === reason);
  }
}

export function isKubeError(error: unknown, ...kinds: readonly KubeErrorKind[]): error is KubeError {
  return error instanceof KubeError && (kinds.length === 0 || kinds.includes(error.kind));
}

/** Whether the API server knows no such kind: of a group that it has not, it says so in words and not in a Status. */
export const isNotServed = (error: unknown): boolean => error instanceof KubeError && error.status === 404;

/** The error an HTTP answer of 400 and above stands for. `what` is method and path. */
export function errorFromAnswer(
  what: string,
  status: number,
  body: string,
  retryAfter?: string | undefined,
): KubeError {
  return errorFromStatus(what, status, parseStatus(body), retryAfterMs(retryAfter));
}

/** The error a Status object stands for, as in a watch's ERROR event. */
export function errorFromStatus(
  what: string,
  httpStatus: number,
  status: Record<string, unknown> | null,
  waitMs?: number,
): KubeError {
  const code = httpStatus || numberOr(status?.code, 0);
  const details = isObject(status?.details) ? status.details : {};
  const causes = (Array.isArray(details.causes) ? details.causes : []).filter(isObject).map(
    (cause): KubeCause => ({
      reason: stringOr(cause.reason, ''),
      message: shorten(stringOr(cause.message, '')),
      field: stringOr(cause.field, ''),
    }),
  );
  const reason = stringOr(status?.reason, '');
  const kind = status === null ? kindWithoutStatus(code) : kindOf(code, reason, causes);
  const detailSeconds = numberOr(details.retryAfterSeconds, 0);
  return new KubeError({
    kind,
    status: code,
    reason: reason || kind,
    message: `${what}: ${stringOr(status?.message, '') || `the server answered ${code}`}`,
    causes,
    retryAfterMs: waitMs ?? (detailSeconds > 0 ? detailSeconds * 1000 : undefined),
  });
}

/** The error for a request that got no (whole) answer. */
export function errorFromFailure(what: string, failure: unknown, signal: AbortSignal | undefined): KubeError {
  if (failure instanceof KubeError) return failure;
  if (signal?.aborted) {
    return new KubeError({
      kind: 'aborted',
      status: 0,
      reason: 'Aborted',
      message: `${what}: aborted`,
      cause: signal.reason,
    });
  }
  if (failure instanceof DeadlineExceeded) {
    return new KubeError({
      kind: 'timeout',
      status: 0,
      reason: 'DeadlineExceeded',
      message: `${what}: no answer within ${failure.afterMs} ms`,
      cause: failure,
    });
  }
  if (failure instanceof AccessError) {
    return new KubeError({
      kind: 'unavailable',
      status: 0,
      reason: failure.reason,
      message: `${what}: ${failure.message}`,
      cause: failure,
    });
  }
  const code = codeOf(failure);
  return new KubeError({
    kind: 'unavailable',
    status: 0,
    reason: code,
    message: `${what}: connection failed (${code})`,
    cause: failure,
  });
}

function kindOf(status: number, reason: string, causes: readonly KubeCause[]): KubeErrorKind {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'notFound';
    case 409:
      if (reason === 'AlreadyExists') return 'alreadyExists';
      return causes.some(cause => cause.reason === 'FieldManagerConflict') ? 'fieldConflict' : 'conflict';
    case 410:
      return 'gone';
    case 413:
      return 'tooLarge';
    case 422:
      // An apply whose uid is not the live object's is answered as a change of an immutable field.
      return causes.some(cause => cause.field === 'metadata.uid') ? 'conflict' : 'invalid';
    case 429:
      return 'throttled';
    case 504:
      return 'timeout';
  }
  if (status >= 500) return 'unavailable';
  return reason === 'Expired' ? 'gone' : 'invalid';
}

/** A load balancer or a proxy may answer for a server that is away, but its "not found" does not count. */
function kindWithoutStatus(status: number): KubeErrorKind {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 413) return 'tooLarge';
  if (status === 429) return 'throttled';
  if (status === 504) return 'timeout';
  return status >= 500 ? 'unavailable' : 'unexpected';
}

function parseStatus(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) && value.kind === 'Status' ? value : null;
  } catch {
    return null;
  }
}

/** Kubernetes sends whole seconds; the date form of Retry-After is not used by it and ignored. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header.trim())) return undefined;
  return Number(header) * 1000;
}

function codeOf(failure: unknown): string {
  for (let error = failure; error instanceof Error; error = error.cause) {
    const code: unknown = (error as { code?: unknown }).code;
    if (typeof code === 'string') return code;
  }
  return failure instanceof Error ? failure.name : 'Error';
}

function shorten(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage - 1)}…`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stringOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
