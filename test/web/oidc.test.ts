/** Signing in at a real OpenID provider (oidc-provider), there and back, as a browser goes; and what its word is worth. */
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../local/wait.ts';
import { createAuthority } from '../../local/x509.ts';
import { systemClock } from '../../runtime/clock.ts';
import { answerError } from '../../server/errors.ts';
import { Gate, type Principal } from '../../server/gate.ts';
import { baseOf } from '../../server/ui/base.ts';
import { type OidcSettings, whoBy } from '../../server/ui/oidc.ts';
import { backTo } from '../../server/ui/oidc-routes.ts';
import { Ui } from '../../server/ui/ui.ts';
import { type OidcProvider, startOidcProvider } from '../setup/oidc-provider.ts';
import { until } from '../setup/until.ts';

const stack = new AsyncDisposableStack();
const authority = createAuthority('tools-test');
let provider: OidcProvider;
let app: FastifyInstance;
/** Whom the API server was asked about, and for whom it says yes. */
const asked: Principal[] = [];
let allowed = false;
let issuer: string;
let origin: string;

beforeAll(async () => {
  const identity = authority.issue({ commonName: 'login' }, 'server', ['127.0.0.1', 'localhost']);
  app = fastify({
    https: { cert: identity.certificate, key: identity.key },
    rewriteUrl: ({ url = '/' }) => url.replace('/tools', ''),
  } as object) as unknown as FastifyInstance;
  const gate = new Gate(
    {
      token: async () => null,
      access: async principal => {
        asked.push(principal);
        return allowed;
      },
    },
    systemClock,
  );
  let ui: Ui;
  app.setErrorHandler((error, asking, reply) => answerError(error as Error, asking, reply));
  app.decorateRequest('principal', null).decorateRequest('target', null);
  app.route({
    method: ['GET', 'PUT'],
    url: '/config',
    handler: async (asking, reply) => {
      const principal = await ui.identify(asking, reply, () => gate.identify());
      await gate.demand(principal, { verb: 'get', namespace: 'payments', path: 'a' });
      return { actor: principal.name };
    },
  });
  // The provider must know where we are before we can be made for it.
  const port = await freePort();
  origin = `https://127.0.0.1:${port}`;
  provider = stack.use(await startOidcProvider(`${origin}/tools/ui/session/oidc/callback`));
  issuer = provider.issuer;
  const oidc: OidcSettings = {
    ...{ issuer, clientId: provider.clientId, clientSecret: provider.clientSecret, ca: provider.ca },
    scopes: 'openid offline_access',
    ...{ usernameClaim: 'sub', usernamePrefix: 'oidc:', groupsClaim: 'groups', groupsPrefix: 'oidc:' },
  };
  const browsers = { secrets: ['s'.repeat(43)] as [string], maxSeconds: 3_600, oidc };
  const settings = { folder: '/nowhere', base: baseOf(`${origin}/tools`)!, browsers };
  ui = new Ui({ settings, gate, clock: systemClock, requestsPerMinute: 100_000 });
  await app.register(ui.routes('browsers', () => gate.identify()));
  await app.listen({ host: '127.0.0.1', port });
  stack.defer(() => app.close());
});
afterAll(() => stack.disposeAsync());

interface Seen {
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What a browser does: keeps cookies of each origin, and follows where it is sent. */
class Browser {
  readonly cookies = new Map<string, Map<string, string>>();

  async go(url: string, form?: Record<string, string>): Promise<Seen> {
    let next: string | null = url;
    let body = form;
    let seen: Seen | undefined;
    for (let hop = 0; next !== null && hop < 12; hop += 1) {
      seen = await this.#ask(next, body);
      body = undefined;
      const { location } = seen.headers;
      next = seen.status >= 300 && seen.status < 400 && location ? new URL(location, seen.url).href : null;
    }
    return seen!;
  }

