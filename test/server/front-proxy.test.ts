/** Whom the aggregated API believes: the front proxy's certificate, and nothing that is only said. */
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, type Identity } from '../../local/x509.ts';
import { findAccess } from '../../operator/kube/find-access.ts';
import { readFrontProxy } from '../../operator/kube/front-proxy.ts';
import { openSession } from '../../operator/kube/session.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { FrontProxy } from '../../server/aggregated/front-proxy.ts';
import { type Api, startApi } from '../setup/api.ts';
import { chartServiceAccount } from '../setup/chart.ts';
import { until } from '../setup/until.ts';

const authority = createAuthority('front-proxy');
const proxy = authority.issue({ commonName: 'front-proxy-client' }, 'client');
const asUser = { 'x-remote-user': 'ada', 'x-remote-group': 'system:authenticated' };
const root = '/apis/store.pawl.dev/v1alpha1';

let facts: FrontProxy | null;
let api: Api;
let paths: string[];

function withChain({ certificate, key }: Identity): Identity {
  return { certificate: certificate + authority.certificate, key };
}

const trusted = (extra: Partial<FrontProxy> = {}): FrontProxy => ({
  authority: authority.certificate,
  names: ['front-proxy-client'],
  ...{ userHeaders: ['x-remote-user'], uidHeaders: ['x-remote-uid'], groupHeaders: ['x-remote-group'] },
  extraPrefixes: ['x-remote-extra-'],
  ...extra,
});

beforeAll(async () => {
  facts = trusted();
  api = await startApi({ frontProxy: async () => facts, certificatesMs: 50 });
  await api.ask(`/configs/${api.namespace}/a`, { method: 'PUT', body: { body_raw: 'n: 1\n' } });
  const configs = `${root}/namespaces/${api.namespace}/configs`;
  paths = [
    '/apis',
    root,
    '/openapi/v3',
    `/openapi/v3${root}`,
    configs,
    `${configs}/a`,
    `${root}/rest/v1/proxy/namespaces`,
  ];
});
afterAll(() => api?.[Symbol.asyncDispose]());

interface Knock {
  readonly identity?: Identity | undefined;
  readonly headers?: Record<string, string | string[]>;
}

function knock(
  path: string,
  { identity, headers = asUser }: Knock = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        ...{ host: '127.0.0.1', port: api.server.port, ca: api.ca, path, headers, agent: false },
        ...(identity && { cert: identity.certificate, key: identity.key }),
      },
      response => {
        const chunks: Buffer[] = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      },
    );
    asking.on('error', reject);
    asking.end();
  });
}

const statuses = async (asked: Knock) => {
  const answers = await Promise.all(paths.map(path => knock(path, asked)));
  return [...new Set(answers.map(({ status }) => status))];
};

describe('a name in a header', () => {
  it('is believed of the front proxy', async () => {
    expect(await statuses({ identity: proxy })).toEqual([200]);
  });

  it.each<[string, Identity | undefined]>([
    ['without a certificate', undefined],
    [
      'with one of another authority',
      createAuthority('front-proxy').issue({ commonName: 'front-proxy-client' }, 'client'),
    ],
    [
      'with one of another authority, which shows the right one’s certificate, too',
      withChain(createAuthority('front-proxy').issue({ commonName: 'front-proxy-client' }, 'client')),
    ],
    ['with one of another name', authority.issue({ commonName: 'kubelet' }, 'client')],
    [
      'with one that is not for clients',
      authority.issue({ commonName: 'front-proxy-client' }, 'server', ['a']),
    ],
    ['with the authority’s own', { certificate: authority.certificate, key: authority.key }],
  ])('counts for nothing %s', async (_, identity) => {
    expect(await statuses({ identity })).toEqual([401]);
  });

  it('is needed also of the front proxy', async () => {
    expect(await statuses({ identity: proxy, headers: {} })).toEqual([401]);
  });

  it('does not help whoever has a token of his own', async () => {
    const token = await api.person([], api.namespace);
    const headers = { ...asUser, 'x-remote-group': 'system:masters', authorization: `Bearer ${token}` };
    const { status } = await knock(`${root}/namespaces/${api.namespace}/configs`, { headers });
    expect(status).toBe(403);
  });

  it('is not believed on the paths of the HTTP API, also with the certificate', async () => {
    expect((await knock('/namespaces', { identity: proxy })).status).toBe(401);
  });
});

