/**
 * What the chart's ServiceAccount may do on a real API server with RBAC, in the API server's own words: all of it is
 * on the list here, and nothing else is.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { renderChart } from '../../local/helm.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import { findAccess } from '../../operator/kube/find-access.ts';
import { resourcePath } from '../../operator/kube/resource-path.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import { systemClock } from '../../runtime/clock.ts';
import { adminKubectl, type ChartServiceAccount, chartServiceAccount, manifestsOf } from '../setup/chart.ts';

/** What the cluster gives to everybody who is somebody. */
const everybody = [
  'selfsubjectaccessreviews.authorization.k8s.io create',
  'selfsubjectrulesreviews.authorization.k8s.io create',
  'selfsubjectreviews.authentication.k8s.io create',
];
/** On the objects of the cluster, which cannot be narrowed to namespaces. */
const everywhere = [
  ...['get', 'list', 'watch'].map(verb => `namespaces ${verb}`),
  ...['get', 'list', 'watch', 'patch'].map(verb => `confignamespaces.pawl.dev ${verb}`),
  'confignamespaces.pawl.dev/status patch',
  ...['get', 'list', 'watch'].map(verb => `configschemas.pawl.dev ${verb}`),
  'configschemas.pawl.dev/status patch',
];
/** Where it works. */
const work = [
  ...['get', 'list', 'watch', 'create', 'patch', 'delete'].map(verb => `configmaps ${verb}`),
  ...['get', 'list', 'watch', 'patch'].map(verb => `configversions.pawl.dev ${verb}`),
  ...['get', 'list', 'watch'].map(verb => `configprojections.pawl.dev ${verb}`),
  ...['get', 'list', 'watch'].map(verb => `confignotifiers.pawl.dev ${verb}`),
  'confignotifiers.pawl.dev/status patch',
  'configversions.pawl.dev/status patch',
  'configprojections.pawl.dev/status patch',
  'events.events.k8s.io create',
];

const database = { existingSecret: { name: 'unused' } };

/** One question to RBAC. */
interface Attributes {
  group: string;
  resource: string;
  verb: string;
  namespace?: string;
  name?: string;
}

let kubectl: Kubectl;
let session: Session;
const made: string[] = [];

beforeAll(async () => {
  kubectl = await adminKubectl();
  session = await sessionOf(inject('kubeconfig'));
});

afterAll(async () => {
  if (made.length > 0) await kubectl(['delete', 'namespace', '--wait=false', ...made]);
  await session?.close();
});

