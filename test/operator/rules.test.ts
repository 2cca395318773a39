/** Schemas and freezes as objects meet them, with the real thread in which texts are checked. */
import { afterAll, expect, test } from 'vitest';
import { Thinker } from '../../history/settle/thinker.ts';
import { systemClock } from '../../runtime/clock.ts';
import { Offload } from '../../runtime/offload.ts';
import { aSchema } from '../schema/make.ts';
import { readyOf, World } from './world.ts';

const offload = new Offload({
  module: new URL('../../history/settle/thinker-thread.ts', import.meta.url),
  ...{ clock: systemClock, taskCpuMs: 60_000, maxHeapMiB: 512, idleMs: 60_000 },
});
afterAll(() => offload.close());
const worldWithThread = () => new World({ thinker: new Thinker(offload, { maxBodyBytes: 1 << 20 }) });

const path = 'limits.yaml';
const limits = { additionalProperties: false, properties: { cap: { maximum: 10 }, fee: {} } };
const propose = async (world: World, body: string, name = 'limits') => {
  world.api.propose('payments', name, { path, body });
  await world.quiet();
};
const statusOf = (world: World, name = 'limits') => world.api.version('payments', name)!.status;
const schema = (world: World, rules: object, generation = 1, enforcement: 'Refuse' | 'Warn' = 'Refuse') => {
  const { metadata, ...rest } = aSchema('limits', rules, { enforcement });
  const resourceVersion = String(1_000 + generation);
  world.api.caches.configSchemas.upsert({ metadata: { ...metadata, generation, resourceVersion }, ...rest });
};

test('a text that a schema does not allow is refused with its places, and saved when the schema changes', async () => {
  await using world = worldWithThread();
  schema(world, limits);
  await propose(world, 'cap: 1\nfeee: 1\n');
  expect(readyOf({ status: statusOf(world) })).toMatchObject({
    ...{ status: 'False', reason: 'SchemaViolation' },
    message:
      'Schema limits does not allow this text. spec.body, line 2, column 1: feee is not a known key; did you mean fee? ' +
      '(known: cap, fee).',
  });
  expect(statusOf(world).violations).toMatchObject([
    { schema: 'limits', pointer: '/feee', line: 2, column: 1 },
  ]);
  schema(world, {}, 2);
  await world.until('it is saved', () => readyOf({ status: statusOf(world) })?.reason === 'Saved');
  expect(statusOf(world).violations).toBeUndefined();
});

test('a schema that only warns tells it in a condition of its own, which stays as long as the text', async () => {
  await using world = worldWithThread();
  schema(world, limits, 1, 'Warn');
  await propose(world, 'cap: 11\n');
  const warned = () => statusOf(world).conditions?.find(({ type }) => type === 'SchemaWarning');
  expect(readyOf({ status: statusOf(world) })).toMatchObject({ status: 'True', reason: 'Saved' });
  expect(warned()).toMatchObject({
    ...{ status: 'True', reason: 'SchemaViolation' },
    message: 'Schema limits warns: line 1, column 6: cap must be <= 10.',
  });
  // Looked at again, nothing new is told.
  const before = statusOf(world);
  world.api.rules('payments', {});
  await world.quiet();
  expect(statusOf(world)).toEqual(before);
  await propose(world, 'cap: 2\n');
  expect(warned()).toBeUndefined();
});

test('a frozen config keeps its text, and what it has already is not refused', async () => {
  await using world = worldWithThread();
  await propose(world, 'cap: 1\n');
  const until = '2099-01-02T06:00:00Z';
  world.api.rules('payments', { policy: { freezes: [{ name: 'all', reason: 'Year-end closing', until }] } });
  await world.quiet();
  expect(readyOf({ status: statusOf(world) })).toMatchObject({ status: 'True', reason: 'Saved' });
  await propose(world, 'cap: 2\n');
  expect(readyOf({ status: statusOf(world) })).toMatchObject({
    ...{ status: 'False', reason: 'Frozen' },
    message: expect.stringContaining(
      'payments/limits.yaml is frozen until 2099-01-02 at 06:00 UTC: Year-end closing. Pawl will save this by itself',
    ),
  });
  world.api.rules('payments', {});
  await world.until('it is saved', () => statusOf(world).version === '2');
});

