/**
 * The programs in the chart's own pods, as they stand in the chart: what `helm test` takes for ready, and what stops the
 * operator before its account and its rights go. Each runs here by itself; of a pod it gets the environment.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderChart } from '../../local/helm.ts';
import {
  adminKubectl,
  type ChartServiceAccount,
  chartServiceAccount,
  type Manifest,
  manifestsOf,
} from '../setup/chart.ts';
import { until } from '../setup/until.ts';

const values = { database: { existingSecret: { name: 'unused' } } };

interface Container {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

interface Ended {
  readonly status: number | null;
  readonly said: string;
}

/** @param before what the program finds done when it begins @param said what it has printed so far */
function run(
  { command, args, env }: Container,
  others: Record<string, string>,
  before: string,
  said: (text: string) => void = () => {},
): Promise<Ended> {
  const [program, ...flags] = command;
  expect(program).toBe('node');
  const preload = `data:text/javascript,${encodeURIComponent(before)}`;
  const child = spawn(process.execPath, ['--import', preload, ...flags, ...args], {
    env: { ...Object.fromEntries(env.map(({ name, value }) => [name, value])), ...others },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', data => {
      text += data;
      said(text);
    });
  return new Promise(resolve => child.on('close', status => resolve({ status, said: text })));
}

describe('helm test', () => {
  const container = async () => {
    const rendered = await renderChart({ values, only: ['templates/tests/ready.yaml'] });
    const [pod] = manifestsOf(rendered) as (Manifest & { spec: { containers: Container[] } })[];
    return pod!.spec.containers[0]!;
  };
  // A third of the time it has passes between two looks at the clock.
  const hurried = 'let looks = 0; const now = Date.now; Date.now = () => now() + 20_000 * looks++;';

  /** Answers with these statuses, the last for ever. */
  async function served<T>(statuses: number[], use: (url: string) => Promise<T>): Promise<T> {
    const server = createServer((_, answer) => {
      answer.statusCode = statuses.length > 1 ? statuses.shift()! : statuses[0]!;
      answer.end('said');
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    try {
      return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/readyz`);
    } finally {
      server.close();
    }
  }

  it('passes as soon as a replica says that it is ready', async () => {
    const { status, said } = await served([503, 200], async READYZ => run(await container(), { READYZ }, ''));
    expect(status).toBe(0);
    expect(said).toMatch(/: 503 said\n.*: 200 said\n$/);
  });

  it.each([
    ['says that it is not ready', [503]],
    ['knows nothing of being ready', [404]],
  ])('fails where a replica %s', async (_, statuses) => {
    const { status } = await served(statuses, async READYZ => run(await container(), { READYZ }, hurried));
    expect(status).toBe(1);
  });

  it('fails where nobody answers', async () => {
    const READYZ = await served([200], async url => url);
    const { status, said } = await run(await container(), { READYZ }, hurried);
    expect(status).toBe(1);
    expect(said).toContain('ECONNREFUSED');
  });
});

describe('before the release goes', () => {
  let account: ChartServiceAccount;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pawl-hooks-'));
  });
  afterAll(async () => {
    await account?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('the operator is stopped: no replica is wanted, and none is left', async () => {
    const admin = await adminKubectl();
    account = await chartServiceAccount();
    const { namespace } = account;
    const hooks = manifestsOf(await renderChart({ namespace, values, only: ['templates/uninstall.yaml'] }));
    const rights = hooks.filter(({ kind }) => kind !== 'Job').map(each => JSON.stringify(each));
    const job = hooks.find(({ kind }) => kind === 'Job') as unknown as {
      spec: { template: { spec: { containers: Container[] } } };
    };
    const [stop] = job.spec.template.spec.containers;

    const labels = {
      'app.kubernetes.io/name': 'pawl',
      'app.kubernetes.io/instance': 'pawl',
      'app.kubernetes.io/component': 'operator',
    };
    const spec = { containers: [{ name: 'operator', image: 'registry.k8s.io/pause:3.10' }] };
    const podOf = (name: string, others: object = {}) =>
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Pod', spec },
        metadata: { name, namespace, labels: { ...labels, ...others } },
      });
    const template = { metadata: { labels }, spec };
    const deployment = JSON.stringify({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'pawl', namespace } },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    });
    const pods = [podOf('one'), podOf('two'), podOf('other', { 'app.kubernetes.io/instance': 'another' })];
    // No controller of Deployments runs here: the pods go when the test lets them.
    const about = await inPod(account);

    const denied = await run(stop!, about.env, about.before);
    expect(denied).toMatchObject({ status: 0, said: expect.stringContaining(': 403 ') });

    await admin(['apply', '-f', '-'], { input: [...rights, ...pods, deployment].join('\n---\n') });
    await until('the rights', 30_000, () =>
      admin(['auth', 'can-i', 'patch', 'deployments.apps/pawl', '--subresource=scale', '-n', namespace], {
        kubeconfig: account.kubeconfig,
      }).then(
        () => true,
        () => false,
      ),
    );
    let left = 2;
    const { status, said } = await run(stop!, about.env, about.before, text => {
      if (left === 2 && text.includes('2 replicas are left')) void goes('one');
      if (left === 1 && text.includes('1 replicas are left')) void goes('two');
    });
    function goes(pod: string) {
      left -= 1;
      return admin(['delete', 'pod', pod, '-n', namespace, '--wait=false', '--grace-period=0', '--force']);
    }
    expect({ status, said }).toEqual({
      status: 0,
      said: expect.stringMatching(/^(2 replicas are left\n)+(1 replicas are left\n)+0 replicas are left\n$/),
    });
    const wanted = ['get', 'deployment', 'pawl', '-n', namespace, '-o', 'jsonpath={.spec.replicas}'];
    expect((await admin(wanted)).stdout).toBe('0');
  });

  /** What a pod of this account finds. */
  async function inPod({ kubeconfig }: ChartServiceAccount) {
    const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
      users: { user: { token: string } }[];
    };
    const { server, 'certificate-authority-data': ca } = clusters[0]!.cluster;
    const { hostname, port } = new URL(server);
    const authority = join(folder, 'ca.crt');
    await writeFile(authority, Buffer.from(ca, 'base64'));
    const env = {
      ...{ KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
      NODE_EXTRA_CA_CERTS: authority,
    };
    const token = JSON.stringify(users[0]!.user.token);
    const before = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module'; const read = fs.readFileSync; fs.readFileSync = (path, ...more) => path === '/var/run/secrets/kubernetes.io/serviceaccount/token' ? ${token} : read(path, ...more); syncBuiltinESMExports();`;
    return { env, before };
  }
});
