/** What no watch has told yet is neither yes nor no. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../runtime/fake-clock.ts';
import { readyOf, World } from './world.ts';

const ready = (world: World, namespace = 'pay') => readyOf(world.api.version(namespace, 'a'));
const proposal = { namespace: 'shared', path: 'a.yaml', body: 'a: 1\n' };

describe('a selector', () => {
  it.each([
    ['DoesNotExist', { key: 'untrusted', operator: 'DoesNotExist' as const }],
    ['NotIn', { key: 'untrusted', operator: 'NotIn' as const, values: ['true'] }],
    ['In', { key: 'untrusted', operator: 'In' as const, values: ['false'] }],
  ])('with %s waits for the labels of a namespace that nobody has told of', async (_, expression) => {
    await using world = new World({ clock: new FakeClock() });
    world.api.rules('shared', { writers: [{ namespaceSelector: { matchExpressions: [expression] } }] });
    world.api.propose('pay', 'a', proposal);
    await world.quiet();
    expect(world.store.headOf({ namespace: 'shared', path: 'a.yaml' })).toBeNull();
    expect(ready(world)).toBeUndefined();
    world.api.namespace('pay', { untrusted: 'false' });
    await world.quiet();
    const allowed = expression.operator !== 'DoesNotExist';
    expect(world.store.headOf({ namespace: 'shared', path: 'a.yaml' })).toBe(allowed ? 1n : null);
  });

  it('of readers waits, too: what is not known yet is not refused', async () => {
    const clock = new FakeClock();
    await using world = new World({ clock });
    const untrusted = { key: 'untrusted', operator: 'DoesNotExist' as const };
    const readers = [{ namespaceSelector: { matchExpressions: [untrusted] } }];
    world.api.namespace('owner');
    world.api.rules('shared', { writers: [{ namespaces: ['owner'] }], readers });
    world.api.propose('owner', 'a', proposal);
    world.api.propose('pay', 'a', { ...proposal, body: 'a: 2\n' });
    await world.quiet();
    await clock.advance(5_000);
    await world.quiet();
    expect(ready(world)).toBeUndefined();
    expect(world.api.map('pay', 'a.yaml')).toBeUndefined();
    world.api.namespace('pay');
    await clock.advance(5_000);
    await world.quiet();
    expect(ready(world)).toMatchObject({ reason: 'PathNotAllowed' });
    expect(world.api.map('pay', 'a.yaml')).toBeDefined();
  });

  it('keeps nobody waiting whom another grant names', async () => {
    await using world = new World();
    const namespaceSelector = { matchLabels: { trusted: 'yes' } };
    world.api.rules('shared', { writers: [{ namespaces: ['pay'] }, { namespaceSelector }] });
    world.api.propose('pay', 'a', proposal);
    await world.quiet();
    expect(ready(world)).toMatchObject({ reason: 'Saved' });
  });
});

describe('a refusal for want of rights', () => {
  it('is not told while the rules are on their way, in whatever order they were applied', async () => {
    const clock = new FakeClock();
    await using world = new World({ clock });
    world.api.namespace('pay');
    world.api.namespace('shared');
    world.api.unheard.push('shared');
    world.api.propose('pay', 'a', proposal);
    await world.quiet();
    await clock.advance(5_000);
    await world.quiet();
    expect(ready(world)).toBeUndefined();
    world.api.unheard.pop();
    world.api.rules('shared', { writers: [{ namespaces: ['pay'] }] });
    await world.quiet();
    expect(ready(world)).toMatchObject({ reason: 'Saved' });
    expect(world.api.writes.status).toBe(1);
  });

  it('is told when the API server says the same', async () => {
    const clock = new FakeClock();
    await using world = new World({ clock });
    world.api.namespace('pay');
    world.api.namespace('shared');
    world.api.propose('pay', 'a', proposal);
    await world.quiet();
    await clock.advance(2_000);
    await world.quiet();
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'PathNotAllowed' });
    // The log is the namespace's own, in which the object has no right.
    expect(world.store.refusals).toEqual([]);
  });
});

describe('a delete', () => {
  const config = { namespace: 'shared', path: 'a.yaml' };
  const own = { namespaces: ['pay'] };
  const matched = { namespaceSelector: { matchLabels: { trusted: 'yes' } } };
  const told = { trusted: 'yes' };

  it('waits for the labels that say whether the object may take its config along', async () => {
    const clock = new FakeClock();
    await using world = new World({ clock });
    world.api.rules('shared', { writers: [own, { ...matched, delete: true }] });
    world.api.propose('pay', 'a', { ...proposal, deletionPolicy: 'Delete' });
    await world.quiet();
    expect(ready(world)).toMatchObject({ reason: 'Saved' });
    world.api.startDeletion('pay', 'a');
    await world.quiet();
    expect(world.api.version('pay', 'a')).toBeDefined();
    expect(world.api.events).toEqual([]);
    world.api.namespace('pay', told);
    await world.quiet();
    expect(world.store.headOf(config)).toBeNull();
    expect(world.api.version('pay', 'a')).toBeUndefined();
  });

  it.each([
    ['goes through where those say that the other may not write it', {}, null],
    ['leaves the config to the other where they say that it may', told, 1n],
  ])('waits for the labels of the namespace of another object, and %s', async (_, labels, head) => {
    const clock = new FakeClock();
    await using world = new World({ clock });
    world.api.namespace('pay');
    world.api.rules('shared', { writers: [{ ...own, delete: true }, matched] });
    world.api.propose('pay', 'a', { ...proposal, deletionPolicy: 'Delete' });
    world.api.propose('far', 'a', proposal);
    await world.quiet();
    world.api.startDeletion('pay', 'a');
    await world.quiet();
    expect(world.api.version('pay', 'a')).toBeDefined();
    world.api.namespace('far', labels);
    await world.quiet();
    await clock.advance(2_000);
    await world.quiet();
    expect(world.api.version('pay', 'a')).toBeUndefined();
    expect(world.store.headOf(config)).toBe(head);
  });
});

describe('a number that an object tells of', () => {
  const config = { namespace: 'shared', path: 'a.yaml' };
  const matched = { namespaceSelector: { matchLabels: { trusted: 'yes' } } };
  /** Of before the database was restored. */
  const later = { observedGeneration: 1, version: '5' };

  it.each([
    ['is not used again where it may write the config', { trusted: 'yes' }, 6n],
    ['is passed over where it may not', {}, 1n],
  ])('is waited for until the labels of its namespace are told, and %s', async (_, labels, head) => {
    const clock = new FakeClock();
    await using world = new World({ clock });
    world.api.namespace('pay');
    world.api.rules('shared', { writers: [{ namespaces: ['pay'] }, matched] });
    world.api.propose('far', 'a', { ...proposal, suspend: true });
    await world.quiet();
    await world.api.applyStatus(world.api.version('far', 'a')!, later);
    world.api.propose('pay', 'a', proposal);
    await world.quiet();
    expect(world.store.headOf(config)).toBeNull();
    expect(ready(world)).toBeUndefined();
    world.api.namespace('far', labels);
    await clock.advance(2_000);
    await world.quiet();
    expect(world.store.headOf(config)).toBe(head);
  });
});
