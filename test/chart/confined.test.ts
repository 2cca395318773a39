/**
 * The operator's own account, held by the API server to the ConfigMaps that are Pawl's, and to two annotations of workloads,
 * whatever RBAC gives it. That it
 * can do its work all the same is shown by every other test, whose operators run as it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../local/binaries.ts';
import { type Kubectl, runKubectl } from '../../local/kubectl.ts';
import { adminKubectl, type ChartServiceAccount, chartServiceAccount } from '../setup/chart.ts';
import { until } from '../setup/until.ts';

let admin: Kubectl;
let pawl: Kubectl;
let account: ChartServiceAccount;
let namespace: string;

const mapOf = (name: string, annotations: Record<string, string> = {}, labels: Record<string, string> = {}) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, annotations, labels },
    data: { a: '1' },
  });
const apply = (input: string) =>
  pawl(['apply', '--server-side', '--force-conflicts', '--field-manager=pawl', '-f', '-'], { input });
const named = (name: string) => ({ 'pawl.dev/configmap': `${namespace}/${name}` });

beforeAll(async () => {
  admin = await adminKubectl();
  account = await chartServiceAccount({ values: { restarts: { enabled: true } } });
  const { kubectl } = await findBinaries(['kubectl']);
  pawl = (args, options) => runKubectl(kubectl, account.kubeconfig, args, options);
  namespace = account.namespace;
  await until('the policy is in force', 30_000, () =>
    apply(mapOf('probe')).then(
      () => admin(['delete', 'configmap', 'probe', '-n', namespace]).then(() => false),
      error => /names? themselves/.test(String(error.stderr)),
    ),
  );
});

afterAll(() => account?.[Symbol.asyncDispose]());

describe('the operator', () => {
  it('writes, changes and deletes a ConfigMap that names itself', async () => {
    await apply(mapOf('ours', named('ours')));
    await apply(mapOf('ours', { ...named('ours'), more: 'x' }));
    await pawl(['delete', 'configmap', 'ours', '-n', namespace]);
  });

  it('takes over what was handed to it', async () => {
    await admin(['apply', '-f', '-'], { input: mapOf('handed', { 'pawl.dev/adopt': 'true' }) });
    await apply(mapOf('handed', { ...named('handed'), 'pawl.dev/adopt': 'true' }));
  });

  it("cannot change or delete somebody else's, whatever label it has", async () => {
    await admin(['apply', '-f', '-'], {
      input: mapOf('theirs', {}, { 'app.kubernetes.io/managed-by': 'pawl' }),
    });
    await expect(apply(mapOf('theirs', named('theirs')))).rejects.toThrow(
      /did not make this ConfigMap or Secret/,
    );
    await expect(pawl(['delete', 'configmap', 'theirs', '-n', namespace])).rejects.toThrow(
      /did not make this ConfigMap or Secret/,
    );
  });

  it('cannot change or delete a copy of its own', async () => {
    await admin(['apply', '-f', '-'], { input: mapOf('copy', named('original')) });
    await expect(apply(mapOf('copy', named('copy')))).rejects.toThrow(
      /did not make this ConfigMap or Secret/,
    );
    await expect(pawl(['delete', 'configmap', 'copy', '-n', namespace])).rejects.toThrow(
      /did not make this ConfigMap or Secret/,
    );
  });

  it('is held in the same way where it may write Secrets', async () => {
    await using other = await chartServiceAccount({ values: { projections: { secrets: true } } });
    const { kubectl } = await findBinaries(['kubectl']);
    const secretOf = (name: string, annotations: Record<string, string> = {}) =>
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: other.namespace, annotations } },
        data: { a: 'eA==' },
      });
    const write = (input: string) =>
      runKubectl(
        ...[kubectl, other.kubeconfig],
        ['apply', '--server-side', '--force-conflicts', '--field-manager=pawl', '-f', '-'],
        { input },
      );
    await until('the policy is in force', 30_000, () =>
      write(secretOf('probe')).then(
        () => admin(['delete', 'secret', 'probe', '-n', other.namespace]).then(() => false),
        error => /names? themselves/.test(String(error.stderr)),
      ),
    );
    await write(secretOf('ours', { 'pawl.dev/secret': `${other.namespace}/ours` }));
    await admin(['apply', '-f', '-'], { input: secretOf('theirs') });
    const named = { 'pawl.dev/secret': `${other.namespace}/theirs` };
    await expect(write(secretOf('theirs', named))).rejects.toThrow(/did not make this ConfigMap or Secret/);
    // A ConfigMap's mark says nothing about a Secret.
    const marked = secretOf('marked', { 'pawl.dev/configmap': `${other.namespace}/marked` });
    await expect(write(marked)).rejects.toThrow(/name themselves/);
  });

  it('cannot make one that does not name itself, nor any in kube-system', async () => {
    await expect(apply(mapOf('another', named('name')))).rejects.toThrow(/name themselves/);
    const system = mapOf('any', { 'pawl.dev/configmap': 'kube-system/any' }).replaceAll(
      `"${namespace}"`,
      '"kube-system"',
    );
    await expect(apply(system)).rejects.toThrow(/begins with kube-/);
  });

  const podSpec = { containers: [{ name: 'api', image: 'registry.k8s.io/pause:3.10' }] };
  type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet';
  const workload = async (name: string, annotations: Record<string, string>, kind: Kind = 'Deployment') => {
    const selector = { matchLabels: { app: name } };
    const template = { metadata: { labels: { app: name }, annotations: { kept: 'x' } }, spec: podSpec };
    const more = {
      Deployment: { replicas: 0 },
      StatefulSet: { replicas: 0, serviceName: name },
      DaemonSet: {},
    };
    const spec = { selector, template, ...more[kind] };
    const metadata = { name, namespace, annotations };
    const body = { apiVersion: 'apps/v1', kind, metadata, spec };
    await admin(['apply', '-f', '-'], { input: JSON.stringify(body) });
    return (patch: object) =>
      pawl(['patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(patch)]);
  };
  const restart = { spec: { template: { metadata: { annotations: { 'pawl.dev/config-hash': 'a' } } } } };

  it.each<Kind>(['Deployment', 'StatefulSet', 'DaemonSet'])('restarts a %s that asks for it', async kind => {
    const patch = await workload('asks', { 'pawl.dev/restart-on-change': 'true' }, kind);
    await patch({ ...restart, metadata: { annotations: { 'pawl.dev/config-seen': '{}' } } });
  });

  it("cannot write the API server's own count of a DaemonSet's templates", async () => {
    const patch = await workload('counted', { 'pawl.dev/restart-on-change': 'true' }, 'DaemonSet');
    await patch({ metadata: { annotations: { 'deprecated.daemonset.template.generation': '99' } } });
    const count = '{.metadata.annotations.deprecated\\.daemonset\\.template\\.generation}';
    const shown = await admin(['get', 'daemonset', 'counted', '-n', namespace, '-o', `jsonpath=${count}`]);
    expect(shown.stdout).toBe('1');
  });

  it('cannot restart one that does not, nor change anything else of a workload', async () => {
    const silent = await workload('silent', { 'pawl.dev/restart-on-change': 'false' });
    await expect(silent(restart)).rejects.toThrow(/does not ask to be restarted/);
    const patch = await workload('asks', { 'pawl.dev/restart-on-change': 'true' });
    const templates = [
      { spec: { containers: [{ name: 'api', image: 'evil' }] } },
      { spec: { serviceAccountName: 'other' } },
      { metadata: { annotations: { other: 'x' } } },
      { metadata: { annotations: { kept: null } } },
      { metadata: { labels: { more: 'x' } } },
    ];
    for (const template of templates)
      await expect(patch({ spec: { template } }), JSON.stringify(template)).rejects.toThrow(
        /changes nothing/,
      );
    await expect(patch({ spec: { replicas: 3 } })).rejects.toThrow(/changes nothing/);
  });

  it('cannot make a workload ask for a restart, in one request or two, nor change who it belongs to', async () => {
    const patch = await workload('quiet', {});
    const asks = { metadata: { annotations: { 'pawl.dev/restart-on-change': 'true' } } };
    await expect(patch({ ...restart, ...asks })).rejects.toThrow(/changes nothing/);
    await expect(patch(restart)).rejects.toThrow(/does not ask to be restarted/);
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' };
    const metadata = [
      asks.metadata,
      { labels: { 'pawl.dev/restart-on-change': 'true' } },
      { finalizers: ['example.com/never'] },
      { ownerReferences: [owner] },
    ];
    for (const changed of metadata)
      await expect(patch({ metadata: changed }), JSON.stringify(changed)).rejects.toThrow(/changes nothing/);
    const kept = await workload('keeps', { other: 'x', 'pawl.dev/restart-on-change': 'true' });
    await expect(kept({ metadata: { annotations: { other: null } } })).rejects.toThrow(/changes nothing/);
    await kept({ metadata: { annotations: { 'pawl.dev/config-seen': '{}' } } });
  });
});
