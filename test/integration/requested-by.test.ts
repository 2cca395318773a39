/**
 * Who asked for a version and who confirmed it: the admission policies of the chart, and the webhook that takes their
 * place on older clusters, told by a real API server with three people who come with every way kubectl has of writing an
 * object. Own control plane, because policies and webhook hold for the whole of it.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  installAdmission,
  installWebhook,
  mutatingPolicy,
  stampingWebhook,
  validatingPolicy,
} from '../../local/admission.ts';
import { type LocalApi, prepareApi } from '../../local/api.ts';
import { startControlPlane } from '../../local/control-plane.ts';
import type { ControlPlane } from '../../local/control-plane-interface.ts';
import { crdFolder } from '../../local/crds.ts';
import type { Operator } from '../../local/operator.ts';
import { hasMutatingPolicies } from '../../local/versions.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

type User = 'ada' | 'bob' | 'mallory';
type Annotations = Record<string, string>;

interface Stored {
  metadata: {
    name: string;
    generation: number;
    resourceVersion: string;
    annotations?: Annotations;
    labels?: Record<string, string>;
    finalizers?: string[];
    managedFields: { manager: string; fieldsV1: { 'f:metadata'?: { 'f:annotations'?: object } } }[];
  };
  spec: { body: string };
  status: { observedGeneration: number; version?: string };
}

const requestedBy = 'pawl.dev/requested-by';
const confirmedBy = 'pawl.dev/confirmed-by';
const confirm = 'pawl.dev/confirm';
/** An object that is older than what stamps. */
let old: string;
const hasPolicies = hasMutatingPolicies();

let plane: ControlPlane;
let kubeconfigs: Record<User, string>;
let name: string;

beforeAll(async () => {
  plane = await startControlPlane({ crds: crdFolder });
  kubeconfigs = {
    ada: await plane.userKubeconfig('ada', ['writers']),
    bob: await plane.userKubeconfig('bob', ['writers']),
    mallory: await plane.userKubeconfig('mallory', ['writers']),
  };
  const resources = 'configversions.pawl.dev,configversions.pawl.dev/status';
  await plane.kubectl(['create', 'clusterrole', 'writer', '--verb=*', `--resource=${resources}`]);
  await plane.kubectl(['create', 'clusterrolebinding', 'writer', '--clusterrole=writer', '--group=writers']);
});

afterAll(async () => {
  await plane?.stop();
});

beforeEach(() => {
  name = `limits-${randomBytes(4).toString('hex')}`;
});

interface Wish {
  name?: string;
  body?: string;
  annotations?: Annotations;
  labels?: Record<string, string>;
}

const objectOf = ({ name: given = name, body = 'a: 1\n', annotations, labels }: Wish = {}) => ({
  apiVersion: 'pawl.dev/v1alpha1',
  kind: 'ConfigVersion',
  metadata: {
    name: given,
    namespace: 'default',
    ...(annotations && { annotations }),
    ...(labels && { labels }),
  },
  spec: { path: 'limits.yaml', format: 'yaml', body },
});
const manifest = (wish?: Wish) => JSON.stringify(objectOf(wish));

async function as(user: User, args: readonly string[], input?: string): Promise<string> {
  const options = { kubeconfig: kubeconfigs[user], ...(input !== undefined && { input }) };
  return (await plane.kubectl(args, options)).stdout;
}

async function stored(which = name): Promise<Stored> {
  const args = ['get', 'configversion', which, '-o', 'json', '--show-managed-fields'];
  return JSON.parse((await plane.kubectl(args)).stdout);
}

async function stampsOf(which = name): Promise<Annotations> {
  const annotations = (await stored(which)).metadata.annotations ?? {};
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => key === requestedBy || key === confirmedBy),
  );
}

const create = (user: User, wish?: Wish) => as(user, ['create', '-f', '-'], manifest(wish));
const annotate = (user: User, ...changes: string[]) =>
  as(user, ['annotate', 'configversion', name, '--overwrite', ...changes]);
