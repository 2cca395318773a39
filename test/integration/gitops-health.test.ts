/**
 * What GitOps engines read off a ConfigVersion: kstatus, Argo CD's Lua and Flux' CEL from charts/, each run on
 * objects that a real API server and the operator brought into every state there is. The CEL runs in the API
 * server itself, which has the same interpreter as Flux.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { findBinaries } from '../../local/binaries.ts';
import { crdFolder } from '../../local/crds.ts';
import { type Kubectl, runKubectl } from '../../local/kubectl.ts';
import type { Operator } from '../../local/operator.ts';
import { type Postgres, startPostgres } from '../../local/postgres.ts';
import { lua } from '../setup/argo-lua.ts';
import { Kube, type StoredConfigVersion } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

type Json = Record<string, unknown>;

const charts = (path: string) => new URL(`../../charts/${path}`, import.meta.url);
const textOf = (path: string) => readFile(charts(path), 'utf8');

let kube: Kube;
let kubectl: Kubectl;
let postgres: Postgres;
let operator: Operator;
let namespace: string;

beforeAll(async () => {
  const kubeconfig = inject('kubeconfig');
  const program = (await findBinaries(['kubectl'])).kubectl;
  kubectl = (args, options) => runKubectl(program, kubeconfig, args, options);
  [kube, postgres] = await Promise.all([Kube.open(kubeconfig), startPostgres({ url: null })]);
  const url = await postgres.createDatabase('gitops');
  operator = await startOperator({ KUBECONFIG: kubeconfig, DATABASE_URL: url });
  namespace = await kube.namespace('gitops');
});

afterAll(async () => {
  await operator?.stop();
  await postgres?.dispose();
  await kube?.[Symbol.asyncDispose]();
});

async function read(name: string): Promise<StoredConfigVersion & Json> {
  const args = ['get', 'configversion', name, '-n', namespace, '-o', 'json', '--show-managed-fields'];
  return JSON.parse((await kubectl(args)).stdout);
}

/** Two versions, by ada, for others to be stale against; answers with the path. */
async function twoVersions(name: string): Promise<string> {
  const path = `${name}.yaml`;
  for (const body of ['cap: 1\n# far\n# from\n# it\nfee: 1\n', 'cap: 2\n# far\n# from\n# it\nfee: 1\n']) {
    await kube.propose(namespace, name, { path, body, author: 'ada@example.com' });
    await kube.untilReason(namespace, name, 'Saved');
  }
  return path;
}
const disjoint = { body: 'cap: 1\n# far\n# from\n# it\nfee: 5\n', baseVersion: 1 };
const clashing = { body: 'cap: 3\n# far\n# from\n# it\nfee: 1\n', baseVersion: 1 };

const health = async (object: object) => lua(await textOf('argocd/health.lua'), object);
const action = async (name: string, object: object) =>
  lua(await textOf(`argocd/actions/${name}/action.lua`), object);

async function enabledActions(object: object): Promise<string[]> {
  const found = await lua(await textOf('argocd/actions/discovery.lua'), object);
  return Object.keys(found).filter(name => !(found[name] as { disabled: boolean }).disabled);
}

/** What Argo CD sends after an action: the JSON merge patch from the object it read to the one it got back. */
function mergePatch(before: Json, after: Json): Json {
  const patch: Json = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]];
    if (!(key in after)) patch[key] = null;
    else if (isMap(was) && isMap(is)) Object.assign(patch, nonEmpty(key, mergePatch(was, is)));
    else if (!isDeepStrictEqual(was, is)) patch[key] = is;
  }
  return patch;
}
const nonEmpty = (key: string, value: Json) => (Object.keys(value).length > 0 ? { [key]: value } : {});
const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Argo CD keeps objects without their managed fields. */
async function act(name: string, which: string): Promise<Json> {
  const object = await read(name);
  const { managedFields: _, ...metadata } = object.metadata;
  const before = { ...object, metadata };
  const patch = mergePatch(before, await action(which, before));
  const args = ['patch', 'configversion', name, '-n', namespace, '--type=merge', '-p', JSON.stringify(patch)];
  await kubectl(args);
  return patch;
}

