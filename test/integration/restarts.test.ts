/**
 * Workloads that ask for it are restarted once for each content of the configs they use, and for nothing else: seen on the
 * API server, by the annotation on their pod template. The operator has the chart's rights and no others.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Operator, OperatorEnv } from '../../local/operator.ts';
import { adminKubectl, type ChartServiceAccount, chartServiceAccount } from '../setup/chart.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { metricOf } from '../setup/metrics.ts';
import { startOperator } from '../setup/operator.ts';
import { rolloutCrd } from '../setup/rollout-crd.ts';
import { until } from '../setup/until.ts';
import { type StoredWorkload, WorkloadsInTest, type WorkloadWish } from '../setup/workloads.ts';

let kube: Kube;
let workloads: WorkloadsInTest;
let database: TestDatabase;
let account: ChartServiceAccount;
let env: OperatorEnv;
let operator: Operator;
let namespace: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  workloads = await WorkloadsInTest.open(inject('kubeconfig'));
  database = await createTestDatabase();
  account = await chartServiceAccount({ values: { restarts: { enabled: true } } });
  env = {
    KUBECONFIG: account.kubeconfig,
    DATABASE_URL: database.url,
    PAWL_LEASE_NAMESPACE: account.namespace,
    PAWL_LEASE_NAME: account.leaseName,
    PAWL_RESTARTS: 'true',
    PAWL_RESTART_DELAY_SECONDS: '3',
  };
  operator = await startOperator(env, { as: 'given' });
});

afterAll(async () => {
  await operator?.stop();
  await workloads?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
  await account?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  namespace = await kube.namespace('restart');
});

const asks = { 'pawl.dev/restart-on-change': 'true' };
const envFrom = (name: string) => ({ envFrom: [{ configMapRef: { name } }] });
const hashOf = ({ spec }: StoredWorkload) => spec.template.metadata.annotations?.['pawl.dev/config-hash'];
const seenOf = ({ metadata }: StoredWorkload) => metadata.annotations?.['pawl.dev/config-seen'];

async function save(path: string, body: string, version: string): Promise<void> {
  const name = path.replace('.yaml', '');
  await kube.propose(namespace, name, { path, body, author: 'ada' });
  await kube.untilShown(namespace, path, version);
}

/** That uses these ConfigMaps, and of which Pawl has taken notice. */
async function deployed(wish: Partial<WorkloadWish> = {}): Promise<WorkloadWish> {
  const whole = { name: 'api', namespace, annotations: asks, container: envFrom('a.yaml'), ...wish };
  await workloads.apply(whole);
  await until('the record', 30_000, async () => seenOf(await workloads.get(whole)) !== undefined);
  return whole;
}

/** How often these operators say that they have restarted it, or written down what it uses without a restart. */
async function saidOf(
  { kind = 'Deployment', name }: WorkloadWish,
  operators: readonly Operator[],
  message: string,
): Promise<number> {
  const logs = await Promise.all(operators.map(one => one.logs()));
  const lines = logs.flatMap(log => log.split('\n'));
  return lines.filter(
    line => line.includes(`"${kind}/${namespace}/${name}"`) && line.includes(`"msg":"${message}"`),
  ).length;
}

const restartsOf = (wish: WorkloadWish, operators: readonly Operator[] = [operator]) =>
  saidOf(wish, operators, 'restarted');

/** Waits until the record names this version of a config: what was decided about it is done then. */
const untilSeen = (wish: WorkloadWish, path: string, version: string) =>
  until(`${path} version ${version} is seen`, 30_000, async () => {
    const found = await workloads.get(wish);
    const seen = JSON.parse(seenOf(found) ?? '{}') as { maps?: Record<string, { configs: object }> };
    const versions = Object.values(seen.maps ?? {}).flatMap(({ configs }) => Object.entries(configs));
    return versions.some(([name, each]) => name === `${namespace}/${path}` && each === version) && found;
  });

