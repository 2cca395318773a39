/**
 * How often one person or program may send requests, and all service accounts of one Kubernetes namespace together, so that
 * one client's haste does not slow the others, nor that of a thousand accounts of one tenant.
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../runtime/clock.ts';
import { Shares } from '../runtime/shares.ts';
import { Refused } from './problems.ts';
import { tenantOf } from './tenant.ts';

/** A tenant's service accounts together may send as many as so many of them. */
const accountsTogether = 4;

/** The hook at which the caller is known and the body is not yet read. */
const hook = 'preParsing';

export async function limitRate(
  app: FastifyInstance,
  requestsPerMinute: number,
  clock: Pick<Clock, 'monotonic'>,
): Promise<void> {
  await app.register(rateLimit, {
    global: true,
    // After the token was looked at.
    hook,
    max: requestsPerMinute,
    timeWindow: 60_000,
    cache: 10_000,
    keyGenerator: request => request.principal?.name ?? request.ip,
    errorResponseBuilder: (_, { ttl }) => tooMany(Math.max(1, Math.ceil(ttl / 1000))),
  });
  const together = accountsTogether * requestsPerMinute;
  const tenants = new Shares({ perSecond: together / 60, burst: together }, clock);
  app.addHook(hook, async ({ principal }) => {
    if (!principal) return;
    const tenant = tenantOf(principal);
    const seconds = Math.ceil(tenants.secondsUntilRoom(tenant, 1));
    if (seconds > 0) throw tooMany(seconds);
    tenants.take(tenant, 1);
  });
}

const tooMany = (seconds: number) =>
  new Refused('TooManyRequests', `Try again in ${seconds} s.`, { retry_after: seconds });
