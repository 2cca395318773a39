/**
 * Restores, as after a disaster: a database of an earlier moment under a newer cluster, and an etcd of an earlier
 * moment under a newer database. Nothing is lost that either of them has, and no number means two texts.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startControlPlane } from '../../local/control-plane.ts';
import type { ControlPlane } from '../../local/control-plane-interface.ts';
import { crdFolder } from '../../local/crds.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

let plane: ControlPlane;
let kube: Kube;
let database: TestDatabase;
let namespace: string;

beforeAll(async () => {
  plane = await startControlPlane({ crds: crdFolder, existing: null });
  kube = await Kube.open(plane.kubeconfig);
});

afterAll(async () => {
  await kube?.[Symbol.asyncDispose]();
  await plane?.stop();
});

beforeEach(async () => {
  database = await createTestDatabase();
  namespace = await kube.namespace('restore');
  return () => database[Symbol.asyncDispose]();
});

/** A deadline for machines that are busy with other things, not what is promised. */
const patience = 60_000;

const path = 'limits/eu.yaml';
const target = 'limits-eu.yaml';
const start = ({ url }: TestDatabase) =>
  startOperator({ KUBECONFIG: plane.kubeconfig, DATABASE_URL: url, PAWL_TARGET_RETRY_SECONDS: '1' });
const text = (cap: number, fee = 1) => `cap: ${cap}\n\nfee: ${fee}\n`;

async function save(
  name: string,
  version: string,
  spec: { path: string; body: string; baseVersion?: number },
) {
  await kube.propose(namespace, name, spec);
  await kube.untilShown(namespace, spec.path.replace('/', '-'), version, patience);
  return kube.untilReason(namespace, name, 'Saved', patience);
}

const untilStatus = (wanted: { version: string; supersededBy?: string }) =>
  until(`limits says ${JSON.stringify(wanted)}`, patience, async () => {
    const object = await kube.configVersion(namespace, 'limits');
    const { version, supersededBy } = object.status;
    return version === wanted.version && supersededBy === wanted.supersededBy && object;
  });

const historyOf = ({ query }: TestDatabase, of = path) =>
  query<{ version: string; body_raw: string }>(
    `select v.version, v.body_raw from pawl.config_versions v join pawl.configs c on c.id = v.config_id
       where c.namespace = $1 and c.path = $2 order by v.version`,
    [namespace, of],
  );

describe('a database restored to an earlier moment', () => {
  it('gets back what objects of the cluster propose, under numbers never used before', async () => {
    const before = await start(database);
    await save('limits', '1', { path, body: text(1) });
    await before.stop();
    await using backup = await createTestDatabase({ template: database.name });
    const later = await start(database);
    await save('limits', '2', { path, body: text(2) });
    await save('limits', '3', { path, body: text(3) });
    await save('fresh', '1', { path: 'fresh.yaml', body: 'a: 1\n' });
    await later.stop();

    await using operator = await start(backup);
    expect((await kube.untilShown(namespace, target, '4', patience)).data).toEqual({ 'eu.yaml': text(3) });
    // A config that the backup knows nothing of.
    await kube.untilShown(namespace, 'fresh.yaml', '2', patience);
    await untilStatus({ version: '4' });
    expect(await historyOf(backup)).toEqual([
      { version: '1', body_raw: text(1) },
      { version: '4', body_raw: text(3) },
    ]);
    await save('limits', '5', { path, body: text(4) });
    expect(operator.running).toBe(true);
  });

  it('takes no pods back where the text is lost, says so, and goes on past the number they have', async () => {
    const before = await start(database);
    await save('first', '1', { path, body: text(1) });
    await before.stop();
    await using backup = await createTestDatabase({ template: database.name });
    const later = await start(database);
    await save('second', '2', { path, body: text(2), baseVersion: 1 });
    await kube.deleteConfigVersion(namespace, 'second');
    await later.stop();

    await using _ = await start(backup);
    const object = await kube.untilReason(namespace, 'first', 'TargetRejected', patience);
    const ready = object.status.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.message).toMatch(/shows version 2, but the latest saved is 1.*restored/);
    expect((await kube.configMap(namespace, target))?.data).toEqual({ 'eu.yaml': text(2) });
    // Also when nothing in the cluster tells of number 2 any more, it was seen.
    await kube.deleteConfigMap(namespace, target);
    await kube.untilShown(namespace, target, '1', patience);
    await save('first', '3', { path, body: text(5) });
    expect((await historyOf(backup)).map(({ version }) => version)).toEqual(['1', '3']);
  });
});

describe('a cluster restored to an earlier moment', () => {
  it('gets the latest back, saves nothing anew, and takes the next edit as one of what it holds', async () => {
    await using operator = await start(database);
    await save('limits', '1', { path, body: text(1) });
    const { restore } = await plane.backUp();
    await save('limits', '2', { path, body: text(2) });
    await save('limits', '3', { path, body: text(3) });

    await restore();
    expect((await kube.untilShown(namespace, target, '3', patience)).data).toEqual({ 'eu.yaml': text(3) });
    const object = await untilStatus({ version: '1', supersededBy: '2' });
    expect(object.metadata.generation).toBe(1);
    expect((await historyOf(database)).map(({ version }) => version)).toEqual(['1', '2', '3']);

    // The second generation of this object, again, with another text: an edit of what version 1 said.
    await kube.propose(namespace, 'limits', { path, body: text(1, 9) });
    await kube.untilReason(namespace, 'limits', 'Merged', patience);
    expect((await kube.untilShown(namespace, target, '4', patience)).data).toEqual({ 'eu.yaml': text(3, 9) });
    expect(operator.running).toBe(true);
  });

  it('asks a person where nobody can know what an edit made meanwhile was edited from', async () => {
    const before = await start(database);
    await save('limits', '1', { path, body: text(1) });
    const { restore } = await plane.backUp();
    await save('limits', '2', { path, body: text(2) });
    await save('limits', '3', { path, body: text(3) });
    await before.stop();
    await restore();
    await kube.propose(namespace, 'limits', { path, body: text(1, 9) });

    await using _ = await start(database);
    await kube.untilReason(namespace, 'limits', 'BaseVersionRequired', patience);
    expect((await kube.untilShown(namespace, target, '3', patience)).data).toEqual({ 'eu.yaml': text(3) });
    await kube.propose(namespace, 'limits', { path, body: text(3, 9), baseVersion: 3 });
    await kube.untilShown(namespace, target, '4', patience);
  });
});