describe('a workload', () => {
  it('is restarted once for a save, with who saved what in an Event, and never at first sight', async () => {
    await save('a.yaml', 'cap: 1\n', '1');
    const wish = await deployed();
    const first = await workloads.get(wish);
    expect(hashOf(first)).toBeUndefined();
    expect(await restartsOf(wish)).toBe(0);
    await save('a.yaml', 'cap: 2\n', '2');
    const second = await untilSeen(wish, 'a.yaml', '2');
    expect(hashOf(second)).toMatch(/^[0-9a-f]{16}$/);
    await until('it is counted', 30_000, async () => (await restartsOf(wish)) === 1);
    const event = await until('the Event', 30_000, async () =>
      (await kube.events(namespace)).find(({ reason }) => reason === 'Restarted'),
    );
    expect(event.note).toMatch(new RegExp(`^Restarted for ${namespace}/a.yaml version 2 by ada`));
    expect(await metricOf(operator, 'pawl_restarts_total')).toBeGreaterThan(0);
  });

  it('is restarted once for several configs that are saved one after another', async () => {
    for (const path of ['a.yaml', 'b.yaml', 'c.yaml']) await save(path, 'cap: 1\n', '1');
    const volumes = [
      { name: 'b', configMap: { name: 'b.yaml' } },
      { name: 'c', projected: { sources: [{ configMap: { name: 'c.yaml' } }] } },
    ];
    const wish = await deployed({ volumes });
    await until('all three are seen', 30_000, async () =>
      seenOf(await workloads.get(wish))?.includes('c.yaml'),
    );
    const names = ['a', 'b', 'c'];
    await Promise.all(
      names.map(name => kube.propose(namespace, name, { path: `${name}.yaml`, body: 'cap: 2\n' })),
    );
    for (const name of names) await untilSeen(wish, `${name}.yaml`, '2');
    await until('it is counted', 30_000, async () => (await restartsOf(wish)) === 1);
  });

  it('is not restarted by operators that come, go and share the work', async () => {
    await save('a.yaml', 'cap: 1\n', '1');
    const wish = await deployed();
    await save('a.yaml', 'cap: 2\n', '2');
    const restarted = await untilSeen(wish, 'a.yaml', '2');
    await operator.stop();
    const elect = { ...env, PAWL_LEADER_ELECT: 'true' };
    const both = await Promise.all([
      startOperator(elect, { as: 'given' }),
      startOperator(elect, { as: 'given' }),
    ]);
    try {
      expect(hashOf(await workloads.get(wish))).toBe(hashOf(restarted));
      // What is written on it after that is for this, and says that what was there before was looked at.
      await save('a.yaml', 'cap: 3\n', '3');
      await untilSeen(wish, 'a.yaml', '3');
      await until('it is counted', 30_000, async () => (await restartsOf(wish, both)) === 1);
    } finally {
      await Promise.all(both.map(one => one.stop()));
      operator = await startOperator(env, { as: 'given' });
    }
    await save('a.yaml', 'cap: 4\n', '4');
    await untilSeen(wish, 'a.yaml', '4');
    await until('it is counted', 30_000, async () => (await restartsOf(wish)) === 1);
  });

  it('that a GitOps engine applies again and again keeps its restart, and both keep what is theirs', async () => {
    await save('a.yaml', 'cap: 1\n', '1');
    const wish = await deployed();
    await save('a.yaml', 'cap: 2\n', '2');
    const restarted = await untilSeen(wish, 'a.yaml', '2');
    const applied = await workloads.apply(wish);
    expect(applied.spec.template).toEqual(restarted.spec.template);
    expect(seenOf(applied)).toBe(seenOf(restarted));
    const next = await workloads.apply({ ...wish, image: 'api:2' });
    expect(hashOf(next)).toBe(hashOf(restarted));
    expect(seenOf(next)).toBe(seenOf(restarted));
    const managers = next.metadata.managedFields!.filter(({ operation }) => operation === 'Apply');
    expect(managers.map(({ manager }) => manager).sort()).toEqual(['argocd-controller', 'pawl']);
    await save('a.yaml', 'cap: 3\n', '3');
    expect(hashOf(await untilSeen(wish, 'a.yaml', '3'))).not.toBe(hashOf(restarted));
    await until('it is counted', 30_000, async () => (await restartsOf(wish)) === 2);
    // Beside the restarts Pawl wrote on it once: at first sight.
    expect(await saidOf(wish, [operator], 'saw the configs of a workload')).toBe(1);
  });

  it('that is undone stays so until the next save', async () => {
    await save('a.yaml', 'cap: 1\n', '1');
    const wish = await deployed();
    const before = await workloads.get(wish);
    await save('a.yaml', 'cap: 2\n', '2');
    await untilSeen(wish, 'a.yaml', '2');
    await workloads.undo(wish, {
      template: before.spec.template,
      annotations: before.metadata.annotations!,
    });
    const seen = await until('the record is new', 30_000, async () => {
      const found = await workloads.get(wish);
      return seenOf(found)?.includes('"unsure":true') && found;
    });
    expect(hashOf(seen)).toBeUndefined();
    await save('a.yaml', 'cap: 3\n', '3');
    expect(hashOf(await untilSeen(wish, 'a.yaml', '3'))).toBeDefined();
    await until('it is counted', 30_000, async () => (await restartsOf(wish)) === 2);
  });

  it('is not restarted while its rollout is paused, and once when it is resumed', async () => {
    await save('a.yaml', 'cap: 1\n', '1');
    const wish = await deployed();
    await workloads.patch(wish, { spec: { paused: true } });
    await save('a.yaml', 'cap: 2\n', '2');
    await until('Pawl says so', 30_000, async () =>
      (await kube.events(namespace)).some(({ reason }) => reason === 'RestartHeld'),
    );
    expect(hashOf(await workloads.get(wish))).toBeUndefined();
    await workloads.patch(wish, { spec: { paused: false } });
    expect(hashOf(await untilSeen(wish, 'a.yaml', '2'))).toBeDefined();
    await until('it is counted', 30_000, async () => (await restartsOf(wish)) === 1);
  });

  it.each(['StatefulSet', 'DaemonSet'] as const)(
    'may be a %s, also one whose pods somebody deletes',
    async kind => {
      await save('a.yaml', 'cap: 1\n', '1');
      const more = {
        updateStrategy: { type: 'OnDelete' },
        ...(kind === 'StatefulSet' && { serviceName: 'a' }),
      };
      const wish = await deployed({ kind, more });
      await save('a.yaml', 'cap: 2\n', '2');
      expect(hashOf(await untilSeen(wish, 'a.yaml', '2'))).toBeDefined();
      const event = await until('the Event', 30_000, async () =>
        (await kube.events(namespace)).find(({ reason }) => reason === 'MarkedForRestart'),
      );
      expect(event.note).toContain('OnDelete');
    },
  );

  it('whose restart a policy of somebody else denies says so with the reason, and is restarted when it may be', async () => {
    const kubectl = await adminKubectl();
    const name = `${namespace}-no-restarts`;
    const rules = [
      { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] },
    ];
    const spec = {
      matchConstraints: {
        resourceRules: rules,
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      },
      validations: [
        { expression: 'object.spec == oldObject.spec', message: 'Nothing is deployed on Fridays.' },
      ],
    };
    const group = { apiVersion: 'admissionregistration.k8s.io/v1' };
    const policy = { ...group, kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec };
    const binding = {
      ...group,
      ...{ kind: 'ValidatingAdmissionPolicyBinding', metadata: { name } },
      spec: { policyName: name, validationActions: ['Deny'] },
    };
    await save('a.yaml', 'cap: 1\n', '1');
    const wish = await deployed();
    const items = [policy, binding];
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
    try {
      await until('the policy is in force', 30_000, async () =>
        workloads.patch(wish, { spec: { minReadySeconds: 1 + Math.floor(performance.now()) } }).then(
          () => false,
          () => true,
        ),
      );
      await save('a.yaml', 'cap: 2\n', '2');
      const event = await until('the Event', 30_000, async () =>
        (await kube.events(namespace)).find(({ reason }) => reason === 'RestartDenied'),
      );
      expect(event).toMatchObject({ type: 'Warning' });
      expect(event.note).toContain(`${namespace}/a.yaml version 2`);
      expect(event.note).toContain('Nothing is deployed on Fridays.');
    } finally {
      for (const { kind } of items) await kubectl(['delete', kind, name]);
    }
    expect(hashOf(await untilSeen(wish, 'a.yaml', '2'))).toBeDefined();
  });

  it('without the annotation has nothing written on it', async () => {
    await save('a.yaml', 'cap: 1\n', '1');
    const silent = { name: 'silent', namespace, container: envFrom('a.yaml') };
    await workloads.apply(silent);
    const wish = await deployed();
    await save('a.yaml', 'cap: 2\n', '2');
    await untilSeen(wish, 'a.yaml', '2');
    const found = await workloads.get(silent);
    expect(found.metadata.annotations ?? {}).toEqual({});
    expect(found.metadata.generation).toBe(1);
  });

  it('that uses a ConfigMap of somebody else is not restarted for it', async () => {
    await save('a.yaml', 'cap: 1\n', '1');
    await kube.createConfigMap(namespace, 'theirs', { a: '1' });
    const volumes = [{ name: 't', configMap: { name: 'theirs' } }];
    const wish = await deployed({ volumes });
    await kube.patchConfigMap(namespace, 'theirs', { data: { a: '2' } });
    await save('a.yaml', 'cap: 2\n', '2');
    const found = await untilSeen(wish, 'a.yaml', '2');
    expect(seenOf(found)).not.toContain('theirs');
    await until('it is counted', 30_000, async () => (await restartsOf(wish)) === 1);
  });
});

