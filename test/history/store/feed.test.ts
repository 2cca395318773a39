/** The feed: every change once, after it is readable, whatever the order in which transactions end. */
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresHistory } from '../../../history/store/history.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import type { Change, Changes } from '../../../history/words/history.ts';
import { until } from '../../setup/until.ts';
import { edit, type Fixture, migrated, never } from './fixtures.ts';

let db: Fixture;
let history: PostgresHistory;
let requests: PostgresRequests;
let clients: pg.Client[];
beforeAll(async () => {
  db = await migrated();
  history = new PostgresHistory(db.store);
  requests = new PostgresRequests(db.store);
  clients = [1, 2, 3, 4].map(
    () => new pg.Client({ connectionString: db.url, options: '-c search_path=pawl' }),
  );
  await Promise.all(clients.map(client => client.connect()));
});
afterAll(async () => {
  await Promise.all(clients.map(client => client.end()));
  await db[Symbol.asyncDispose]();
});

let count = 0;
const fresh = () => {
  count += 1;
  return { config: { namespace: 'feed', path: `${count}` }, uid: `uid-${count}` };
};
const actor = { name: 'ann', verified: true };

async function read(cursor: string, limit = 100): Promise<Extract<Changes, { kind: 'changes' }>> {
  const changes = await history.changesAfter(cursor, limit, never);
  if (changes.kind !== 'changes') throw new Error(changes.kind);
  return changes;
}

/** Everything after a cursor, in pages. */
async function readAll(from: string, limit = 100): Promise<{ changes: Change[]; cursor: string }> {
  const all: Change[] = [];
  let cursor = from;
  for (let more = true; more; ) {
    const page = await read(cursor, limit);
    all.push(...page.changes);
    ({ cursor, more } = page);
  }
  return { changes: all, cursor };
}

const forgetAll = { keyMaxAgeMs: 1e9, maxChanges: 0, changeMaxAgeMs: 1e9, batch: 10_000 };
const now = async () => (await history.changesAfter(null, 1, never)).cursor;
/**
 * Taken while no transaction is open but perhaps this one, in any database of the server: each of them might be one that
 * was missed.
 */
const nowBeside = (open = '') =>
  until('a moment without other transactions', 200_000, async () => {
    const cursor = await now();
    const [, xmin, xmax, running] = /\.(\d+):(\d+):(.*)$/.exec(cursor)!;
    return running === open && xmin === (open || xmax) && cursor;
  });
const named = (changes: readonly Change[]) =>
  changes.map(({ kind, config, version }) => `${kind} ${config.path}@${version}`);

/** A save of another connection, whose transaction stays open. */
const insert = (path: string, version: number) => `
  INSERT INTO config_versions (config_id, version, body_raw, body_json, documents, content_sha256, created_by, actor,
    actor_verified, comment, kind)
  SELECT id, ${version}, 'x', '"x"', 1, sha256('x'), '', '', false, '', 'direct' FROM configs
  WHERE namespace = 'feed' AND path = '${path}'`;

