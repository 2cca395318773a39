/**
 * Signing in and out, for the page: `/ui/session` and what is below it. Invariant: a token that comes in goes into the sealed
 * cookie only, never into an answer or the log; and nothing is set or taken away for another site.
 */

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../runtime/clock.ts';
import type { Gate, Principal } from '../gate.ts';
import { Refused } from '../problems.ts';
import { limitRate } from '../rate-limit.ts';
import { readStrangersJson } from '../strangers-json.ts';
import type { UiBase } from './base.ts';
import type { Oidc } from './oidc.ts';
import { oidcRoutes } from './oidc-routes.ts';
import { rootOf } from './page.ts';
import { demandSameOrigin } from './same-origin.ts';
import type { Seal } from './seal.ts';
import { endOf, type Sessions } from './sessions.ts';

export interface SessionRoutesOptions {
  readonly base: UiBase;
  readonly gate: Gate;
  /** null: nobody signs in here, because the program that passes the page on says who is asking. */
  readonly sessions: Sessions | null;
  /** Of a request that is not a browser session's. Throws Refused. */
  readonly identify: (request: FastifyRequest) => Promise<Principal>;
  /** null: there is no OpenID provider. */
  readonly oidc: { readonly oidc: Oidc; readonly seal: Seal } | null;
  /** To sign in, of one address in a minute. */
  readonly requestsPerMinute: number;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Of a request; a token has 16 KiB at most. */
const bodyBytes = 20 * 1024;

export function sessionRoutes(options: SessionRoutesOptions): FastifyPluginAsync {
  const { base, gate, sessions, identify, oidc, requestsPerMinute, clock } = options;
  const describe = (request: FastifyRequest, principal: Principal | null, until: number | null) => ({
    user: principal && { name: principal.name, groups: principal.groups },
    signIn:
      sessions && request.headers.authorization === undefined ? [...(oidc ? ['oidc'] : []), 'token'] : [],
    expiresAt: until === null ? null : new Date(until * 1000).toISOString(),
    apiBase: `${rootOf(request, base)}/`,
  });

  return async app => {
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer', bodyLimit: bodyBytes },
      (_, body, done) => {
        try {
          done(null, readStrangersJson(body as Buffer));
        } catch (error) {
          done(error as Refused);
        }
      },
    );
    await limitRate(app, requestsPerMinute, clock);

    app.get('/ui/session', async (request, reply) => {
      if (!sessions || request.headers.authorization !== undefined) {
        return send(reply, describe(request, await identify(request), null));
      }
      const found = await sessions.find(request, reply);
      return send(reply, describe(request, found?.principal ?? null, found?.session.until ?? null));
    });
    if (!sessions) return;

    if (oidc) oidcRoutes(app, { base, sessions, ...oidc });
    const fromPage = async ({ method, headers }: FastifyRequest) => demandSameOrigin(method, headers, base);
    app.post('/ui/session/token', { onRequest: fromPage, bodyLimit: bodyBytes }, async (request, reply) => {
      const { token } = (request.body ?? {}) as { token?: unknown };
      if (typeof token !== 'string') throw new Refused('InvalidRequest', 'Body /token: must be a text.');
      const principal = await gate.identify(`Bearer ${token.trim()}`);
      const until = Math.min(sessions.latestEnd, endOf(token) ?? Number.POSITIVE_INFINITY);
      sessions.begin({ kind: 'token', token: token.trim(), until }, reply);
      return send(reply, describe(request, principal, until));
    });
    app.delete('/ui/session', { onRequest: fromPage }, async (_, reply) => {
      sessions.end(reply);
      return reply.code(204).send();
    });
  };
}

function send(reply: FastifyReply, document: object): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(document));
}
