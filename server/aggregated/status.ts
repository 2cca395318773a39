/** Refusals and failures as the `Status` objects of the Kubernetes API, which kubectl prints. */
import type { ProblemReason, Refused } from '../problems.ts';

/** Reasons of Kubernetes by status; clients switch on them. */
const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: object;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: string;
  readonly code: number;
  readonly details?: object;
}

export function statusOf(refused: Refused): Status {
  const { status, message, members } = refused;
  const seconds = members.retry_after;
  return statusWith(status, message, {
    causes: [{ reason: refused.reason satisfies ProblemReason, message }],
    ...(seconds !== undefined && { retryAfterSeconds: seconds }),
  });
}

export function statusWith(code: number, message: string, details?: object): Status {
  const reason = reasons[code] ?? 'Unknown';
  const fixed = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' } as const;
  return { ...fixed, message, reason, code, ...(details && { details }) };
}