describe('with a token instead', () => {
  it('one sees what one may', async () => {
    const token = await api.person([{ verbs: ['get'], resourceNames: ['a'] }]);
    const headers = { authorization: `Bearer ${token}` };
    const configs = `${root}/namespaces/${api.namespace}/configs`;
    const seen = await Promise.all(
      [
        `${configs}/a`,
        `${configs}?fieldSelector=path%3Da`,
        `${root}/namespaces/${api.namespace}/configrevisions/a@1`,
        configs,
        `${configs}?fieldSelector=path%3Db`,
        `${root}/configs`,
      ].map(async path => (await knock(path, { headers })).status),
    );
    expect(seen).toEqual([200, 200, 200, 403, 403, 403]);
  });
});

describe('what the API server says of its front proxy', () => {
  it('is read with the rights of the chart’s account', async () => {
    await using account = await chartServiceAccount({ values: { server: { enabled: true } } });
    const access = await findAccess({ kubeconfig: account.kubeconfig });
    const session = await openSession({ access, clock: systemClock, userAgent: 'pawl-test' });
    const read = await until('the role is in force', 60_000, () =>
      readFrontProxy(session, AbortSignal.timeout(30_000)),
    );
    await session.close();
    expect(read).toMatchObject({ names: ['front-proxy-client'], userHeaders: ['x-remote-user'] });
    expect(read.authority).toContain('BEGIN CERTIFICATE');
  });

  it('is followed: a new authority counts from then on, the old one no more', async () => {
    const next = createAuthority('next');
    const nextProxy = next.issue({ commonName: 'front-proxy-client' }, 'client');
    expect(await statuses({ identity: nextProxy })).toEqual([401]);
    facts = trusted({ authority: authority.certificate + next.certificate });
    await until('both count', 10_000, async () => {
      return (
        [await statuses({ identity: proxy }), await statuses({ identity: nextProxy })].flat().join() ===
        '200,200'
      );
    });
    facts = trusted({ authority: next.certificate });
    await until('only the new one counts', 10_000, async () => {
      return (
        [await statuses({ identity: proxy }), await statuses({ identity: nextProxy })].flat().join() ===
        '401,200'
      );
    });
    facts = trusted();
    await until('as before', 10_000, async () => (await statuses({ identity: proxy })).join() === '200');
  });

  it('takes back what open connections were believed for', async () => {
    const { Agent } = await import('node:https');
    const agent = new Agent({
      keepAlive: true,
      maxSockets: 1,
      ca: api.ca,
      cert: proxy.certificate,
      key: proxy.key,
    });
    const sockets = new Set<unknown>();
    const ask = () =>
      new Promise<number>((resolve, reject) => {
        const asking = request({
          host: '127.0.0.1',
          port: api.server.port,
          agent,
          path: root,
          headers: asUser,
        });
        asking.on('response', response => {
          sockets.add(asking.socket);
          response.resume().on('end', () => resolve(response.statusCode ?? 0));
        });
        asking.on('error', reject);
        asking.end();
      });
    expect([await ask(), await ask()]).toEqual([200, 200]);
    facts = trusted({ authority: createAuthority('other').certificate });
    await until('it is not believed any more', 10_000, async () => (await ask()) === 401);
    expect(sockets.size).toBe(1);
    agent.destroy();
    facts = trusted();
    await until('as before', 10_000, async () => (await statuses({ identity: proxy })).join() === '200');
  });

  it('may name nobody: then any name of the authority counts', async () => {
    facts = trusted({ names: [] });
    const anybody = authority.issue({ commonName: 'anybody' }, 'client');
    await until(
      'any name counts',
      10_000,
      async () => (await statuses({ identity: anybody })).join() === '200',
    );
    facts = trusted();
    await until('as before', 10_000, async () => (await statuses({ identity: anybody })).join() === '401');
  });

  it('may be that it forwards nobody', async () => {
    facts = null;
    await until('nobody counts', 10_000, async () => (await statuses({ identity: proxy })).join() === '401');
    facts = trusted();
    await until('as before', 10_000, async () => (await statuses({ identity: proxy })).join() === '200');
  });
});
