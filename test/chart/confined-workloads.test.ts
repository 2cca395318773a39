/**
 * The operator's own account, held by the API server to two annotations of workloads, whatever RBAC gives it, and let through
 * with each write that restarts one.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../local/binaries.ts';
import { type Kubectl, runKubectl } from '../../local/kubectl.ts';
import { workloadKinds } from '../../operator/object/workload/workload.ts';
import { adminKubectl, type ChartServiceAccount, chartServiceAccount } from '../setup/chart.ts';
import { rolloutCrd } from '../setup/rollout-crd.ts';
import { until } from '../setup/until.ts';

type Kind = keyof typeof workloadKinds;

let admin: Kubectl;
let pawl: Kubectl;
let account: ChartServiceAccount;
let namespace: string;
let made = 0;

const kinds = Object.keys(workloadKinds) as Kind[];
const asking = { 'pawl.dev/restart-on-change': 'true' };
const podSpec = { containers: [{ name: 'api', image: 'registry.k8s.io/pause:3.10' }] };
const templateOf = (metadata: object = {}) => ({
  metadata: { labels: { app: 'api' }, ...metadata },
  spec: podSpec,
});
const restart = { spec: { template: { metadata: { annotations: { 'pawl.dev/config-hash': 'a' } } } } };
const apiVersionOf = (kind: Kind) => `${workloadKinds[kind].group}/${workloadKinds[kind].version}`;
const specOf: Readonly<Record<Kind, object>> = {
  Deployment: { replicas: 0 },
  StatefulSet: { replicas: 0, serviceName: 'api' },
  DaemonSet: {},
  Rollout: { replicas: 0 },
};

interface Made {
  readonly name: string;
  /** A merge patch by Pawl's account. */
  readonly patch: (patch: object) => Promise<unknown>;
  /** The server-side apply that Pawl makes. */
  readonly write: (seen: string | null, hash: string | null) => Promise<unknown>;
}

