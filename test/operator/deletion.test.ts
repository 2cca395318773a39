/** What deleting an object does to its config, whoever else writes to the object meanwhile. */
import { expect, it } from 'vitest';
import { FakeClock } from '../runtime/fake-clock.ts';
import { World } from './world.ts';

const path = 'limits.yaml';
const config = { namespace: 'payments', path };

async function saved(world: World, name: string, deletionPolicy?: 'Delete'): Promise<void> {
  world.api.propose('payments', name, { path, body: 'a: 1\n', ...(deletionPolicy && { deletionPolicy }) });
  await world.quiet();
  expect(world.api.version('payments', name)?.status.version).toBe('1');
}

it('a config goes with the object that asks for it, once, though the garbage collector writes in between', async () => {
  const clock = new FakeClock();
  await using world = new World({ clock });
  await saved(world, 'ada', 'Delete');
  const held = world.api.hold('finalizers', 'ada');
  world.api.startDeletion('payments', 'ada', 'foregroundDeletion');
  await held.reached;
  world.api.dropFinalizer('payments', 'ada', 'foregroundDeletion');
  held.release();
  await world.quiet();
  await clock.advance(1_000);
  await world.quiet();
  expect(world.store.headOf(config)).toBeNull();
  expect(world.api.version('payments', 'ada')).toBeUndefined();
  expect(world.api.events.map(({ reason }) => reason)).toEqual(['ConfigDeleted']);
});

it('a config stays, and that is told, while another object asks for it', async () => {
  await using world = new World();
  await saved(world, 'ada', 'Delete');
  await saved(world, 'bob');
  world.api.startDeletion('payments', 'ada');
  await world.quiet();
  expect(world.store.headOf(config)).toBe(1n);
  expect(world.api.version('payments', 'ada')).toBeUndefined();
  expect(world.api.events.map(({ reason }) => reason)).toEqual(['ConfigRetained']);
});

it('a finalizer is on an object only while its deletionPolicy is Delete', async () => {
  await using world = new World();
  await saved(world, 'ada');
  expect(world.api.version('payments', 'ada')?.metadata.finalizers ?? []).toEqual([]);
  world.api.propose('payments', 'ada', { path, body: 'a: 1\n', deletionPolicy: 'Delete' });
  await world.quiet();
  expect(world.api.version('payments', 'ada')?.metadata.finalizers).toEqual(['pawl.dev/config']);
  world.api.propose('payments', 'ada', { path, body: 'a: 1\n' });
  await world.quiet();
  expect(world.api.version('payments', 'ada')?.metadata.finalizers).toEqual([]);
});
