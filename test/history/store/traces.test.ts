/** What is deleted leaves no copy of its text, and a trace that nobody removes. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresRequests } from '../../../history/store/requests.ts';
import {
  edit,
  type Fixture,
  limits,
  migrated,
  move,
  never,
  removal,
  saving,
  sha256,
  source,
} from './fixtures.ts';

let db: Fixture;
let requests: PostgresRequests;
beforeAll(async () => {
  db = await migrated();
  requests = new PostgresRequests(db.store);
});
afterAll(() => db[Symbol.asyncDispose]());
let config = limits;
let count = 0;
beforeEach(() => {
  count += 1;
  config = { namespace: 'payments', path: `${count}.yaml` };
});

const actor = { name: 'ann', verified: true };
const uid = (name: string) => `uid-${count}-${name}`;
const save = (e: Parameters<typeof edit>[0]) =>
  db.store.save(edit({ config, uid: uid(e.source?.name ?? ''), ...e }), never);
const deleteVersion = (version: bigint) =>
  requests.deleteVersion(
    {
      config,
      version,
      actor,
      idempotency: { key: `k${version}`, principal: `p${count}`, requestSha256: '00' },
    },
    never,
  );
const look = (name?: string) => db.store.look({ config, source: source(name), baseVersion: null }, never);

/** Every value of every table that holds a text, whatever its column. */
async function copiesOf(secret: string): Promise<unknown[]> {
  const tables = await db.sql(
    "SELECT relname FROM pg_class WHERE relnamespace = 'pawl'::regnamespace AND relkind = 'r'",
  );
  const found = [];
  for (const { relname } of tables) {
    const rows = await db.sql(`SELECT t::text AS row FROM ${relname} t WHERE t::text LIKE '%' || $1 || '%'`, [
      secret,
    ]);
    found.push(...rows.map(({ row }) => `${relname}: ${row}`));
  }
  return found;
}

describe('a deleted version', () => {
  it('is nowhere any more: not as the text of a line, of another that said the same, or of what was merged into it', async () => {
    const secret = `LEAKED-${count}-SECRET`;
    await save({ text: secret, json: JSON.stringify(secret) });
    await db.store.moveLine(
      move({ config, text: secret, head: 1n, source: source('same'), uid: uid('same') }, 1n),
      never,
    );
    await save({
      text: `merged ${secret}`,
      proposed: `mine ${secret}`,
      kind: 'merged',
      head: 1n,
      source: source('merged'),
    });
    await save({ text: 'clean', head: 2n, generation: 1, source: source('last') });
    expect((await copiesOf(secret)).length).toBeGreaterThan(2);
    expect(await deleteVersion(1n)).toBe('deleted');
    expect(await deleteVersion(2n)).toBe('deleted');
    expect(await copiesOf(secret)).toEqual([]);
    // The lines still say what became of their proposals, and that nothing can be merged from them.
    expect((await look()).line).toMatchObject({
      version: 1n,
      acceptedAs: 'Saved',
      supersededBy: 3n,
      textGone: true,
    });
    expect((await look('merged')).line).toMatchObject({ version: 2n, acceptedAs: 'Merged', textGone: true });
    expect((await look('last')).line).not.toHaveProperty('textGone');
    expect(await db.store.lineText(config, source(), never)).toBeNull();
  });

  it('is no longer what the text of another object matches, which could never be moved to it', async () => {
    await save({ text: 'a' });
    await save({ text: 'merged', proposed: 'mine', kind: 'merged', head: 1n, source: source('b') });
    await save({ text: 'c', head: 2n, generation: 2 });
    const matchOf = async (sha: string) => {
      const view = await db.store.look(
        { config, source: source('c'), baseVersion: null, sha256: sha },
        never,
      );
      return view.match;
    };
    expect([await matchOf(sha256('a')), await matchOf(sha256('mine'))]).toEqual([1n, 2n]);
    expect(await deleteVersion(2n)).toBe('deleted');
    expect([await matchOf(sha256('a')), await matchOf(sha256('mine'))]).toEqual([1n, null]);
  });

  it('goes from a line that proposed it before there was such a version, and was merged into another', async () => {
    const secret = `LEAKED-${count}-SECRET`;
    await save({ text: 'a' });
    await save({
      ...{ text: 'merged', proposed: secret, kind: 'merged', head: 1n },
      source: source('early'),
    });
    await save({ text: secret, json: JSON.stringify(secret), head: 2n, source: source('late') });
    await save({ text: 'clean', head: 3n, generation: 2 });
    expect(await deleteVersion(3n)).toBe('deleted');
    expect(await copiesOf(secret)).toEqual([]);
    expect((await look('early')).line).toMatchObject({ version: 2n, textGone: true });
  });

  it('leaves a line its text where another version says the same', async () => {
    await save({ text: 'a' });
    await requests.saveTogether(saving({ config, text: 'b', head: 1n }), never);
    await requests.saveTogether(saving({ config, text: 'a', head: 2n }), never);
    expect(await deleteVersion(1n)).toBe('deleted');
    expect(await db.store.lineText(config, source(), never)).toBe('a');
    expect((await look()).line).not.toHaveProperty('textGone');
  });

  it('goes with its config, and with it every copy', async () => {
    const secret = `LEAKED-${count}-SECRET`;
    await save({ text: `merged ${secret}`, proposed: `mine ${secret}`, kind: 'merged' });
    await db.store.deleteConfig(removal(config, uid('')), never);
    expect(await copiesOf(secret)).toEqual([]);
  });
});

