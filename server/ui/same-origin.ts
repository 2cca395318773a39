/**
 * Whether a request that may change something was made by the page itself: a browser sends its cookies along no matter
 * which site makes it send the request. Invariant: without a header that other sites cannot set, and the browser's
 * statement that this origin sent the request, a cookie changes nothing.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Refused } from '../problems.ts';
import type { UiBase } from './base.ts';

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Throws Refused. */
export function demandSameOrigin(method: string, headers: IncomingHttpHeaders, base: UiBase): void {
  if (reading.has(method) || isSameOrigin(headers, base)) return;
  const detail =
    'In a browser session only the page itself may change something. Send X-Pawl-Request: ui from a page of this ' +
    'origin, or a token in the header Authorization: Bearer ….';
  throw new Refused('Forbidden', detail);
}

function isSameOrigin(headers: IncomingHttpHeaders, { origin }: UiBase): boolean {
  if (headers['x-pawl-request'] !== 'ui') return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const asked = headers.origin;
  if (asked === undefined) return site !== undefined;
  return asked === (origin ?? `https://${headers.host}`);
}
