/** Objects that were renamed in Git, in the orders in which engines apply and prune. */
import { describe, expect, test } from 'vitest';
import { readyOf, World } from './world.ts';

const path = 'limits.yaml';
const [one, two] = ['cap: 1\nfee: 1\n', 'cap: 2\nfee: 1\n'];

async function saved(world: World, name: string, body: string, formerly?: string) {
  world.api.propose('payments', name, { path, body, ...(formerly !== undefined && { formerly }) });
  await world.quiet();
  expect(readyOf(world.api.version('payments', name))).toMatchObject({ status: 'True' });
}

test('a renamed and edited object continues the line of the object it was, though that is still there', async () => {
  await using world = new World();
  await saved(world, 'old', one);
  await saved(world, 'new', two, 'old');
  // From now on it has a line of its own, and so has the other one.
  await saved(world, 'new', 'cap: 3\nfee: 1\n');
  await saved(world, 'old', 'cap: 1\nfee: 7\n');
  world.api.deleteVersion('payments', 'old');
  await world.quiet();
  const texts = await world.store.texts({ namespace: 'payments', path }, [2n, 3n, 4n]);
  expect([...texts.values()]).toEqual([two, 'cap: 3\nfee: 1\n', 'cap: 3\nfee: 7\n']);
});

describe('while what the object it was says is not saved, a renamed object', () => {
  async function waits(): Promise<World> {
    const world = new World();
    await saved(world, 'old', one);
    world.api.propose('payments', 'old', { path, body: 'cap: [' });
    world.api.propose('payments', 'new', { path, body: two, formerly: 'old' });
    await world.quiet();
    expect(readyOf(world.api.version('payments', 'new'))).toMatchObject({
      status: 'Unknown',
      reason: 'Progressing',
      message: expect.stringContaining('kubectl describe cv old -n payments'),
    });
    return world;
  }

  test('waits until it is saved, so that an edit which replaces another one comes after it', async () => {
    await using world = await waits();
    // What the renamed object says takes this back.
    await saved(world, 'old', 'cap: 9\nfee: 1\n');
    expect(readyOf(world.api.version('payments', 'new'))).toMatchObject({ reason: 'Saved' });
    const texts = await world.store.texts({ namespace: 'payments', path }, [2n, 3n]);
    expect([...texts.values()]).toEqual(['cap: 9\nfee: 1\n', two]);
  });

  test('waits until it is as it was saved', async () => {
    await using world = await waits();
    await saved(world, 'old', one);
    expect(readyOf(world.api.version('payments', 'new'))).toMatchObject({ reason: 'Saved' });
  });

  test('waits until that object is gone', async () => {
    await using world = await waits();
    world.api.deleteVersion('payments', 'old');
    await world.quiet();
    expect(readyOf(world.api.version('payments', 'new'))).toMatchObject({ reason: 'Saved' });
  });
});

test('while it waits, it has the ConfigMap together with the object it was, and so keeps it when that is deleted', async () => {
  await using world = new World();
  await saved(world, 'old', one);
  const { uid } = world.api.map('payments', path)!.metadata;
  world.api.propose('payments', 'old', { path, body: 'cap: [' });
  await world.quiet();
  world.api.propose('payments', 'new', { path, body: two, formerly: 'old' });
  await world.quiet();
  const shown = () => world.api.map('payments', path)!;
  expect(
    shown()
      .metadata.ownerReferences.map(({ name }) => name)
      .sort(),
  ).toEqual(['new', 'old']);
  expect(shown().data).toEqual({ [path]: one });
  world.api.deleteVersion('payments', 'old');
  await world.quiet();
  expect(shown()).toMatchObject({ metadata: { uid }, data: { [path]: two } });
});

describe('an object that was renamed twice', () => {
  test('continues the line of the one before it', async () => {
    await using world = new World();
    await saved(world, 'a', one);
    world.api.deleteVersion('payments', 'a');
    await saved(world, 'b', two, 'a');
    world.api.deleteVersion('payments', 'b');
    await saved(world, 'c', 'cap: 3\nfee: 1\n', 'b');
    expect(world.api.version('payments', 'c')!.status.version).toBe('3');
  });

  test('is told what to do where nothing of the one before it was ever accepted', async () => {
    await using world = new World();
    await saved(world, 'a', one);
    world.api.deleteVersion('payments', 'a');
    world.api.propose('payments', 'c', { path, body: two, formerly: 'b' });
    await world.quiet();
    const ready = readyOf(world.api.version('payments', 'c'));
    expect(ready).toMatchObject({ status: 'False', reason: 'BaseVersionRequired' });
    expect(ready!.message).toContain(
      'Nothing of b (spec.formerly) is known here: name the object whose text was accepted.',
    );
    expect(ready!.message).toContain('spec.baseVersion: 1');
    await saved(world, 'c', two, 'a');
  });

  test('waits for the one before it while that waits for another, and then takes up its line', async () => {
    await using world = new World();
    await saved(world, 'a', one);
    world.api.propose('payments', 'a', { path, body: 'cap: [' });
    world.api.propose('payments', 'b', { path, body: two, formerly: 'a' });
    world.api.propose('payments', 'c', { path, body: 'cap: 2\nfee: 2\n', formerly: 'b' });
    await world.quiet();
    expect(readyOf(world.api.version('payments', 'c'))).toMatchObject({
      ...{ status: 'Unknown', reason: 'Progressing' },
      message: expect.stringContaining('kubectl describe cv b -n payments'),
    });
    world.api.deleteVersion('payments', 'a');
    await world.quiet();
    expect(readyOf(world.api.version('payments', 'c'))).toMatchObject({ reason: 'Saved' });
    const texts = await world.store.texts({ namespace: 'payments', path }, [2n, 3n]);
    expect([...texts.values()]).toEqual([two, 'cap: 2\nfee: 2\n']);
  });

  test('in a circle waits for nobody', async () => {
    await using world = new World();
    await saved(world, 'a', one);
    world.api.propose('payments', 'b', { path, body: two, formerly: 'c' });
    world.api.propose('payments', 'c', { path, body: 'cap: 3\nfee: 1\n', formerly: 'b' });
    await world.quiet();
    for (const name of ['b', 'c'])
      expect(readyOf(world.api.version('payments', name))).toMatchObject({ reason: 'BaseVersionRequired' });
  });
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