const patch = (user: User, type: 'merge' | 'json', change: unknown) =>
  as(user, ['patch', 'configversion', name, `--type=${type}`, '-p', JSON.stringify(change)]);

const creations: Record<string, (user: User, wish: Wish) => Promise<string>> = {
  create,
  'client-side apply': (user, wish) => as(user, ['apply', '-f', '-'], manifest(wish)),
  'server-side apply': (user, wish) =>
    as(user, ['apply', '--server-side', `--field-manager=${user}`, '-f', '-'], manifest(wish)),
};

/** Every way of changing an object that exists; `annotations` are what it will have, besides the stamps. */
const updates: Record<string, (user: User, wish: Wish) => Promise<string>> = {
  'client-side apply': creations['client-side apply']!,
  'server-side apply': (user, wish) =>
    as(
      user,
      ['apply', '--server-side', '--force-conflicts', `--field-manager=${user}`, '-f', '-'],
      manifest(wish),
    ),
  'merge patch': (user, wish) => {
    const { metadata, spec } = objectOf(wish);
    return patch(user, 'merge', { metadata: { annotations: metadata.annotations ?? {} }, spec });
  },
  'JSON patch': (user, { body = 'a: 1\n', annotations = {} }) =>
    patch(user, 'json', [
      { op: 'replace', path: '/spec/body', value: body },
      { op: 'add', path: '/metadata/annotations', value: annotations },
    ]),
  replace: (user, wish) => as(user, ['replace', '-f', '-'], manifest(wish)),
  edit: async (user, { body = 'a: 1\n', annotations = {} }) => {
    const { metadata, ...rest } = JSON.parse(await as(user, ['get', 'configversion', name, '-o', 'json']));
    const edited = { ...rest, metadata: { ...metadata, annotations }, spec: { ...rest.spec, body } };
    const file = join(tmpdir(), `pawl-edit-${name}.json`);
    await writeFile(file, JSON.stringify(edited));
    process.env.KUBE_EDITOR = `cp ${file}`; // what the person typed is there when the editor closes
    return as(user, ['edit', 'configversion', name]).finally(() => rm(file));
  },
};

const forged = { [requestedBy]: 'ada', [confirmedBy]: 'ada' };

