/**
 * Migrations, once released, never change; and the databases of the commits whose files were still edited in place
 * come to the same state as a new one.
 */
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { PostgresHistory } from '../../../history/store/history.ts';
import { migrate } from '../../../history/store/migrate.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import { checksums, migrationsFolder } from '../../../history/store/schema-state.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { edit, migrated, never, saving, storeOn } from './fixtures.ts';

it('has the files of frozen-migrations.txt, letter for letter; a change of the schema is a new file, and a line there', async () => {
  const lines = Object.entries(await checksums()).map(([name, sha256]) => `${sha256}  ${name}\n`);
  const frozen = await readFile(new URL('./frozen-migrations.txt', import.meta.url), 'utf8');
  expect(lines.join('')).toBe(frozen);
});

it('keeps what each migration said, and does not start where a file of this build says something else', async () => {
  await using db = await migrated();
  const kept = await db.sql('SELECT name, sha256 FROM migrations ORDER BY id');
  expect(kept).toEqual(Object.entries(await checksums()).map(([name, sha256]) => ({ name, sha256 })));
  await db.sql("UPDATE migrations SET sha256 = repeat('0', 64) WHERE name = '000003_save'");
  expect(await db.store.schemaState(never)).toEqual({ kind: 'edited', edited: ['000003_save'] });
  await expect(migrate({ database: db.url }, never)).rejects.toMatchObject({
    reason: 'SchemaMismatch',
    message: expect.stringMatching(/other files .*000003_save.*; run the build that migrated it/),
  });
});

/** Every line of the schema, in no order: a column that came late is the last one of its table. */
async function schemaOf(url: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('SET search_path = pawl');
  const { rows } = await client.query(
    await readFile(new URL('./golden-schema.sql', import.meta.url), 'utf8'),
  );
  await client.end();
  return rows.map(row => row.line).toSorted();
}

/** Applies the files of a commit: ours, but for those in the folder, up to a number. */
async function installEarlier(url: string, commit: string, last: string): Promise<void> {
  const folder = new URL(`./earlier/${commit}/`, import.meta.url);
  const differing = await readdir(folder);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE SCHEMA pawl; SET search_path = pawl;
    CREATE TABLE migrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)`);
  for (const file of (await readdir(migrationsFolder)).sort().filter(name => name < `${last}~`)) {
    const from = differing.includes(file) ? new URL(file, folder) : `${migrationsFolder}${file}`;
    await client.query(`BEGIN; SET LOCAL search_path = pawl; ${await readFile(from, 'utf8')}; COMMIT`);
    await client.query('INSERT INTO migrations (name, run_on) VALUES ($1, now())', [file.slice(0, -4)]);
  }
  await client.end();
}

it.each([
  ['e595466', '000005'],
  ['a44c705', '000005'],
  ['84cffc7', '000005'],
  ['7647b5a', '000008'],
])(
  'brings a database that commit %s made to the state of a new one, and works on it',
  async (commit, last) => {
    await using database = await createTestDatabase();
    await installEarlier(database.url, commit, last);
    await migrate({ database: database.url }, never);
    await using fresh = await migrated();
    expect(await schemaOf(database.url)).toEqual(await schemaOf(fresh.url));
    await using store = storeOn(database.url);
    expect(await store.schemaState(never)).toEqual({ kind: 'current' });
    const [requests, history] = [new PostgresRequests(store), new PostgresHistory(store)];
    const { cursor } = await history.changesAfter(null, 9, never);
    await store.save(edit({ text: 'a' }), never);
    const together = await requests.saveTogether(saving({ text: 'b', head: 1n }), never);
    expect(together).toMatchObject({ kind: 'saved', changes: [{ version: 2n }] });
    expect(await history.changesAfter(cursor, 9, never)).toMatchObject({
      changes: [{ version: 1n }, { version: 2n }],
    });
  },
);

describe('a database of the first builds', () => {
  it('is left as it was when a migration fails; then who may save may still do so, and what was saved is there', async () => {
    await using database = await createTestDatabase();
    await installEarlier(database.url, 'e595466', '000005');
    const client = new pg.Client({ connectionString: database.url });
    await using stack = new AsyncDisposableStack();
    await client.connect();
    stack.defer(() => client.end());
    const text = 'cap: 1\n';
    await client.query(
      `SELECT pawl.save_version('payments', 'a', 'yaml', 0, 'default', 'payments', 'a', 'uid-a', 1, sha256($1::bytea), NULL,
        NULL, $2::text, '{"cap": 1}', 1, sha256($1::bytea), 'direct', 'ada', 'ada', false, '', NULL, NULL, NULL, NULL, NULL,
        NULL, '{}')`,
      [Buffer.from(text), text],
    );
    const saves = `SELECT p.oid::regprocedure::text AS signature, p.proacl::text AS rights FROM pg_proc p
      WHERE p.pronamespace = 'pawl'::regnamespace AND p.proname = 'save_version'`;
    const before = (await client.query(saves)).rows;
    expect(before).toMatchObject([{ rights: expect.stringContaining('pawl_operator=X') }]);
    // In the way of 000008.
    await client.query('CREATE TABLE pawl.changes ()');
    await expect(migrate({ database: database.url }, never)).rejects.toThrow('changes');
    expect((await client.query(saves)).rows).toEqual(before);
    await client.query('DROP TABLE pawl.changes');

    const warnings: string[] = [];
    const settings = { database: database.url, warn: (line: string) => warnings.push(line) };
    await Promise.all([1, 2, 3].map(() => migrate(settings, never)));
    expect(warnings.filter(line => line.includes('transaction'))).toEqual([]);
    const may = `SELECT has_function_privilege('pawl_operator', p.oid, 'EXECUTE') AS may FROM pg_proc p
      WHERE p.pronamespace = 'pawl'::regnamespace AND p.proname = 'save_proposal'`;
    expect((await client.query(may)).rows).toEqual([{ may: true }]);
    await using store = storeOn(database.url);
    const found = await new PostgresHistory(store).version({ namespace: 'payments', path: 'a' }, 1n, never);
    expect(found).toMatchObject({ text, version: { author: 'ada', confirmedBy: null } });
  });
});
