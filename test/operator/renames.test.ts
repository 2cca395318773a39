/** Objects that were renamed in Git, in the orders in which engines apply and prune. */
import { expect, test } from 'vitest';
import { readyOf, World } from './world.ts';

const path = 'limits.yaml';
const [one, two] = ['cap: 1\nfee: 1\n', 'cap: 2\nfee: 1\n'];

async function saved(world: World, name: string, body: string) {
  world.api.propose('payments', name, { path, body });
  await world.quiet();
  expect(readyOf(world.api.version('payments', name))).toMatchObject({ status: 'True' });
}

test('a renamed and edited object continues the line of the object it was, once that is gone', async () => {
  await using world = new World();
  await saved(world, 'old', one);
  world.api.propose('payments', 'new', { path, body: two, formerly: 'old' });
  await world.quiet();
  expect(readyOf(world.api.version('payments', 'new'))).toMatchObject({
    status: 'Unknown',
    reason: 'Progressing',
    message: expect.stringContaining('kubectl delete cv old -n payments'),
  });
  world.api.deleteVersion('payments', 'old');
  await world.quiet();
  expect(readyOf(world.api.version('payments', 'new'))).toMatchObject({ status: 'True', reason: 'Saved' });
  // From now on it has a line of its own.
  await saved(world, 'new', 'cap: 3\nfee: 1\n');
});

test("what others saved since the old object's last text stays", async () => {
  await using world = new World();
  await saved(world, 'old', one);
  world.api.propose('payments', 'bob', { path, body: 'cap: 1\nfee: 9\n', baseVersion: 1 });
  await world.quiet();
  world.api.deleteVersion('payments', 'old');
  world.api.propose('payments', 'new', { path, body: two, formerly: 'old' });
  await world.quiet();
  expect(readyOf(world.api.version('payments', 'new'))).toMatchObject({ status: 'True', reason: 'Merged' });
  const texts = await world.store.texts({ namespace: 'payments', path }, [3n]);
  expect(texts.get(3n)).toBe('cap: 2\nfee: 9\n');
});

test('an object of that name for another config, or in another namespace, is not the one it was', async () => {
  await using world = new World();
  world.api.namespace('billing');
  await saved(world, 'mine', one);
  world.api.propose('payments', 'other', { path: 'other.yaml', body: one });
  world.api.propose('payments', 'new', { path, body: two, formerly: 'other' });
  world.api.propose('billing', 'far', { path, body: one });
  world.api.propose('payments', 'far-away', { path, body: two, formerly: 'far' });
  await world.quiet();
  for (const name of ['new', 'far-away'])
    expect(readyOf(world.api.version('payments', name))).toMatchObject({ reason: 'BaseVersionRequired' });
});

test('without the right to write the config, nothing is waited for', async () => {
  await using world = new World();
  world.api.rules('payments', { writers: [{ namespaces: ['payments'] }] });
  world.api.namespace('eve');
  world.api.propose('eve', 'new', { namespace: 'payments', path, body: two, formerly: 'old' });
  await world.until(
    'it is refused',
    () => readyOf(world.api.version('eve', 'new'))?.reason === 'PathNotAllowed',
  );
});
