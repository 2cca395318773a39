/**
 * Pawl in a whole cluster, from the installation by Helm to the uninstallation: nodes that run its image, pods that
 * mount its ConfigMaps, a user with a token. The chapters stand in the order of the story and build on each other.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readE2eSettings } from '../../local/e2e-settings.ts';
import { problemsOf } from '../../local/image-contents.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import { until } from '../setup/until.ts';
import { CRDS, openCluster, type TestCluster } from './cluster.ts';
import { answerTo, Counters, configMapNamed, configVersionNamed, propose, save } from './edits.ts';
import { filesOfImage } from './image-files.ts';
import {
  type ApiServiceObject,
  application,
  type ConfigMapObject,
  type ConfigProjectionObject,
  type ConfigVersionObject,
  type Named,
  type PodObject,
} from './objects.ts';
import { Release } from './release.ts';

const settings = readE2eSettings(process.env);
const path = 'limits/eu.yaml';
const limits = (cap: number, floor: number) => `# per customer and day\ncap: ${cap}\nfloor: ${floor}\n`;

let cluster: TestCluster;
let pawl: Release;
let user: Kubectl;
let counters: Counters;

beforeAll(async () => {
  cluster = await openCluster(settings.kubeconfig);
  pawl = new Release(cluster, settings);
});

beforeEach(({ onTestFailed }) => onTestFailed(async () => console.error(await pawl.state())));

afterAll(async () => {
  await pawl?.uninstall();
  await cluster?.dispose();
});

it('installs from the chart in a restricted namespace: three replicas are ready, one of them leads', async () => {
  await pawl.install();
  expect(await pawl.pods()).toHaveLength(3);
  await until('a leader', 30_000, () => pawl.leader());
});

it('runs from an image that holds no shell, no package manager and no setuid program, and is small', async () => {
  const [pod] = await pawl.pods();
  expect(problemsOf(await filesOfImage(cluster.kubectl, pod!, cluster.system))).toEqual([]);
});

it('serves the history through the API server', async () => {
  await until('the API server finds it', 60_000, async () =>
    (await apiService())?.status?.conditions?.some(one => one.type === 'Available' && one.status === 'True'),
  );
});

it('takes a config from a user with the edit role of the cluster, and none from one with the view role', async () => {
  user = await cluster.user('ada', 'edit', 'create');
  const first = { name: 'limits', path, body: limits(1000, 10), baseVersion: 0 };
  // For some seconds after the installation the API server compiles the admission policies.
  await until('the API server takes ConfigVersions', 60_000, () => propose(user, first, 'server'));
  expect((await save(user, first)).status?.version).toBe('1');

  const viewer = await cluster.user('eve', 'view', 'get');
  await expect(propose(viewer, { ...first, body: limits(0, 0) })).rejects.toThrow(/forbidden/i);
});

it('shows version 2 in the file of pods that run, and in their environment after a restart', async () => {
  const image = process.env.PAWL_E2E_IMAGE!;
  await user(['apply', '-f', '-'], {
    input: JSON.stringify(application('app', image, 'limits-eu.yaml')),
  });
  await user(['rollout', 'status', 'deployment/app', '--timeout=120s']);
  const before = await appPods();
  const seen = () => Promise.all(before.map(pod => read(pod)));
  expect(await seen()).toEqual(before.map(() => ({ file: limits(1000, 10), variable: limits(1000, 10) })));

  const saved = await save(user, { name: 'limits', path, body: limits(1200, 10), baseVersion: 1 });
  expect(saved.status?.version).toBe('2');
  // The kubelet looks at ConfigMaps about once a minute, unless it is told otherwise.
  await until('version 2 in the files', 150_000, async () =>
    (await seen()).every(({ file }) => file === limits(1200, 10)),
  );
  expect(await seen()).toEqual(before.map(() => ({ file: limits(1200, 10), variable: limits(1000, 10) })));

  await user(['rollout', 'restart', 'deployment/app']);
  await user(['rollout', 'status', 'deployment/app', '--timeout=120s']);
  await expectAll(limits(1200, 10));
});

it('restarts the pods once for a save where their Deployment asks for it, and says which version they have', async () => {
  await user(['annotate', 'deployment', 'app', 'pawl.dev/restart-on-change=true']);
  await until('Pawl has noted it', 60_000, async () => (await usage())?.version === 2);
  const rollouts = await revision();
  const before = names(await appPods());

  await save(user, { name: 'limits', path, body: limits(1300, 10), baseVersion: 2 });
  await until('the restart for version 3', 60_000, async () => (await usage())?.version === 3);
  await user(['rollout', 'status', 'deployment/app', '--timeout=120s']);
  expect(names(await appPods()).filter(name => before.includes(name))).toEqual([]);
  await expectAll(limits(1300, 10));
  expect(await revision()).toBe(rollouts + 1);
  const pods = (await usage())?.pods?.map(({ name, version, behind }) => ({ name, version, behind }));
  expect(pods).toHaveLength(2);
  expect(pods).toEqual(
    expect.arrayContaining(names(await appPods()).map(name => ({ name, version: 3, behind: false }))),
  );
});

it('halts a rollout on a version that crashes the pods of its first step, and goes on with one that works', async () => {
  const flags = { name: 'flags', path: 'flags.yaml' };
  await save(user, { ...flags, body: 'works: 1\n', baseVersion: 0 });
  const rollout = { steps: [{ target: 'flags-first', pause: '30s' }], haltOn: ['WorkloadUnhealthy'] };
  const projection = {
    ...{ apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigProjection', metadata: { name: 'flags' } },
    spec: { configs: [{ path: flags.path }], rollout },
  };
  await user(['apply', '-f', '-'], { input: JSON.stringify(projection) });
  const program =
    "if (!process.env['flags.yaml'].includes('works')) process.exit(3); setInterval(() => {}, 60_000)";
  for (const name of ['flags-first', 'flags']) {
    await until(`ConfigMap ${name}`, 30_000, () => configMapNamed(user, name));
    const input = JSON.stringify(application(name, process.env.PAWL_E2E_IMAGE!, name, program));
    await user(['apply', '-f', '-'], { input });
    await user(['annotate', 'deployment', name, 'pawl.dev/restart-on-change=true']);
  }
  for (const name of ['flags-first', 'flags'])
    await user(['rollout', 'status', `deployment/${name}`, '--timeout=120s']);
  await until('Pawl has noted both', 60_000, async () => (await flagsUsed()).Deployment?.length === 2);

  await save(user, { ...flags, body: 'works: 2\n', baseVersion: 1 });
  await until('version 2 has gone through both steps', 120_000, async () => {
    const shown = (await configMapNamed(user, 'flags')).data['flags.yaml'];
    return shown === 'works: 2\n' && (await rolloutOf()) === 'Complete';
  });
  await user(['rollout', 'status', 'deployment/flags-first', '--timeout=120s']);

  await save(user, { ...flags, body: 'crashes: 3\n', baseVersion: 2 });
  await until('the halt', 180_000, async () => (await rolloutOf()) === 'Halted');
  const { status } = await projectionNamed('flags');
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  expect(ready).toMatchObject({ reason: 'RolloutHalted' });
  expect(ready?.message).toMatch(/[Vv]ersion 3 by e2e@example\.c.* step 1 of 2\. Deployment flags-first/);
  expect(ready?.message).toMatch(/kubectl pawl restore flags\.yaml@2 -n /);
  const used = await flagsUsed();
  expect(used.ConfigMap?.map(({ name, version }) => [name, version]).sort()).toEqual([
    ['flags', 2],
    ['flags-first', 3],
    // The ConfigVersion's own, which nobody of these mounts.
    ['flags.yaml', 3],
  ]);
  expect(used.ConfigProjection).toMatchObject([{ name: 'flags', reason: 'RolloutHalted', version: 2 }]);
  const rest = await cluster.list<PodObject>('pods', cluster.team, 'app=flags');
  expect(rest.flatMap(pod => pod.status.containerStatuses?.map(each => each.restartCount))).toEqual([0, 0]);

  await cluster.pawl('ada', ['restore', '-n', cluster.team, `${flags.path}@2`, '--yes']);
  await until(
    'version 4 has gone through both steps',
    180_000,
    async () => (await rolloutOf()) === 'Complete',
  );
  for (const name of ['flags-first', 'flags']) {
    expect((await configMapNamed(user, name)).data['flags.yaml']).toBe('works: 2\n');
    await user(['rollout', 'status', `deployment/${name}`, '--timeout=120s']);
  }
  await user(['delete', 'deployment', 'flags-first', 'flags']);
});

it('asks before it merges a stale edit, and saves exactly what was confirmed', async () => {
  const stale = await propose(user, { name: 'limits-bob', path, body: limits(1000, 20), baseVersion: 1 });
  const asked = await answerTo(user, stale, 'Stalled');
  expect(asked.status?.conditions?.find(({ type }) => type === 'Stalled')?.reason).toBe(
    'ConfirmationRequired',
  );
  expect((await configMapNamed(user, 'limits-eu.yaml')).data['eu.yaml']).toBe(limits(1300, 10));

  await user([
    'annotate',
    'configversion',
    'limits-bob',
    `pawl.dev/confirm=${asked.status?.conflict?.token}`,
  ]);
  const saved = await answerTo(user, stale, 'Ready');
  expect(saved.status?.version).toBe('4');
  expect((await configMapNamed(user, 'limits-eu.yaml')).data['eu.yaml']).toBe(limits(1300, 20));
});

it('leaves a Deployment that kubectl rollout undo set back, whose pods read the latest text all the same', async () => {
  await until('the restart for version 4', 60_000, async () => (await usage())?.version === 4);
  await user(['rollout', 'status', 'deployment/app', '--timeout=120s']);
  const rollouts = await revision();
  await user(['rollout', 'undo', 'deployment/app']);
  await user(['rollout', 'status', 'deployment/app', '--timeout=120s']);
  await until('Pawl no longer says which version they have', 60_000, async () => {
    const used = await usage();
    return used !== undefined && used.version === undefined;
  });
  expect(await revision()).toBe(rollouts + 1);
  await expectAll(limits(1300, 20));

  await save(user, { name: 'limits', path, body: limits(1400, 20), baseVersion: 4 });
  await until('the restart for version 5', 60_000, async () => (await usage())?.version === 5);
  await user(['rollout', 'status', 'deployment/app', '--timeout=120s']);
  await expectAll(limits(1400, 20));
  expect(await revision()).toBe(rollouts + 2);
});

it('answers every edit and loses none while its replicas are restarted one after another', async () => {
  counters = new Counters(user, 'counters.yaml', 400);
  await counters.create();
  const before = names(await pawl.pods());
  expect(await counters.editDuring(pawl.restart())).toBeGreaterThan(0);
  expect(names(await pawl.pods()).filter(name => before.includes(name))).toEqual([]);
  await expectAllEdits();
});

const blow = settings.kill === null ? "the leader's pod is deleted without grace" : 'SIGKILL ends the leader';
it(`goes on within 20 s and loses no edit when ${blow}`, async () => {
  const leader = await until('a leader', 30_000, () => pawl.leader());
  const { leaseTransitions: term = 0 } = await pawl.lease();
  await pawl.kill(leader);
  // The objects are applied while nobody leads.
  await counters.edit(20_000);
  expect((await pawl.lease()).leaseTransitions).toBeGreaterThan(term);
  await expectAllEdits();
  const replicas = await until('three replicas again', 60_000, async () => {
    const pods = await pawl.pods();
    return pods.length === 3 ? pods : undefined;
  });
  const same = replicas.find(({ metadata }) => metadata.uid === leader.metadata.uid);
  expect(same?.status.containerStatuses?.[0]?.restartCount).toBe(settings.kill === null ? undefined : 1);
});

it('is upgraded to other values of the same chart without touching what is saved', async () => {
  const before = await fingerprint();
  const pods = names(await pawl.pods());
  const [app, appRollouts] = [names(await appPods()), await revision()];
  await pawl.upgrade({ podAnnotations: { 'e2e.example.com/upgraded': 'true' } });
  await until('a leader', 30_000, () => pawl.leader());
  expect(names(await pawl.pods()).filter(name => pods.includes(name))).toEqual([]);
  await counters.edit();
  await expectAllEdits();
  expect((await fingerprint()).limits).toEqual(before.limits);
  expect([names(await appPods()), await revision()]).toEqual([app, appRollouts]);
});

it('passes its own helm test', async () => {
  await pawl.test();
});

it('leaves CRDs, objects, ConfigMaps and history when it is uninstalled, and goes on with them', async () => {
  // The users' rights came with the chart and go with it.
  const admin: Kubectl = (args, options) => cluster.kubectl(['--namespace', cluster.team, ...args], options);
  const before = await fingerprint();
  await pawl.uninstall();
  expect(await pawl.pods()).toEqual([]);
  // Given back by the leader as it stopped, while it still had its account and its rights.
  expect((await pawl.lease()).holderIdentity ?? '').toBe('');
  expect((await cluster.crds()).sort()).toEqual(CRDS.toSorted());
  // Without Pawl behind it, no namespace of the cluster could be deleted.
  expect(await apiService()).toBeUndefined();
  expect(await fingerprint(admin)).toEqual(before);

  const unanswered = await propose(admin, { name: 'limits', path, body: limits(1500, 20), baseVersion: 5 });
  await pawl.install();
  expect((await answerTo(admin, unanswered, 'Ready')).status?.version).toBe('6');
  await until("the users' rights", 15_000, () =>
    user(['auth', 'can-i', 'create', 'configversions.pawl.dev']),
  );
  await counters.edit();
  await expectAllEdits();
});

const names = (pods: readonly PodObject[]) => pods.map(({ metadata }) => metadata.name);

const apiService = () =>
  cluster.get<ApiServiceObject>('apiservice', 'v1alpha1.store.pawl.dev', cluster.system);

/** How often the Deployment was rolled out, back or forth. */
async function revision(): Promise<number> {
  const found = await cluster.get<Named>('deployment', 'app', cluster.team);
  return Number(found?.metadata.annotations?.['deployment.kubernetes.io/revision']);
}