describe('an action of Argo CD', () => {
  it('confirm saves what was shown, by setting one annotation and nothing else', async () => {
    const path = await twoVersions('confirm-base');
    await kube.propose(namespace, 'confirm', { path, ...disjoint });
    await kube.untilReason(namespace, 'confirm', 'ConfirmationRequired');
    const { token, merged } = (await read('confirm')).status.conflict!;
    const patch = await act('confirm', 'confirm');
    expect(patch).toEqual({ metadata: { annotations: { 'pawl.dev/confirm': token } } });
    await kube.untilReason(namespace, 'confirm', 'Merged');
    const shown = await kube.untilShown(namespace, path, '3');
    expect(shown.data).toEqual({ [path]: merged });
    expect(await enabledActions(await read('confirm'))).toEqual(['suspend']);
  });

  it('confirm says so when there is nothing to confirm', async () => {
    await expect(action('confirm', { metadata: {}, spec: {} })).rejects.toThrow('nothing to confirm');
  });

  it('suspend and resume change spec.suspend only, and leave what Git says', async () => {
    await kube.propose(namespace, 'pause', { path: 'pause.yaml', body: 'a: 1\n' });
    await kube.untilReason(namespace, 'pause', 'Saved');
    const { spec } = await read('pause');
    expect(await act('pause', 'suspend')).toEqual({ spec: { suspend: true } });
    expect(await enabledActions(await read('pause'))).toEqual(['resume']);
    expect(await act('pause', 'resume')).toEqual({ spec: { suspend: null } });
    expect((await read('pause')).spec).toEqual(spec);
    await kube.untilReason(namespace, 'pause', 'Unchanged');
  });
});

/** Every kind there is, by its CRD. */
const kinds = readdirSync(crdFolder)
  .filter(name => name.endsWith('.yaml'))
  .map(name => parse(readFileSync(join(crdFolder, name), 'utf8')).spec.names.kind as string);

describe('argocd-cm.yaml', () => {
  it('holds the scripts that are tested here, byte for byte', async () => {
    const { data } = parse(await textOf('argocd/argocd-cm.yaml'));
    for (const kind of kinds) {
      expect(data[`resource.customizations.health.pawl.dev_${kind}`], kind).toBe(
        await textOf('argocd/health.lua'),
      );
    }
    const actions = parse(data['resource.customizations.actions.pawl.dev_ConfigVersion']);
    expect(actions).toEqual({
      'discovery.lua': await textOf('argocd/actions/discovery.lua'),
      definitions: await Promise.all(
        ['confirm', 'suspend', 'resume'].map(async name => ({
          name,
          'action.lua': await textOf(`argocd/actions/${name}/action.lua`),
        })),
      ),
    });
  });
});

describe('the other kinds', () => {
  const object = (kind: string, name: string, spec: object) => ({
    ...{ apiVersion: 'pawl.dev/v1alpha1', kind, spec },
    metadata: { name, ...(kind === 'ConfigNotifier' && { namespace }) },
  });

  it.each([
    ['ConfigNamespace', { description: 'ours' }, 'Healthy', /^InForce: /],
    ['ConfigSchema', { namespaces: [], schema: { type: 'object' } }, 'Healthy', /^InForce: /],
    ['ConfigSchema', { namespaces: [], schema: { type: 'nothing' } }, 'Degraded', /^InvalidSchema: /],
    [
      'ConfigNotifier',
      { url: 'https://hooks.example.com/pawl', signingSecret: { name: 'none' } },
      ...(['Degraded', /^NotificationsOff: /] as const),
    ],
  ] as const)('%s %j is %s for Argo CD and kstatus', async (kind, spec, expected, message) => {
    const input = JSON.stringify(object(kind, `health-${randomBytes(3).toString('hex')}`, spec));
    const created = JSON.parse((await kubectl(['create', '-o', 'json', '-f', '-'], { input })).stdout);
    expect(await health(created)).toMatchObject({ status: 'Progressing' });
    const told = await until(`${kind} being told about`, 30_000, async () => {
      const seen = JSON.parse((await kubectl(['get', '-o', 'json', '-f', '-'], { input })).stdout).items[0];
      return seen.status?.observedGeneration === seen.metadata.generation && seen;
    });
    expect(await health(told)).toEqual({ status: expected, message: expect.stringMatching(message) });
    expect(kstatus(told)).toBe(expected === 'Healthy' ? 'Current' : 'Failed');
    await kubectl(['delete', '--wait=false', '-f', '-'], { input });
  });
});

