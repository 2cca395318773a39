/** The ways to the server: which is taken, with whose credentials, and what they are never given to. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AccessOptions, aggregatedPrefix, openKubernetes, openPawl } from '../../cli/access.ts';
import { httpTransport } from '../../cli/transport.ts';
import { type HttpsServer, startHttpsServer } from './https-server.ts';

const signal = new AbortController().signal;
const start = () => startHttpsServer(() => ({ body: { items: [] } }));
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Asks for the namespaces the way a command would. */
async function ask(options: AccessOptions, env: Record<string, string>) {
  const transport = await openPawl(options, { env, userAgent: 'test', interactive: false });
  try {
    return await transport.request({ method: 'GET', path: '/namespaces', signal });
  } finally {
    transport.close();
  }
}

function kubeconfig(
  server: HttpsServer,
  user: unknown,
  name = 'config',
  more: Record<string, unknown> = {},
): string {
  const path = join(server.folder, name);
  const cluster = { server: server.url, 'certificate-authority': 'ca.crt', ...more };
  writeFileSync(
    path,
    JSON.stringify({
      'current-context': 'here',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'payments' } }],
    }),
  );
  return path;
}

test('the kubeconfig leads to the API behind the aggregated one, with a client certificate', async () => {
  await using server = await start();
  const { certificate, key } = server.client;
  const path = kubeconfig(server, {
    'client-certificate-data': base64(certificate),
    'client-key-data': base64(key),
  });
  expect((await ask({}, { KUBECONFIG: path })).status).toBe(200);
  expect(server.asked[0]).toMatchObject({
    url: `${aggregatedPrefix}/namespaces`,
    commonName: 'ada',
  });
  const kubernetes = await openKubernetes(
    { kubeconfig: path },
    { env: {}, userAgent: 'test', interactive: false },
  );
  expect(kubernetes.namespace).toBe('payments');
});

test.each<[string, unknown, string]>([
  ['a token', { token: 't1' }, 'Bearer t1'],
  ['a file with a token', { tokenFile: 'token' }, 'Bearer t2'],
  ['a name and a password', { username: 'ada', password: 'p' }, `Basic ${base64('ada:p')}`],
  [
    'a credential plugin',
    {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: './bin/plugin',
        args: ['t3'],
        interactiveMode: 'IfAvailable',
      },
    },
    'Bearer t3',
  ],
])('%s of the kubeconfig is sent', async (_, user, authorization) => {
  await using server = await start();
  writeFileSync(join(server.folder, 'token'), 't2\n');
  const bin = join(server.folder, 'bin');
  const plugin = join(bin, 'plugin');
  mkdirSync(bin);
  writeFileSync(
    plugin,
    `#!/bin/sh\ncase "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) echo "{\\"status\\": {\\"token\\": \\"$1\\"}}";; esac\n`,
  );
  chmodSync(plugin, 0o755);
  await ask({ kubeconfig: kubeconfig(server, user) }, { PATH: process.env.PATH ?? '' });
  expect(server.asked[0]?.headers.authorization).toBe(authorization);
});

test('the token of a legacy auth-provider is sent', async () => {
  await using server = await start();
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'none' })}.${part({ exp: 4_102_444_800 })}.x`;
  const config = { 'client-id': 'c', 'idp-issuer-url': server.url, 'id-token': token, 'refresh-token': 'r' };
  const user = { 'auth-provider': { name: 'oidc', config } };
  await ask({ kubeconfig: kubeconfig(server, user) }, {});
  expect(server.asked[0]?.headers.authorization).toBe(`Bearer ${token}`);
});

test('of several kubeconfigs the first that names a thing wins; --context chooses', async () => {
  await using server = await start();
  const one = kubeconfig(server, { token: 'one' }, 'one');
  const two = kubeconfig(server, { token: 'two' }, 'two');
  await ask({}, { KUBECONFIG: `${one}:${join(server.folder, 'none')}:${two}` });
  expect(server.asked[0]?.headers.authorization).toBe('Bearer one');
  await expect(ask({ context: 'there' }, { KUBECONFIG: one })).rejects.toThrow(
    'no context there; there are: here',
  );
});

test('a plugin that fails, is not there, or prints something else is named', async () => {
  await using server = await start();
  const exec = (command: string) =>
    kubeconfig(server, {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command, installHint: 'get it from there' },
    });
  const env = { PATH: process.env.PATH ?? '' };
  await expect(ask({ kubeconfig: exec('false') }, env)).rejects.toThrow(
    'the credential plugin false failed (exit 1)',
  );
  await expect(ask({ kubeconfig: exec('pawl-no-such-plugin') }, env)).rejects.toThrow(
    'is not installed\nget it from there',
  );
  await expect(ask({ kubeconfig: exec('true') }, env)).rejects.toThrow('did not print a credential');
});

test('PAWL_TOKEN goes to PAWL_SERVER only, and never in clear text to another machine', async () => {
  await using server = await start();
  const env = { PAWL_SERVER: 'https://elsewhere.example', PAWL_CA: '/none', PAWL_TOKEN: 'secret' };
  await ask({ server: server.url, ca: server.ca }, env);
  expect(server.asked[0]?.headers.authorization).toBeUndefined();
  await expect(ask({}, { PAWL_SERVER: 'http://pawl.example', PAWL_TOKEN: 'secret' })).rejects.toThrow(
    'is not encrypted',
  );
});

test('a certificate nobody vouches for, and a name that is not there, are said so at once', async () => {
  await using server = await start();
  await expect(ask({ server: server.url }, {})).rejects.toThrow(/is not trusted.*--ca FILE/);
  expect(server.asked).toEqual([]);
  await expect(ask({}, { HOME: server.folder })).rejects.toThrow('there is no kubeconfig at');
  await expect(ask({ server: 'pawl' }, {})).rejects.toThrow('is not a URL');
});

test('credentials that were good and are refused are asked for anew, once; those that never were good are not', async () => {
  await using server = await startHttpsServer((asked, nth) =>
    asked.headers.authorization === 'Bearer 1' && nth > 2 ? { status: 401 } : { body: { nth } },
  );
  let given = 0;
  const open = (credentials: () => Promise<{ headers: Record<string, string>; tls: object }>) =>
    httpTransport({ base: new URL(server.url), name: 'test', credentials, proxyEnv: {}, userAgent: 'test' });
  const tls = { ca: server.caPem };
  const transport = open(async () => ({ headers: { authorization: `Bearer ${++given}` }, tls }));
  const ask = () => transport.request({ method: 'GET', path: '/', signal });
  for (let nth = 1; nth <= 2; nth++) expect((await ask()).status).toBe(200);
  // They expire while three calls are under way.
  expect((await Promise.all([ask(), ask(), ask()])).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(given).toBe(2);
  transport.close();

  const stale = open(async () => ({ headers: { authorization: 'Bearer 1' }, tls }));
  const before = server.asked.length;
  expect((await stale.request({ method: 'GET', path: '/', signal })).status).toBe(401);
  expect(server.asked.length).toBe(before + 1);
  stale.close();

  let tries = 0;
  const login = open(async () => {
    tries += 1;
    if (tries === 1) throw new Error('log in first');
    return { headers: {}, tls };
  });
  await expect(login.request({ method: 'GET', path: '/', signal })).rejects.toThrow('log in first');
  expect((await login.request({ method: 'GET', path: '/', signal })).status).toBe(200);
  login.close();
});
