/** The feed across a crash recovery inside of one postmaster, which gives numbers of transactions out again. */
import pg from 'pg';
import { expect, it } from 'vitest';
import { PostgresHistory } from '../../../history/store/history.ts';
import { migrate } from '../../../history/store/migrate.ts';
import { startPostgres } from '../../../local/postgres.ts';
import { until } from '../../setup/until.ts';
import { edit, never, storeOn } from './fixtures.ts';

it('begins anew after kill -9 of a backend, instead of taking saves for seen whose numbers were rolled back before', async () => {
  // What was rolled back is not written until somebody commits, so that its numbers are free again after the crash.
  const settings = { wal_writer_delay: '10s', autovacuum: 'off' };
  await using server = await startPostgres({ url: null, settings });
  await migrate({ database: server.url }, never);
  const earlier = storeOn(server.url);
  await earlier.save(edit({ text: 'a' }), never);

  const [client, witness] = [1, 2].map(() => new pg.Client({ connectionString: server.url })) as [
    pg.Client,
    pg.Client,
  ];
  for (const one of [client, witness]) {
    one.on('error', () => undefined);
    await one.connect();
  }
  const ask = async (sql: string) => (await client.query(sql)).rows[0];
  const { pid } = await ask('SELECT pg_backend_pid() AS pid');
  const started = 'SELECT pg_postmaster_start_time()::text AS at';
  const before = await ask(started);
  await client.query('CHECKPOINT');
  const read = () => new PostgresHistory(earlier).changesAfter(null, 9, never);
  // The first look at a page after a checkpoint is written down, and takes along what stands before it.
  await read();
  await client.query('SELECT pg_current_xact_id()');
  for (let n = 0; n < 20; n += 1) await client.query('BEGIN; SELECT pg_current_xact_id(); ROLLBACK');
  const { cursor } = await read();
  const { seen } = await ask('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS seen');
  // No session may be left that commits before the postmaster has ended all of them.
  await earlier.close();
  const over = new Promise(resolve => witness.once('end', resolve));
  process.kill(pid, 'SIGKILL');
  await over;

  await using store = storeOn(server.url);
  const history = new PostgresHistory(store);
  const saved = await until('PostgreSQL has recovered', 60_000, () =>
    store.save(edit({ text: 'b', head: 1n, generation: 2 }), never).catch(() => null),
  );
  expect(saved).toMatchObject({ kind: 'saved', version: 2n });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  expect((await admin.query(started)).rows[0]).toEqual(before);
  const { rows } = await admin.query(
    'SELECT transaction_id < $1::xid8 AS again FROM pawl.changes WHERE version = 2',
    [seen],
  );
  // Past what the cursor saw: a number from the future would tell by itself.
  for (let n = 0; n < 40; n += 1) await admin.query('BEGIN; SELECT pg_current_xact_id(); ROLLBACK');
  await admin.end();
  expect(rows).toEqual([{ again: true }]);

  const after = await history.changesAfter(cursor, 9, never);
  expect(after).toMatchObject({ kind: 'expired' });
  expect(await history.changesAfter(after.cursor, 9, never)).toMatchObject({ kind: 'changes', changes: [] });
});