/** kstatus of a custom resource, as github.com/kubernetes-sigs/cli-utils has it in pkg/kstatus/status. */
function kstatus({
  metadata,
  status,
}: StoredConfigVersion): 'Current' | 'InProgress' | 'Failed' | 'Terminating' {
  if ('deletionTimestamp' in metadata) return 'Terminating';
  const { observedGeneration, conditions = [] } = status ?? {};
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return 'InProgress';
  for (const condition of conditions) {
    if (condition.type === 'Reconciling' && condition.status === 'True') return 'InProgress';
    if (condition.type === 'Stalled' && condition.status === 'True') return 'Failed';
  }
  const ready = conditions.find(condition => condition.type === 'Ready');
  // "No way to determine if Ready=False is making progress or is doomed".
  return ready === undefined || ready.status === 'True' ? 'Current' : 'InProgress';
}

const states = {
  fresh: { kstatus: 'InProgress', argo: 'Progressing', message: /generation 1/, actions: ['suspend'] },
  saved: { kstatus: 'Current', argo: 'Healthy', message: /^Saved: /, actions: ['suspend'] },
  unchanged: { kstatus: 'Current', argo: 'Healthy', message: /^Unchanged: /, actions: ['suspend'] },
  superseded: {
    kstatus: 'Current',
    argo: 'Healthy',
    message: /^Saved: .*Version 2 by .* came/,
    actions: ['suspend'],
  },
  conflict: { kstatus: 'Failed', argo: 'Degraded', message: /^VersionConflict: /, actions: ['suspend'] },
  confirmation: {
    kstatus: 'Failed',
    argo: 'Degraded',
    message: /^ConfirmationRequired: .*pawl\.dev\/confirm=/s,
    actions: ['confirm', 'suspend'],
  },
  invalid: { kstatus: 'Failed', argo: 'Degraded', message: /^InvalidBody: /, actions: ['suspend'] },
  suspended: {
    kstatus: 'Current',
    argo: 'Healthy',
    message: /^Suspended: .*before that, Saved: /,
    actions: ['resume'],
  },
  'suspended-new': { kstatus: 'Current', argo: 'Healthy', message: /^Suspended: /, actions: ['resume'] },
  'suspended-conflict': {
    kstatus: 'Failed',
    argo: 'Degraded',
    message: /^Suspended: .*VersionConflict: /,
    actions: ['resume'],
  },
  outage: {
    kstatus: 'InProgress',
    argo: 'Progressing',
    message: /^StoreUnavailable: /,
    actions: ['suspend'],
  },
  stale: { kstatus: 'InProgress', argo: 'Progressing', message: /generation 2/, actions: ['suspend'] },
  'stale-conflict': {
    kstatus: 'InProgress',
    argo: 'Progressing',
    message: /generation 2/,
    actions: ['suspend'],
  },
} as const;
type State = keyof typeof states;