describe('a rollout in steps', () => {
  const steps = [{ target: 'shown-first', pause: '1s' }];
  const shownIn = (pause: string) =>
    kube.project(namespace, 'shown', {
      configs: [{ path: 'a.yaml' }],
      rollout: { steps: [{ target: 'shown-first', pause }], haltOn: ['WorkloadUnhealthy'] },
    });
  const textOf = async (name: string) => (await kube.configMap(namespace, name))?.data?.['a.yaml'];
  const stateOf = async () => (await kube.projection(namespace, 'shown')).status.rollout?.state;

  /** As the controllers and the kubelet write it, which nobody does here. */
  async function tell(failed: string | null): Promise<void> {
    const kubectl = await adminKubectl();
    const patch = (kind: string, name: string, status: object) =>
      kubectl([
        ...['patch', kind, name, '-n', namespace, '--subresource=status', '--type=merge'],
        ...['-p', JSON.stringify({ status })],
      ]);
    const { generation: observedGeneration } = (await workloads.get({ name: 'first', namespace })).metadata;
    const counts = { replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 };
    await patch('deployment', 'first', { observedGeneration, ...counts });
    const terminated = { exitCode: 1, reason: 'Error', startedAt: failed, finishedAt: failed };
    const api = { name: 'api', image: 'api:1', imageID: '', ready: failed === null, restartCount: 1 };
    await patch('pod', 'first-1', {
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
      containerStatuses: [{ ...api, state: { running: {} }, ...(failed && { lastState: { terminated } }) }],
    });
  }

  it('goes on while the pods of a step are well, halts on one that fails, and ends with a newer text', async ({
    onTestFailed,
  }) => {
    onTestFailed(async () =>
      console.error(JSON.stringify((await kube.projection(namespace, 'shown')).status)),
    );
    await save('a.yaml', 'cap: 1\n', '1');
    await shownIn('1s');
    await kube.untilProjection(namespace, 'shown', 'Rendered', 30_000);
    expect([await textOf('shown-first'), await textOf('shown')]).toEqual(['cap: 1\n', 'cap: 1\n']);
    await workloads.apply({ name: 'first', namespace, container: envFrom('shown-first') });
    const kubectl = await adminKubectl();
    const pod = {
      ...{
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'first-1', namespace, labels: { app: 'first' } },
      },
      spec: { containers: [{ name: 'api', image: 'api:1' }], automountServiceAccountToken: false },
    };
    await kubectl(['create', '-f', '-'], { input: JSON.stringify(pod) });
    await tell(null);

    await save('a.yaml', 'cap: 2\n', '2');
    await until('version 2 everywhere', 60_000, async () => (await textOf('shown')) === 'cap: 2\n');
    await until('the end', 30_000, async () => (await stateOf()) === 'Complete');

    // However slow this machine is, the pod fails before the step ends.
    await shownIn('1h');
    await kube.propose(namespace, 'a', { path: 'a.yaml', body: 'cap: 3\n', author: 'ada' });
    await until('version 3 in the step', 30_000, async () => (await textOf('shown-first')) === 'cap: 3\n');
    // By the node's clock, which may be ahead.
    await tell(new Date(Date.now() + 3_000).toISOString().replace(/\.\d+/, ''));
    const halted = await kube.untilProjection(namespace, 'shown', 'RolloutHalted', 60_000);
    const { message } = halted.status.conditions!.find(({ type }) => type === 'Ready')!;
    expect(message).toMatch(/[Vv]ersion 3 by ada.* is halted in step 1 of 2\. Deployment first/);
    expect(message).toContain('container api of pod first-1 ended with exit code 1. ');
    expect(message).toContain(`To go back: kubectl pawl restore a.yaml@2 -n ${namespace}`);
    expect(await textOf('shown')).toBe('cap: 2\n');
    // A leader that has just taken over has still to look at the rollout.
    const halts = () => metricOf(operator, 'pawl_rollouts{state="Halted"}');
    await until('the metric', 30_000, async () => (await halts()) === 1);

    // Another process decides the same, and other words of the spec.
    await operator.stop();
    operator = await startOperator(env, { as: 'given' });
    await tell(null);
    await shownIn('1s');
    await kube.untilProjection(namespace, 'shown', 'RolloutHalted', 30_000);
    await save('b.yaml', 'cap: 1\n', '1');
    expect([await stateOf(), await textOf('shown')]).toEqual(['Halted', 'cap: 2\n']);

    await save('a.yaml', 'cap: 2\n', '4');
    await until('the end', 60_000, async () => (await stateOf()) === 'Complete');
    expect([await textOf('shown-first'), await textOf('shown')]).toEqual(['cap: 2\n', 'cap: 2\n']);
  });

  it('is refused where it cannot be one', async () => {
    const configs = [{ path: 'a.yaml' }];
    await expect(
      kube.project(namespace, 'shown', { configs, rollout: { steps: [{ target: 'shown' }] } }),
    ).rejects.toThrow(/another name than the target/);
    for (const target of [{ kind: 'Secret' as const }, { immutable: true }])
      await expect(kube.project(namespace, 'shown', { configs, target, rollout: { steps } })).rejects.toThrow(
        /ConfigMap that is not immutable/,
      );
    await expect(
      kube.project(namespace, 'shown', { configs, rollout: { steps: [...steps, ...steps] } }),
    ).rejects.toThrow(/[Dd]uplicate/);
    await expect(
      kube.project(namespace, 'shown', { configs, rollout: { steps: [{ target: 'x', pause: '10' }] } }),
    ).rejects.toThrow(/pause/);
  });
});

describe('a Rollout of Argo', () => {
  it('is restarted as the others are, where its CRD is there when the operator starts', async () => {
    const kubectl = await adminKubectl();
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(rolloutCrd) });
    try {
      await kubectl(['wait', '--for=condition=Established', 'crd/rollouts.argoproj.io', '--timeout=120s']);
      await operator.stop();
      operator = await startOperator(env, { as: 'given' });
      await save('a.yaml', 'cap: 1\n', '1');
      const wish = await deployed({ kind: 'Rollout' });
      await save('a.yaml', 'cap: 2\n', '2');
      const found = await untilSeen(wish, 'a.yaml', '2');
      expect(hashOf(found)).toBeDefined();
      // Of a custom resource a change of annotations is none of the generation.
      expect(found.metadata.generation).toBe(2);
    } finally {
      await kubectl(['delete', 'crd', 'rollouts.argoproj.io', '--wait=false']);
    }
  });
});
