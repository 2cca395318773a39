/**
 * The chart's own ServiceAccount on the test API server: what Helm renders of account and rights is applied as it
 * is, and a kubeconfig with a token of that account comes back. Whatever runs with it has the rights that users
 * give it, and no others.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { findBinaries } from '../../local/binaries.ts';
import { renderChart } from '../../local/helm.ts';
import { type Kubectl, KubectlError, runKubectl } from '../../local/kubectl.ts';
import { until } from './until.ts';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** The objects of a text that Helm rendered. */
export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map(document => document.toJS() as Manifest | null)
    .filter(manifest => manifest !== null);
}

/** kubectl as the administrator of the run's API server. */
export async function adminKubectl(kubeconfig = inject('kubeconfig')): Promise<Kubectl> {
  const { kubectl } = await findBinaries(['kubectl']);
  return (args, options) => runKubectl(kubectl, kubeconfig, args, options);
}

export interface ChartServiceAccount extends AsyncDisposable {
  /** Path of a kubeconfig with its token; for KUBECONFIG of the operator. */
  readonly kubeconfig: string;
  /** `system:serviceaccount:NAMESPACE:NAME`. */
  readonly user: string;
  /** The release's namespace: where its Lease is. Made here, and deleted with this. */
  readonly namespace: string;
  /** The only Lease it may read and renew. */
  readonly leaseName: string;
  /** Applies the rights once more, as an upgrade does. */
  grantAgain(): Promise<void>;
}

export interface ChartServiceAccountOptions {
  /** Values of the chart, such as `{watch: {namespaces: [...]}}`; those namespaces have to exist. */
  values?: object;
  /** Path of the administrator's kubeconfig. Default: of the run's API server. */
  kubeconfig?: string;
  /** Default: pawl. */
  release?: string;
}

/** Needs the `cluster` project of vitest.config.ts, unless a kubeconfig is given. */
export async function chartServiceAccount(
  options: ChartServiceAccountOptions = {},
): Promise<ChartServiceAccount> {
  const admin = options.kubeconfig ?? inject('kubeconfig');
  const kubectl = await adminKubectl(admin);
  const namespace = `chart-${randomBytes(4).toString('hex')}`;
  const rendered = await renderChart({
    release: options.release ?? 'pawl',
    namespace,
    // Helm renders the whole chart, also where it shows a part of it.
    values: { database: { existingSecret: { name: 'unused' } }, ...options.values },
    only: ['templates/serviceaccount.yaml', 'templates/rbac.yaml', 'templates/confine.yaml'],
  });
  const manifests = manifestsOf(rendered);
  const name = manifests.find(({ kind }) => kind === 'ServiceAccount')!.metadata.name;
  const user = `system:serviceaccount:${namespace}:${name}`;
  await kubectl(['create', 'namespace', namespace]);
  const folder = await mkdtemp(join(tmpdir(), 'pawl-chart-'));
  const dispose = async () => {
    await kubectl(['delete', '--ignore-not-found', '--wait=false', '-f', '-'], { input: rendered });
    await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await kubectl(['apply', '--server-side', '-f', '-'], { input: rendered });
    const { stdout } = await kubectl(['create', 'token', name, '--namespace', namespace, '--duration=12h']);
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, await withToken(admin, user, stdout.trim()), { mode: 0o600 });
    // RBAC is in force a moment after it was written, role by role, not at once.
    for (const role of manifests.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')) {
      await until(`the rights of ${user}`, 30_000, () => isInForce(kubectl, kubeconfig, role));
    }
    return {
      kubeconfig,
      user,
      namespace,
      leaseName: leaseOf(manifests),
      grantAgain: async () =>
        void (await kubectl(['apply', '--server-side', '-f', '-'], { input: rendered })),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose().catch(() => {});
    throw error;
  }
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** As `kubectl auth can-i`, asked by the account itself, of the last thing the role allows. */
async function isInForce(kubectl: Kubectl, kubeconfig: string, role: Manifest): Promise<boolean> {
  const rule = (role.rules as Rule[]).at(-1)!;
  const group = rule.apiGroups[0] ? `.${rule.apiGroups[0]}` : '';
  const name = rule.resourceNames ? `/${rule.resourceNames[0]}` : '';
  const where = role.metadata.namespace ? ['--namespace', role.metadata.namespace] : [];
  try {
    const question = [rule.verbs[0]!, `${rule.resources[0]}${group}${name}`];
    await kubectl(['auth', 'can-i', ...question, ...where], { kubeconfig });
    return true;
  } catch (error) {
    if (error instanceof KubectlError && error.stdout.trim() === 'no') return false;
    throw error;
  }
}

function leaseOf(manifests: readonly Manifest[]): string {
  const rules = manifests.filter(({ kind }) => kind === 'Role').flatMap(({ rules }) => rules as Rule[]);
  return (
    rules.find(rule => rule.resources.includes('leases') && rule.resourceNames)?.resourceNames?.[0] ?? ''
  );
}

/** The administrator's way to the API server, with this token instead of his credentials. */
async function withToken(admin: string, user: string, token: string): Promise<string> {
  const config = parse(await readFile(admin, 'utf8')) as {
    contexts: { name: string; context: { cluster: string } }[];
    'current-context': string;
  };
  const current = config.contexts.find(({ name }) => name === config['current-context'])!;
  return JSON.stringify({
    ...config,
    users: [{ name: user, user: { token } }],
    contexts: [{ name: user, context: { cluster: current.context.cluster, user } }],
    'current-context': user,
  });
}