describe('the feed', () => {
  it('tells of saves of objects and of requests, of deletes of configs and of versions', async () => {
    const { config, uid } = fresh();
    const start = await now();
    for (const n of [1, 2, 3]) {
      const e = { config, uid, text: `v${n}`, head: BigInt(n - 1), generation: n };
      await db.store.save(edit(e), never);
    }
    const first = await readAll(start);
    const at = (n: number) => `${config.path}@${n}`;
    expect(named(first.changes)).toEqual([1, 2, 3].map(n => `saved ${at(n)}`));
    expect(first.changes.map(change => change.uid)).toEqual([uid, uid, uid]);
    await requests.deleteVersion({ config, version: 2n, actor, idempotency: null }, never);
    await requests.deleteConfig({ config, expectedHead: 3n, actor, idempotency: null }, never);
    const second = await readAll(first.cursor);
    expect(named(second.changes)).toEqual([`version-deleted ${at(2)}`, `deleted ${at(3)}`]);
    expect((await readAll(second.cursor)).changes).toEqual([]);
  });

  it('goes on from where a head was read: with what that had not seen, and nothing it had', async () => {
    const { config, uid } = fresh();
    const before = await history.headAt(config, never);
    expect(before).toMatchObject({ record: null, lastVersion: 0n });
    await db.store.save(edit({ config, uid, text: 'v1' }), never);
    const first = await history.headAt(config, never);
    expect(first).toMatchObject({ ...(await history.head(config, never)), text: 'v1' });
    await db.store.save(edit({ config, uid, text: 'v2', head: 1n, generation: 2 }), never);
    expect(named((await readAll(before.cursor)).changes)).toEqual(
      [1, 2].map(n => `saved ${config.path}@${n}`),
    );
    expect(named((await readAll(first.cursor)).changes)).toEqual([`saved ${config.path}@2`]);
  });

  it('misses nothing of a transaction that began first and ends last, and tells of it once', async () => {
    const [slow, quick] = clients as [pg.Client, pg.Client];
    const paths = [fresh(), fresh()].map(({ config }) => config.path);
    for (const path of paths) {
      await db.sql(`INSERT INTO configs (namespace, path, format) VALUES ('feed', '${path}', 'yaml')`);
      await db.sql("INSERT INTO namespaces (name) VALUES ('feed') ON CONFLICT DO NOTHING");
    }
    const start = await now();
    await slow.query('BEGIN');
    await slow.query(insert(paths[0]!, 1));
    await quick.query(insert(paths[1]!, 1));
    const first = await readAll(start);
    expect(named(first.changes)).toEqual([`saved ${paths[1]}@1`]);
    await slow.query('COMMIT');
    const second = await readAll(first.cursor);
    expect(named(second.changes)).toEqual([`saved ${paths[0]}@1`]);
    expect((await readAll(second.cursor)).changes).toEqual([]);
  });

  it('tells of no change that was rolled back', async () => {
    const [client] = clients as [pg.Client];
    const { config, uid } = fresh();
    await db.store.save(edit({ config, uid, text: 'a' }), never);
    const start = await now();
    await client.query('BEGIN');
    await client.query(insert(config.path, 2));
    await client.query('ROLLBACK');
    await db.store.save(edit({ config, uid, text: 'b', head: 1n, generation: 2 }), never);
    expect(named((await readAll(start)).changes)).toEqual([`saved ${config.path}@2`]);
  });

  it('gives each change once and each config in its order, however transactions overlap and pages are cut', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('save' as const), by: fc.nat(3) }),
      fc.record({ do: fc.constant('end' as const), by: fc.nat(3), commit: fc.boolean() }),
      fc.record({ do: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ do: fc.constant('resume' as const), at: fc.nat(20) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async steps => {
        // One config for each writer: two on one would wait for each other.
        const paths = clients.map(() => fresh().config.path);
        for (const path of paths) {
          await db.sql(`INSERT INTO configs (namespace, path, format) VALUES ('feed', '${path}', 'yaml')`);
        }
        const start = await now();
        const versions = paths.map(() => 0);
        const pending: string[][] = paths.map(() => []);
        const saved: string[][] = paths.map(() => []);
        const open = paths.map(() => false);
        let told: Change[] = [];
        let cursor = start;
        const end = async (by: number, commit: boolean) => {
          if (!open[by]) return;
          await clients[by]!.query(commit ? 'COMMIT' : 'ROLLBACK');
          if (commit) saved[by]!.push(...pending[by]!);
          else versions[by]! -= pending[by]!.length;
          pending[by] = [];
          open[by] = false;
        };
        for (const one of steps) {
          if (one.do === 'save') {
            if (!open[one.by]) await clients[one.by]!.query('BEGIN');
            open[one.by] = true;
            versions[one.by]! += 1;
            await clients[one.by]!.query(insert(paths[one.by]!, versions[one.by]!));
            pending[one.by]!.push(`saved ${paths[one.by]}@${versions[one.by]}`);
          } else if (one.do === 'end') {
            await end(one.by, one.commit);
          } else if (one.do === 'read') {
            const page = await read(cursor, one.limit);
            told.push(...page.changes);
            ({ cursor } = page);
          } else if (told.length > 0) {
            // A reader who lost what came after one change, and comes again from it.
            told = told.slice(0, (one.at % told.length) + 1);
            cursor = told.at(-1)!.cursor;
          }
        }
        for (const by of paths.keys()) await end(by, true);
        const rest = await readAll(cursor, 2);
        const all = named([...told, ...rest.changes]);
        for (const [by, path] of paths.entries()) {
          expect(all.filter(name => name.startsWith(`saved ${path}@`))).toEqual(saved[by]);
        }
        expect(all).toHaveLength(saved.flat().length);
      }),
      { numRuns: 40 },
    );
  });

  it('says so when it has forgotten what came after a cursor, and goes on from now', async () => {
    const { config, uid } = fresh();
    const start = await now();
    await db.store.save(edit({ config, uid, text: 'a' }), never);
    const middle = await nowBeside();
    expect((await requests.rotate(forgetAll, never)).changes).toBeGreaterThan(0);
    const expired = await history.changesAfter(start, 10, never);
    expect(expired.kind).toBe('expired');
    expect((await readAll(middle)).changes).toEqual([]);
    await db.store.save(edit({ config, uid, text: 'b', head: 1n, generation: 2 }), never);
    expect(named((await readAll(expired.cursor)).changes)).toEqual([`saved ${config.path}@2`]);
    expect(named((await readAll(middle)).changes)).toEqual([`saved ${config.path}@2`]);
  });

  it('gives out no cursor that is too old, also while a transaction older than what was forgotten is open', async () => {
    const [slow] = clients as [pg.Client];
    const { config, uid } = fresh();
    await db.store.save(edit({ config, uid, text: 'a' }), never);
    const before = await now();
    await slow.query('BEGIN');
    await slow.query(insert(config.path, 2));
    const other = fresh();
    await db.store.save(edit({ ...other, text: 'a' }), never);
    await requests.rotate(forgetAll, never);
    const after = await now();
    expect((await history.changesAfter(before, 9, never)).kind).toBe('expired');
    expect((await readAll(after)).changes).toEqual([]);
    await slow.query('COMMIT');
    expect(named((await readAll(after)).changes)).toEqual([`saved ${config.path}@2`]);
  });

  it('goes on for who has read all that was forgotten, also while an older transaction is open', async () => {
    const [slow] = clients as [pg.Client];
    const { config, uid } = fresh();
    const other = fresh();
    await db.store.save(edit({ config, uid, text: 'a' }), never);
    await slow.query('BEGIN');
    await slow.query(insert(config.path, 2));
    const { rows } = await slow.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
    await db.store.save(edit({ ...other, text: 'a' }), never);
    const read = await nowBeside(rows[0]!.id);
    // Time passes, in which nothing happens to any config.
    await db.sql('SELECT pg_current_xact_id()');
    expect((await requests.rotate(forgetAll, never)).changes).toBeGreaterThan(0);
    await db.sql('SELECT pg_current_xact_id()');
    expect((await readAll(read)).changes).toEqual([]);
    await slow.query('COMMIT');
    expect(named((await readAll(read)).changes)).toEqual([`saved ${config.path}@2`]);
  });

  it('works in a younger server that the tables were brought to, and forgets there as anywhere', async () => {
    // What a dump of another server says, whose transactions had higher numbers.
    await db.sql(
      `UPDATE feed SET system_id = 4711, forgotten = '900000000', forgotten_in = '900000001:900000001:'`,
    );
    const start = await now();
    const { config, uid } = fresh();
    await db.store.save(edit({ config, uid, text: 'a' }), never);
    expect(named((await readAll(start)).changes)).toEqual([`saved ${config.path}@1`]);
    expect((await requests.rotate(forgetAll, never)).changes).toBeGreaterThan(0);
    expect((await history.changesAfter(start, 9, never)).kind).toBe('expired');
    expect((await readAll(await now())).changes).toEqual([]);
  });

  it('begins anew when its tables were restored in the same server', async () => {
    const start = await now();
    // As pg_restore --clean does.
    await db.transaction(
      'CREATE TABLE dumped AS SELECT * FROM feed',
      'ALTER TABLE feed RENAME TO old_feed',
      'CREATE TABLE feed (LIKE old_feed INCLUDING ALL)',
      'INSERT INTO feed SELECT * FROM dumped',
      'DROP TABLE old_feed, dumped',
    );
    expect((await history.changesAfter(start, 9, never)).kind).toBe('expired');
  });

  it('begins anew with a cursor of another server or of one that was started anew, and refuses what is no cursor', async () => {
    const [epoch = '', ...rest] = (await now()).split('.');
    const parts = epoch.split('-');
    for (const changed of parts.keys()) {
      // The last one is hexadecimal.
      const another = (part: string) => (changed === 3 ? '0'.repeat(32) : `${BigInt(part) - 1n}`);
      const other = parts.map((part, index) => (index === changed ? another(part) : part)).join('-');
      expect((await history.changesAfter([other, ...rest].join('.'), 9, never)).kind).toBe('expired');
    }
    // As earlier builds gave them out.
    const short = [parts.slice(0, 3).join('-'), ...rest].join('.');
    expect((await history.changesAfter(short, 9, never)).kind).toBe('expired');
    const [row] = await db.sql('SELECT pg_postmaster_start_time() AS start');
    expect(Math.floor(Number(parts[1]) / 1000)).toBe((row!.start as Date).getTime());
    const later = `${epoch}.900000000000:900000000000:`;
    expect((await history.changesAfter(later, 9, never)).kind).toBe('expired');
    for (const cursor of [
      '',
      'x',
      '1',
      '1.2.3',
      `${epoch}-1.1:1:`,
      `${epoch}.9:1:`,
      `${epoch}.1:9:77`,
      `${epoch}.1:1:'`,
      '4711.1:1:',
      `${later}.1:1:`,
    ]) {
      await expect(history.changesAfter(cursor, 9, never), cursor).rejects.toMatchObject({
        name: 'StoreError',
        reason: 'InvalidCursor',
      });
    }
  });
});