/** What is promised of the stamps, whatever sets them. */
function promises(): void {
  describe('pawl.dev/requested-by', () => {
    it.each(Object.keys(creations))(
      'names who created the object, whatever the client says: %s',
      async way => {
        await creations[way]!('mallory', { annotations: { ...forged, note: 'kept' } });
        const { annotations } = (await stored()).metadata;
        expect(annotations).toMatchObject({ [requestedBy]: 'mallory', note: 'kept' });
        expect(annotations).not.toHaveProperty([confirmedBy]);
      },
    );

    it('names the creator of an object that has no annotations at all, or null for them', async () => {
      await create('bob');
      expect(await stampsOf()).toEqual({ [requestedBy]: 'bob' });
      name += '-null';
      const { metadata, ...rest } = objectOf();
      await as(
        'bob',
        ['create', '-f', '-'],
        JSON.stringify({ ...rest, metadata: { ...metadata, annotations: null } }),
      );
      expect(await stampsOf()).toEqual({ [requestedBy]: 'bob' });
    });

    it.each(Object.keys(updates))('names who changed the spec, whatever the client says: %s', async way => {
      await create('ada');
      await updates[way]!('mallory', { body: 'a: 2\n', annotations: forged });
      expect((await stored()).spec.body).toBe('a: 2\n');
      expect(await stampsOf()).toEqual({ [requestedBy]: 'mallory' });
    });

    it.each(Object.keys(updates))('cannot be changed without changing the spec: %s', async way => {
      await create('bob');
      await updates[way]!('mallory', { annotations: { ...forged, note: 'kept' } });
      const { annotations } = (await stored()).metadata;
      expect(annotations).toMatchObject({ [requestedBy]: 'bob', note: 'kept' });
      expect(annotations).not.toHaveProperty([confirmedBy]);
    });

    it.each(Object.keys(updates))('stays when another client leaves it out: %s', async way => {
      await create('ada');
      await updates[way]!('bob', {});
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
    });

    it('cannot be removed', async () => {
      await create('ada');
      await annotate('mallory', `${requestedBy}-`);
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
      await patch('mallory', 'json', [{ op: 'remove', path: '/metadata/annotations' }]);
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
      await patch('mallory', 'merge', { metadata: { annotations: null } });
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
    });

    it('cannot be moved onto the other stamp', async () => {
      await create('ada');
      await patch('mallory', 'json', [
        {
          op: 'move',
          from: '/metadata/annotations/pawl.dev~1requested-by',
          path: '/metadata/annotations/pawl.dev~1confirmed-by',
        },
      ]);
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
    });

    it('cannot be planted on an object that is older than the policy, and is set by the next request', async () => {
      name = old;
      await annotate('mallory', `${requestedBy}=ada`, `${confirmedBy}=ada`);
      expect(await stampsOf()).toEqual({});
      await patch('bob', 'merge', { spec: { body: 'a: 2\n' } });
      expect(await stampsOf()).toEqual({ [requestedBy]: 'bob' });
    });

    it('stays the proposer’s when somebody else confirms, confirms again or withdraws that', async () => {
      await create('ada');
      for (const change of [`${confirm}=token-1`, `${confirm}=token-2`, `${confirm}-`]) {
        await annotate('bob', change);
        expect(await stampsOf()).toMatchObject({ [requestedBy]: 'ada' });
      }
    });

    it('is nobody’s own field, so that two appliers never conflict over it and none takes it away', async () => {
      const apply = (user: User) =>
        as(user, ['apply', '--server-side', `--field-manager=${user}`, '-f', '-'], manifest());
      await apply('ada');
      await apply('bob');
      await apply('ada');
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
      const owned = (await stored()).metadata.managedFields.map(
        ({ fieldsV1 }) => fieldsV1['f:metadata'] ?? {},
      );
      expect(JSON.stringify(owned)).not.toContain(requestedBy);
    });

    it('does not stand in the way of applying an object as kubectl get printed it', async () => {
      const args = ['apply', '--server-side', '-f', '-'];
      await as('ada', args, manifest());
      const printed = await as('bob', ['get', 'configversion', name, '-o', 'yaml']);
      expect(printed).toContain(`${requestedBy}: ada`);
      const edited = printed
        .replace('a: 1', 'a: 2')
        .replace(/ {2}(uid|resourceVersion|generation): .*\n/g, '');
      await as('bob', args, edited);
      expect(await stampsOf()).toEqual({ [requestedBy]: 'bob' });
      // The manifest still says ada, the object bob: neither applying it again nor leaving the line out changes that.
      await as('mallory', args, edited);
      expect(await stampsOf()).toEqual({ [requestedBy]: 'bob' });
      await as('mallory', args, edited.replace(new RegExp(` {4}${requestedBy}: .*\n`), ''));
      expect(await stampsOf()).toEqual({ [requestedBy]: 'bob' });
    });

    it.each([
      ['client-side', []],
      ['server-side', ['--server-side']],
    ])('lets an unchanged manifest be applied for ever without a write: %s', async (_, flags) => {
      const apply = (user: User) => as(user, ['apply', ...flags, '-f', '-'], manifest());
      await apply('ada');
      // The API server itself writes once more here, with or without a policy: it makes the default status its own.
      await apply('ada');
      const { resourceVersion } = (await stored()).metadata;
      for (const user of ['ada', 'bob', 'mallory'] as const) await apply(user);
      expect((await stored()).metadata.resourceVersion).toBe(resourceVersion);
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
    });

    it('is shown by a dry run, which stores nothing', async () => {
      await create('ada');
      const args = [
        'apply',
        '--server-side',
        '--force-conflicts',
        '--dry-run=server',
        '-o',
        'json',
        '-f',
        '-',
      ];
      const shown: Stored = JSON.parse(
        await as('bob', args, manifest({ body: 'a: 2\n', annotations: forged })),
      );
      expect(shown.metadata.annotations).toEqual({ [requestedBy]: 'bob' });
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
    });

    it('names the one in whose name a request is made, such as a service account of a GitOps engine', async () => {
      const argo = 'system:serviceaccount:argocd:argocd-application-controller';
      await plane.kubectl(['apply', `--as=${argo}`, '--as-group=writers', '-f', '-'], { input: manifest() });
      expect(await stampsOf()).toEqual({ [requestedBy]: argo });
    });

    it('takes the largest body there may be, created, changed and left alone', async () => {
      const largest = (end: string) => `# ${'ü'.repeat(500_000)}\n# ${'x'.repeat(48_000)}\n${end}\n`;
      await create('ada', { body: largest('a: 1') });
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
      await as('bob', ['replace', '-f', '-'], manifest({ body: largest('a: 2') }));
      expect(await stampsOf()).toEqual({ [requestedBy]: 'bob' });
      await annotate('mallory', `${requestedBy}=ada`);
      expect(await stampsOf()).toEqual({ [requestedBy]: 'bob' });
    });

    it('is not touched by the operator’s status, and nothing can be planted through the status', async () => {
      await create('ada', { annotations: { [confirm]: 'token' } });
      const { metadata } = await stored();
      const status = { observedGeneration: 1, version: '1' };
      const { spec: _, ...head } = objectOf({ annotations: { ...forged, [confirm]: 'other' } });
      // By force: before Kubernetes 1.36 the annotations count as the applier's, and a conflict alone would refuse them.
      const args = ['apply', '--server-side', '--force-conflicts', '--subresource=status'];
      args.push('--field-manager=pawl', '-f', '-');
      await as('bob', args, JSON.stringify({ ...head, status }));
      await as('bob', [
        'patch',
        'configversion',
        name,
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ metadata: { annotations: { ...forged, [confirm]: 'other' } } }),
      ]);
      const after = await stored();
      expect(after.status).toMatchObject(status);
      expect(after.metadata.annotations).toEqual(metadata.annotations);
      expect(after.metadata.generation).toBe(metadata.generation);
    });

    it('does not hold up finalizers and deletion', async () => {
      await create('ada');
      await patch('bob', 'merge', { metadata: { finalizers: ['example.com/hold'] } });
      await as('bob', ['delete', 'configversion', name, '--wait=false']);
      await patch('bob', 'merge', { metadata: { finalizers: null } });
      await expect(stored()).rejects.toThrow('NotFound');
    });
  });

  describe('pawl.dev/confirmed-by', () => {
    it.each(Object.keys(creations))('names who created an object that confirms: %s', async way => {
      await creations[way]!('bob', { annotations: { ...forged, [confirm]: 'token' } });
      expect(await stampsOf()).toEqual({ [requestedBy]: 'bob', [confirmedBy]: 'bob' });
    });

    it.each(Object.keys(updates))('names who confirms, whatever the client says: %s', async way => {
      await create('ada');
      await updates[way]!('bob', { annotations: { ...forged, [confirm]: 'token' } });
      expect(await stampsOf()).toMatchObject({ [confirmedBy]: 'bob' });
    });

    it('names who confirmed last, and stays when the same token is sent again', async () => {
      await create('ada');
      await annotate('bob', `${confirm}=token-1`);
      await annotate('mallory', `${confirm}=token-1`, `${confirmedBy}=ada`);
      expect(await stampsOf()).toMatchObject({ [confirmedBy]: 'bob' });
      await annotate('mallory', `${confirm}=token-2`, `${confirmedBy}=ada`);
      expect(await stampsOf()).toMatchObject({ [confirmedBy]: 'mallory' });
    });

    it.each(Object.keys(updates))('cannot be changed while the token stays: %s', async way => {
      await create('ada', { annotations: { [confirm]: 'token' } });
      await updates[way]!('mallory', { annotations: { [confirm]: 'token', [confirmedBy]: 'bob' } });
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada', [confirmedBy]: 'ada' });
    });

    it('stays the confirming person’s when somebody else changes the spec, and cannot be removed', async () => {
      await create('ada');
      await annotate('bob', `${confirm}=token`);
      await patch('ada', 'merge', { spec: { body: 'a: 2\n' } });
      await annotate('ada', `${confirmedBy}-`);
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada', [confirmedBy]: 'bob' });
    });

    it('goes with the confirmation', async () => {
      await create('ada', { annotations: { [confirm]: 'token' } });
      await annotate('bob', `${confirm}-`, `${confirmedBy}=bob`);
      expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
    });
  });
}

