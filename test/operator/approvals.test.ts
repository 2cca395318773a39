/** Protected configs as objects meet them: what waits, what an approval lets through, and what it does not. */
import { expect, test } from 'vitest';
import type { JudgementToKeep } from '../../history/words/save.ts';
import type { KubeCluster } from '../../operator/kube/cluster.ts';
import { KubeError } from '../../operator/kube/kube-error.ts';
import type { ObjectKey } from '../../operator/object/key.ts';
import { withJudgements } from '../../operator/object/refusal-words.ts';
import { proposalsOf } from '../../operator/proposals.ts';
import { readyOf, World } from './world.ts';

const path = 'limits.yaml';
const never = new AbortController().signal;
const asked = ({ uid, generation }: { uid: string; generation: number }) => ({
  ...{ uid, generation: BigInt(generation) },
});
const statusOf = (world: World, name = 'limits') => world.api.version('payments', name)!.status;
const propose = async (world: World, body: string, name = 'limits', more: object = {}) => {
  world.api.propose('payments', name, { path, body, ...more });
  await world.quiet();
};
const protect = (world: World, rule: object = {}) =>
  world.api.rules('payments', { policy: { approval: [{ authorMayApprove: true, ...rule }] } });
/** As the HTTP API does it, which asks for the right: the store decides, and the status has the operator look again. */
const judge = async (
  world: World,
  name: string,
  { object = 'limits', rejected = null as string | null } = {},
) => {
  const { metadata, status } = world.api.version('payments', object)!;
  const { token } = status.approval!;
  world.store.judge({ ...asked(metadata), token, name, rejected });
  const said = await world.store.judged(asked(metadata));
  world.api.patchStatus('payments', object, { approval: withJudgements(status.approval!, said) });
  await world.quiet();
};
const approve = async (world: World, names: readonly string[], object = 'limits') => {
  for (const name of names) await judge(world, name, { object });
};
const first = 'cap: 1\n\nfee: 1\n';

test('a change of a protected config waits with what it changes, and is saved when it is approved', async () => {
  await using world = new World();
  await propose(world, first);
  protect(world);
  await world.quiet();
  expect(readyOf({ status: statusOf(world) })).toMatchObject({ status: 'True', reason: 'Saved' });
  await propose(world, first.replace('cap: 1', 'cap: 2'));
  expect(readyOf({ status: statusOf(world) })).toMatchObject({
    ...{ status: 'False', reason: 'ApprovalRequired' },
    message: expect.stringContaining(
      'kubectl pawl approve -n payments --proposal payments.limits limits.yaml',
    ),
  });
  expect(statusOf(world).approval).toMatchObject({ needed: 1, currentVersion: '1' });
  expect(statusOf(world).approval!.change).toMatch(/-cap: 1\n\+cap: 2/);
  await approve(world, ['bob']);
  expect(readyOf({ status: statusOf(world) })).toMatchObject({ status: 'True', reason: 'Saved' });
  expect(statusOf(world)).toMatchObject({ version: '2' });
  expect(statusOf(world).approval).toBeUndefined();
  expect(world.store.approvals).toMatchObject([[{ kind: 'approved', name: 'bob' }]]);
});

test('where nobody knows who proposed a change, one person more has to approve it', async () => {
  await using world = new World();
  protect(world, { authorMayApprove: false });
  await propose(world, first);
  expect(statusOf(world).approval).toMatchObject({ needed: 2 });
  await approve(world, ['bob']);
  expect(readyOf({ status: statusOf(world) })?.reason).toBe('ApprovalRequired');
  await approve(world, ['bob', 'eve']);
  expect(statusOf(world)).toMatchObject({ version: '1' });
});

test('an approval holds when others save elsewhere, and a clash in the same place says so', async () => {
  await using world = new World();
  await propose(world, first, 'other');
  protect(world, { count: 2 });
  await propose(world, first.replace('cap: 1', 'cap: 2'), 'limits', { baseVersion: 1 });
  await approve(world, ['bob']);
  const { token } = statusOf(world).approval!;
  await propose(world, first.replace('fee: 1', 'fee: 2'), 'other', { baseVersion: 1 });
  await approve(world, ['bob', 'eve'], 'other');
  expect(statusOf(world, 'other')).toMatchObject({ version: '2' });
  expect(statusOf(world).approval).toMatchObject({
    ...{ token, currentVersion: '2', approvedBy: [{ name: 'bob' }] },
  });
  await approve(world, ['bob', 'eve']);
  expect(readyOf({ status: statusOf(world) })).toMatchObject({ status: 'True', reason: 'Merged' });
  await propose(world, first.replace('cap: 1', 'cap: 7'), 'limits', { baseVersion: 1, onStale: 'Merge' });
  expect(readyOf({ status: statusOf(world) })?.reason).toBe('VersionConflict');
});

test('an edit of what waits drops its approvals', async () => {
  await using world = new World();
  protect(world, { count: 2 });
  await propose(world, first);
  await approve(world, ['bob']);
  expect(statusOf(world).approval).toMatchObject({ approvedBy: [{ name: 'bob' }] });
  await propose(world, `${first}new: 1\n`);
  const { approval } = statusOf(world);
  expect(approval).toMatchObject({ needed: 2 });
  expect(approval!.approvedBy).toBeUndefined();
});

