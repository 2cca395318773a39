/**
 * Browser sessions, kept by the browsers: the user's identity is in a sealed cookie, and nothing is kept here. A pasted
 * token is shown to the API server with each request like any other; a user signed in through OIDC is the one the
 * provider named, for as long as the provider confirms it. Invariant: a cookie never allows more than its token or its
 * provider does, it expires, and it can change something only for the page itself.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../runtime/clock.ts';
import { sha256 } from '../../text/sha256.ts';
import type { Gate, Principal } from '../gate.ts';
import { Refused } from '../problems.ts';
import { Remembered } from '../remembered.ts';
import type { UiBase } from './base.ts';
import { type Jar, maxCookieBytes, readJar, writeJar } from './cookies.ts';
import { demandSameOrigin } from './same-origin.ts';
import type { Seal } from './seal.ts';

/** Times are seconds since 1970. */
type BrowserSession =
  | { readonly kind: 'token'; readonly token: string; readonly until: number }
  | {
      readonly kind: 'oidc';
      readonly name: string;
      readonly groups: readonly string[];
      /** The provider's answer holds until then; `refresh` asks again. */
      readonly goodUntil: number;
      readonly refresh: string | null;
      readonly until: number;
    };

export type OidcSession = BrowserSession & { kind: 'oidc' };

/** Asks the provider again. null: it says no. Rejects when it gives no answer. */
export type Refresh = (session: OidcSession) => Promise<OidcSession | null>;

export interface SessionsOptions {
  readonly seal: Seal;
  readonly base: UiBase;
  readonly gate: Gate;
  readonly clock: Clock;
  /** Of a session, whatever its token says. */
  readonly maxSeconds: number;
  readonly refresh?: Refresh;
}

/** How long the old answer still serves requests that were under way when the new one came. */
const refreshedMs = 60_000;

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #jar: Jar;
  /** One browser's requests come together, and a refresh token is often good for one use. */
  readonly #refreshed: Remembered<OidcSession | null>;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#jar = { name: 'session', path: options.base.path, sameSite: 'Strict' };
    // Remembered only while the answer holds: where refresh tokens stay the same, the next question has the same key.
    const keepMs = (found: OidcSession | null) =>
      found ? Math.min(refreshedMs, Math.max(0, found.goodUntil - this.now) * 1000) : refreshedMs;
    this.#refreshed = new Remembered({ clock: options.clock, max: 10_000, keepMs });
  }

  get now(): number {
    return Math.floor(this.#options.clock.now().getTime() / 1000);
  }

  /** The furthest a session begun now may last. */
  get latestEnd(): number {
    return this.now + this.#options.maxSeconds;
  }

  /** Of a request by the API's rules. Throws Refused. */
  async identify(request: FastifyRequest, reply: FastifyReply): Promise<Principal> {
    const known = await this.find(request, reply);
    // The answer to a request without credentials.
    if (!known) return this.#options.gate.identify();
    demandSameOrigin(request.method, request.headers, this.#options.base);
    return known.principal;
  }

  /** null: there is no session, or it has ended. Throws Refused when that cannot be found out. */
  async find(
    { headers, raw }: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ session: BrowserSession; principal: Principal } | null> {
    const sealed = readJar(this.#jar, headers.cookie);
    const session =
      sealed === null ? null : (this.#options.seal.open('session', sealed) as BrowserSession | null);
    if (!session || session.until <= this.now) return null;
    if (session.kind === 'token') {
      try {
        const principal = await this.#options.gate.identify(`Bearer ${session.token}`, raw.socket);
        return { session, principal };
      } catch (error) {
        if (error instanceof Refused && error.reason === 'Unauthenticated') return null;
        throw error;
      }
    }
    if (session.goodUntil > this.now) return { session, principal: principalOf(session) };
    const again = await this.#refresh(session);
    if (!again) return null;
    this.begin(again, reply);
    return { session: again, principal: principalOf(again) };
  }

  /** Throws Refused when it is too long for cookies. */
  begin(session: BrowserSession, reply: FastifyReply): void {
    const sealed = this.#options.seal.seal('session', session);
    if (sealed.length > maxCookieBytes) {
      const detail =
        'Your name, groups and token together are too long for a session in a browser. Use kubectl pawl.';
      throw new Refused('Unauthenticated', detail);
    }
    reply.header('set-cookie', writeJar(this.#jar, sealed, Math.max(0, session.until - this.now)));
  }

  end(reply: FastifyReply): void {
    reply.header('set-cookie', writeJar(this.#jar, null, 0));
  }

  #refresh(session: OidcSession): Promise<OidcSession | null> {
    const { refresh } = this.#options;
    if (!refresh || session.refresh === null) return Promise.resolve(null);
    return this.#refreshed.get(sha256(session.refresh), async () => {
      try {
        return await refresh(session);
      } catch (cause) {
        const detail = 'The OpenID provider cannot be asked whether you are still signed in. Try again soon.';
        throw new Refused('ApiUnavailable', detail, { retry_after: 2 }, { cause });
      }
    });
  }
}

function principalOf({ name, groups }: OidcSession): Principal {
  return { name, uid: '', groups, extra: {} };
}

/** When a token claims to expire, in seconds since 1970; null: it does not say. For display only. */
export function endOf(token: string): number | null {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      exp?: unknown;
    };
    return typeof exp === 'number' && Number.isSafeInteger(exp) ? exp : null;
  } catch {
    return null;
  }
}