describe("the operator's ServiceAccount", () => {
  it('may do in the whole cluster what the operator does, and nothing else', async () => {
    await using account = await chartServiceAccount();
    const allowed = await allowedTo(account, await namespace());
    expect(allowed).toEqual([...everybody, ...everywhere, ...work].sort());
  });

  it('reaches Secrets only where projections may be Secrets', async () => {
    await using account = await chartServiceAccount({ values: { projections: { secrets: true } } });
    const secrets = ['get', 'list', 'watch', 'create', 'patch', 'delete'].map(verb => `secrets ${verb}`);
    const allowed = await allowedTo(account, await namespace());
    expect(allowed).toEqual([...everybody, ...everywhere, ...work, ...secrets].sort());
  });

  it('gets Secrets by name only where notifications may be sent', async () => {
    const values = { notifications: { allowedHosts: ['hooks.example.com'] } };
    await using account = await chartServiceAccount({ values });
    const allowed = await allowedTo(account, await namespace());
    expect(allowed).toEqual([...everybody, ...everywhere, ...work, 'secrets get'].sort());
  });

  it('writes only in its namespaces when it is given some', async () => {
    const [mine, other] = [await namespace(), await namespace()];
    await using account = await chartServiceAccount({ values: { watch: { namespaces: [mine] } } });
    expect(await allowedTo(account, mine)).toEqual([...everybody, ...everywhere, ...work].sort());
    expect(await allowedTo(account, other)).toEqual([...everybody, ...everywhere].sort());
    // Not for all namespaces at once either.
    expect(await may(account.user, { group: '', resource: 'configmaps', verb: 'list' })).toBe(false);
  });

  it('holds its own Lease and no other', async () => {
    await using account = await chartServiceAccount();
    const leases = (await allowedTo(account, account.namespace)).filter(right => right.startsWith('leases'));
    const held = `of ${account.leaseName}`;
    expect(account.leaseName).toBe('pawl');
    expect(leases).toEqual([
      'leases.coordination.k8s.io create',
      `leases.coordination.k8s.io get ${held}`,
      `leases.coordination.k8s.io update ${held}`,
    ]);
    expect((await allowedTo(account, 'kube-system')).filter(right => right.startsWith('leases'))).toEqual([]);
  });

  it('needs no Lease when it does not elect a leader', async () => {
    await using account = await chartServiceAccount({ values: { leaderElection: { enabled: false } } });
    expect(await allowedTo(account, account.namespace)).not.toContainEqual(expect.stringContaining('leases'));
  });

  it('can check callers of the API only where the API is served', async () => {
    await using account = await chartServiceAccount({ values: { server: { enabled: true } } });
    const allowed = await allowedTo(account, await namespace());
    const reviews = [
      'subjectaccessreviews.authorization.k8s.io create',
      'tokenreviews.authentication.k8s.io create',
      // The registration of that API goes with Pawl's namespace.
      ...['delete', 'get'].map(
        verb => `apiservices.apiregistration.k8s.io ${verb} of v1alpha1.store.pawl.dev`,
      ),
    ];
    expect(allowed).toEqual([...everybody, ...everywhere, ...work, ...reviews].sort());
    const trust = { group: '', resource: 'configmaps', namespace: 'kube-system' };
    const name = 'extension-apiserver-authentication';
    expect(await may(account.user, { ...trust, verb: 'get', name })).toBe(true);
  });

  it('reads and patches workloads only where restarts are turned on', async () => {
    const [mine, other] = [await namespace(), await namespace()];
    const values = { watch: { namespaces: [mine] }, restarts: { enabled: true } };
    await using account = await chartServiceAccount({ values });
    const workloads = ['deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'rollouts.argoproj.io'];
    const restarts = ['get', 'list', 'watch', 'patch'].flatMap(verb =>
      workloads.map(workload => `${workload} ${verb}`),
    );
    expect(await allowedTo(account, mine)).toEqual(
      [...everybody, ...everywhere, ...work, ...restarts, 'pods list'].sort(),
    );
    expect(await allowedTo(account, other)).toEqual([...everybody, ...everywhere].sort());
  });

  it('is given no right by a wildcard', async () => {
    const text = await renderChart({
      values: {
        database,
        server: { enabled: true },
        restarts: { enabled: true },
        watch: { namespaces: ['a'] },
      },
    });
    const rules = manifestsOf(text)
      .filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
      .flatMap(({ rules }) => rules as Record<string, string[]>[]);
    expect(rules.length).toBeGreaterThan(0);
    expect(rules.flatMap(rule => Object.values(rule).flat()).filter(word => word.includes('*'))).toEqual([]);
  });
});

describe('the roles of people', () => {
  it('give viewers, editors and administrators of a namespace rights on what is in it', async () => {
    const text = await renderChart({ only: ['templates/user-roles.yaml'], values: { database } });
    await kubectl(['apply', '--server-side', '-f', '-'], { input: text });
    try {
      const where = await namespace();
      for (const role of ['view', 'edit', 'admin']) {
        await kubectl([
          'create',
          'rolebinding',
          role,
          `--clusterrole=${role}`,
          `--user=${role}-of-${where}`,
          `--namespace=${where}`,
        ]);
      }
      const can = (role: string, verb: string, resource: string, group = 'pawl.dev') =>
        may(`${role}-of-${where}`, { group, resource, verb, namespace: where });
      // The controller that aggregates roles takes a moment.
      await expect.poll(() => can('admin', 'delete', 'configversions'), { timeout: 60_000 }).toBe(true);
      await expect.poll(() => can('edit', 'create', 'configversions'), { timeout: 60_000 }).toBe(true);
      await expect.poll(() => can('view', 'list', 'configversions'), { timeout: 60_000 }).toBe(true);
      expect(await can('view', 'get', 'configs', 'store.pawl.dev')).toBe(true);
      expect(await can('edit', 'update', 'configs', 'store.pawl.dev')).toBe(true);
      expect(await can('view', 'update', 'configs', 'store.pawl.dev')).toBe(false);
      expect(await can('view', 'create', 'configversions')).toBe(false);
      // Who may write whose configs is not an editor's to change.
      expect(await can('edit', 'update', 'confignamespaces')).toBe(false);
      expect(await can('edit', 'patch', 'configversions/status')).toBe(false);
      expect(await can('edit', 'update', 'configschemas')).toBe(false);
      expect(await can('edit', 'freeze', 'configs', 'store.pawl.dev')).toBe(false);
      expect(await can('admin', 'freeze', 'configs', 'store.pawl.dev')).toBe(true);
      expect(await can('edit', 'purge', 'configs', 'store.pawl.dev')).toBe(false);
      expect(await can('admin', 'purge', 'configs', 'store.pawl.dev')).toBe(true);
      expect(await can('edit', 'approve', 'configs', 'store.pawl.dev')).toBe(false);
      expect(await can('admin', 'approve', 'configs', 'store.pawl.dev')).toBe(true);
      expect(await can('admin', 'bypass', 'configs', 'store.pawl.dev')).toBe(false);
    } finally {
      await kubectl(['delete', '--wait=false', '-f', '-'], { input: text });
    }
  });
});

async function namespace(): Promise<string> {
  const name = `rights-${made.length}-${Math.random().toString(36).slice(2, 8)}`;
  await kubectl(['create', 'namespace', name]);
  made.push(name);
  return name;
}

function sessionOf(kubeconfig: string): Promise<Session> {
  return findAccess({ kubeconfig }).then(access =>
    openSession({ access, clock: systemClock, userAgent: 'pawl-test', callTimeoutMs: 30_000 }),
  );
}

interface ResourceRule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** `RESOURCE[.GROUP][/SUBRESOURCE] VERB[ of NAME]` of all that RBAC allows in a namespace, sorted. */
async function allowedTo(account: ChartServiceAccount, where: string): Promise<string[]> {
  const asked = await sessionOf(account.kubeconfig);
  try {
    const { body } = await asked.request<{ status: { incomplete: boolean; resourceRules: ResourceRule[] } }>({
      method: 'POST',
      path: resourcePath({
        group: 'authorization.k8s.io',
        version: 'v1',
        plural: 'selfsubjectrulesreviews',
      }),
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectRulesReview',
        spec: { namespace: where },
      },
      signal: AbortSignal.timeout(30_000),
    });
    expect(body.status.incomplete).toBe(false);
    return [...new Set(body.status.resourceRules.flatMap(sayings))].sort();
  } finally {
    await asked.close();
  }
}

function sayings({ apiGroups, resources, resourceNames, verbs }: ResourceRule): string[] {
  const names = resourceNames?.map(name => ` of ${name}`) ?? [''];
  return apiGroups.flatMap(group =>
    resources.flatMap(whole => {
      const [resource, ...sub] = whole.split('/');
      const what = [`${resource}${group && `.${group}`}`, ...sub].join('/');
      return verbs.flatMap(verb => names.map(name => `${what} ${verb}${name}`));
    }),
  );
}

async function may(user: string, attributes: Attributes): Promise<boolean> {
  const [resource, subresource] = attributes.resource.split('/');
  const namespace = user.startsWith('system:serviceaccount:') ? user.split(':')[2]! : undefined;
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user,
      groups: [
        'system:authenticated',
        ...(namespace ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] : []),
      ],
      resourceAttributes: { ...attributes, resource, subresource },
    },
  };
  const answer = await session.request<{ status: { allowed: boolean } }>({
    method: 'POST',
    path: resourcePath({ group: 'authorization.k8s.io', version: 'v1', plural: 'subjectaccessreviews' }),
    body,
    signal: AbortSignal.timeout(30_000),
  });
  return answer.body.status.allowed;
}
