/** Whose a history is when a Kubernetes namespace of its name was deleted and made again. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PostgresRequests } from '../../../history/store/requests.ts';
import { edit, type Fixture, migrated, never } from './fixtures.ts';

let db: Fixture;
beforeAll(async () => {
  db = await migrated();
});
afterAll(() => db[Symbol.asyncDispose]());
let namespace = '';
let count = 0;
beforeEach(() => {
  count += 1;
  namespace = `n${count}`;
});

const hold = (uid: string, facts: object = {}) =>
  db.store.holdNamespace(
    { cluster: 'default', clusterUid: 'here', namespace, uid, claimed: false, ...facts },
    never,
  );
const save = () =>
  db.store.save(edit({ text: 'a', config: { namespace, path: 'a.yaml' }, uid: `uid-${count}` }), never);

it('is the one whose namespace asked first, again and again', async () => {
  expect(await hold('first')).toBe(true);
  await save();
  expect(await hold('second')).toBe(false);
  expect(await hold('first')).toBe(true);
  expect(await hold('second')).toBe(false);
});

it('is the present one where there is nothing to hand over', async () => {
  expect(await hold('first')).toBe(true);
  expect(await hold('second')).toBe(true);
  expect(await hold('first')).toBe(true);
});

it('is the former one’s while the trash has something of it, which nobody else brings back', async () => {
  const config = { namespace, path: 'a.yaml' };
  await hold('first');
  await save();
  const requests = new PostgresRequests({ calls: db.store.calls, trashMs: 86_400_000 });
  const actor = { name: 'ann', verified: true };
  expect(
    await requests.deleteConfig({ config, expectedHead: 1n, actor, idempotency: null }, never),
  ).toMatchObject({ kind: 'deleted' });
  expect(await hold('second')).toBe(false);
  await requests.deleteConfig({ config, expectedHead: null, actor, idempotency: null, purge: true }, never);
  expect(await hold('second')).toBe(true);
});

it('is the one that an administrator says, and the former one no longer', async () => {
  await hold('first');
  await save();
  expect(await hold('second', { claimed: true })).toBe(true);
  expect(await hold('second')).toBe(true);
  expect(await hold('first')).toBe(false);
});

it('is that of a cluster rebuilt under its name, and of each of several clusters', async () => {
  await hold('first');
  await save();
  expect(await hold('rebuilt', { clusterUid: 'there' })).toBe(true);
  expect(await hold('first', { clusterUid: 'there' })).toBe(false);
  expect(await hold('other', { cluster: 'second' })).toBe(true);
});

it('is about what the name wrote elsewhere, too', async () => {
  const config = { namespace: `shared-${count}`, path: 'a.yaml' };
  const source = { cluster: 'default', namespace, name: 'limits' };
  await hold('first');
  await db.store.save(edit({ text: 'a', config, source, uid: `uid-${count}` }), never);
  expect(await hold('second')).toBe(false);
});