interface Use {
  readonly kind: string;
  readonly name: string;
  readonly version?: number;
  readonly reason?: string;
  readonly pods?: readonly { readonly name: string; readonly version?: number; readonly behind?: boolean }[];
}

/** What `kubectl pawl usage` says of the Deployment. */
async function usage(): Promise<Use | undefined> {
  const { uses } = await cluster.pawl<{ uses: Use[] }>('ada', ['usage', '-n', cluster.team, path]);
  return uses.find(({ kind, name }) => kind === 'Deployment' && name === 'app');
}

/** What `kubectl pawl usage` says of the config that is rolled out in steps, by kind. */
async function flagsUsed(): Promise<Record<string, Use[] | undefined>> {
  const { uses } = await cluster.pawl<{ uses: Use[] }>('ada', ['usage', '-n', cluster.team, 'flags.yaml']);
  return Object.groupBy(uses, ({ kind }) => kind);
}

async function projectionNamed(name: string): Promise<ConfigProjectionObject> {
  const { stdout } = await user(['get', 'configprojection', name, '--output=json']);
  return JSON.parse(stdout) as ConfigProjectionObject;
}

const rolloutOf = async () => (await projectionNamed('flags')).status?.rollout?.state;

/** Every pod of the Deployment has this text in its file and in its environment. */
async function expectAll(body: string): Promise<void> {
  for (const pod of await appPods()) expect(await read(pod)).toEqual({ file: body, variable: body });
}