describe('the policies and the webhook', () => {
  it('agree on what is right, word for word', async () => {
    const read = async (file: string) => parseAllDocuments(await readFile(file, 'utf8'))[0]!.toJS();
    const [mutating, validating] = [(await read(mutatingPolicy)).spec, (await read(validatingPolicy)).spec];
    for (const part of ['variables', 'matchConditions', 'matchConstraints', 'failurePolicy']) {
      expect(validating[part], part).toEqual(mutating[part]);
    }
    const [webhook] = (await read(stampingWebhook)).webhooks;
    for (const part of ['matchConditions', 'failurePolicy', 'reinvocationPolicy']) {
      expect(webhook[part], part).toEqual(mutating[part]);
    }
    expect(webhook.rules).toEqual(
      mutating.matchConstraints.resourceRules.map((rule: object) => ({ ...rule, scope: 'Namespaced' })),
    );
  });
});

describe.skipIf(!hasPolicies)('the policies', () => {
  beforeAll(async () => {
    old = 'predates-the-policy';
    await plane.kubectl(['create', '-f', '-'], { input: manifest({ name: old }) });
    expect(await installAdmission(plane)).toEqual({ stamped: true });
  });

  promises();

  it('can be installed again over themselves', async () => {
    expect(await installAdmission(plane)).toEqual({ stamped: true });
  });

  it('are not installed where mutating policies are unknown, since the second alone would refuse everything', async () => {
    const calls: (readonly string[])[] = [];
    const kubectl = async (args: readonly string[]) => {
      calls.push(args);
      return { stdout: '{"resources":[{"name":"validatingadmissionpolicies"}]}', stderr: '' };
    };
    expect(await installAdmission({ kubectl })).toEqual({ stamped: false });
    expect(calls).toHaveLength(1);
  });

  it('leave no way for another policy that plants a name: it is put right, or the write is refused', async () => {
    await plane.kubectl(['apply', '-f', '-'], { input: plantingPolicy });
    const planted = () => as('mallory', ['create', '-f', '-'], manifest({ labels: { plant: 'yes' } }));
    const outcome = await until('the other policy being in force', 30_000, async () => {
      name += '-x';
      const refused = await planted().then(
        () => null,
        (error: Error) => error.message,
      );
      if (refused !== null) return refused;
      const { labels, annotations } = (await stored()).metadata;
      expect(annotations?.[requestedBy]).toBe('mallory');
      return labels?.planted;
    });
    if (outcome !== 'yes') expect(outcome).toContain('pawl.dev/requested-by must be mallory');
    await plane.kubectl(['delete', '-f', '-'], { input: plantingPolicy });
  });

  it('refuse names that nobody stamped, once the mutating one is gone', async () => {
    await plane.kubectl(['delete', '-f', mutatingPolicy]);
    const refusal = await until('the refusal', 30_000, () =>
      as('mallory', ['create', '--dry-run=server', '-f', '-'], manifest({ annotations: forged })).then(
        () => null,
        (error: Error) => error.message,
      ),
    );
    expect(refusal).toContain('requested-by.pawl.dev, which sets it, is not in force here');
    // What asks for nothing goes on: it was settled who asked.
    name = old;
    await as('bob', ['label', 'configversion', old, 'team=risk']);
    await installAdmission(plane);
  });

  it('take no write unstamped while the API server is starting', async () => {
    await plane.stopApiServer();
    await plane.startApiServer();
    const refusals: string[] = [];
    await until('the first write that is taken', 30_000, () =>
      create('bob', { annotations: forged }).then(
        () => true,
        (error: Error) => {
          refusals.push(error.message);
          return false;
        },
      ),
    );
    expect(await stampsOf()).toEqual({ [requestedBy]: 'bob' });
    for (const refusal of refusals) expect(refusal).toMatch(/ServiceUnavailable|not yet ready|Forbidden/);
  });
});

