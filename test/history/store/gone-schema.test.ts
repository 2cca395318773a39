/** The schema goes while objects are settled: an empty database stands behind the address. */
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { Settler } from '../../../history/settle/settle.ts';
import { isStoreUnusable } from '../../../history/settle/store-failure.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import { migrate } from '../../../history/store/migrate.ts';
import { createStore } from '../../../history/store/store.ts';
import { systemClock } from '../../../runtime/clock.ts';
import type { Offload } from '../../../runtime/offload.ts';
import { until } from '../../setup/until.ts';
import { aProposal, law } from '../core/make.ts';
import { limits, migrated, never, source } from './fixtures.ts';

// None of these texts is large.
const light = new Thinker(null as unknown as Offload, { maxBodyBytes: 1 << 20 });
const proposal = (cap: number, generation: number) => aProposal({ body: `cap: ${cap}\n` }, { generation });
const gone = 'DROP SCHEMA pawl CASCADE';

it('a proposal waits where the operator must not migrate: nothing is said of it, and the store is told apart from a defect', async () => {
  await using db = await migrated();
  const settler = new Settler(db.store, light);
  await settler.settle(proposal(1, 1), law, never);
  await db.sql(gone);
  const failed = await settler.settle(proposal(2, 2), law, never).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failed).toMatchObject({ reason: 'SchemaMismatch', answered: true });
  expect(isStoreUnusable(failed)).toBe(true);
  expect(await settler.recall(proposal(1, 1), never).catch(isStoreUnusable)).toBe(true);
  await migrate({ database: db.url }, never);
  expect(await settler.settle(proposal(2, 2), law, never)).toMatchObject({
    saved: true,
    line: { version: 1n },
  });
});

it('a proposal is saved behind every number the cluster shows where the operator may migrate', async () => {
  await using db = await migrated();
  await using store = createStore(
    { database: db.url, baseMs: 1 },
    {
      ...{ clock: systemClock, random: Math.random, onError: () => undefined },
      remakeSchema: signal => migrate({ database: db.url }, signal).then(() => undefined),
    },
  );
  let highest = 0n;
  const settler = new Settler(store, light, () => ({ highest, untold: 0n }));
  expect(await settler.settle(proposal(1, 1), law, never)).toMatchObject({ line: { version: 1n } });
  highest = 1n;
  await db.sql(gone);
  expect(await settler.settle(proposal(2, 2), law, never)).toBe('raced');
  expect(await settler.settle(proposal(2, 2), law, never)).toMatchObject({
    saved: true,
    line: { version: 2n },
  });
});

it('the schema is made again for all who wait, also when the one goes away who found it gone first', async () => {
  await using db = await migrated();
  const begun: AbortSignal[] = [];
  const mayGoOn = Promise.withResolvers<void>();
  await using store = createStore(
    { database: db.url, baseMs: 1, applicationName: 'looks' },
    {
      ...{ clock: systemClock, random: Math.random, onError: () => undefined },
      async remakeSchema(signal) {
        begun.push(signal);
        await Promise.race([mayGoOn.promise, once(signal, 'abort')]);
        await migrate({ database: db.url }, signal);
      },
    },
  );
  const look = (signal: AbortSignal) =>
    store.look({ config: limits, source: source(), baseVersion: null }, signal);
  const looked = async (times: number) => {
    const idle = await db.sql(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'looks' AND state = 'idle'",
    );
    return idle.length >= times;
  };
  await db.sql(gone);
  const leaving = new AbortController();
  const first = look(leaving.signal).catch(String);
  await until('the schema is being made', 10_000, () => begun.length === 1);
  const others = ['b', 'c', 'd'].map(() => look(never));
  await until('the others have found it gone', 10_000, () => looked(3));
  leaving.abort(new Error('went away'));
  expect(await first).toBe('Error: went away');
  mayGoOn.resolve();
  expect((await Promise.all(others)).map(({ head }) => head)).toEqual([null, null, null]);
});