test('a freeze that ends lets an object through by itself', async () => {
  await using world = worldWithThread();
  await propose(world, 'cap: 1\n');
  const until = new Date(Date.now() + 1_500).toISOString();
  world.api.rules('payments', {
    policy: { freezes: [{ name: 'all', paths: ['limits.*'], reason: 'a while', until }] },
  });
  await world.quiet();
  world.api.propose('payments', 'limits', { path, body: 'cap: 2\n' });
  await world.until('it is saved', () => statusOf(world).version === '2');
});

test('a text that brings in a secret is told in a condition of its own, and refused where the policy says so', async () => {
  await using world = worldWithThread();
  const leak = 'cap: 1\ndb:\n  password: hunter2\n';
  await propose(world, leak);
  expect(readyOf({ status: statusOf(world) })).toMatchObject({ status: 'True', reason: 'Saved' });
  const warned = () => statusOf(world).conditions?.find(({ type }) => type === 'SecretWarning');
  expect(warned()).toMatchObject({
    ...{ status: 'True', reason: 'SecretFound' },
    message:
      'This text holds a secret: line 3, column 13: db.password holds a literal secret (known-key). Keep it elsewhere, or ' +
      'write # pawl:allow-secret REASON beside it.',
  });
  // Looked at again, nothing new is told; what the config holds already is told, and saved.
  world.api.rules('payments', { policy: { secrets: 'Refuse' } });
  await world.quiet();
  expect(warned()).toBeDefined();
  await propose(world, leak.replace('1', '2'));
  expect(readyOf({ status: statusOf(world) })).toMatchObject({ status: 'True', reason: 'Saved' });
  expect(warned()).toBeDefined();
  await propose(world, leak.replace('hunter2', 'hunter3'));
  expect(readyOf({ status: statusOf(world) })).toMatchObject({
    ...{ status: 'False', reason: 'SecretFound' },
    message:
      'This text brings in a secret. spec.body, line 3, column 13: db.password holds a literal secret (known-key). Keep it ' +
      'elsewhere, or write # pawl:allow-secret REASON beside it. Version 2 stays in force.',
  });
  expect(statusOf(world).violations).toEqual([
    {
      ...{ pointer: '/db/password', path: 'db.password', line: 3, column: 13, rule: 'known-key' },
      message: 'holds a literal secret',
    },
  ]);
  expect(JSON.stringify([statusOf(world), world.api.events])).not.toContain('hunter');
  world.api.rules('payments', { policy: { secrets: 'Allow' } });
  await world.until('it is saved', () => statusOf(world).version === '3');
  expect(warned()).toBeUndefined();
});

test('a clash over a secret names the place and the people, and none of the values', async () => {
  await using world = worldWithThread();
  const text = (password: string, cap = 1) =>
    `cap: ${cap}\n# of the database\ndb:\n  password: ${password}\n`;
  const clash = async (first: string, second: string, name: string) => {
    await propose(world, first);
    world.api.propose('payments', name, { path, baseVersion: 1, body: second });
    await world.quiet();
    return readyOf({ status: statusOf(world, name) })?.message;
  };
  await propose(world, text('hunter1'));
  expect(await clash(text('hunter2'), text('hunter3'), 'second')).toMatch(
    /^Changed by both: db\.password by somebody using kubectl in version 2\. Nothing was saved\./,
  );
  expect(await clash(text('hunter2', 2), text('hunter1', 3), 'third')).toMatch(
    /^Changed by both: cap, from 1 to 2 by somebody using kubectl in version 3 and to 3 by you\. Nothing was saved\./,
  );
  world.api.rules('payments', { policy: { secrets: 'Allow' } });
  expect(await clash(text('hunter2', 2), text('hunter4', 2), 'fourth')).toMatch(
    /^Changed by both: db\.password, from hunter1 to hunter2 by /,
  );
});
