/**
 * The operator's own account, held by the API server to the ConfigMaps and Secrets that are Pawl's, whatever RBAC gives it. That it
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
  account = await chartServiceAccount();
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

    // Kubernetes would write a token of that account into it, and Pawl may read it.
    const types = ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'example.com/any'];
    for (const type of types) {
      const secret = secretOf('token', {
        'pawl.dev/secret': `${other.namespace}/token`,
        'kubernetes.io/service-account.name': 'default',
      });
      const typed = JSON.stringify({ ...JSON.parse(secret), type });
      await expect(write(typed), type).rejects.toThrow(/type Opaque only/);
    }
    const handed = { 'pawl.dev/adopt': 'true' };
    const theirs = { ...JSON.parse(secretOf('typed', handed)), type: 'example.com/any' };
    await admin(['apply', '-f', '-'], { input: JSON.stringify(theirs) });
    await write(secretOf('typed', { ...handed, 'pawl.dev/secret': `${other.namespace}/typed` }));
  });

  it('cannot make one that does not name itself, nor any in kube-system', async () => {
    await expect(apply(mapOf('another', named('name')))).rejects.toThrow(/name themselves/);
    const system = mapOf('any', { 'pawl.dev/configmap': 'kube-system/any' }).replaceAll(
      `"${namespace}"`,
      '"kube-system"',
    );
    await expect(apply(system)).rejects.toThrow(/begins with kube-/);
  });
});
