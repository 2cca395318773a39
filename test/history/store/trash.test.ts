/** The trash in the database: what a delete keeps is invisible, comes back whole, and goes when its time is up. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresHistory } from '../../../history/store/history.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import type { ConfigId } from '../../../history/words/model.ts';
import { edit, type Fixture, migrated, never, source, storeOn } from './fixtures.ts';

let db: Fixture;
let history: PostgresHistory;
beforeAll(async () => {
  db = await migrated();
  history = new PostgresHistory(db.store);
});
afterAll(() => db[Symbol.asyncDispose]());

let count = 0;
async function saved(...texts: string[]): Promise<ConfigId> {
  const config = { namespace: 'payments', path: `trash/${++count}.yaml` };
  for (const [n, text] of texts.entries()) {
    const uid = `uid-${config.path}`;
    await db.store.save(edit({ config, uid, text, head: BigInt(n), generation: n + 1 }), never);
  }
  return config;
}

const rows = (config: ConfigId) =>
  db.sql(
    `SELECT to_jsonb(v) AS row FROM config_versions v JOIN configs c ON c.id = v.config_id
     WHERE c.namespace = $1 AND c.path = $2 ORDER BY version`,
    [config.namespace, config.path],
  );
const remove = async ({ namespace, path }: ConfigId, keep = '7 days') =>
  (
    await db.sql(
      `SELECT outcome, answer FROM delete_config_keeping($1, $2, NULL, 'ann', true, NULL, NULL, NULL, $3::interval)`,
      [namespace, path, keep],
    )
  )[0];
const undelete = async ({ namespace, path }: ConfigId) =>
  (
    await db.sql(`SELECT outcome, answer FROM undelete_config($1, $2, 'ann', true, NULL, NULL, NULL)`, [
      namespace,
      path,
    ])
  )[0];
const inTrash = async (config: ConfigId) =>
  (
    await db.sql(
      `SELECT v.version::int FROM trash t JOIN config_versions v ON v.config_id = t.kept_in WHERE t.path = $1 ORDER BY 1`,
      [config.path],
    )
  ).map(row => row.version);

describe('the trash', () => {
  it('shows nothing of what was deleted, and brings it back row by row as it was', async () => {
    const config = await saved('a: 1', 'a: 2', 'a: 3');
    const before = await rows(config);
    const links = () =>
      db.sql(
        `SELECT l.version::int, l.sha256, l.stone_id IS NULL AS unmarked FROM version_links l
         JOIN configs c ON c.id = l.config_id WHERE c.path = $1 ORDER BY 1`,
        [config.path],
      );
    const linked = await links();
    expect(await remove(config)).toMatchObject({ outcome: 'deleted', answer: { versions: 3 } });
    expect(await links()).toEqual(linked.map(link => ({ ...link, unmarked: false })));
    expect(await history.head(config, never)).toEqual({ record: null, lastVersion: 3n });
    expect(await rows(config)).toEqual([]);
    const { cursor } = await history.headAt(config, never);
    expect(await undelete(config)).toMatchObject({
      outcome: 'undeleted',
      answer: { head: '3', live: false },
    });
    expect(await rows(config)).toEqual(before);
    expect(await links()).toEqual(linked);
    expect(await history.changesAfter(cursor, 10, never)).toMatchObject({
      changes: [{ kind: 'saved', config, version: 3n }],
    });
    expect(await inTrash(config)).toEqual([]);
    expect(await undelete(config)).toMatchObject({ outcome: 'missing' });
  });

  it('keeps what was saved since as the latest, and puts the deleted versions below it', async () => {
    const config = await saved('a: 1', 'a: 2');
    await remove(config);
    // The very same proposal again.
    await db.store.save(edit({ config, uid: `uid-${config.path}`, text: 'a: 2', generation: 2 }), never);
    expect(await undelete(config)).toMatchObject({ outcome: 'undeleted', answer: { head: '3', live: true } });
    expect((await rows(config)).map(({ row }) => (row as { version: number }).version)).toEqual([1, 2, 3]);
    expect(await history.head(config, never)).toMatchObject({ record: { head: { version: 3n } } });
  });

  it('brings deletions back from the newest to the oldest, and counts every byte again', async () => {
    const config = await saved('a: 1', 'a: 2');
    await remove(config);
    await db.store.save(edit({ config, uid: 'other', text: 'b: 1' }), never);
    await remove(config);
    expect(await undelete(config)).toMatchObject({ answer: { firstVersion: '3', head: '3', live: false } });
    expect(await undelete(config)).toMatchObject({ answer: { firstVersion: '1', head: '3', live: true } });
    expect(await db.sql('SELECT bytes::int FROM configs WHERE path = $1', [config.path])).toEqual([
      { bytes: 12 },
    ]);
  });

  it('keeps nothing where the delete says so, and removes what is up in bounded batches', async () => {
    const config = await saved('a: 1', 'a: 2', 'a: 3');
    await remove(config, '1 microsecond');
    expect(await undelete(config)).toMatchObject({ outcome: 'missing' });
    expect(await db.sql('SELECT rotate_trash(2) AS gone')).toEqual([{ gone: 2 }]);
    expect(await db.sql('SELECT rotate_trash(2) AS gone')).toEqual([{ gone: 1 }]);
    expect(await db.sql('SELECT rotate_trash(2) AS gone')).toEqual([{ gone: 0 }]);
    const atOnce = await saved('a: 1');
    await remove(atOnce, '0');
    expect(await inTrash(atOnce)).toEqual([]);
  });

  it('loses a purged text, and what is purged as a whole', async () => {
    const config = await saved('a: 1', 'a: 2', 'a: 1', 'a: 3');
    await remove(config);
    const [purged] = await db.sql(
      `SELECT outcome, answer FROM purge_version_by_request('payments', $1, 1, 'a password', 'ann', true, NULL, NULL, NULL)`,
      [config.path],
    );
    expect(purged).toMatchObject({ outcome: 'purged', answer: { versions: ['1', '3'] } });
    expect(await inTrash(config)).toEqual([2, 4]);
    const [gone] = await db.sql(
      `SELECT outcome, answer FROM purge_config_by_request('payments', $1, NULL, 'ann', true, NULL, NULL, NULL)`,
      [config.path],
    );
    expect(gone).toMatchObject({ outcome: 'deleted', answer: { versions: 2 } });
    expect(await undelete(config)).toMatchObject({ outcome: 'missing' });
  });

  it('rotates a deletion when its time is up, and not before, and says so on a stone of its config', async () => {
    const config = await saved('a: 1', 'a: 2');
    await remove(config);
    await db.sql('SELECT rotate_trash(100)');
    expect(await inTrash(config)).toEqual([1, 2]);
    await db.sql(`UPDATE trash SET kept_until = kept_until - interval '7 days' WHERE path = $1`, [
      config.path,
    ]);
    expect(await undelete(config)).toMatchObject({ outcome: 'missing' });
    await db.sql('SELECT rotate_trash(100)');
    expect(await inTrash(config)).toEqual([]);
    expect(
      await db.sql(
        `SELECT t.actor, t.reason, t.versions::int FROM tombstones t JOIN configs c ON c.id = t.config_id
         WHERE c.path = $1 ORDER BY t.id`,
        [config.path],
      ),
    ).toEqual([
      { actor: 'ann', reason: null, versions: 2 },
      { actor: 'ann', reason: null, versions: 2 },
    ]);
    expect(await db.sql(`SELECT FROM configs WHERE namespace = '/trash' AND bytes = 8`)).toEqual([]);
  });

  it('guards every column of a version but the two that a move changes', async () => {
    const open = await db.sql(
      `SELECT a.attname AS name FROM pg_attribute a JOIN pg_trigger t ON t.tgrelid = a.attrelid
       WHERE t.tgname = 'versions_never_change_in_the_trash' AND a.attnum > 0 AND NOT a.attisdropped
         AND a.attnum <> ALL (t.tgattr) ORDER BY 1`,
    );
    expect(open.map(({ name }) => name)).toEqual(['config_id', 'object_uid']);
  });

  it('never changes what it holds', async () => {
    const config = await saved('a: 1');
    await remove(config);
    const where = `WHERE config_id = (SELECT kept_in FROM trash WHERE path = '${config.path}')`;
    for (const change of [`comment = 'x'`, `object_uid = 'x'`])
      await expect(db.sql(`UPDATE config_versions SET ${change} ${where}`)).rejects.toMatchObject({
        code: '23001',
      });
    const moving = `UPDATE config_versions SET body_raw = 'x' ${where}`;
    await expect(db.transaction(`SET LOCAL pawl.moves = 'yes'`, moving)).rejects.toMatchObject({
      code: '23001',
    });
  });

  it('leaves no copy of any text behind when the config is purged', async () => {
    const config = await saved('token: LEAKED-TRASH-1', 'token: LEAKED-TRASH-2');
    await remove(config);
    await db.store.save(edit({ config, uid: 'other', text: 'token: LEAKED-TRASH-3', head: 0n }), never);
    const requests = new PostgresRequests(db.store);
    const actor = { name: 'ann', verified: true };
    const purge = { config, expectedHead: 3n, actor, idempotency: null, purge: true };
    expect(await requests.deleteConfig(purge, never)).toMatchObject({ kind: 'deleted', versions: 3 });
    const tables = await db.sql(
      `SELECT relname FROM pg_class WHERE relnamespace = 'pawl'::regnamespace AND relkind = 'r'`,
    );
    for (const { relname } of tables) {
      const found = await db.sql(
        `SELECT t::text FROM ${String(relname)} t WHERE t::text LIKE '%LEAKED-TRASH%'`,
      );
      expect(found, String(relname)).toEqual([]);
    }
  });

  it('has every version once, here or there, however saves, deletes and undeletes interleave', async () => {
    const store = storeOn(db.url, { trashMs: 604_800_000 });
    const requests = new PostgresRequests(store);
    const actor = { name: 'ann', verified: true };
    const operation = fc.constantFrom('save', 'delete', 'undelete', 'look');
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 3, maxLength: 16 }), async operations => {
        const config = { namespace: 'payments', path: `trash/${++count}.yaml` };
        let versions = 0;
        await Promise.all(
          operations.map(async (what, i) => {
            if (what === 'delete') {
              await requests.deleteConfig({ config, expectedHead: null, actor, idempotency: null }, never);
            } else if (what === 'undelete') {
              await requests.undeleteConfig({ config, actor, idempotency: null }, never);
            } else {
              const view = await store.look({ config, source: source(`s${i}`), baseVersion: null }, never);
              if (what === 'look') return;
              const input = {
                config,
                text: `${i}`,
                head: view.head?.version ?? 0n,
                uid: `${config.path}-${i}`,
              };
              const answer = await store.save(edit({ ...input, source: source(`s${i}`) }), never);
              if (answer.kind === 'saved') versions += 1;
            }
          }),
        );
        const seen = await db.sql(
          `SELECT v.version::int AS version FROM config_versions v JOIN configs c ON c.id = v.config_id WHERE c.path = $1
           UNION ALL SELECT v.version::int FROM config_versions v JOIN trash t ON t.kept_in = v.config_id WHERE t.path = $1
           ORDER BY 1`,
          [config.path],
        );
        expect(seen.map(({ version }) => version)).toEqual(Array.from({ length: versions }, (_, i) => i + 1));
        const bytes = await db.sql(
          `SELECT c.bytes::int AS said, coalesce((SELECT sum(octet_length(v.body_raw)) FROM config_versions v
             WHERE v.config_id = c.id), 0)::int AS real FROM configs c
           WHERE c.path = $1 OR c.id IN (SELECT kept_in FROM trash WHERE path = $1)`,
          [config.path],
        );
        for (const { said, real } of bytes) expect(said).toBe(real);
      }),
      { numRuns: 15 },
    );
    await store.close();
  }, 120_000);
});