describe('a ConfigVersion', () => {
  const objects = new Map<State, StoredConfigVersion & Json>();

  beforeAll(async () => {
    await bringAbout();
    for (const state of Object.keys(states) as State[]) objects.set(state, await read(state));
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(await verdictPolicy()) });
  });

  afterAll(async () => {
    await kubectl(['delete', '--ignore-not-found', '-f', '-'], {
      input: JSON.stringify(await verdictPolicy()),
    });
  });

  it.each(Object.keys(states) as State[])(
    '%s: kstatus, Argo CD and Flux agree with the design',
    async state => {
      const object = objects.get(state)!;
      const expected = states[state];
      expect(kstatus(object), 'kstatus').toBe(expected.kstatus);
      expect(await health(object), 'Argo CD').toEqual({
        status: expected.argo,
        message: expect.stringMatching(expected.message),
      });
      expect((await enabledActions(object)).sort(), 'actions').toEqual(expected.actions);
      expect(await fluxVerdict(state), 'Flux').toBe(expected.kstatus);
    },
  );

  it('never has Reconciling and Stalled at once, in any state', () => {
    for (const [state, { status }] of objects) {
      const types = status.conditions?.map(({ type }) => type) ?? [];
      expect(types.filter(type => type === 'Reconciling' || type === 'Stalled').length, state).toBeLessThan(
        2,
      );
    }
  });

  it('has nothing of the operator but its status', () => {
    for (const [state, { metadata }] of objects) {
      const ours = (metadata.managedFields as { manager: string; subresource?: string }[]).filter(
        ({ manager }) => manager === 'pawl',
      );
      expect(
        ours.map(({ subresource }) => subresource).filter(name => name !== 'status'),
        state,
      ).toEqual([]);
    }
  });

  it('without any status at all is waited for by Argo CD', async () => {
    const { status: _, ...bare } = objects.get('saved')!;
    expect(await health(bare)).toMatchObject({ status: 'Progressing' });
    expect(await enabledActions(bare)).toEqual(['suspend']);
  });

  it('above 256 KiB is refused by client-side apply and taken by server-side apply', async () => {
    const body = `# ${'x'.repeat(300_000)}\na: 1\n`;
    const input = JSON.stringify({
      apiVersion: 'pawl.dev/v1alpha1',
      kind: 'ConfigVersion',
      metadata: { name: 'large', namespace },
      spec: { path: 'large.yaml', format: 'yaml', body },
    });
    await expect(kubectl(['apply', '-f', '-'], { input })).rejects.toThrow(
      'Too long: may not be more than 262144',
    );
    await kubectl(['apply', '--server-side', '-f', '-'], { input });
    expect((await read('large')).spec.body).toBe(body);
  });
});