test('a rejection is told until the object is edited', async () => {
  await using world = new World();
  protect(world);
  await propose(world, first);
  await judge(world, 'bob', { rejected: 'too high' });
  expect(readyOf({ status: statusOf(world) })).toMatchObject({
    ...{ status: 'False', reason: 'ApprovalRequired' },
    message: expect.stringMatching(/^bob rejected this change: too high\. Edit spec\.body/),
  });
  await propose(world, `${first}new: 1\n`);
  expect(readyOf({ status: statusOf(world) })?.message).not.toContain('rejected');
});

test('an approved change is held to freezes all the same', async () => {
  await using world = new World();
  protect(world);
  await propose(world, first);
  const freezes = [{ name: 'all', reason: 'closing', until: '2099-01-02T06:00:00Z' }];
  world.api.rules('payments', { policy: { approval: [{ authorMayApprove: true }], freezes } });
  await world.quiet();
  expect(readyOf({ status: statusOf(world) })?.reason).toBe('Frozen');
});

test('the right of its namespace is asked again when an approved change is saved; while that is not known, it waits', async () => {
  await using world = new World();
  const approval = [{ authorMayApprove: true }];
  const grant = { namespaceSelector: { matchLabels: { trusted: 'yes' } } };
  const writers = [grant];
  world.api.namespace('team', { trusted: 'yes' });
  world.api.rules('payments', { writers, policy: { approval } });
  world.api.propose('team', 'limits', { namespace: 'payments', path, body: first });
  await world.quiet();
  const { metadata, status } = world.api.version('team', 'limits')!;
  const ready = () => readyOf(world.api.version('team', 'limits'))?.reason;
  expect(ready()).toBe('ApprovalRequired');
  // The moment at which it was approved and the one at which the right goes are the same.
  world.store.judge({ ...asked(metadata), token: status.approval!.token, name: 'bob', rejected: null });
  world.api.rules('payments', { writers: [{ namespaces: ['another'] }], policy: { approval } });
  await world.quiet();
  expect(ready()).toBe('PathNotAllowed');
  world.api.caches.kubeNamespaces.remove(world.api.kubeNamespace('team')!);
  world.api.rules('payments', { writers, policy: { approval } });
  await world.quiet();
  expect([ready(), world.store.approvals]).toEqual(['PathNotAllowed', []]);
  world.api.namespace('team', { trusted: 'yes' });
  await world.quiet();
  expect(ready()).toBe('Saved');
  expect(world.store.approvals).toMatchObject([[{ kind: 'approved', name: 'bob' }]]);
});

test('approvals that somebody else wrote into the status approve nothing, and are not shown for long', async () => {
  await using world = new World();
  protect(world);
  await propose(world, first);
  const { approval } = statusOf(world);
  const approvedBy = [{ name: 'mallory', at: '2026-01-02T03:04:05.000Z' }];
  world.api.patchStatus('payments', 'limits', { approval: { ...approval!, approvedBy } });
  await world.quiet();
  expect(readyOf({ status: statusOf(world) })).toMatchObject({ status: 'False', reason: 'ApprovalRequired' });
  expect(statusOf(world).version).toBeUndefined();
  expect(statusOf(world).approval).toEqual(approval);
});

test('a judgement is in the store before the status shows it, which is tried again while others write the status', async () => {
  await using world = new World();
  protect(world, { count: 2 });
  await propose(world, first);
  let lost = 1;
  const cluster = {
    configVersion: (key: ObjectKey) => world.api.configVersion(key),
    async applyStatus(...of: Parameters<KubeCluster['applyStatus']>) {
      const [{ metadata }] = of;
      expect((await world.store.judged(asked(metadata))).approvals).not.toBeNull();
      if (lost-- > 0) throw new KubeError({ kind: 'conflict', status: 409, reason: 'Conflict', message: '' });
      await world.api.applyStatus(of[0], of[1]);
    },
  } as KubeCluster;
  const judgements = {
    judge: async (judgement: JudgementToKeep) => world.store.judge(judgement),
    judged: async ([uid = '']: readonly string[]) => {
      const generation = BigInt(world.api.version('payments', 'limits')!.metadata.generation);
      return new Map([[uid, { generation, ...(await world.store.judged({ uid, generation })) }]]);
    },
  };
  const { judge } = proposalsOf(cluster, { workloads: null, judgements } as never);
  const object = world.api.version('payments', 'limits')!;
  const { token } = object.status.approval!;
  const bob = { token, name: 'bob', rejected: null };
  expect(await judge(object, bob, never)).toMatchObject({ approvals: { token, by: [{ name: 'bob' }] } });
  expect(lost).toBe(-1);
  await world.quiet();
  expect(statusOf(world).approval).toMatchObject({ token, approvedBy: [{ name: 'bob' }] });
  // Sent again, it writes nothing.
  await judge(object, bob, never);
  expect(lost).toBe(-1);
  await judge(object, { ...bob, name: 'eve' }, never);
  await world.quiet();
  expect(statusOf(world)).toMatchObject({ version: '1' });
  expect(await judge(object, { ...bob, name: 'cem' }, never)).toBe('moved');
});