async function appPods(): Promise<readonly PodObject[]> {
  const pods = await cluster.list<PodObject>('pods', cluster.team, 'app=app');
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** What a program in the pod sees. */
async function read({ metadata }: PodObject): Promise<{ file: string; variable: string }> {
  const program =
    "JSON.stringify({ file: require('fs').readFileSync('/etc/config/eu.yaml', 'utf8'), variable: process.env['eu.yaml'] })";
  const { stdout } = await user(['exec', metadata.name, '--', 'node', '-p', program]);
  return JSON.parse(stdout);
}

async function expectAllEdits(): Promise<void> {
  const { body, versions } = counters.expected;
  const data = await until('the ConfigMap shows every edit', 30_000, async () => {
    const found = await configMapNamed(user, 'counters.yaml');
    return found.data['counters.yaml'] === body ? found : undefined;
  });
  expect(data.metadata.annotations?.['pawl.dev/version']).toBe(String(versions.length + 1));
  expect(counters.versions).toEqual(versions);
}

/** Objects and ConfigMaps of `limits`, as they are in the cluster; equal means that nobody has written them. */
async function fingerprint(kubectl = user) {
  const stamp = ({ metadata }: ConfigVersionObject | ConfigMapObject) =>
    `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`;
  const limits = [
    await configVersionNamed(kubectl, 'limits'),
    await configVersionNamed(kubectl, 'limits-bob'),
    await configMapNamed(kubectl, 'limits-eu.yaml'),
  ];
  return { limits: limits.map(stamp), counters: stamp(await configMapNamed(kubectl, 'counters.yaml')) };
}
