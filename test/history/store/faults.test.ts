/** Lost answers, lost connections, a silent network, a server that is away: nothing is lost, nothing is doubled. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { lawOfPolicy } from '../../../history/core/law.ts';
import { Requests } from '../../../history/settle/requests.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import { saveProposal, saveTogether } from '../../../history/store/functions.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import { until } from '../../setup/until.ts';
import {
  brokenPromises,
  edit,
  type Fixture,
  givesUp,
  migrated,
  move,
  never,
  refusal,
  removal,
  saving,
  source,
  storeOn,
} from './fixtures.ts';
import { type FaultyProxy, proxyTo } from './proxy.ts';

let db: Fixture;
let proxy: FaultyProxy;
let config = { namespace: 'faults', path: '' };
let count = 0;
beforeAll(async () => {
  db = await migrated();
});
beforeEach(async () => {
  count += 1;
  config = { namespace: 'faults', path: `${count}` };
  proxy = await proxyTo(db.url);
  return () => proxy[Symbol.asyncDispose]();
});
afterAll(async () => {
  expect(await brokenPromises(db)).toEqual([]);
  await db[Symbol.asyncDispose]();
});

const marked = () => edit({ config, text: `marker-${count}`, uid: `fault-${count}` });
const markedMove = () =>
  move({ config, text: `marker-${count}`, uid: `fault-${count}`, head: 1n, generation: 2 }, 1n);
const versions = async () => (await db.store.history(config, { limit: 9 }, never)).map(v => v.version);

it('makes one round trip of each call', async () => {
  await using store = storeOn(proxy.url);
  await store.ping(never);
  const before = proxy.roundTrips;
  const input = marked();
  await store.look({ config, source: input.proposal.source, baseVersion: null }, never);
  expect(proxy.roundTrips - before).toBe(1);
  await store.save(input, never);
  expect(proxy.roundTrips - before).toBe(2);
  await store.moveLine(markedMove(), never);
  expect(proxy.roundTrips - before).toBe(3);
  await store.texts(config, [1n], never);
  await store.lineText(config, source(), never);
  expect(proxy.roundTrips - before).toBe(5);
  await store.between(config, { from: 0n, to: 1n, limit: 5 }, never);
  await store.countConfigs(config.namespace, never);
  await store.logRefusal(refusal({ config, text: 'x', uid: `fault-${count}` }, 'InvalidBody'), never);
  await store.rotateLog({ maxEntries: 10_000, maxAgeMs: 1e9, batch: 10 }, never);
  await store.registerCluster({ name: 'default', uid: 'k', staleMs: 1_000 }, never);
  await store.deleteConfig(removal(config), never);
  expect(proxy.roundTrips - before).toBe(11);
  expect(proxy.connections).toBe(1);
});

it('saves by request in two round trips where nothing needs an approval, and asks no table of approvals or notifications', async () => {
  await using store = storeOn(proxy.url);
  await store.ping(never);
  const thinker = new Thinker(null as never, { maxBodyBytes: 1 << 20 });
  const requests = new Requests(store, new PostgresRequests(store), thinker);
  const change = {
    ...{
      config,
      format: 'yaml' as const,
      text: 'a: 1\n',
      baseVersion: 0n,
      unstated: 'latest' as const,
      onStale: null,
    },
    ...{ confirm: null, mustExist: false, law: lawOfPolicy({}), comment: '', promoted: false },
  } as const;
  const request = {
    ...{ changes: [change], actor: { name: 'ann', verified: true }, author: 'ada' },
    ...{ git: {}, group: null, idempotency: null },
  };
  const before = proxy.roundTrips;
  const written = await requests.write(request, { dryRun: false, place: {} }, never);
  expect(written).toMatchObject({ kind: 'written' });
  expect(proxy.roundTrips - before).toBe(2);

  // What PostgreSQL counts in a transaction is what that transaction did.
  const client = new pg.Client({ connectionString: db.url, options: '-c search_path=pawl' });
  await client.connect();
  try {
    await client.query('BEGIN');
    for (const [call, input] of [
      [saveProposal, edit({ config, text: 'a: 2\n', head: 1n, uid: `fault-${count}` })],
      [saveTogether, saving({ config, text: 'a: 3\n', head: 2n })],
    ] as const)
      await client.query(call.statement('pawl'), call.values(input as never));
    const { rows } = await client.query<{ relname: string; touched: string }>(`
      SELECT relname, seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del AS touched
      FROM pg_stat_xact_user_tables WHERE schemaname = 'pawl'`);
    const touched = new Set(rows.flatMap(row => (Number(row.touched) > 0 ? row.relname : [])));
    expect(touched).toContain('config_versions');
    const others = ['approvals', 'proposals', 'judgements', 'notifiers', 'notifications'];
    const ofRenderings = ['followed_namespaces', 'renderings', 'failed_renderings', 'rendering_events'];
    for (const table of [...others, ...ofRenderings]) expect(touched).not.toContain(table);
  } finally {
    await client.end();
  }
});

it('answers saved, and saves once, when the answer of the commit is lost', async () => {
  await using store = storeOn(proxy.url);
  await store.ping(never);
  proxy.arm('cut-reply', `marker-${count}`);
  expect(await store.save(marked(), never)).toMatchObject({ kind: 'saved', version: 1n });
  expect(proxy.seen).toBe(1);
  expect(await versions()).toEqual([1n]);
});

it('answers saved, and saves once, when the request is lost before the server hears it', async () => {
  await using store = storeOn(proxy.url);
  await store.ping(never);
  proxy.arm('cut-request', `marker-${count}`);
  expect(await store.save(marked(), never)).toMatchObject({ kind: 'saved', version: 1n });
  expect(proxy.seen).toBe(1);
  expect(await versions()).toEqual([1n]);
});

it('answers moved when the answer of a moved line is lost', async () => {
  await using store = storeOn(proxy.url);
  await store.save(marked(), never);
  proxy.arm('cut-reply', `marker-${count}`);
  expect(await store.moveLine(markedMove(), never)).toMatchObject({ kind: 'moved' });
  expect(proxy.seen).toBe(1);
});

it('deletes once, and logs it once, when the answer is lost', async () => {
  await using store = storeOn(proxy.url);
  await store.save(marked(), never);
  proxy.arm('cut-reply', `marker-${count}`);
  expect(await store.deleteConfig(removal(config, `marker-${count}`), never)).toMatchObject({ versions: 0 });
  expect(proxy.seen).toBe(1);
  expect(await versions()).toEqual([]);
  const log =
    "SELECT operation FROM deployment_changes WHERE namespace = 'faults' AND path = $1 ORDER BY deployment_id";
  expect((await db.sql(log, [config.path])).map(row => row.operation)).toEqual(['create', 'delete']);
});

it('logs a refusal once when the answer is lost', async () => {
  await using store = storeOn(proxy.url);
  proxy.arm('cut-reply', `marker-${count}`);
  await store.logRefusal(refusal({ config, text: 'x', uid: `marker-${count}` }, 'InvalidBody'), never);
  expect(proxy.seen).toBe(1);
  expect(await db.sql('SELECT reason FROM deployments WHERE object_uid = $1', [`marker-${count}`])).toEqual([
    { reason: 'InvalidBody' },
  ]);
});

it('survives the end of its sessions in the middle of saves', async () => {
  await using store = storeOn(db.url, { applicationName: `victim-${count}` });
  const kill = () =>
    db.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
      `victim-${count}`,
    ]);
  let killed = 0;
  for (let n = 1; n <= 40; n += 1) {
    const input = edit({
      config,
      text: `${n}`,
      head: BigInt(n - 1),
      uid: `fault-${count}`,
      generation: n,
    });
    const [answer, ...victims] = await Promise.all([store.save(input, never), kill(), kill()]);
    expect(answer).toMatchObject({ kind: 'saved', version: BigInt(n) });
    killed += victims.flat().length;
  }
  expect(killed).toBeGreaterThan(0);
});

it('gives up on a silent network at the deadline of the call, and works again when it is back', async () => {
  await using store = storeOn(proxy.url, { callTimeoutMs: 5_000 });
  await store.ping(never);
  proxy.arm('black-hole', '');
  await expect(store.save(marked(), never)).rejects.toMatchObject({ reason: 'Unavailable' });
  proxy.arm('pass', '');
  expect(await store.save(marked(), never)).toMatchObject({ kind: 'saved' });
  // The first, the one that asks PostgreSQL to give up, and a new one.
  expect(proxy.connections).toBe(3);
});

it("ends a call with the signal's reason: before it, while connecting, while waiting for a connection or an answer", async () => {
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);
  await expect(db.store.ping(aborted)).rejects.toBe(reason);
  await using store = storeOn(proxy.url, { max: 1 });
  proxy.arm('black-hole', '');
  const controller = new AbortController();
  const calls = [
    store.ping(controller.signal),
    store.ping(controller.signal),
    store.save(marked(), controller.signal),
  ];
  const settled = Promise.allSettled(calls);
  controller.abort(reason);
  expect(await settled).toEqual(calls.map(() => ({ status: 'rejected', reason })));
  proxy.arm('pass', '');
});

it('destroys the connection of an aborted call, so that its answer reaches nobody else', async () => {
  await using store = storeOn(proxy.url, { max: 1 });
  await store.ping(never);
  proxy.arm('black-hole', '');
  const controller = new AbortController();
  const saving = store.save(marked(), controller.signal);
  saving.catch(() => undefined);
  await until('the request is on its way', 5_000, () => proxy.seen > 0);
  controller.abort(new Error('enough'));
  await expect(saving).rejects.toThrow('enough');
  proxy.arm('pass', '');
  expect(await store.look({ config, source: source(), baseVersion: null }, never)).toMatchObject({
    head: null,
  });
  // The first, the one that asks PostgreSQL to give up, and a new one.
  expect(proxy.connections).toBe(3);
});

it('has PostgreSQL give up a statement that nobody waits for any more', async () => {
  await using store = storeOn(db.url, { max: 1, applicationName: 'impatient' });
  await givesUp(store, db.url);
});

it('says Unavailable when nobody listens, credentials are wrong, or the database is missing', async () => {
  const wrong = (change: (url: URL) => void) => {
    const url = new URL(db.url);
    change(url);
    return storeOn(url.href, { tries: 2 });
  };
  const gone = await proxyTo(db.url);
  await gone[Symbol.asyncDispose]();
  const stores = [
    storeOn(gone.url, { tries: 2 }),
    wrong(url => {
      url.username = 'nobody_we_know';
    }),
    wrong(url => {
      url.pathname = '/no_such_database';
    }),
  ];
  for (const store of stores) {
    await expect(store.ping(never)).rejects.toMatchObject({ reason: 'Unavailable' });
    await expect(store.save(marked(), never)).rejects.toMatchObject({ reason: 'Unavailable' });
    await store.close();
  }
});

it('says Contention when somebody holds the config, and the save goes through when he lets go', async () => {
  await using store = storeOn(db.url, { lockTimeoutMs: 30, tries: 2 });
  await store.save(marked(), never);
  const next = edit({ config, text: 'next', head: 1n, uid: `fault-${count}`, generation: 2 });
  const pg = (await import('pg')).default;
  const holder = new pg.Client({ connectionString: db.url });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM pawl.configs WHERE path = $1 FOR UPDATE', [config.path]);
  await expect(store.save(next, never)).rejects.toMatchObject({ reason: 'Contention', sqlstate: '55P03' });
  await holder.query('ROLLBACK');
  await holder.end();
  expect(await store.save(next, never)).toMatchObject({ version: 2n });
});

it('says Unavailable on a read-only server, and leaves its connections', async () => {
  const name = new URL(db.url).pathname.slice(1);
  await using store = storeOn(proxy.url, { tries: 2 });
  await db.sql(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await expect(store.save(marked(), never)).rejects.toMatchObject({
    reason: 'Unavailable',
    sqlstate: '25006',
  });
  const during = proxy.connections;
  await db.sql(`ALTER DATABASE ${name} RESET default_transaction_read_only`).catch(() => undefined);
  await db.transaction(
    'SET default_transaction_read_only = off',
    `ALTER DATABASE ${name} RESET default_transaction_read_only`,
  );
  expect(await store.save(marked(), never)).toMatchObject({ kind: 'saved' });
  expect(proxy.connections).toBeGreaterThan(during);
});

it('goes on after its prepared statements were taken away', async () => {
  await using store = storeOn(db.url, { max: 1 });
  const look = () => store.look({ config, source: source(), baseVersion: null }, never);
  await look();
  // As a migration of a later build does beside a running operator.
  await db.sql('DROP TRIGGER versions_never_change_in_the_trash ON config_versions');
  await db.sql('ALTER TABLE config_versions ALTER COLUMN comment TYPE varchar');
  await look();
  await db.sql('ALTER TABLE config_versions ALTER COLUMN comment TYPE text');
  expect(await look()).toMatchObject({ head: null });
});

it('works without anything of the session behind a transaction pooler', async () => {
  await using store = storeOn(db.url, { transactionPooler: true });
  expect(await store.save(marked(), never)).toMatchObject({ kind: 'saved' });
  expect(await store.look({ config, source: source(), baseVersion: 1n }, never)).toMatchObject({
    head: { version: 1n },
  });
});
