/** `pawl doctor` beside a real API server and a real database, one of whose settings loses saves, and an account without rights. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { startApi } from '../../setup/api.ts';
import { adminKubectl } from '../../setup/chart.ts';
import { until } from '../../setup/until.ts';
import { pawl, TestWorkspace } from '../world.ts';

/** What is off here may be lost after it was acknowledged. */
const planted = 'synchronous_commit';

test('a setting that loses saves is a failure for an administrator; without the right, that is what is said', async () => {
  await using api = await startApi({
    via: async url => `${url}?options=${encodeURIComponent(`-c ${planted}=off`)}`,
  });
  const kubectl = await adminKubectl();
  const token = await api.token('default');
  using workspace = new TestWorkspace(`folders:\n  config: ${api.namespace}\n`);
  const ca = join(workspace.root, '.git', 'ca.crt');
  writeFileSync(ca, api.ca);
  const env = {
    ...{ PATH: process.env.PATH ?? '', KUBECONFIG: inject('kubeconfig') },
    ...{ PAWL_SERVER: `https://127.0.0.1:${api.server.port}`, PAWL_CA: ca, PAWL_TOKEN: token },
  };
  const look = async () => {
    const ran = await pawl({ cwd: workspace.root, env }, 'doctor', '-o', 'json');
    const { checks } = JSON.parse(ran.out) as { checks: { name: string; level: string; message: string }[] };
    return { exit: ran.exit, found: new Map(checks.map(check => [check.name, check])) };
  };
  const stranger = await look();
  expect(stranger.found.get('server')).toMatchObject({
    ...{ level: 'unknown', message: expect.stringContaining('diagnoses.store.pawl.dev') },
  });
  expect(stranger.found.get('kubernetes')?.level).toBe('ok');
  const role = `doctor-${api.namespace}`;
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(clusterRole(role)) });
  await kubectl([
    'create',
    'clusterrolebinding',
    role,
    `--clusterrole=${role}`,
    `--serviceaccount=${api.namespace}:default`,
  ]);
  // Nobody starts its pods, and the account that they would run as has no right of its own.
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(deploymentIn(api.namespace)) });
  // A no is remembered for some seconds.
  const { exit, found } = await until('the right is known', 30_000, async () => {
    const looked = await look();
    return looked.found.has('durability') && looked;
  });
  expect(found.get('durability')).toMatchObject({
    ...{ level: 'failure', message: expect.stringContaining(planted) },
  });
  expect(exit).toBe(3);
  await kubectl(['delete', 'deployment', 'pawl', '-n', api.namespace]);
  expect(found.get('rights')).toMatchObject({
    ...{
      level: 'failure',
      message: expect.stringContaining(`${api.namespace}/idle may not watch namespaces`),
    },
  });
  expect(found.get('certificate')).toBeDefined();
  expect(found.get('clock')?.level).toBe('ok');
});

const deploymentIn = (namespace: string) => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
  metadata: {
    ...{ name: 'pawl', namespace },
    labels: { 'app.kubernetes.io/part-of': 'pawl', 'app.kubernetes.io/component': 'operator' },
  },
  spec: {
    selector: { matchLabels: { app: 'pawl' } },
    template: {
      metadata: { labels: { app: 'pawl' } },
      spec: { serviceAccountName: 'idle', containers: [{ name: 'operator', image: 'pawl.invalid/pawl' }] },
    },
  },
});

const clusterRole = (name: string) => ({
  ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name } },
  rules: [{ apiGroups: ['store.pawl.dev'], resources: ['diagnoses'], verbs: ['get'] }],
});
