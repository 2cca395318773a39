/**
 * Who is asking behind the aggregation layer: whoever the front proxy forwards, or, for those who come directly, whose
 * token it is. Invariant: somebody the front proxy did not vouch for gets nothing that RBAC was not asked about here.
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
      'Come by way of the Kubernetes API server, or send a token in the header Authorization: Bearer …. Names in ' +
      'headers count only with the client certificate of its front proxy.';
    // A certificate that could not be believed yet may be good by the next connection.
    const and = { headers: { ...error.headers, connection: 'close' }, cause: error };
    throw new Refused('Unauthenticated', detail, {}, and);
  }
}
