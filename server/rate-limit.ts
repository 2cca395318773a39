/** How often one person or program may send requests, so that one client's haste does not slow the others. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { Refused } from './problems.ts';

/** The hook at which the caller is known and the body is not yet read. */
export async function limitRate(app: FastifyInstance, requestsPerMinute: number): Promise<void> {
  await app.register(rateLimit, {
    global: true,
    // After the token was looked at.
    hook: 'preParsing',
    max: requestsPerMinute,
    timeWindow: 60_000,
    cache: 10_000,
    keyGenerator: request => request.principal?.name ?? request.ip,
    errorResponseBuilder: (_, { ttl }) => {
      const seconds = Math.max(1, Math.ceil(ttl / 1000));
      return new Refused('TooManyRequests', `Try again in ${seconds} s.`, { retry_after: seconds });
    },
  });
}
