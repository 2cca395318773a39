/**
 * A real OpenID provider (oidc-provider, certified) on this machine. Invariant: it knows those who have groups, as they are
 * now, and refuses everybody else, also when they come with a refresh token.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
// @ts-expect-error it has no types of its own
import Provider from 'oidc-provider';
import { createAuthority } from '../../local/x509.ts';

export interface OidcProvider extends AsyncDisposable {
  readonly issuer: string;
  /** PEM of its authority. */
  readonly ca: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Of accounts, as the provider has them now. */
  readonly groupsOf: Map<string, string[]>;
  /** Tokens that it gave for refresh tokens. */
  readonly refreshed: () => number;
  /** Of its tokens from now on. */
  setTokenSeconds(seconds: number): void;
}

export async function startOidcProvider(redirectUri: string): Promise<OidcProvider> {
  const authority = createAuthority('oidc-test');
  const identity = authority.issue({ commonName: 'login' }, 'server', ['127.0.0.1', 'localhost']);
  const http = createServer({ cert: identity.certificate, key: identity.key });
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
  const issuer = `https://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const [clientId, clientSecret] = ['pawl', 'a-secret-of-the-client'];
  const groupsOf = new Map<string, string[]>();
  let tokenSeconds = 600;
  let refreshed = 0;
  const provider = new Provider(issuer, {
    clients: [
      {
        ...{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] },
        ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
      },
    ],
    claims: { openid: ['sub', 'groups'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a-key-of-the-provider'] },
    pkce: { required: () => true },
    ttl: {
      ...{ AccessToken: () => tokenSeconds, IdToken: () => tokenSeconds },
      ...{ RefreshToken: 3_600, Session: 3_600, Grant: 3_600, Interaction: 600 },
    },
    issueRefreshToken: async () => true,
    findAccount: async (_: unknown, sub: string) =>
      groupsOf.has(sub)
        ? { accountId: sub, claims: async () => ({ sub, groups: groupsOf.get(sub) }) }
        : undefined,
  });
  provider.on('grant.success', ({ oidc }: { oidc: { params: { grant_type: string } } }) => {
    if (oidc.params.grant_type === 'refresh_token') refreshed += 1;
  });
  http.on('request', provider.callback());
  return {
    ...{ issuer, ca: authority.certificate, clientId, clientSecret, groupsOf },
    refreshed: () => refreshed,
    setTokenSeconds(seconds) {
      tokenSeconds = seconds;
    },
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      http.close();
    },
  };
}
