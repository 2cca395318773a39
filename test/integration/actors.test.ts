/** Whom the history names: the API server's word for who asked and who confirmed, beside what the manifest claims. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installAdmission, installWebhook, requestedBy } from '../../local/admission.ts';
import { prepareApi } from '../../local/api.ts';
import { startControlPlane } from '../../local/control-plane.ts';
import type { ControlPlane } from '../../local/control-plane-interface.ts';
import { crdFolder } from '../../local/crds.ts';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

let controlPlane: ControlPlane;
let database: TestDatabase;
let operator: Operator;
let admin: Kube;
const people: Record<string, Kube> = {};

beforeAll(async () => {
  controlPlane = await startControlPlane({ crds: crdFolder });
  const PAWL_REQUESTED_BY = requestedBy(controlPlane, await installAdmission(controlPlane));
  database = await createTestDatabase();
  admin = await Kube.open(controlPlane.kubeconfig);
  for (const name of ['ada', 'bob']) {
    people[name] = await Kube.open(await controlPlane.userKubeconfig(name, ['system:masters']));
  }
  const env = { KUBECONFIG: controlPlane.kubeconfig, DATABASE_URL: database.url, PAWL_REQUESTED_BY };
  if (PAWL_REQUESTED_BY === 'trust') operator = await startOperator(env);
  else {
    // Before Kubernetes 1.36 it stamps them itself.
    const api = await prepareApi(controlPlane);
    operator = await startOperator({ ...env, ...api.operator }, { replicas: 1 });
    await installWebhook(controlPlane, api.service);
  }
});

afterAll(async () => {
  await operator?.stop();
  for (const kube of [admin, ...Object.values(people)]) await kube?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
  await controlPlane?.stop();
});

describe('a version in the history', () => {
  it('names its proposer and its confirmer as the API server saw them, whatever the client says', async () => {
    const namespace = await admin.namespace('actors');
    const forged = {
      annotations: { 'pawl.dev/requested-by': 'the-queen', 'pawl.dev/confirmed-by': 'the-queen' },
    };
    await people.ada!.propose(
      namespace,
      'limits',
      { path, body: 'a: 1\nb: 1\n', author: 'somebody@example.com' },
      forged,
    );
    await admin.untilReason(namespace, 'limits', 'Saved');
    await people.bob!.propose(namespace, 'limits', { path, body: 'a: 2\nb: 1\n' }, forged);
    await admin.untilReason(namespace, 'limits', 'Saved');

    await people.ada!.propose(namespace, 'stale', { path, body: 'a: 1\nb: 2\n', baseVersion: 1 });
    const { status } = await admin.untilReason(namespace, 'stale', 'ConfirmationRequired');
    expect(status.conflict?.currentActor).toBe('bob');
    await people.bob!.annotate(namespace, 'stale', { 'pawl.dev/confirm': status.conflict!.token! });
    await admin.untilReason(namespace, 'stale', 'Merged');

    const versions = await database.query(
      `select version::int, created_by, actor, actor_verified, kind, confirmed_by from pawl.config_versions v
         join pawl.configs c on c.id = v.config_id where c.namespace = $1 order by 1`,
      [namespace],
    );
    const verified = { actor_verified: true, confirmed_by: null };
    expect(versions).toEqual([
      { version: 1, created_by: 'somebody@example.com', actor: 'ada', kind: 'direct', ...verified },
      { version: 2, created_by: '', actor: 'bob', kind: 'direct', ...verified },
      { version: 3, created_by: '', actor: 'ada', kind: 'confirmed', ...verified, confirmed_by: 'bob' },
    ]);
  });
});

const text = (cap: number, fee: number) => `cap: ${cap}\n\nfee: ${fee}\n`;
const path = 'limits.yaml';
const shown = async (namespace: string) => (await admin.configMap(namespace, path))?.data?.[path];
const messageOf = (object: Awaited<ReturnType<Kube['configVersion']>>) =>
  object.status.conditions?.find(({ type }) => type === 'Ready')?.message;

/** One person applies one manifest, and reads what became of just that. */
async function applies(
  who: 'ada' | 'bob',
  namespace: string,
  name: string,
  spec: { body: string; baseVersion?: number },
): Promise<{ reason: string; object: Awaited<ReturnType<Kube['configVersion']>> }> {
  const { metadata } = await people[who]!.propose(namespace, name, { path, ...spec });
  return until(`${name} is answered`, 30_000, async () => {
    const object = await admin.configVersion(namespace, name);
    const ready = object.status.conditions?.find(({ type }) => type === 'Ready');
    if (object.status.observedGeneration !== metadata.generation || ready?.status === 'Unknown') return false;
    return ready && { reason: ready.reason, object };
  });
}

