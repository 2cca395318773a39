/**
 * The routes to the OpenID provider and back. Invariant: only the browser that set out is let in when it comes back,
 * and it is sent to nowhere but the page.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { UiBase } from './base.ts';
import { type Jar, readJar, writeJar } from './cookies.ts';
import { type Oidc, type SignIn, SignInFailed, type SignInReason } from './oidc.ts';
import type { Seal } from './seal.ts';
import type { Sessions } from './sessions.ts';

export interface OidcRoutesOptions {
  readonly base: UiBase;
  readonly oidc: Oidc;
  readonly sessions: Sessions;
  readonly seal: Seal;
}

interface Leaving extends SignIn {
  readonly back: string;
  /** Seconds since 1970. */
  readonly until: number;
}

/** The time a person gets to find their password. */
const leavingSeconds = 600;
const maxBackLetters = 2_000;

export function oidcRoutes(app: FastifyInstance, { base, oidc, sessions, seal }: OidcRoutesOptions): void {
  // The provider is another site, which sends the browser back.
  const jar: Jar = { name: 'sign-in', path: base.path, sameSite: 'Lax' };

  app.get('/ui/session/oidc/start', async (request, reply) => {
    const back = backTo((request.query as { return?: unknown }).return, base);
    const { url, signIn } = await oidc.start();
    const leaving: Leaving = { ...signIn, back, until: sessions.now + leavingSeconds };
    reply.header('set-cookie', writeJar(jar, seal.seal('sign-in', leaving), leavingSeconds));
    return reply.redirect(url.href, 303);
  });

  app.get('/ui/session/oidc/callback', async (request, reply) => {
    const sealed = readJar(jar, request.headers.cookie);
    const leaving = sealed === null ? null : (seal.open('sign-in', sealed) as Leaving | null);
    reply.header('set-cookie', writeJar(jar, null, 0));
    if (!leaving || leaving.until <= sessions.now) return sendBack(reply, `${base.path}/ui/`, 'expired');
    const { back } = leaving;
    try {
      const query = (request.raw.url ?? '').split('?', 2)[1] ?? '';
      sessions.begin(await oidc.finish(query, leaving, sessions.latestEnd), reply);
      return sendBack(reply, back);
    } catch (error) {
      if (!(error instanceof SignInFailed)) throw error;
      request.log.warn({ id: request.id, err: error }, 'somebody could not sign in at the OpenID provider');
      return sendBack(reply, back, error.reason);
    }
  });
}

function sendBack(reply: FastifyReply, back: string, failure?: SignInReason): FastifyReply {
  if (failure === undefined) return reply.redirect(back, 303);
  const url = new URL(back, 'https://page');
  url.searchParams.set('sign_in', failure);
  return reply.redirect(url.pathname + url.search + url.hash, 303);
}

/** A path within the page; for an address elsewhere, the page's start. */
export function backTo(asked: unknown, { path }: UiBase): string {
  const start = `${path}/ui/`;
  if (typeof asked !== 'string' || asked.length > maxBackLetters || !asked.startsWith('/')) return start;
  const url = URL.parse(asked, 'https://page');
  const within = url?.origin === 'https://page' && url.pathname.startsWith(start);
  return within ? url.pathname + url.search + url.hash : start;
}