  async json(path: string, init: { method?: string; body?: object; page?: boolean } = {}) {
    const { method = 'GET', body, page = true } = init;
    const headers = {
      ...(page && { 'x-pawl-request': 'ui', origin, 'sec-fetch-site': 'same-origin' }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const seen = await this.#send(`${origin}/tools${path}`, method, headers, body && JSON.stringify(body));
    return {
      status: seen.status,
      json: seen.text === '' ? null : JSON.parse(seen.text),
      headers: seen.headers,
    };
  }

  #ask(url: string, form?: Record<string, string>): Promise<Seen> {
    if (!form) return this.#send(url, 'GET', {});
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.#send(url, 'POST', headers, String(new URLSearchParams(form)));
  }

  #send(url: string, method: string, headers: object, body?: string): Promise<Seen> {
    const at = new URL(url);
    const kept = this.cookies.get(at.origin) ?? new Map<string, string>();
    this.cookies.set(at.origin, kept);
    const cookie = [...kept].map(pair => pair.join('=')).join('; ');
    const ca = `${authority.certificate}\n${provider.ca}`;
    const sent = {
      ...headers,
      ...(cookie && { cookie }),
      ...(body && { 'content-length': Buffer.byteLength(body) }),
    };
    return new Promise((resolve, reject) => {
      const asking = request(at, { method, ca, headers: sent, agent: false }, async response => {
        let text = '';
        for await (const chunk of response) text += String(chunk);
        for (const line of response.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line)!;
          if (value === '' || /max-age=0|expires=thu, 01 jan 1970/i.test(line)) kept.delete(name);
          else kept.set(name, value);
        }
        resolve({ url, status: response.statusCode ?? 0, headers: response.headers, text });
      });
      asking.on('error', reject);
      asking.end(body);
    });
  }

  /** Signs in at the provider's own pages. */
  async signIn(login: string, back = '/tools/ui/configs/payments/a.yaml?tab=versions'): Promise<Seen> {
    const start = `${origin}/tools/ui/session/oidc/start?return=${encodeURIComponent(back)}`;
    let seen = await this.go(start);
    for (let page = 0; page < 4 && seen.url.startsWith(issuer); page += 1) {
      const action = /action="([^"]+)"/.exec(seen.text)?.[1] ?? '';
      const prompt = /name="prompt" value="([^"]+)"/.exec(seen.text)?.[1] ?? '';
      seen = await this.go(new URL(action, seen.url).href, { prompt, login, password: 'any' });
    }
    return seen;
  }
}

const sessionOf = async (browser: Browser) => (await browser.json('/ui/session')).json;

describe('somebody known to the provider only', () => {
  it('signs in, is back where they were, and has the rights that RBAC gives that user and those groups', async () => {
    provider.groupsOf.set('ada', ['editors', 'system:masters']);
    const browser = new Browser();
    expect(await sessionOf(browser)).toMatchObject({
      user: null,
      signIn: ['oidc', 'token'],
      apiBase: '/tools/',
    });
    const back = await browser.signIn('ada');
    expect(back.url).toBe(`${origin}/tools/ui/configs/payments/a.yaml?tab=versions`);
    const session = await sessionOf(browser);
    expect(session.user).toEqual({
      name: 'oidc:ada',
      groups: ['oidc:editors', 'oidc:system:masters', 'system:authenticated'],
    });
    expect(Date.parse(session.expiresAt)).toBeGreaterThan(Date.now() + 3_000_000);
    expect((await browser.json('/config')).status).toBe(403);
    const groups = ['oidc:editors', 'oidc:system:masters', 'system:authenticated'];
    expect(asked.at(-1)).toEqual({ name: 'oidc:ada', uid: '', groups, extra: {} });
    allowed = true;
    await until('the right is known', 10_000, async () => (await browser.json('/config')).status === 200);
    const saved = await browser.json('/config', { method: 'PUT' });
    expect(saved).toMatchObject({ status: 200, json: { actor: 'oidc:ada' } });
    const forged = await browser.json('/config', { method: 'PUT', page: false });
    expect(forged.status).toBe(403);
    expect((await browser.json('/ui/session', { method: 'DELETE' })).status).toBe(204);
    expect((await sessionOf(browser)).user).toBeNull();
  });

  it('stays signed in by refreshing, with the groups of now, until the provider says no', async () => {
    provider.groupsOf.set('bob', ['editors']);
    provider.setTokenSeconds(1);
    try {
      const browser = new Browser();
      await browser.signIn('bob');
      provider.groupsOf.set('bob', ['readers']);
      await until('the groups are those of now', 20_000, async () => {
        const { user } = await sessionOf(browser);
        return user.groups.includes('oidc:readers');
      });
      // Several requests at once, and each is answered.
      const answers = await Promise.all(Array.from({ length: 8 }, () => browser.json('/ui/session')));
      for (const { json } of answers) expect(json.user).toMatchObject({ name: 'oidc:bob' });
      provider.groupsOf.delete('bob');
      await until('the session has ended', 20_000, async () => (await sessionOf(browser)).user === null);
      const refused = await browser.json('/config');
      expect(refused).toMatchObject({ status: 401, json: { reason: 'Unauthenticated' } });
    } finally {
      provider.setTokenSeconds(600);
    }
  });
});

