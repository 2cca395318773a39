/**
 * ConfigMaps that the API server refuses: each is a condition with a reason and a way out, costs a bounded number
 * of calls, and heals when its cause goes. The operator runs as a user whose rights the test gives and takes.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startControlPlane } from '../../local/control-plane.ts';
import type { ControlPlane } from '../../local/control-plane-interface.ts';
import { crdFolder } from '../../local/crds.ts';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { apiCallsOf, metricOf } from '../setup/metrics.ts';
import { startOperator, undisturbed } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

let controlPlane: ControlPlane;
let kube: Kube;
let database: TestDatabase;
let operator: Operator;
let namespace: string;

const apply = (object: object) =>
  controlPlane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });

/** What the operator may do everywhere, without ConfigMaps. */
const everywhere = [
  { apiGroups: ['pawl.dev'], resources: ['*'], verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'update'] },
];

beforeAll(async () => {
  controlPlane = await startControlPlane({ crds: crdFolder });
  kube = await Kube.open(controlPlane.kubeconfig);
  database = await createTestDatabase();
  const user = { kind: 'User', name: 'pawl-operator', apiGroup: 'rbac.authorization.k8s.io' };
  const rbac = 'rbac.authorization.k8s.io/v1';
  const roleRef = { kind: 'ClusterRole', name: 'pawl', apiGroup: 'rbac.authorization.k8s.io' };
  await apply({ apiVersion: rbac, kind: 'ClusterRole', metadata: { name: 'pawl' }, rules: everywhere });
  await apply({
    apiVersion: rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'pawl' },
    roleRef,
    subjects: [user],
  });
  operator = await startOperator(
    {
      KUBECONFIG: await controlPlane.userKubeconfig('pawl-operator'),
      DATABASE_URL: database.url,
      PAWL_TARGET_RETRY_SECONDS: '1',
      PAWL_LEASE_NAMESPACE: 'default',
    },
    { as: 'given' },
  );
});

afterAll(async () => {
  await operator?.stop();
  await kube?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
  await controlPlane?.stop();
});

beforeEach(async () => {
  namespace = await kube.namespace('target');
});

const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'patch', 'delete'] }];
const allow = async () => {
  const rbac = 'rbac.authorization.k8s.io/v1';
  const user = { kind: 'User', name: 'pawl-operator', apiGroup: 'rbac.authorization.k8s.io' };
  const roleRef = { kind: 'Role', name: 'pawl', apiGroup: 'rbac.authorization.k8s.io' };
  await apply({ apiVersion: rbac, kind: 'Role', metadata: { name: 'pawl', namespace }, rules });
  await apply({
    apiVersion: rbac,
    kind: 'RoleBinding',
    metadata: { name: 'pawl', namespace },
    roleRef,
    subjects: [user],
  });
};

/** Calls of the API server while the operator looks at its troubled objects some ten times. */
async function callsDuring(looks: number): Promise<number> {
  const calls = () => apiCallsOf(operator);
  const reconciles = () => metricOf(operator, 'controller_runtime_reconcile_total');
  const [callsBefore, looksBefore] = [await calls(), await reconciles()];
  await until(`${looks} more looks`, 60_000, async () => (await reconciles()) >= looksBefore + looks);
  return (await calls()) - callsBefore;
}

describe('a ConfigMap the API server refuses', () => {
  it('for want of rights is TargetRejected, the version is kept, and rights given later heal it', async () => {
    await kube.propose(namespace, 'limits', { path: 'limits.yaml', body: 'a: 1\n' });
    const object = await kube.untilReason(namespace, 'limits', 'TargetRejected');
    expect(object.status.version).toBe('1');
    expect(object.status.conditions?.[0]?.message).toMatch(/limits\.yaml.*forbidden/);
    expect(await undisturbed(operator, () => callsDuring(5))).toBeLessThan(5 * 6);
    await allow();
    await kube.untilReason(namespace, 'limits', 'Saved', 30_000);
    await kube.untilShown(namespace, 'limits.yaml', '1');
  });

  it('because of a quota is TargetRejected, and heals when there is room', async () => {
    await allow();
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few', namespace } };
    await apply({ ...quota, spec: { hard: { 'count/configmaps': '0' } } });
    await until('the quota counts', 30_000, async () => {
      const { stdout } = await controlPlane.kubectl([
        'get',
        'resourcequota',
        'few',
        '-n',
        namespace,
        '-o',
        'json',
      ]);
      return JSON.parse(stdout).status?.used !== undefined;
    });
    await kube.propose(namespace, 'limits', { path: 'limits.yaml', body: 'a: 1\n' });
    const object = await kube.untilReason(namespace, 'limits', 'TargetRejected');
    expect(object.status.conditions?.[0]?.message).toContain('exceeded quota');
    await controlPlane.kubectl(['delete', 'resourcequota', 'few', '-n', namespace]);
    await kube.untilReason(namespace, 'limits', 'Saved', 30_000);
  });

  it('because somebody made it immutable is TargetRejected, and heals when it is deleted', async () => {
    await allow();
    await kube.propose(namespace, 'limits', { path: 'limits.yaml', body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved', 30_000);
    await kube.patchConfigMap(namespace, 'limits.yaml', { immutable: true });
    await kube.propose(namespace, 'limits', { path: 'limits.yaml', body: 'a: 2\n' });
    const object = await kube.untilReason(namespace, 'limits', 'TargetRejected');
    expect(object.status.version).toBe('2');
    expect(object.status.conditions?.[0]?.message).toContain('immutable');
    await kube.deleteConfigMap(namespace, 'limits.yaml');
    await kube.untilReason(namespace, 'limits', 'Saved', 30_000);
    expect((await kube.configMap(namespace, 'limits.yaml'))?.data).toEqual({ 'limits.yaml': 'a: 2\n' });
  });

  it('in a namespace that goes away stops nothing: the namespace is gone in the end', async () => {
    await allow();
    await kube.propose(namespace, 'limits', { path: 'limits.yaml', body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved', 30_000);
    await controlPlane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await until('the namespace is gone', 60_000, async () => {
      const { stdout } = await controlPlane.kubectl([
        'get',
        'namespace',
        namespace,
        '--ignore-not-found',
        '-o',
        'name',
      ]);
      return stdout.trim() === '';
    });
    expect(operator.running).toBe(true);
  });
});
