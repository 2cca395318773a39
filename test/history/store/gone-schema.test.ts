/** The schema goes while objects are settled: an empty database stands behind the address. */
import { expect, it } from 'vitest';
import { Settler } from '../../../history/settle/settle.ts';
import { isStoreUnusable } from '../../../history/settle/store-failure.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import { migrate } from '../../../history/store/migrate.ts';
import { createStore } from '../../../history/store/store.ts';
import { systemClock } from '../../../runtime/clock.ts';
import type { Offload } from '../../../runtime/offload.ts';
import { aProposal, law } from '../core/make.ts';
import { migrated, never } from './fixtures.ts';

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