describe('docs/gitops.md', () => {
  it('has a kustomization that puts a file into a ConfigVersion byte for byte', async () => {
    const page = await readFile(new URL('../../docs/gitops.md', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(match => match[1]!);
    const kustomization = blocks.find(block => block.startsWith('# kustomization.yaml'))!;
    const manifest = parse(blocks.find(block => block.startsWith('apiVersion: pawl.dev/'))!);
    const text = '# caps are per customer and day\n\ncap:   1200   # keep\neu: {b: "ü", a: 010}\n';
    const folder = await mkdtemp(join(tmpdir(), 'pawl-kustomize-'));
    try {
      const object = { ...manifest, spec: { ...manifest.spec, body: '' } };
      await writeFile(join(folder, 'kustomization.yaml'), kustomization);
      await writeFile(join(folder, 'limits.yaml'), JSON.stringify(object));
      await writeFile(join(folder, 'eu.yaml'), text);
      const rendered = parse((await kubectl(['kustomize', folder])).stdout);
      expect(rendered).toEqual({ ...object, spec: { ...object.spec, body: text } });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Brings one object into each state and leaves operator and store down, so that they stay as they are. */
async function bringAbout(): Promise<void> {
  const propose = (
    name: State,
    spec: { path?: string; body: string; baseVersion?: number; suspend?: boolean },
  ) => kube.propose(namespace, name, { path: `${name}.yaml`, ...spec });
  const reach = (name: State, reason: string) => kube.untilReason(namespace, name, reason);

  const path = await twoVersions('base');
  await propose('conflict', { path, ...clashing });
  await propose('stale-conflict', { path, ...clashing });
  await propose('suspended-conflict', { path, ...clashing });
  await propose('confirmation', { path, ...disjoint });
  await propose('saved', { body: 'a: 1\n' });
  await propose('stale', { body: 'a: 1\n' });
  await propose('suspended', { body: 'a: 1\n' });
  await propose('suspended-new', { body: 'a: 1\n', suspend: true });
  await propose('superseded', { path: 'history.yaml', body: 'a: 1\n' });
  await propose('invalid', { body: 'a: 1\na: 2\n' });
  for (const name of ['conflict', 'stale-conflict', 'suspended-conflict'] as const)
    await reach(name, 'VersionConflict');
  await reach('confirmation', 'ConfirmationRequired');
  await reach('invalid', 'InvalidBody');
  for (const name of ['saved', 'stale', 'suspended', 'superseded'] as const) await reach(name, 'Saved');
  await propose('unchanged', { path: 'saved.yaml', body: 'a: 1\n' });
  await kube.propose(namespace, 'history', { path: 'history.yaml', body: 'a: 2\n', baseVersion: 1 });
  await reach('unchanged', 'Unchanged');
  await until('superseded says so', 30_000, async () => (await read('superseded')).status.supersededBy);
  await propose('suspended', { body: 'a: 1\n', suspend: true });
  await propose('suspended-conflict', { path, ...clashing, suspend: true });
  for (const name of ['suspended', 'suspended-conflict', 'suspended-new'] as const) {
    await until(`${name} says so`, 30_000, async () =>
      (await read(name)).status.conditions?.some(({ type }) => type === 'Suspended'),
    );
  }

  await postgres.stop();
  await propose('outage', { body: 'a: 1\n' });
  await until('the outage is told', 30_000, async () =>
    (await read('outage')).status.conditions?.some(({ reason }) => reason === 'StoreUnavailable'),
  );
  await operator.stop();
  await propose('fresh', { body: 'a: 1\n' });
  await propose('stale', { body: 'a: 2\n' });
  await propose('stale-conflict', { path, ...clashing, body: 'cap: 4\n' });
}

const probe = 'gitops-verdict.test.pawl.dev';

/** A policy that refuses updates of objects labelled for it, with the verdict of Flux' expressions as its message. */
async function verdictPolicy(): Promise<object> {
  const checks = parse(await textOf('flux/health-checks.yaml')).healthCheckExprs;
  const [{ apiVersion, kind, ...expressions }, ...others] = checks;
  expect([apiVersion, kind]).toEqual(['pawl.dev/v1alpha1', 'ConfigVersion']);
  // Their conditions mean the same.
  const rest = kinds.filter(other => other !== kind);
  expect(others).toEqual(rest.map(other => ({ apiVersion, kind: other, ...expressions })));
  // Flux hands the object's own fields to an expression, a policy hands it the object.
  const inPolicy = (expression: string) =>
    expression.replace(/(?<![.\w])(?=(status|metadata)\.)/g, 'object.');
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: probe },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        objectSelector: { matchLabels: { probe } },
        resourceRules: [
          {
            apiGroups: ['pawl.dev'],
            apiVersions: ['*'],
            operations: ['UPDATE'],
            resources: ['configversions'],
          },
        ],
      },
      variables: Object.entries(expressions).map(([name, expression]) => ({
        name,
        expression: inPolicy(String(expression)),
      })),
      validations: [
        {
          expression: 'false',
          messageExpression:
            "'verdict=' + (variables.inProgress ? 'InProgress' : variables.failed ? 'Failed' : variables.current ? 'Current' : 'InProgress')",
        },
      ],
    },
  };
  const binding = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: probe },
    spec: { policyName: probe, validationActions: ['Deny'] },
  };
  return { apiVersion: 'v1', kind: 'List', items: [policy, binding] };
}

function fluxVerdict(state: State): Promise<string> {
  const args = ['label', 'configversion', state, '-n', namespace, '--dry-run=server', `probe=${probe}`];
  return until('the policy being in force', 30_000, () =>
    kubectl(args).then(
      () => null,
      (error: Error) => error.message.match(/verdict=(\w+)/)?.[1] ?? error.message,
    ),
  );
}