/** @param spec instead of a selector and a template */
async function workload(
  kind: Kind,
  metadata: object = { annotations: asking },
  spec?: object,
): Promise<Made> {
  const name = `made-${made++}`;
  const about = { apiVersion: apiVersionOf(kind), kind };
  const selector = { matchLabels: { app: 'api' } };
  const whole = {
    ...specOf[kind],
    ...(spec ?? { selector, template: templateOf({ annotations: { kept: 'x' } }) }),
  };
  const body = { ...about, metadata: { name, namespace, ...metadata }, spec: whole };
  await admin(['create', '-f', '-'], { input: JSON.stringify(body) });
  return {
    name,
    patch: patch => pawl(['patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(patch)]),
    write: (seen, hash) => {
      const annotations = seen === null ? {} : { 'pawl.dev/config-seen': seen };
      const template = { metadata: { annotations: { 'pawl.dev/config-hash': hash } } };
      const input = JSON.stringify({
        ...{ ...about, metadata: { name, namespace, annotations } },
        ...(hash !== null && { spec: { template } }),
      });
      const flags = ['--server-side', '--force-conflicts', '--validate=false', '--field-manager=pawl'];
      return pawl(['apply', ...flags, '-f', '-'], { input });
    },
  };
}

beforeAll(async () => {
  admin = await adminKubectl();
  await admin(['apply', '-f', '-'], { input: JSON.stringify(rolloutCrd) });
  await admin(['wait', '--for=condition=Established', 'crd/rollouts.argoproj.io', '--timeout=120s']);
  account = await chartServiceAccount({ values: { restarts: { enabled: true } } });
  const { kubectl } = await findBinaries(['kubectl']);
  pawl = (args, options) => runKubectl(kubectl, account.kubeconfig, args, options);
  namespace = account.namespace;
  for (const kind of kinds) {
    const { patch } = await workload(kind, {});
    await until(`the policy is in force for a ${kind}`, 30_000, () =>
      patch({ metadata: { labels: { probe: `${made++}` } } }).then(
        () => false,
        error => /changes nothing/.test(String(error.stderr)),
      ),
    );
  }
});

afterAll(async () => {
  await account?.[Symbol.asyncDispose]();
  await admin?.(['delete', 'crd', 'rollouts.argoproj.io', '--wait=false']);
});

describe.each(kinds)('a %s', kind => {
  it('that asks for it is restarted, however little stands in its metadata', async () => {
    await admin(['create', 'configmap', `owner-${kind.toLowerCase()}`, '-n', namespace]);
    const uid = await admin([
      ...['get', 'configmap', `owner-${kind.toLowerCase()}`, '-n', namespace],
      ...['-o', 'jsonpath={.metadata.uid}'],
    ]);
    const owner = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: `owner-${kind.toLowerCase()}`,
      uid: uid.stdout,
    };
    const shapes = [
      {},
      { labels: {}, finalizers: [], ownerReferences: [] },
      { labels: { a: 'b' }, ownerReferences: [owner] },
    ];
    const templates = [
      templateOf(),
      templateOf({ annotations: {} }),
      templateOf({ annotations: { kept: 'x' } }),
    ];
    if (kind === 'Rollout') templates.push({ spec: podSpec } as (typeof templates)[number]);
    for (const shape of shapes) {
      for (const template of templates) {
        const spec = { selector: { matchLabels: { app: 'api' } }, template };
        const { write, name } = await workload(kind, { ...shape, annotations: asking }, spec);
        await write('{"a":1}', null);
        await write('{"a":2}', 'a');
        await write('{"a":3}', 'b');
        await admin(['annotate', kind, name, '-n', namespace, 'pawl.dev/restart-on-change-']);
        await write(null, 'b');
        await expect(write(null, null)).rejects.toThrow(/does not ask to be restarted/);
      }
    }
  });

  it('has the last annotation taken away, which was Pawl’s', async () => {
    const { write, name } = await workload(kind);
    await write('{"a":1}', null);
    await admin(['annotate', kind, name, '-n', namespace, 'pawl.dev/restart-on-change-']);
    await write(null, null);
  });

  it.each(['false', ' false ', 'false,', '', ' , '])('that says “%s” is not restarted', async wish => {
    const { patch } = await workload(kind, { annotations: { 'pawl.dev/restart-on-change': wish } });
    await expect(patch(restart)).rejects.toThrow(/does not ask to be restarted/);
  });

  const changes: Readonly<Record<Kind, readonly object[]>> = {
    Deployment: [
      { replicas: 3 },
      { paused: true },
      { strategy: { type: 'Recreate', rollingUpdate: null } },
      { minReadySeconds: 7 },
      { revisionHistoryLimit: 0 },
      { progressDeadlineSeconds: 900 },
    ],
    StatefulSet: [
      { replicas: 3 },
      { updateStrategy: { type: 'OnDelete', rollingUpdate: null } },
      { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' } },
      { ordinals: { start: 3 } },
    ],
    DaemonSet: [{ updateStrategy: { type: 'OnDelete', rollingUpdate: null } }, { minReadySeconds: 7 }],
    Rollout: [
      { replicas: 3 },
      { strategy: { canary: { analysis: {} } } },
      { restartAt: '2026-01-01T00:00:00Z' },
      { selector: { matchLabels: { app: 'other' } } },
      { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' } },
      { template: null },
    ],
  };

  it('has nothing of its spec changed but one annotation of its template', async () => {
    const { patch } = await workload(kind);
    const templates = [
      { spec: { containers: [{ name: 'api', image: 'evil' }] } },
      { spec: { serviceAccountName: 'other' } },
      { metadata: { annotations: { other: 'x' } } },
      { metadata: { annotations: { kept: null } } },
      { metadata: { labels: { more: 'x' } } },
      { metadata: { finalizers: ['example.com/never'] } },
      { metadata: { name: 'other' } },
    ];
    for (const spec of [...changes[kind], ...templates.map(template => ({ template }))])
      await expect(patch({ spec }), JSON.stringify(spec)).rejects.toThrow(/changes nothing/);
  });

  it('is not made to ask for a restart, in one request or two, and belongs to whom it did', async () => {
    const { patch } = await workload(kind, {});
    const asks = { metadata: { annotations: asking } };
    await expect(patch({ ...restart, ...asks })).rejects.toThrow(/changes nothing/);
    await expect(patch(restart)).rejects.toThrow(/does not ask to be restarted/);
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' };
    const metadata = [
      asks.metadata,
      { labels: asking },
      { finalizers: ['example.com/never'] },
      { ownerReferences: [owner] },
    ];
    for (const changed of metadata)
      await expect(patch({ metadata: changed }), JSON.stringify(changed)).rejects.toThrow(/changes nothing/);
    const kept = await workload(kind, { annotations: { other: 'x', ...asking } });
    await expect(kept.patch({ metadata: { annotations: { other: null } } })).rejects.toThrow(
      /changes nothing/,
    );
    await kept.patch({ metadata: { annotations: { 'pawl.dev/config-seen': '{}' } } });
  });
});

it("cannot write the API server's own count of a DaemonSet's templates", async () => {
  const { patch, name } = await workload('DaemonSet');
  await patch({ metadata: { annotations: { 'deprecated.daemonset.template.generation': '99' } } });
  const count = '{.metadata.annotations.deprecated\\.daemonset\\.template\\.generation}';
  const shown = await admin(['get', 'daemonset', name, '-n', namespace, '-o', `jsonpath=${count}`]);
  expect(shown.stdout).toBe('1');
});

it('notes what it saw on a Rollout whose template is another workload’s, and gives it no template', async () => {
  const spec = { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' } };
  const { write, name } = await workload('Rollout', { annotations: asking }, spec);
  await write('{"a":1}', null);
  await expect(write('{"a":1}', 'a')).rejects.toThrow(/changes nothing/);
  await admin(['annotate', 'rollout', name, '-n', namespace, 'pawl.dev/restart-on-change-']);
  await write(null, null);
});

it('is held by policies whose expressions fit every kind they are about', async () => {
  interface Policy {
    metadata: { name: string };
    status?: { observedGeneration?: number; typeChecking?: { expressionWarnings?: unknown } };
  }
  const found = await until('the API server has checked the policies', 60_000, async () => {
    const { stdout } = await admin(['get', 'validatingadmissionpolicies', '-o', 'json']);
    const ours = (JSON.parse(stdout) as { items: Policy[] }).items.filter(({ metadata }) =>
      metadata.name.startsWith(namespace),
    );
    return ours.length > 0 && ours.every(({ status }) => status?.observedGeneration) ? ours : undefined;
  });
  for (const { metadata, status } of found)
    expect(status?.typeChecking?.expressionWarnings, metadata.name).toBeUndefined();
});