describe('two people on one object, neither of whom states a base', () => {
  it('are asked before one takes back what the other saved, and both edits can be saved', async () => {
    const namespace = await admin.namespace('stomp');
    await applies('ada', namespace, 'limits', { body: text(1000, 5) });
    await applies('ada', namespace, 'limits', { body: text(1200, 5) });
    const { reason, object } = await applies('bob', namespace, 'limits', { body: text(1000, 6) });
    expect(reason).toBe('ConfirmationRequired');
    expect(messageOf(object)).toContain('takes back what ada saved in version 2');
    expect(object.status.conflict?.merged).toBe(text(1200, 6));
    expect(await shown(namespace)).toBe(text(1200, 5));

    await people.bob!.annotate(namespace, 'limits', { 'pawl.dev/confirm': object.status.conflict!.token! });
    await admin.untilReason(namespace, 'limits', 'Merged');
    await admin.untilShown(namespace, path, '3');
    expect(await shown(namespace)).toBe(text(1200, 6));
  });

  it('are not asked where nothing is taken back, nor where the base is stated', async () => {
    const namespace = await admin.namespace('stomp');
    await applies('ada', namespace, 'limits', { body: text(1, 1) });
    await applies('ada', namespace, 'limits', { body: text(2, 1) });
    expect(await applies('bob', namespace, 'limits', { body: text(2, 3) })).toMatchObject({
      reason: 'Saved',
    });
    expect(await applies('ada', namespace, 'limits', { body: text(2, 1), baseVersion: 3 })).toMatchObject({
      reason: 'Saved',
    });
  });

  it('as an engine that applies Git, and somebody who edits its object', async () => {
    const namespace = await admin.namespace('stomp');
    await applies('ada', namespace, 'limits', { body: text(1, 1) });
    await applies('bob', namespace, 'limits', { body: text(1, 9) });
    const { reason, object } = await applies('ada', namespace, 'limits', { body: text(2, 1) });
    expect(reason).toBe('ConfirmationRequired');
    expect(object.status.conflict?.merged).toBe(text(2, 9));
  });
});

describe('a base that was accepted and left in the object', () => {
  it('does not make the same person conflict with themselves, and swallows no later edit', async () => {
    const namespace = await admin.namespace('self');
    await applies('ada', namespace, 'first', { body: text(1000, 5) });
    await applies('bob', namespace, 'own', { body: text(1500, 5), baseVersion: 1 });
    for (const [cap, fee] of [
      [1600, 5],
      [1500, 6],
      [1000, 5],
    ] as const) {
      const edit = { body: text(cap, fee), baseVersion: 1 };
      expect(await applies('bob', namespace, 'own', edit)).toMatchObject({ reason: 'Saved' });
      await until('it is shown', 30_000, async () => (await shown(namespace)) === text(cap, fee));
    }
  });

  it('is still the base of another person’s edit, which is merged and no revert', async () => {
    const namespace = await admin.namespace('self');
    await applies('ada', namespace, 'first', { body: text(1000, 5) });
    await applies('ada', namespace, 'own', { body: text(1500, 5), baseVersion: 1 });
    const { object } = await applies('bob', namespace, 'own', { body: text(1000, 6), baseVersion: 1 });
    expect(object.status.conflict?.merged).toBe(text(1500, 6));
  });
});

describe('a text that is an older version, letter for letter', () => {
  it('is a cluster behind the others: nothing is reverted, and nothing conflicts', async () => {
    const namespace = await admin.namespace('fleet');
    for (const name of ['east', 'west']) await applies('ada', namespace, name, { body: text(1, 1) });
    for (const cap of [2, 3]) await applies('ada', namespace, 'east', { body: text(cap, 1) });
    expect(await applies('ada', namespace, 'west', { body: text(2, 1) })).toMatchObject({
      reason: 'Unchanged',
      object: { status: { version: '2', supersededBy: '3' } },
    });
    expect(await applies('ada', namespace, 'west', { body: text(3, 1) })).toMatchObject({
      reason: 'Unchanged',
    });
    expect(await applies('ada', namespace, 'south', { body: text(2, 1) })).toMatchObject({
      reason: 'Unchanged',
    });
    expect(await shown(namespace)).toBe(text(3, 1));
  });
});

describe('who deleted a config', () => {
  it('is not verified: the API server says who changed an object last, and not who deletes it', async () => {
    const namespace = await admin.namespace('deleter');
    await people.ada!.propose(namespace, 'limits', { path, body: text(1, 1), deletionPolicy: 'Delete' });
    await admin.untilReason(namespace, 'limits', 'Saved');
    await people.bob!.deleteConfigVersion(namespace, 'limits');
    const deletes = `select d.deployer_verified from pawl.deployments d
      join pawl.deployment_changes c on c.deployment_id = d.id where c.namespace = $1 and c.operation = 'delete'`;
    const [row] = await until('it is deleted', 30_000, async () => {
      const rows = await database.query(deletes, [namespace]);
      return rows.length > 0 && rows;
    });
    expect(row).toEqual({ deployer_verified: false });
  });
});
