/** ConfigMaps between several who ask, hands that change them, and policies that change what is written. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../runtime/fake-clock.ts';
import { readyOf, World } from './world.ts';

const path = 'limits.yaml';
const map = (world: World, name = path) => world.api.map('payments', name);
const ready = (world: World, name = 'ada') => readyOf(world.api.version('payments', name));

async function shown(world: World, spec: object = {}): Promise<void> {
  world.api.propose('payments', 'ada', { path, body: 'a: 1\n', ...spec });
  await world.quiet();
  expect(ready(world)).toMatchObject({ reason: 'Saved' });
}

describe('a ConfigMap', () => {
  it('that nobody asks for any more is not written again: all its objects went at one moment', async () => {
    await using world = new World();
    await shown(world);
    world.api.propose('payments', 'bob', { path, body: 'a: 1\n' });
    await world.quiet();
    const told = Promise.withResolvers<void>();
    const held = world.api.hold('map', path);
    world.api.deleteVersion('payments', 'ada');
    // Bob is looked at, because an owner went, and goes while that look is on its way to the API server.
    await held.reached;
    world.api.deleteVersion('payments', 'bob', told.promise);
    told.resolve();
    await Promise.resolve();
    held.release();
    await world.quiet();
    expect(map(world)).toBeUndefined();
    expect(world.reports.at(-1)).toMatchObject({ configMapWritten: false, statusWritten: false });
  });

  it('of two objects with different keys shows the key of the one that saved last, after every edit', async () => {
    await using world = new World();
    await shown(world, { configMap: { name: 'app', key: 'one.yaml' } });
    world.api.propose('payments', 'bob', {
      path,
      body: 'a: 1\n',
      configMap: { name: 'app', key: 'two.yaml' },
    });
    await world.quiet();
    for (const value of [2, 3]) {
      const held = world.api.hold('status', 'ada');
      const configMap = { name: 'app', key: 'one.yaml' };
      world.api.propose('payments', 'ada', { path, body: `a: ${value}\n`, configMap });
      await held.reached;
      // Another version than his came for the first time: bob is told, while ada's status still is the old one.
      if (value === 2)
        await world.until('bob was looked at', () => world.reports.at(-1)?.key === 'payments/bob');
      held.release();
      await world.quiet();
      expect(map(world, 'app')?.data).toEqual({ 'one.yaml': `a: ${value}\n` });
    }
  });

  it('that is deleted by hand is put back, told and counted', async () => {
    await using world = new World();
    await shown(world);
    world.api.deleteMap('payments', path);
    await world.quiet();
    expect(map(world)?.data).toEqual({ [path]: 'a: 1\n' });
    expect(world.reports.at(-1)).toMatchObject({ drift: true });
    expect(world.api.events.at(-1)).toMatchObject({ reason: 'DriftCorrected' });
  });

  it('whose number somebody raised by hand is put back, and the number is not believed', async () => {
    await using world = new World();
    await shown(world);
    const annotations = { 'pawl.dev/version': '9', 'pawl.dev/content-sha256': '00' };
    world.api.patchMap('payments', path, { annotations, data: { [path]: 'a: 999\n' } });
    await world.quiet();
    expect(map(world)?.data).toEqual({ [path]: 'a: 1\n' });
    world.api.propose('payments', 'ada', { path, body: 'a: 2\n' });
    await world.quiet();
    expect(world.api.version('payments', 'ada')?.status.version).toBe('2');
  });

  it('whose key somebody moved into binaryData is put back', async () => {
    await using world = new World();
    await shown(world);
    world.api.patchMap('payments', path, { data: { [path]: null }, binaryData: { [path]: 'eA==' } });
    await world.quiet();
    expect(map(world)).toMatchObject({ data: { [path]: 'a: 1\n' }, binaryData: {} });
    expect(ready(world)).toMatchObject({ reason: 'Saved' });
  });

  it('that an admission policy changes is TargetAltered until it is kept as it was written', async () => {
    await using world = new World();
    world.api.mutate = ({ data }) => {
      data[path] = 'mutated: true\n';
    };
    world.api.propose('payments', 'ada', { path, body: 'a: 1\n' });
    await world.quiet();
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'TargetAltered' });
    expect(world.api.version('payments', 'ada')?.status.version).toBe('1');
    world.api.mutate = ({ data }) => {
      data.injected = 'x';
    };
    world.api.propose('payments', 'ada', { path, body: 'a: 2\n' });
    await world.quiet();
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'TargetAltered' });
    world.api.mutate = () => {};
    world.api.propose('payments', 'ada', { path, body: 'a: 3\n' });
    await world.quiet();
    expect(ready(world)).toMatchObject({ status: 'True', reason: 'Saved' });
    expect(map(world)?.data).toEqual({ [path]: 'a: 3\n' });
  });

  it.each([
    ['deletes it', (world: World) => world.api.deleteMap('payments', path)],
    ['rewrites it', (world: World) => world.api.patchMap('payments', path, { data: { [path]: 'x' } })],
    [
      'takes its label away',
      (world: World) =>
        world.api.patchMap('payments', path, { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }),
    ],
  ])(
    'that somebody %s as fast as it comes is put back ever more seldom, and a new text at once',
    async (_, fight) => {
      const clock = new FakeClock();
      await using world = new World({ clock });
      await shown(world);
      const before = world.api.writes.map;
      for (let round = 0; round < 20; round++) {
        if (map(world)) fight(world);
        await world.quiet();
      }
      expect(world.api.writes.map - before).toBeLessThan(8);
      const looks = world.reports.length;
      expect(looks).toBeLessThan(15);
      expect(ready(world)).toMatchObject({ status: 'False', reason: 'DriftStorm' });
      world.api.propose('payments', 'ada', { path, body: 'a: 2\n' });
      await world.quiet();
      expect(map(world)?.data[path]).toBe('a: 2\n');
      expect(ready(world)).toMatchObject({ status: 'True', reason: 'Saved' });
    },
  );

  it('that was fought over is Ready again once it stays as it is', async () => {
    const clock = new FakeClock();
    await using world = new World({ clock });
    await shown(world);
    for (let round = 0; round < 10; round++) {
      world.api.patchMap('payments', path, { data: { [path]: 'x' } });
      await world.quiet();
    }
    expect(ready(world)).toMatchObject({ reason: 'DriftStorm' });
    for (let minute = 0; minute < 10; minute++) {
      await clock.advance(60_000);
      await world.quiet();
    }
    expect(map(world)?.data).toEqual({ [path]: 'a: 1\n' });
    expect(ready(world)).toMatchObject({ status: 'True', reason: 'Saved' });
  });
});

describe('a copy of a ConfigMap', () => {
  it('in the same namespace is left alone by the next edit', async () => {
    await using world = new World();
    await shown(world);
    world.api.copyMap(
      { namespace: 'payments', name: path },
      { namespace: 'payments', name: 'mine' },
      { mine: 'x' },
    );
    world.api.propose('payments', 'ada', { path, body: 'a: 2\n' });
    await world.quiet();
    expect(map(world, 'mine')?.data).toEqual({ mine: 'x' });
  });

  it('in another namespace is not overwritten by an object there', async () => {
    await using world = new World();
    world.api.namespace('other');
    await shown(world);
    world.api.copyMap({ namespace: 'payments', name: path }, { namespace: 'other', name: path });
    world.api.propose('other', 'eve', { path, body: 'b: 1\n' });
    await world.quiet();
    expect(readyOf(world.api.version('other', 'eve'))).toMatchObject({ reason: 'TargetNotOwned' });
    expect(world.api.map('other', path)?.data).toEqual({ [path]: 'a: 1\n' });
  });
});

it('a ConfigMap that somebody made and labelled as ours is not ours', async () => {
  await using world = new World();
  world.api.createMap(
    { namespace: 'payments', name: path },
    { mine: 'x' },
    { 'app.kubernetes.io/managed-by': 'pawl' },
  );
  await world.quiet();
  world.api.propose('payments', 'ada', { path, body: 'a: 1\n' });
  await world.quiet();
  expect(ready(world)).toMatchObject({ reason: 'TargetNotOwned' });
  expect(map(world)?.data).toEqual({ mine: 'x' });
});

describe('a status that somebody else wrote', () => {
  it('is put right within a second, whatever it said, and once a second at most', async () => {
    const clock = new FakeClock();
    await using world = new World({ clock });
    await shown(world);
    const { conditions: _, ...facts } = world.api.version('payments', 'ada')!.status;
    for (const patch of [
      { version: '77', contentSha256: '00' },
      { version: '-1' },
      { supersededBy: '99' },
      { conditions: [] },
      { observedGeneration: -1 },
    ]) {
      world.api.patchStatus('payments', 'ada', patch);
      await world.quiet();
      const writes = world.api.writes.status;
      await clock.advance(1_000);
      await world.quiet();
      expect(world.api.writes.status - writes).toBe(1);
      expect(world.api.version('payments', 'ada')!.status).toMatchObject(facts);
      expect(ready(world)).toMatchObject({ status: 'True', reason: 'Saved' });
      expect(world.api.version('payments', 'ada')!.status.supersededBy).toBeUndefined();
    }
  });

  it('raises no number', async () => {
    await using world = new World();
    await shown(world);
    world.api.patchStatus('payments', 'ada', { version: '900' });
    world.api.propose('payments', 'ada', { path, body: 'a: 2\n' });
    await world.quiet();
    expect(world.api.version('payments', 'ada')?.status.version).toBe('2');
  });
});
