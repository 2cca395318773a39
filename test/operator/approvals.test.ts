/** Protected configs as objects meet them: what waits, what an approval in the status lets through, and what it does not. */
import { expect, test } from 'vitest';
import { readyOf, World } from './world.ts';

const path = 'limits.yaml';
const statusOf = (world: World, name = 'limits') => world.api.version('payments', name)!.status;
const propose = async (world: World, body: string, name = 'limits', more: object = {}) => {
  world.api.propose('payments', name, { path, body, ...more });
  await world.quiet();
};
const protect = (world: World, rule: object = {}) =>
  world.api.rules('payments', { policy: { approval: [{ authorMayApprove: true, ...rule }] } });
/** As the HTTP API does it, which asks for the right. */
const approve = async (world: World, names: readonly string[], object = 'limits') => {
  const { approval } = statusOf(world, object);
  const approvedBy = names.map(name => ({ name, at: '2026-01-02T03:04:05.000Z' }));
  world.api.patchStatus('payments', object, { approval: { ...approval!, approvedBy } });
  await world.quiet();
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
  const { approval } = statusOf(world);
  const rejectedBy = { name: 'bob', at: '2026-01-02T03:04:05.000Z', reason: 'too high' };
  world.api.patchStatus('payments', 'limits', { approval: { ...approval!, rejectedBy } });
  await world.quiet();
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
