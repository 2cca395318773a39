/** The registration of the read-only API goes with the namespace Pawl runs in, or no namespace could be deleted any more. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { prepareApi } from '../../local/api.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import { adminKubectl } from '../setup/chart.ts';
import { createTestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

const stack = new AsyncDisposableStack();
const name = 'v1alpha1.store.pawl.dev';
let kubectl: Kubectl;
let kube: Kube;
let home: string;
let other: string;

beforeAll(async () => {
  const KUBECONFIG = inject('kubeconfig');
  kube = stack.use(await Kube.open(KUBECONFIG));
  const database = stack.use(await createTestDatabase());
  kubectl = await adminKubectl();
  [home, other] = [await kube.namespace('home'), await kube.namespace('other')];
  const api = await prepareApi({ kubectl });
  stack.defer(async () => void (await kubectl(['delete', 'apiservice', name, '--ignore-not-found'])));
  const env = { KUBECONFIG, DATABASE_URL: database.url, PAWL_CLUSTER: 'home', PAWL_LEASE_NAMESPACE: home };
  stack.use(await startOperator({ ...env, ...api.operator }, { replicas: 1, as: 'given' }));
});
afterAll(() => stack.disposeAsync());

/** Nobody answers for it. */
async function register(namespace: string): Promise<void> {
  const object = {
    ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name } },
    spec: {
      ...{ group: 'store.pawl.dev', version: 'v1alpha1', groupPriorityMinimum: 1_000, versionPriority: 10 },
      ...{ service: { name: 'nobody', namespace, port: 443 }, insecureSkipTLSVerify: true },
    },
  };
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
}
const registered = async () =>
  (await kubectl(['get', 'apiservice', name, '--ignore-not-found', '-o', 'name'])).stdout !== '';

it("another installation's registration stays when this one's namespace is deleted, and its own goes", async () => {
  await register(other);
  await kubectl(['delete', 'namespace', '--wait=false', home]);
  await until('the namespace is being deleted', 10_000, async () => {
    const got = await kubectl(['get', 'namespace', home, '-o', 'jsonpath={.status.phase}']);
    return got.stdout === 'Terminating';
  });
  expect(await registered()).toBe(true);
  // A namespace that cannot be deleted for want of an answer is what this is about: now it is its own.
  await kubectl(['delete', 'apiservice', name]);
  await until('the namespace is gone', 60_000, async () => {
    return (await kubectl(['get', 'namespace', home, '--ignore-not-found', '-o', 'name'])).stdout === '';
  });
  await kubectl(['create', 'namespace', home]);
  await register(home);
  await kubectl(['delete', 'namespace', '--wait=false', home]);
  await until('the registration is gone', 20_000, async () => !(await registered()));
  await until('the namespace is gone', 60_000, async () => {
    return (await kubectl(['get', 'namespace', home, '--ignore-not-found', '-o', 'name'])).stdout === '';
  });
});
