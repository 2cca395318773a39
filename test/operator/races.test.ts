/** What is decided about somebody who is being decided about at the same moment. */
import { expect, it } from 'vitest';
import { readyOf, World } from './world.ts';

const path = 'limits.yaml';
const text = (a: number, b: number) => `a: ${a}\nb: ${b}\n`;
const supersededBy = (world: World, name: string) => world.api.version('payments', name)?.status.supersededBy;

/** Two objects of one config, each of which was superseded once. */
async function twoObjects(world: World): Promise<void> {
  world.api.propose('payments', 'ada', { path, body: text(1, 1) });
  await world.quiet();
  world.api.propose('payments', 'bob', { path, body: text(1, 1) });
  await world.quiet();
  world.api.propose('payments', 'bob', { path, body: text(1, 2) });
  await world.quiet();
  world.api.propose('payments', 'ada', { path, body: text(2, 1) });
  await world.quiet();
  expect([supersededBy(world, 'bob'), supersededBy(world, 'ada')]).toEqual(['3', undefined]);
}

it('an object whose status is being written while another one saves is told what came after it', async () => {
  await using world = new World();
  await twoObjects(world);
  const held = world.api.hold('status', 'bob');
  world.api.propose('payments', 'bob', { path, body: text(1, 3) });
  await held.reached;
  world.api.propose('payments', 'ada', { path, body: text(3, 1) });
  await world.until('ada is saved', () => world.api.version('payments', 'ada')?.status.version === '5');
  held.release();
  await world.quiet();
  expect(supersededBy(world, 'bob')).toBe('5');
});

it('a refusal that is being written while its reason goes is taken back', async () => {
  await using world = new World();
  await twoObjects(world);
  const held = world.api.hold('status', 'bob');
  world.api.propose('payments', 'bob', { path, body: text(9, 2) });
  await held.reached;
  world.api.propose('payments', 'ada', { path, body: text(1, 1) });
  await world.until('ada is saved', () => world.api.version('payments', 'ada')?.status.version === '4');
  held.release();
  await world.quiet();
  expect(readyOf(world.api.version('payments', 'bob'))).toMatchObject({ status: 'True' });
});
