/**
 * Databases of the first builds, of before commit 415d29b, have a save_version without its latest argument. 000006 would
 * put the one of today beside it, and then grant a name that two functions have. Files of migrations never change, so this
 * puts the one of 000003 in its place before they run. Invariant: all or nothing, together with what they do.
 */
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { migrationsFolder, migrationsTable } from './schema-state.ts';

/**
 * Where there is something to do, it begins the transaction in which the migrations are to run. The caller has the lock.
 * @param schema with a table of migrations
 */
export async function replaceFirstSave(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT p.oid::regprocedure::text AS signature, array(
        SELECT r.rolname FROM aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.proowner
      )::text[] AS grantees
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = $1 AND p.proname = 'save_version' AND NOT p.proargnames @> '{_confirmed_by}'
      AND NOT EXISTS (SELECT FROM "${schema}"."${migrationsTable}" m WHERE m.name LIKE '000006%')`,
    [schema],
  );
  const [first] = rows as { signature: string; grantees: string[] }[];
  if (!first) return;
  const file = await readFile(`${migrationsFolder}000003_save.sql`, 'utf8');
  const from = file.indexOf('CREATE FUNCTION save_version(');
  const to = file.indexOf('\nEND $$;', from);
  if (from < 0 || to < 0) throw new Error('000003_save.sql does not create save_version');
  await client.query('BEGIN');
  await client.query("SELECT set_config('search_path', $1, true)", [`"${schema}", pg_temp`]);
  await client.query(`DROP FUNCTION ${first.signature}`);
  await client.query(file.slice(from, to + '\nEND $$;'.length));
  await client.query('REVOKE ALL ON FUNCTION save_version FROM PUBLIC');
  // 000006 knows by this who runs an operator.
  for (const role of first.grantees)
    await client.query(`GRANT EXECUTE ON FUNCTION save_version TO ${client.escapeIdentifier(role)}`);
}