describe('a purged version', () => {
  const purge = (version: bigint, key: string | null = null) =>
    requests.purgeVersion(
      {
        ...{ config, version, reason: 'it held a password', actor },
        idempotency: key === null ? null : { key, principal: `p${count}`, requestSha256: '00' },
      },
      never,
    );

  const keep = (proposer: string, text: string) =>
    requests.keep(
      {
        ...{ namespace: config.namespace, paths: [config.path], proposer, sha256s: [sha256(text)] },
        ...{ request: JSON.stringify({ text }), contentSha256: sha256(proposer) },
        limits: { count: 99, bytes: 99_999, ofOne: 99 },
      },
      never,
    );

  it('is nowhere any more, nor what said the same: not in any column of any table, as text or as jsonb', async () => {
    const secret = `LEAKED-${count}-SECRET`;
    const leak = { text: secret, json: JSON.stringify(secret) };
    const idempotency = { key: 'first', principal: `p${count}`, requestSha256: '00' };
    await requests.saveTogether({ ...saving({ config, ...leak, head: 0n }), idempotency }, never);
    await save({
      text: `merged ${secret}`,
      proposed: secret,
      kind: 'merged',
      head: 1n,
      source: source('merged'),
    });
    await save({ ...leak, head: 2n, source: source('again') });
    await db.store.moveLine(
      move({ config, text: secret, head: 3n, source: source('same'), uid: uid('same') }, 3n),
      never,
    );
    await save({ text: 'clean', head: 3n, source: source('last') });
    // Others are about to save it again, and wait for an approval.
    await keep('ann', secret);
    await keep('bob', 'other');
    expect((await copiesOf(secret)).length).toBeGreaterThan(4);
    expect(await purge(1n, 'purge')).toEqual({
      ...{ kind: 'purged', versions: [1n, 3n], sha256: sha256(secret), replayed: false },
    });
    // Merged from it, and another text.
    expect(await purge(2n)).toMatchObject({ kind: 'purged', versions: [2n] });
    expect(await copiesOf(secret)).toEqual([]);
    expect(await db.sql('SELECT proposer FROM proposals WHERE $1 = ANY (paths)', [config.path])).toEqual([
      { proposer: 'bob' },
    ]);
    expect(await purge(1n, 'purge')).toMatchObject({ kind: 'purged', versions: [1n, 3n], replayed: true });
    expect(await purge(1n)).toEqual({ kind: 'gone' });
    expect((await look('same')).line).toMatchObject({ textGone: true });
  });

  it('that was in the trash goes from the lines of the config that came after it, too', async () => {
    const secret = `LEAKED-${count}-SECRET`;
    await save({ text: secret, json: JSON.stringify(secret) });
    const keeping = new PostgresRequests({ calls: db.store.calls, trashMs: 86_400_000 });
    await keeping.deleteConfig({ config, expectedHead: 1n, actor, idempotency: null }, never);
    await save({ text: 'clean', generation: 2 });
    await save({ text: 'merged', proposed: secret, kind: 'merged', head: 2n, source: source('again') });
    expect(await purge(1n)).toMatchObject({ kind: 'purged', versions: [1n] });
    expect(await copiesOf(secret)).toEqual([]);
    expect((await look('again')).line).toMatchObject({ version: 3n, textGone: true });
  });

  it('is one entry of the log with its reason, and leaves stones that have it, too', async () => {
    await save({ text: 'a' });
    await save({ text: 'b', head: 1n, generation: 2 });
    await save({ text: 'a', head: 2n, generation: 3 });
    await save({ text: 'c', head: 3n, generation: 4 });
    await purge(3n);
    const entries = await db.sql(
      `SELECT d.deployer, d.result, d.message, array_agg(x.old_version::int ORDER BY x.ordinal) AS versions
       FROM deployments d JOIN deployment_changes x ON x.deployment_id = d.id
       WHERE x.path = $1 AND x.operation = 'delete' GROUP BY d.id`,
      [config.path],
    );
    const message = 'Purged: it held a password';
    expect(entries).toEqual([{ deployer: 'ann', result: 'accepted', message, versions: [1, 3] }]);
    const stones = await db.sql(
      'SELECT t.last_version::int AS version, t.actor, reason FROM tombstones t JOIN configs c ON c.id = config_id WHERE path = $1 ORDER BY t.id',
      [config.path],
    );
    expect(stones).toEqual([1, 3].map(version => ({ version, actor: 'ann', reason: 'it held a password' })));
  });

  it('is not what the latest version says, whatever its number', async () => {
    await save({ text: 'a' });
    await save({ text: 'b', head: 1n, generation: 2 });
    await save({ text: 'a', head: 2n, generation: 3 });
    expect([await purge(3n), await purge(1n)]).toEqual([
      { kind: 'head', head: 3n },
      { kind: 'head', head: 3n },
    ]);
    expect((await db.store.texts(config, [1n, 2n, 3n], never)).size).toBe(3);
  });
});

