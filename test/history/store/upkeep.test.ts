/** Deleting configs, counting them, and clusters that must not share a name. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresRequests } from '../../../history/store/requests.ts';
import { until } from '../../setup/until.ts';
import { edit, type Fixture, limits, migrated, move, never, removal, saving, source } from './fixtures.ts';

let db: Fixture;
beforeAll(async () => {
  db = await migrated({ max: 8 });
});
afterAll(() => db[Symbol.asyncDispose]());
let config = limits;
let count = 0;
beforeEach(() => {
  count += 1;
  config = { namespace: `n${count}`, path: 'a' };
});

const other = source('other');
const save = (e: Parameters<typeof edit>[0]) =>
  db.store.save(edit({ config, uid: `uid-${count}-${e.source?.name ?? ''}`, ...e }), never);
const remove = async (uid = `uid-${count}-`, from = source()) => {
  const { head } = await db.store.look({ config, source: from, baseVersion: null }, never);
  return db.store.deleteConfig(removal(config, uid, from, head?.version ?? 1n), never);
};
const log = () =>
  db.sql(
    `SELECT operation, old_version, new_version, object_uid FROM deployment_changes
     JOIN deployments ON id = deployment_id WHERE namespace = $1 ORDER BY id`,
    [config.namespace],
  );

describe('deleteConfig', () => {
  it('has nothing to remove of a config that never was, and leaves no trace of it', async () => {
    expect(await remove()).toMatchObject({ versions: 0 });
    expect(await db.sql('SELECT FROM configs WHERE namespace = $1', [config.namespace])).toEqual([]);
    expect(await log()).toEqual([]);
  });

  it('removes every version and every line of this config and of no other, and logs that once', async () => {
    await save({ text: 'a' });
    await save({ text: 'merged', proposed: 'b', head: 1n, source: other });
    await db.store.moveLine(
      move({ config, text: 'x', head: 2n, source: source('third'), uid: 't' }, 1n),
      never,
    );
    const neighbour = { ...config, path: 'b' };
    await db.store.save(edit({ config: neighbour, text: 'n', uid: `n-${count}` }), never);
    expect(await remove()).toEqual({ versions: 0, kept: true });
    expect(await remove(`uid-${count}-other`, other)).toMatchObject({ versions: 2 });
    expect(await remove(`uid-${count}-other`, other)).toMatchObject({ versions: 0 });
    for (const from of [source(), other, source('third')])
      expect((await db.store.look({ config, source: from, baseVersion: 1n }, never)).line).toBeNull();
    expect((await db.store.history(neighbour, { limit: 9 }, never)).length).toBe(1);
    expect((await log()).filter(entry => entry.operation === 'delete')).toEqual([
      { operation: 'delete', old_version: '2', new_version: null, object_uid: `uid-${count}-other` },
    ]);
  });

  it('keeps what a request saved since, until an object saves again', async () => {
    const requests = new PostgresRequests(db.store);
    await save({ text: 'a' });
    const saved = await requests.saveTogether(saving({ config, text: 'b', head: 1n }), never);
    expect(saved).toMatchObject({ kind: 'saved' });
    expect(await remove()).toEqual({ versions: 0, kept: true });
    expect((await db.store.history(config, { limit: 9 }, never)).map(({ version }) => version)).toEqual([
      2n,
      1n,
    ]);
    // Nor for a replica of an earlier build, which asks otherwise.
    const earlier =
      "SELECT delete_config($1, $2, 'default', 'payments', 'limits', $3, 'a', false) AS versions";
    expect(await db.sql(earlier, [config.namespace, config.path, `uid-${count}-`])).toEqual([
      { versions: '-1' },
    ]);
    await save({ text: 'c', head: 2n, generation: 2 });
    expect(await remove()).toEqual({ versions: 3, kept: false });
  });

  it('keeps what the object itself saved since it was decided about', async () => {
    await save({ text: 'a' });
    await save({ text: 'b', head: 1n, generation: 2 });
    const uid = `uid-${count}-`;
    const kept = { versions: 0, kept: true };
    expect(await db.store.deleteConfig(removal(config, uid, source(), 1n), never)).toEqual(kept);
    expect(await remove(uid)).toMatchObject({ versions: 2 });
  });

  it('keeps what an object of another cluster proposes, too', async () => {
    await save({ text: 'a', source: { ...source(), cluster: 'far' } });
    await save({ text: 'b', head: 1n, uid: `uid-${count}-near` });
    expect(await remove(`uid-${count}-near`)).toEqual({ versions: 0, kept: true });
  });

  it('goes on with the next number after each delete, and never uses one twice', async () => {
    for (const n of [1n, 2n, 3n]) {
      expect(await save({ text: 'same', uid: `${count}-${n}` })).toMatchObject({ version: n });
      expect(await remove(`${count}-${n}`)).toMatchObject({ versions: 1 });
    }
    expect((await log()).map(entry => entry.operation)).toEqual(
      [1, 2, 3].flatMap(() => ['create', 'delete']),
    );
  });

  it('takes nothing that others saved since, when it comes a second time for the same object', async () => {
    await save({ text: 'a' });
    await remove();
    await save({ text: 'b', source: other });
    expect(await remove()).toMatchObject({ versions: 0 });
    expect((await db.store.history(config, { limit: 9 }, never)).map(v => v.version)).toEqual([2n]);
    // Another object may delete it, and so may this one after a restored cluster had it accepted again.
    expect(await remove(`uid-${count}-other`, other)).toMatchObject({ versions: 1 });
    await save({ text: 'again' });
    expect(await remove()).toMatchObject({ versions: 1 });
  });

  it('makes a save raced that had seen the old head, and lets one in that looked again', async () => {
    await save({ text: 'a' });
    await remove();
    expect(await save({ text: 'b', head: 1n, generation: 2 })).toEqual({ kind: 'raced' });
    const line = move({ config, text: 'a', head: 1n, uid: 'late' }, 1n);
    expect(await db.store.moveLine(line, never)).toEqual({ kind: 'raced' });
    expect(await save({ text: 'b', generation: 2 })).toMatchObject({ kind: 'saved', version: 2n });
  });

  it('lets the namespace go when it was the last config of it, which goes on counting when both come back', async () => {
    await save({ text: 'a' });
    expect(await db.store.countConfigs(config.namespace, never)).toBe(1);
    await remove();
    expect(await db.store.countConfigs(config.namespace, never)).toBe(0);
    await db.sql('DELETE FROM namespaces WHERE name = $1', [config.namespace]);
    expect(await save({ text: 'a' })).toMatchObject({ version: 2n });
    expect(await db.store.countConfigs(config.namespace, never)).toBe(1);
  });

  it('waits for a save under way, and leaves the config that is not as it was decided about', async () => {
    await save({ text: 'a' });
    const saving = await db.hold(
      `INSERT INTO config_versions (config_id, version, body_raw, body_json, documents, content_sha256,
         created_by, actor, actor_verified, comment, kind, object_uid, object_generation)
       SELECT id, 2, 'x', '"x"', 1, sha256('x'), '', '', false, '', 'direct', 'uid-${count}-', 2 FROM configs
       WHERE namespace = '${config.namespace}'`,
    );
    const removing = remove();
    await until('the delete waits', 10_000, async () => {
      const waiting = await db.sql(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return waiting.length === 1;
    });
    await saving.release('COMMIT');
    expect(await removing).toEqual({ versions: 0, kept: true });
    expect((await db.store.history(config, { limit: 9 }, never)).map(v => v.version)).toEqual([2n, 1n]);
  });

  it('removes thousands of versions in one call', async () => {
    await save({ text: 'v1' });
    await db.sql(
      `INSERT INTO config_versions (config_id, version, body_raw, body_json, documents, content_sha256,
         created_by, actor, actor_verified, comment, kind, object_uid, object_generation,
         object_cluster, object_namespace, object_name)
       SELECT c.id, n, 'x', '"x"', 1, sha256('x'), '', '', false, '', 'direct', 'uid-' || $2 || '-', n,
         'default', 'payments', 'limits'
       FROM configs c, generate_series(2, 5000) AS n WHERE c.namespace = $1 ORDER BY n`,
      [config.namespace, String(count)],
    );
    expect(await remove()).toMatchObject({ versions: 5000 });
  });
});

describe('registerCluster', () => {
  const register = (name: string, uid: string, staleMs = 60_000) =>
    db.store.registerCluster({ name, uid, staleMs }, never);

  it('registers a name to one cluster, again and again, and tells others whose it is', async () => {
    for (const _ of [1, 2]) expect(await register('one', 'a')).toEqual({ kind: 'registered' });
    expect(await register('one', 'b')).toEqual({ kind: 'taken', uid: 'a', seenAt: expect.any(Date) });
    expect(await register('two', 'b')).toEqual({ kind: 'registered' });
  });

  it('gives the name on when its cluster was not seen for long enough, by the clock of the database', async () => {
    await register('three', 'a');
    const seen = (when: string) =>
      db.sql(`UPDATE clusters SET seen_at = clock_timestamp() ${when} WHERE name = 'three'`);
    await seen("- interval '59 seconds'");
    expect(await register('three', 'b')).toMatchObject({ kind: 'taken', uid: 'a' });
    await seen("- interval '61 seconds'");
    expect(await register('three', 'b')).toEqual({ kind: 'registered' });
    expect(await register('three', 'a')).toMatchObject({ kind: 'taken', uid: 'b' });
    // The server's clock was wrong once, and is set right: nobody waits for years.
    await seen("+ interval '2 years'");
    expect(await register('three', 'a')).toEqual({ kind: 'registered' });
  });

  it('says with each beat that the cluster lives', async () => {
    await register('four', 'a');
    await db.sql("UPDATE clusters SET seen_at = '2000-01-01' WHERE name = 'four'");
    await register('four', 'a');
    expect(await register('four', 'b')).toMatchObject({ kind: 'taken' });
  });

  it.each([
    ['new', ''],
    ['stale', '2000-01-01'],
  ])('has exactly one winner when several come for a %s name at the same instant', async (kind, seenAt) => {
    if (seenAt) await db.sql("INSERT INTO clusters VALUES ($1, 'dead', $2)", [kind, seenAt]);
    // Held back together, until all of them stand before the same row.
    const gate = await db.hold('LOCK TABLE clusters IN SHARE MODE');
    const answers = [1, 2, 3, 4, 5].map(n => register(kind, `c${n}`));
    await until('all wait', 10_000, async () => {
      const waiting = await db.sql(
        "SELECT FROM pg_locks WHERE NOT granted AND relation = 'pawl.clusters'::regclass",
      );
      return waiting.length === 5;
    });
    await gate.release();
    const kinds = (await Promise.all(answers)).map(answer => answer.kind).sort();
    expect(kinds).toEqual(['registered', 'taken', 'taken', 'taken', 'taken']);
  });
});
