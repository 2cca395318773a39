/**
 * Who is asking behind the aggregation layer: the user the front proxy forwards or, for a client that comes directly,
 * the user its token belongs to. Invariant: a client that the front proxy did not vouch for gets only what RBAC allows
 * when asked here.
 */
import type { FastifyRequest } from 'fastify';
import type { Gate, Principal } from '../gate.ts';
import { Refused } from '../problems.ts';
import type { ProxyTrust } from './front-proxy.ts';

export interface Caller {
  readonly principal: Principal;
  /** The API server has asked its own access control about the URL already. */
  readonly forwarded: boolean;
}

/** Throws Refused. */
export async function callerOf(
  { raw, headers }: FastifyRequest,
  { trust, gate }: { trust: ProxyTrust; gate: Gate },
): Promise<Caller> {
  const principal = trust.principalOf(raw);
  if (principal) return { principal, forwarded: true };
  try {
    return { principal: await gate.identify(headers.authorization, raw.socket), forwarded: false };
  } catch (error) {
    if (!(error instanceof Refused) || error.reason !== 'Unauthenticated') throw error;
    const detail =
      'Send the request through the Kubernetes API server, or with a token in the header Authorization: Bearer …. Names in ' +
      'headers count only with the client certificate of its front proxy.';
    // A certificate that is not trusted yet may be trusted by the next connection.
    const and = { headers: { ...error.headers, connection: 'close' }, cause: error };
    throw new Refused('Unauthenticated', detail, {}, and);
  }
}