describe('a delete', () => {
  const stones = () =>
    db.sql(
      `SELECT first_version, t.last_version, versions, t.actor, actor_verified, login FROM tombstones t
       JOIN configs c ON c.id = config_id WHERE path = $1 ORDER BY t.id`,
      [config.path],
    );

  it('leaves a stone that says what went, for whom and by which login, and that nobody removes or changes', async () => {
    await save({ text: 'a' });
    await save({ text: 'b', head: 1n, generation: 2 });
    await save({ text: 'c', head: 2n, generation: 3 });
    await deleteVersion(1n);
    await requests.deleteConfig({ config, expectedHead: 3n, actor, idempotency: null }, never);
    const by = { actor: 'ann', actor_verified: true, login: new URL(db.url).username };
    expect(await stones()).toEqual([
      { first_version: '1', last_version: '1', versions: '1', ...by },
      { first_version: '2', last_version: '3', versions: '2', ...by },
    ]);
    for (const forbidden of [
      'DELETE FROM tombstones',
      "UPDATE tombstones SET actor = 'x'",
      'TRUNCATE tombstones',
    ]) {
      await expect(db.sql(forbidden), forbidden).rejects.toMatchObject({ code: '23001' });
    }
  });
});

describe('the role of the operator', () => {
  it('erases no trace: neither the log by rotating it, nor a delete, and uses no numbers up', async () => {
    await save({ text: 'a' });
    await save({ text: 'b', head: 1n, generation: 2 });
    const url = new URL(db.url);
    url.searchParams.set('options', '-c role=pawl_operator -c search_path=pawl');
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    // A login that owns nothing, as in the chart: whoever owns the functions did not do it.
    const login = `audit-${count}-${process.pid}`;
    await db.sql(`CREATE ROLE "${login}" IN ROLE pawl_operator`);
    await client.query(`RESET ROLE; SET SESSION AUTHORIZATION "${login}"; SET ROLE pawl_operator`);
    const entries = async () => (await client.query('SELECT count(*)::int AS n FROM deployments')).rows[0].n;
    const before = await entries();
    await client.query("SELECT rotate_log(0, '0 s', 100000)");
    expect(await entries()).toBe(before);
    await client.query(
      "SELECT delete_version_by_request('payments', $1, 1, 'cto@example.com', true, NULL, NULL, NULL)",
      [config.path],
    );
    const [stone] = (
      await client.query("SELECT actor, login FROM tombstones WHERE actor = 'cto@example.com'")
    ).rows;
    expect(stone).toEqual({ actor: 'cto@example.com', login });
    await expect(client.query('DELETE FROM tombstones')).rejects.toMatchObject({ code: '42501' });
    await expect(
      client.query("SELECT raise_floor('payments', $1, 'yaml', 9223372036854775806)", [config.path]),
    ).rejects.toMatchObject({ code: '22003' });
    await client.end();
    await db.sql(`DROP ROLE "${login}"`);
  });
});
