/** Objects that get another name in Git, between a real API server, a real PostgreSQL and the operator. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let database: TestDatabase;
let operator: Operator;
let namespace: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  database = await createTestDatabase();
  operator = await startOperator({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url });
});

afterAll(async () => {
  await operator?.stop();
  await database?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  namespace = await kube.namespace('renames');
});

const path = 'limits.yaml';
const text = (cap: number, fee: number) => `cap: ${cap}\n# far\n# from\n# it\nfee: ${fee}\n`;
const propose = (name: string, body: string, more = {}) =>
  kube.propose(namespace, name, { path, body, ...more });

describe('an object that is renamed and edited in one commit', () => {
  it('is saved as the next version when the old name is pruned first', async () => {
    await propose('limits', text(1, 1));
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.deleteConfigVersion(namespace, 'limits');
    await propose('eu-limits', text(2, 1), { formerly: 'limits' });
    const { status } = await kube.untilReason(namespace, 'eu-limits', 'Saved');
    expect(status.version).toBe('2');
    expect((await kube.untilShown(namespace, path, '2')).data).toEqual({ [path]: text(2, 1) });
  });

  it('is saved while the old name is there, which may be pruned last and leaves config and ConfigMap', async () => {
    await propose('limits', text(1, 1), { deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    const { uid } = (await kube.configMap(namespace, path))!.metadata;
    await propose('eu-limits', text(2, 1), { formerly: 'limits' });
    await kube.untilReason(namespace, 'eu-limits', 'Saved');
    expect((await kube.untilShown(namespace, path, '2')).data).toEqual({ [path]: text(2, 1) });
    await kube.deleteConfigVersion(namespace, 'limits');
    await until('one object is left, and owns the ConfigMap', 20_000, async () => {
      const owners = (await kube.configMap(namespace, path))?.metadata.ownerReferences;
      return (await kube.configVersions(namespace)).length === 1 && owners?.length === 1;
    });
    // What is left of it in Git does no harm.
    await propose('eu-limits', text(3, 1), { formerly: 'limits' });
    const shown = await kube.untilShown(namespace, path, '3');
    expect(shown.data).toEqual({ [path]: text(3, 1) });
    expect(shown.metadata.uid).toBe(uid);
  });

  it('takes up the line of an unchanged text, too, so that pruning the old name deletes nothing', async () => {
    await propose('limits', text(1, 1), { deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await propose('eu-limits', text(1, 1), { formerly: 'limits', deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'eu-limits', 'Unchanged');
    await kube.deleteConfigVersion(namespace, 'limits');
    await until(
      'one object is left',
      20_000,
      async () => (await kube.configVersions(namespace)).length === 1,
    );
    await propose('eu-limits', text(2, 1), { formerly: 'limits' });
    expect((await kube.untilReason(namespace, 'eu-limits', 'Saved')).status.version).toBe('2');
  });

  it('waits, never failed, while the text of the old name is refused, and goes on by itself when that is gone', async () => {
    await propose('limits', text(1, 1));
    await kube.untilReason(namespace, 'limits', 'Saved');
    await propose('limits', 'cap: [');
    await kube.untilReason(namespace, 'limits', 'InvalidBody');
    await propose('eu-limits', text(2, 1), { formerly: 'limits' });
    const waiting = await kube.untilReason(namespace, 'eu-limits', 'Progressing');
    expect(waiting.status.conditions).toMatchObject([
      { type: 'Ready', status: 'Unknown', message: expect.stringContaining(`cv limits -n ${namespace}`) },
      { type: 'Reconciling', status: 'True' },
    ]);
    expect((await kube.configMap(namespace, path))?.data).toEqual({ [path]: text(1, 1) });
    await kube.deleteConfigVersion(namespace, 'limits');
    await kube.untilReason(namespace, 'eu-limits', 'Saved');
    expect((await kube.untilShown(namespace, path, '2')).data).toEqual({ [path]: text(2, 1) });
  });

  it.each(['Background', 'Foreground', 'Orphan'] as const)(
    'goes on with the same ConfigMap when an old name that is refused is deleted (%s)',
    async cascade => {
      await propose('limits', text(1, 1));
      await kube.untilReason(namespace, 'limits', 'Saved');
      const { uid } = (await kube.configMap(namespace, path))!.metadata;
      await propose('limits', 'cap: [');
      await kube.untilReason(namespace, 'limits', 'InvalidBody');
      await propose('eu-limits', text(2, 1), { formerly: 'limits' });
      await kube.untilReason(namespace, 'eu-limits', 'Progressing');
      await kube.deleteConfigVersion(namespace, 'limits', cascade);
      await kube.untilReason(namespace, 'eu-limits', 'Saved');
      const shown = await kube.untilShown(namespace, path, '2');
      expect(shown.data).toEqual({ [path]: text(2, 1) });
      expect(shown.metadata.uid).toBe(uid);
      expect(shown.metadata.ownerReferences).toMatchObject([{ name: 'eu-limits' }]);
    },
  );

  it('waits for the text of an object that waits itself, and goes on when all before it are saved or gone', async () => {
    await propose('limits', text(1, 1));
    await kube.untilReason(namespace, 'limits', 'Saved');
    await propose('limits', 'cap: [');
    await kube.untilReason(namespace, 'limits', 'InvalidBody');
    await propose('eu-limits', text(2, 1), { formerly: 'limits' });
    await kube.untilReason(namespace, 'eu-limits', 'Progressing');
    await propose('eu-caps', text(2, 2), { formerly: 'eu-limits' });
    await kube.untilReason(namespace, 'eu-caps', 'Progressing');
    await kube.deleteConfigVersion(namespace, 'limits');
    await kube.untilReason(namespace, 'eu-limits', 'Saved');
    await kube.untilReason(namespace, 'eu-caps', 'Saved');
    expect((await kube.untilShown(namespace, path, '3')).data).toEqual({ [path]: text(2, 2) });
  });

  it('keeps what others saved since, and clashes with it where it changed the same place', async () => {
    await propose('limits', text(1, 1));
    await kube.untilReason(namespace, 'limits', 'Saved');
    await propose('bob', text(1, 9), { baseVersion: 1, author: 'bob@example.com' });
    await kube.untilReason(namespace, 'bob', 'Saved');
    await kube.deleteConfigVersion(namespace, 'limits');
    await propose('clash', text(1, 5), { formerly: 'limits' });
    const { status } = await kube.untilReason(namespace, 'clash', 'VersionConflict');
    expect(status.conflict?.places).toMatchObject([{ path: 'fee', base: '1', current: '9', proposed: '5' }]);
    await propose('eu-limits', text(2, 1), { formerly: 'limits' });
    await kube.untilReason(namespace, 'eu-limits', 'Merged');
    expect((await kube.untilShown(namespace, path, '3')).data).toEqual({ [path]: text(2, 9) });
  });

  it('begins anew when the old object took its config along', async () => {
    await propose('limits', text(1, 1), { deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.deleteConfigVersion(namespace, 'limits');
    await until(
      'the object is gone',
      20_000,
      async () => (await kube.configVersions(namespace)).length === 0,
    );
    await propose('eu-limits', text(2, 1), { formerly: 'limits' });
    expect((await kube.untilReason(namespace, 'eu-limits', 'Saved')).status.version).toBe('2');
  });

  it("cannot continue the line of another namespace's object", async () => {
    const other = await kube.namespace('renames');
    await kube.propose(other, 'limits', { namespace: other, path, body: text(1, 1) });
    await kube.untilReason(other, 'limits', 'Saved');
    await propose('mine', text(1, 1));
    await kube.untilReason(namespace, 'mine', 'Saved');
    await propose('eu-limits', text(2, 1), { formerly: 'limits' });
    await kube.untilReason(namespace, 'eu-limits', 'BaseVersionRequired');
    await expect(propose('odd', text(2, 1), { formerly: `${other}/limits` })).rejects.toThrow(/formerly/);
  });
});
