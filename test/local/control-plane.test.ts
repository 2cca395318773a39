/** The control plane of our own: what it serves, and that its API server comes back as the same one. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startControlPlane } from '../../local/control-plane.ts';
import type { ControlPlane } from '../../local/control-plane-interface.ts';
import { hasMutatingPolicies } from '../../local/versions.ts';
import { until } from '../../local/wait.ts';

let plane: ControlPlane;
const output = async (...args: string[]) => (await plane.kubectl(args)).stdout;

beforeAll(async () => {
  plane = await startControlPlane({ existing: null });
}, 600_000);
afterAll(() => plane?.stop());

it.skipIf(!hasMutatingPolicies())('serves mutating admission policies', async () => {
  expect(await output('api-resources', '--api-group=admissionregistration.k8s.io', '-o', 'name')).toContain(
    'mutatingadmissionpolicies.admissionregistration.k8s.io',
  );
});

it('knows a user by name and groups, and lets RBAC decide what they may do', async () => {
  const kubeconfig = await plane.userKubeconfig('ada@example.com', ['risk', 'eu']);
  const { stdout } = await plane.kubectl(['auth', 'whoami', '-o', 'json'], { kubeconfig });
  expect(JSON.parse(stdout).status.userInfo).toMatchObject({
    username: 'ada@example.com',
    groups: ['risk', 'eu', 'system:authenticated'],
  });
  await expect(plane.kubectl(['get', 'configmaps'], { kubeconfig })).rejects.toMatchObject({
    stderr: expect.stringContaining('forbidden'),
  });
});

it('collects what an owner leaves behind', async () => {
  await plane.kubectl(['create', 'configmap', 'owner']);
  const uid = await output('get', 'configmap', 'owner', '-o', 'jsonpath={.metadata.uid}');
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
  const owned = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', ownerReferences } };
  await plane.kubectl(['create', '-f', '-'], { input: JSON.stringify(owned) });
  await plane.kubectl(['delete', 'configmap', 'owner']);
  await plane.kubectl(['wait', '--for=delete', 'configmap/owned', '--timeout=240s']);
});

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'comes back after %s with the same address and data',
  async signal => {
    const name = `kept-${signal.toLowerCase()}`;
    await plane.kubectl(['create', 'configmap', name]);
    await plane.stopApiServer(signal);
    await expect(plane.kubectl(['get', 'configmaps'])).rejects.toThrow('refused');
    await plane.startApiServer();
    expect(await output('get', 'configmap', name, '-o', 'name')).toBe(`configmap/${name}\n`);
  },
);

it('answers nothing while paused, and goes on afterwards', async () => {
  await plane.pauseApiServer();
  try {
    await expect(plane.kubectl(['get', 'configmaps', '--request-timeout=1s'])).rejects.toThrow(
      /Timeout|deadline exceeded/,
    );
  } finally {
    await plane.resumeApiServer();
  }
  await until('an answer', async () => (await output('get', '--raw=/readyz')) === 'ok' || undefined);
});
