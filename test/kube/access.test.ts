import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findAccess } from '../../operator/kube/find-access.ts';
import { inClusterAccess } from '../../operator/kube/in-cluster.ts';
import { kubeconfigAccess } from '../../operator/kube/kubeconfig.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pawl-access-'));
});

afterEach(() => rm(folder, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function kubeconfig(user: object, cluster: object = {}): Promise<string> {
  const path = join(folder, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    contexts: [
      { name: 'one', context: { cluster: 'c', user: 'u' } },
      { name: 'two', context: { cluster: 'other', user: 'u' } },
    ],
    clusters: [
      {
        name: 'c',
        cluster: { server: 'https://one:6443', 'certificate-authority-data': base64('CA'), ...cluster },
      },
      { name: 'other', cluster: { server: 'https://two:6443' } },
    ],
    users: [{ name: 'u', user }],
  };
  // JSON is YAML.
  await writeFile(path, JSON.stringify(config));
  return path;
}

describe('access by a kubeconfig', () => {
  test('takes server, CA, client certificate, server name and proxy', async () => {
    const path = await kubeconfig(
      { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
      { 'tls-server-name': 'api.example', 'proxy-url': 'http://proxy:3128' },
    );
    const access = await kubeconfigAccess({ path });
    expect([access.server.href, access.proxyUrl]).toEqual(['https://one:6443/', 'http://proxy:3128']);
    const { headers, tls } = await access.credentials();
    expect(headers).toEqual({});
    expect([tls.ca, tls.cert, tls.key].map(String)).toEqual(['CA', 'CERT', 'KEY']);
    expect(tls).toMatchObject({ servername: 'api.example', rejectUnauthorized: undefined });
  });

  test('takes a token, a name with a password, or whom to impersonate', async () => {
    const headers = async (user: object) =>
      (await (await kubeconfigAccess({ path: await kubeconfig(user) })).credentials()).headers;
    expect(await headers({ token: 'secret' })).toEqual({ authorization: 'Bearer secret' });
    expect(await headers({ username: 'ada', password: 'p' })).toEqual({
      authorization: `Basic ${base64('ada:p')}`,
    });
    expect(await headers({ token: 't', as: 'bob' })).toEqual({
      authorization: 'Bearer t',
      'impersonate-user': 'bob',
    });
  });

  test('runs an exec plugin', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-plugin' },
    };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'echo',
      args: [JSON.stringify(credential)],
    };
    const access = await kubeconfigAccess({ path: await kubeconfig({ exec }) });
    expect((await access.credentials()).headers).toEqual({ authorization: 'Bearer from-plugin' });
  });

  test('follows a rewritten file', async () => {
    const access = await kubeconfigAccess({ path: await kubeconfig({ token: 'old' }) });
    await kubeconfig({ token: 'renewed' });
    expect((await access.credentials()).headers).toEqual({ authorization: 'Bearer renewed' });
    await rm(join(folder, 'config'));
    expect((await access.credentials()).headers).toEqual({ authorization: 'Bearer renewed' });
  });

  test('takes the context asked for, and says which one there is not', async () => {
    const path = await kubeconfig({ token: 't' });
    expect((await kubeconfigAccess({ path, context: 'two' })).server.hostname).toBe('two');
    await expect(kubeconfigAccess({ path, context: 'three' })).rejects.toMatchObject({
      reason: 'NoAccess',
      message: expect.stringContaining('no context "three"'),
    });
  });

  test('says that the file is missing or no kubeconfig', async () => {
    await expect(kubeconfigAccess({ path: join(folder, 'none') })).rejects.toMatchObject({
      reason: 'NoAccess',
    });
    await writeFile(join(folder, 'bad'), 'a: [');
    await expect(kubeconfigAccess({ path: join(folder, 'bad') })).rejects.toMatchObject({
      reason: 'NoAccess',
    });
    await writeFile(join(folder, 'empty'), '');
    await expect(kubeconfigAccess({ path: join(folder, 'empty') })).rejects.toMatchObject({
      reason: 'NoAccess',
    });
  });
});

describe('access by the service account of a pod', () => {
  test('follows token and CA while the kubelet replaces them', async () => {
    await writeFile(join(folder, 'token'), 'one\n');
    await writeFile(join(folder, 'ca.crt'), 'CA');
    const access = inClusterAccess({ host: 'fd00::1', port: '443', folder });
    expect(access.server.href).toBe('https://[fd00::1]/');
    expect((await access.credentials()).headers).toEqual({ authorization: 'Bearer one' });
    await writeFile(join(folder, 'token'), 'two');
    const { headers, tls } = await access.credentials();
    expect([headers.authorization, String(tls.ca)]).toEqual(['Bearer two', 'CA']);
    await rm(join(folder, 'token'));
    await expect(access.credentials()).rejects.toMatchObject({ reason: 'NoAccess' });
  });
});

test('without a kubeconfig and outside a pod there is no access, and no guess', async () => {
  await expect(findAccess({})).rejects.toMatchObject({
    reason: 'NoAccess',
    message: expect.stringContaining('KUBECONFIG'),
  });
  const access = await findAccess({ serviceHost: '10.0.0.1', servicePort: '443' });
  expect(access.server.href).toBe('https://10.0.0.1/');
});