describe('nobody is let in', () => {
  it('by an answer that another browser asked for, an old one, or a made-up one', async () => {
    const [victim, attacker] = [new Browser(), new Browser()];
    const left = await attacker.go(`${origin}/tools/ui/session/oidc/start`);
    expect(left.url.startsWith(issuer)).toBe(true);
    for (const query of ['', 'code=abc&state=def', 'error=access_denied&state=def', 'code=abc&code=def']) {
      const back = await victim.go(`${origin}/tools/ui/session/oidc/callback?${query}`);
      expect(back.url).toBe(`${origin}/tools/ui/?sign_in=expired`);
      const own = await attacker.go(`${origin}/tools/ui/session/oidc/callback?${query}`);
      expect(own.url).toMatch(/\/tools\/ui\/\?sign_in=(failed|expired)$/);
    }
    for (const browser of [victim, attacker]) expect((await sessionOf(browser)).user).toBeNull();
  });
});

describe('the way back', () => {
  const base = baseOf('https://example.com/tools')!;
  it.each(['/tools/ui/configs/a?x=1#y', '/tools/ui/'])('may be %s', back =>
    expect(backTo(back, base)).toBe(back),
  );
  it.each([
    'https://evil.example/',
    '//evil.example/tools/ui/',
    '/\\evil.example/tools/ui/',
    '/tools/ui/../../x',
    '/ui/',
    '',
    undefined,
    ['/tools/ui/'],
  ])('is the page’s start and not %s', back => expect(backTo(back, base)).toBe('/tools/ui/'));
});

describe('what the provider’s word makes of somebody', () => {
  const settings: OidcSettings = {
    ...{ issuer: 'https://login', clientId: 'pawl', clientSecret: null, ca: null, scopes: 'openid' },
    ...{ usernameClaim: 'sub', usernamePrefix: null, groupsClaim: 'groups', groupsPrefix: '' },
  };
  it.each([
    ['the issuer before a name that is its own', {}, { sub: 'ada' }, 'https://login#ada'],
    [
      'nothing before an address',
      { usernameClaim: 'email' },
      { email: 'a@b.c', email_verified: true },
      'a@b.c',
    ],
    ['nothing where nothing is wanted', { usernamePrefix: '-' }, { sub: 'ada' }, 'ada'],
  ])('%s', (_, some, claims, name) => expect(whoBy({ ...settings, ...some }, claims).name).toBe(name));

  it('never a user or a group of Kubernetes’ own', () => {
    expect(() => whoBy({ ...settings, usernamePrefix: '-' }, { sub: 'system:admin' })).toThrow(/Kubernetes/);
    const { groups } = whoBy(settings, { sub: 'ada', groups: ['system:masters', 'devs', 7, null, ''] });
    expect(groups).toEqual(['devs', 'system:authenticated']);
    expect(whoBy(settings, { sub: 'ada', groups: 'one' }).groups).toEqual(['one', 'system:authenticated']);
    expect(whoBy({ ...settings, groupsClaim: null }, { sub: 'ada', groups: ['devs'] }).groups).toHaveLength(
      1,
    );
  });

  it.each([
    ['no name', { sub: 7 }, {}],
    [
      'an address that is not verified',
      { email: 'a@b.c', email_verified: false },
      { usernameClaim: 'email' },
    ],
    ['an address verified in words', { email: 'a@b.c', email_verified: 'false' }, { usernameClaim: 'email' }],
  ])('nobody, with %s', (_, claims, some) => {
    expect(() => whoBy({ ...settings, ...some }, claims)).toThrow();
  });
});
