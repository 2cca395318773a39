/**
 * Signing in at an OpenID provider: authorization code with PKCE, and the user and groups that its ID token gives, by
 * the rules of the API server's own flags. Invariant: nobody becomes one of Kubernetes' own users or groups, no matter
 * what a provider claims.
 */
import type { Clock } from '../../runtime/clock.ts';
import { Refused } from '../problems.ts';
import { Remembered } from '../remembered.ts';
import type { UiBase } from './base.ts';
import { boundedFetch } from './bounded-fetch.ts';
import type { OidcSession } from './sessions.ts';

export interface OidcSettings {
  /** An https: URL. */
  readonly issuer: string;
  readonly clientId: string;
  /** null: a public client, which has PKCE alone. */
  readonly clientSecret: string | null;
  /** PEM of the authority that vouches for the issuer. null: those that Node.js knows. */
  readonly ca: string | null;
  readonly scopes: string;
  readonly usernameClaim: string;
  /** null: as the API server has it. `-`: none. */
  readonly usernamePrefix: string | null;
  /** null: nobody has groups. */
  readonly groupsClaim: string | null;
  readonly groupsPrefix: string;
}

/** What must be remembered until the browser comes back. */
export interface SignIn {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export type SignInReason = 'denied' | 'failed' | 'expired';

/** The provider did not name a user, or named one we cannot accept. */
export class SignInFailed extends Error {
  override readonly name = 'SignInFailed';
  readonly reason: SignInReason;

  constructor(reason: SignInReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

type Claims = Readonly<Record<string, unknown>>;
type Who = Pick<OidcSession, 'name' | 'groups'>;

const describedMs = 3_600_000;
/** The provider is asked again this often, so that a user who was removed is signed out soon. */
const maxGoodSeconds = 900;
/** More of them would not fit into the session. */
const maxGroups = 500;

/** Rejects with SignInFailed. */
export function whoBy(settings: OidcSettings, claims: Claims): Who {
  const { issuer, usernameClaim, usernamePrefix, groupsClaim, groupsPrefix } = settings;
  const said = claims[usernameClaim];
  if (typeof said !== 'string' || said === '') {
    throw new SignInFailed('failed', `The provider's token has no text in its claim ${usernameClaim}.`);
  }
  if (usernameClaim === 'email' && claims.email_verified !== undefined && claims.email_verified !== true) {
    throw new SignInFailed('failed', 'The provider has not verified the email address.');
  }
  const usual = usernameClaim === 'email' ? '' : `${issuer}#`;
  const name = `${usernamePrefix === '-' ? '' : (usernamePrefix ?? usual)}${said}`;
  if (isReserved(name)) throw new SignInFailed('failed', `${name} is a name that Kubernetes reserves.`);
  const listed = groupsClaim === null ? [] : [claims[groupsClaim] ?? []].flat();
  const groups = listed
    .filter(group => typeof group === 'string' && group !== '')
    .map(group => `${groupsPrefix}${group}`)
    .filter(group => !isReserved(group));
  return { name, groups: [...groups.slice(0, maxGroups), 'system:authenticated'] };
}

const isReserved = (name: string): boolean => name.startsWith('system:');

export class Oidc {
  readonly #settings: OidcSettings;
  readonly #base: UiBase;
  readonly #clock: Clock;
  readonly #described: Remembered<Awaited<ReturnType<typeof describe>>>;

  constructor(settings: OidcSettings, base: UiBase, clock: Clock) {
    this.#settings = settings;
    this.#base = base;
    this.#clock = clock;
    this.#described = new Remembered({ clock, max: 1, keepMs: () => describedMs });
  }

  get #redirectUri(): string {
    return `${this.#base.origin}${this.#base.path}/ui/session/oidc/callback`;
  }

  /** Where to send the browser. Throws Refused when the provider does not answer. */
  async start(): Promise<{ url: URL; signIn: SignIn }> {
    const { client, config } = await this.#provider();
    const signIn = {
      ...{
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      },
    };
    const url = client.buildAuthorizationUrl(config, {
      ...{
        redirect_uri: this.#redirectUri,
        scope: this.#settings.scopes,
        state: signIn.state,
        nonce: signIn.nonce,
      },
      code_challenge: await client.calculatePKCECodeChallenge(signIn.verifier),
      code_challenge_method: 'S256',
    });
    return { url, signIn };
  }

  /**
   * Who came back.
   * @param query of the URL that the browser came back to
   * @param latestEnd seconds since 1970: when the session ends in any case
   * Rejects with SignInFailed, or with Refused when the provider does not answer.
   */
  async finish(query: string, { state, nonce, verifier }: SignIn, latestEnd: number): Promise<OidcSession> {
    const { client, config } = await this.#provider();
    const url = new URL(`${this.#redirectUri}?${query}`);
    const checks = {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    };
    const tokens = await client.authorizationCodeGrant(config, url, checks).catch((cause: unknown) => {
      const denied = (cause as { error?: unknown }).error === 'access_denied';
      throw new SignInFailed(denied ? 'denied' : 'failed', 'The provider refused the sign-in.', cause);
    });
    const claims = tokens.claims()!;
    const refresh = tokens.refresh_token ?? null;
    const until = refresh === null ? Math.min(latestEnd, claims.exp) : latestEnd;
    const goodUntil = refresh === null ? until : this.#goodUntil(tokens.expiresIn());
    return { kind: 'oidc', ...whoBy(this.#settings, claims), goodUntil, refresh, until };
  }

  /** See Refresh of sessions.ts. */
  async refresh(session: OidcSession): Promise<OidcSession | null> {
    const { client, config } = await this.#provider();
    try {
      const tokens = await client.refreshTokenGrant(config, session.refresh!);
      const claims = tokens.claims();
      const who = claims ? whoBy(this.#settings, claims) : session;
      if (who.name !== session.name) return null;
      const goodUntil = this.#goodUntil(tokens.expiresIn());
      return { ...session, groups: who.groups, goodUntil, refresh: tokens.refresh_token ?? session.refresh };
    } catch (error) {
      // The provider's own refusal; every other failure may pass.
      if (error instanceof SignInFailed || (error as { error?: unknown }).error === 'invalid_grant')
        return null;
      throw error;
    }
  }

  #goodUntil(expiresIn = maxGoodSeconds): number {
    return Math.floor(this.#clock.now().getTime() / 1000) + Math.min(expiresIn, maxGoodSeconds);
  }

  async #provider() {
    try {
      return await this.#described.get('', () => describe(this.#settings));
    } catch (cause) {
      const detail = 'The OpenID provider does not answer. Try again soon, or sign in with a token.';
      throw new Refused('ApiUnavailable', detail, { retry_after: 5 }, { cause });
    }
  }
}

/** The provider's own description of itself. Loaded only where a provider is set. */
async function describe({ issuer, clientId, clientSecret, ca }: OidcSettings) {
  const client = await import('openid-client');
  const auth = clientSecret === null ? client.None() : client.ClientSecretBasic(clientSecret);
  const config = await client.discovery(new URL(issuer), clientId, {}, auth, {
    [client.customFetch]: boundedFetch(ca) as never,
  });
  return { client, config };
}