describe('the webhook', () => {
  const watched = 'watched';
  let database: TestDatabase;
  let api: LocalApi;
  let operator: Operator;
  let start: () => Promise<Operator>;

  beforeAll(async () => {
    if (hasPolicies) await plane.kubectl(['delete', '-f', mutatingPolicy, '-f', validatingPolicy]);
    old = 'predates-the-webhook';
    const planted = manifest({ name: old, annotations: forged });
    await until('nothing stamping any more', 30_000, async () => {
      const args = ['create', '--dry-run=server', '-o', 'json', '-f', '-'];
      const shown: Stored = JSON.parse((await plane.kubectl(args, { input: planted })).stdout);
      return shown.metadata.annotations?.[requestedBy] === forged[requestedBy];
    });
    await plane.kubectl(['create', '-f', '-'], { input: manifest({ name: old }) });
    database = await createTestDatabase();
    await plane.kubectl(['create', 'namespace', watched]);
    api = await prepareApi(plane);
    const env = {
      ...{ KUBECONFIG: plane.kubeconfig, DATABASE_URL: database.url, ...api.operator },
      // Elsewhere it only answers the webhook, so that what the tests write stays as it is.
      ...{ PAWL_REQUESTED_BY: 'stamp', PAWL_WATCH_NAMESPACES: watched },
    };
    start = () => startOperator(env, { as: 'given', replicas: 1 });
    operator = await start();
    await installWebhook(plane, api.service);
  });
  afterAll(async () => {
    await operator?.stop();
    await database?.[Symbol.asyncDispose]();
  });

  promises();

  it('names who created an object whose name the API server makes', async () => {
    const { metadata, ...rest } = objectOf({ annotations: forged });
    const generated = { ...rest, metadata: { ...metadata, name: undefined, generateName: `${name}-` } };
    const made: Stored = JSON.parse(
      await as('bob', ['create', '-o', 'json', '-f', '-'], JSON.stringify(generated)),
    );
    expect(await stampsOf(made.metadata.name)).toEqual({ [requestedBy]: 'bob' });
  });

  it('has a version name its proposer and its confirmer, verified', async () => {
    const propose = (user: User, body: string, baseVersion?: number) => {
      const { metadata, spec, ...rest } = objectOf({ body, annotations: forged });
      const object = {
        ...{ ...rest, metadata: { ...metadata, namespace: watched } },
        spec: { ...spec, ...(baseVersion !== undefined && { baseVersion }) },
      };
      return as(user, ['apply', '-f', '-'], JSON.stringify(object));
    };
    const isSaid = (reason: string) =>
      until(`the answer ${reason}`, 30_000, async () => {
        const args = ['get', 'configversion', name, '--namespace', watched, '-o', 'json'];
        const { metadata, status } = JSON.parse((await plane.kubectl(args)).stdout);
        const ready = status?.conditions?.find(({ type }: { type: string }) => type === 'Ready');
        const isSo = ready?.reason === reason && status.observedGeneration === metadata.generation;
        return isSo && (status as { conflict?: { token: string } });
      });
    await propose('ada', 'a: 1\n\nb: 1\n');
    await isSaid('Saved');
    await propose('bob', 'a: 2\n\nb: 1\n');
    await isSaid('Saved');
    await propose('ada', 'a: 1\n\nb: 2\n', 1);
    const { conflict } = await isSaid('ConfirmationRequired');
    const args = ['annotate', 'configversion', name, '--namespace', watched, `${confirm}=${conflict!.token}`];
    await as('bob', args);
    await isSaid('Merged');
    expect(
      await database.query(
        'select actor, actor_verified, confirmed_by from pawl.config_versions order by version',
      ),
    ).toEqual([
      { actor: 'ada', actor_verified: true, confirmed_by: null },
      { actor: 'bob', actor_verified: true, confirmed_by: null },
      { actor: 'ada', actor_verified: true, confirmed_by: 'bob' },
    ]);
  });

  it('is not asked in the namespaces of the cluster itself, where a name passes only if it is the own', async () => {
    const { metadata, ...rest } = objectOf();
    const writes = (user: User, annotations?: Annotations) =>
      as(
        user,
        ['create', '--dry-run=server', '-f', '-'],
        JSON.stringify({ ...rest, metadata: { ...metadata, namespace: 'kube-public', annotations } }),
      );
    await writes('bob', { [requestedBy]: 'bob' });
    for (const annotations of [forged, undefined])
      await expect(writes('mallory', annotations)).rejects.toThrow('pawl.dev/requested-by must be mallory');
  });

  it('holds up requests alone while Pawl is away, and says why', async () => {
    await create('ada');
    await operator.stop();
    const refused = /failed calling webhook "requested-by\.pawl\.dev"/;
    await expect(patch('bob', 'merge', { spec: { body: 'a: 2\n' } })).rejects.toThrow(refused);
    await expect(annotate('bob', `${confirm}=token`)).rejects.toThrow(refused);
    await expect(create('bob', { name: `${name}-x` })).rejects.toThrow(refused);
    const status = { observedGeneration: 1, version: '1' };
    await as('bob', [
      ...['patch', 'configversion', name, '--subresource=status', '--type=merge'],
      ...['-p', JSON.stringify({ status })],
    ]);
    await patch('bob', 'merge', { metadata: { labels: { team: 'risk' }, finalizers: ['example.com/hold'] } });
    await plane.kubectl(['create', 'configmap', name]);
    await plane.kubectl(['create', 'namespace', name]);
    expect(await stored()).toMatchObject({
      ...{ status, spec: { body: 'a: 1\n' } },
      metadata: { annotations: { [requestedBy]: 'ada' }, labels: { team: 'risk' } },
    });
    await as('bob', ['delete', 'configversion', name, '--wait=false']);
    await patch('bob', 'merge', { metadata: { finalizers: null } });
    await expect(stored()).rejects.toThrow('NotFound');
    operator = await start();
    await until('requests passing again', 30_000, () => create('ada', { annotations: forged }));
    expect(await stampsOf()).toEqual({ [requestedBy]: 'ada' });
  });
});

/** Plants a false name on whatever has the label plant=yes, and wants to be asked again. */
const plantingPolicy = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: planting.example.com}
spec:
  failurePolicy: Fail
  reinvocationPolicy: IfNeeded
  matchConstraints:
    objectSelector: {matchLabels: {plant: "yes"}}
    resourceRules:
      - {apiGroups: [pawl.dev], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: [configversions]}
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: >-
          Object{metadata: Object.metadata{
            annotations: Object.metadata.annotations{},
            labels: Object.metadata.labels{planted: "yes"}}}
    - patchType: JSONPatch
      jsonPatch:
        expression: >-
          [JSONPatch{op: "add", path: "/metadata/annotations/pawl.dev~1requested-by", value: "ada"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: planting.example.com}
spec: {policyName: planting.example.com}
`;
