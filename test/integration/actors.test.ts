/** Whom the history names: the API server's word for who asked and who confirmed, beside what the manifest claims. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installAdmission } from '../../local/admission.ts';
import { startControlPlane } from '../../local/control-plane.ts';
import type { ControlPlane } from '../../local/control-plane-interface.ts';
import { crdFolder } from '../../local/crds.ts';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';

let controlPlane: ControlPlane;
let database: TestDatabase;
let operator: Operator;
let admin: Kube;
const people: Record<string, Kube> = {};

beforeAll(async () => {
  controlPlane = await startControlPlane({ crds: crdFolder });
  expect(await installAdmission(controlPlane)).toEqual({ stamped: true });
  database = await createTestDatabase();
  admin = await Kube.open(controlPlane.kubeconfig);
  for (const name of ['ada', 'bob']) {
    people[name] = await Kube.open(await controlPlane.userKubeconfig(name, ['system:masters']));
  }
  operator = await startOperator({
    KUBECONFIG: controlPlane.kubeconfig,
    DATABASE_URL: database.url,
    PAWL_REQUESTED_BY: 'trust',
  });
}, 180_000);

afterAll(async () => {
  await operator?.stop();
  for (const kube of [admin, ...Object.values(people)]) await kube?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
  await controlPlane?.stop();
});

describe('a version in the history', () => {
  it('names its proposer and its confirmer as the API server saw them, whatever the client says', async () => {
    const namespace = await admin.namespace('actors');
    const path = 'limits.yaml';
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
      'select version::int, created_by, actor, actor_verified, kind, confirmed_by from pawl.config_versions order by 1',
    );
    const verified = { actor_verified: true, confirmed_by: null };
    expect(versions).toEqual([
      { version: 1, created_by: 'somebody@example.com', actor: 'ada', kind: 'direct', ...verified },
      { version: 2, created_by: '', actor: 'bob', kind: 'direct', ...verified },
      { version: 3, created_by: '', actor: 'ada', kind: 'confirmed', ...verified, confirmed_by: 'bob' },
    ]);
  });
});
