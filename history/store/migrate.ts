/**
 * Brings a database to this build's schema. Invariant: any number of processes may do so at once; one
 * works, the others wait for its lock and find it done. All that is pending runs in one transaction, so a
 * migration that fails or is killed leaves nothing behind.
 *
 * Needs a connection of its own to PostgreSQL itself: its lock belongs to the session, which a pooler in
 * transaction mode would share out.
 */
import type pg from 'pg';
import { clientOf, type Database } from './credentials.ts';
import { replaceFirstSave } from './first-builds.ts';
import {
  assertUsable,
  checkSchemaName,
  checksums,
  migrationsFolder,
  migrationsTable,
  readSchemaState,
} from './schema-state.ts';
import { StoreError, toStoreError } from './store-error.ts';

export interface MigrateSettings {
  readonly database: Database;
  readonly schema?: string;
  readonly applicationName?: string;
  /** To open the connection. */
  readonly connectTimeoutMs?: number;
  /** One line for each step. */
  readonly log?: (message: string) => void;
  /** Whom to let work with the schema as an operator; null: whoever is given its role by hand. */
  readonly operator?: OperatorLogin | null;
  /** What a person has to do, e.g. grant the operator's role. Default: `log`. */
  readonly warn?: (message: string) => void;
}

/** The role that an operator logs in as, another one than the role that owns the schema. */
export interface OperatorLogin {
  readonly role: string;
  /** With it the login is made where it is not there, and has this password from then on. null: it is left alone. */
  readonly password: string | null;
}

/** Ours, so that other users of node-pg-migrate in the same database do not wait for us. */
const lockKey = 7_246_103_985_112;

/**
 * Answers the names of the migrations that it ran. Rejects with a StoreError, or with the signal's reason;
 * SchemaMismatch when a later, breaking build, or somebody else, migrated this schema.
 */
export async function migrate(settings: MigrateSettings, signal: AbortSignal): Promise<string[]> {
  const { schema = 'pawl', log = () => undefined, warn = log } = settings;
  checkSchemaName(schema);
  signal.throwIfAborted();
  const Client = clientOf(settings.database);
  const client = new Client({
    application_name: settings.applicationName ?? 'pawl-migrate',
    connectionTimeoutMillis: settings.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    // A process that waits for the lock waits as long as the other one works.
    statement_timeout: 0,
    lock_timeout: 0,
  });
  client.on('error', () => undefined);
  client.on('notice', notice => {
    // The runner begins a transaction where there is one already.
    const isAtWork = notice.code === '25001';
    if (notice.severity === 'WARNING' && !isAtWork) warn(notice.message ?? 'warning without a text');
  });
  // end() on a connection with a statement under way cuts it; the server rolls back.
  const onAbort = () => void client.end().catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await client.connect();
    const ran = await run(client, schema, log);
    if (settings.operator) await letIn(client, schema, settings.operator);
    else {
      const todo = await missingGrant(client, schema);
      if (todo) warn(todo);
    }
    return ran;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw toStoreError(error, 'migrating the database');
  } finally {
    signal.removeEventListener('abort', onAbort);
    await client.end().catch(() => undefined);
  }
}

/**
 * What is left to do before an operator with a login of its own can start; null: nothing that this check can see. The
 * role does not exist before the first migration, so nobody can have granted it earlier.
 */
async function missingGrant(client: pg.Client, schema: string): Promise<string | null> {
  const role = `${schema}_operator`;
  const { rows } = await client.query(
    'SELECT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = r.oid) AS used FROM pg_roles r WHERE r.rolname = $1',
    [role],
  );
  if (rows[0]?.used === true) return null;
  const create =
    rows.length > 0 ? '' : `CREATE ROLE ${role} NOLOGIN; SELECT ${schema}.grant_operator('${role}'); `;
  return (
    `an operator that logs in as a role of its own needs this first: ` +
    `${create}GRANT ${role} TO <the operator's role>`
  );
}

/** Rejects where there is no such role: whoever asked for it must not take the migration for a success. */
async function letIn(client: pg.Client, schema: string, { role, password }: OperatorLogin): Promise<void> {
  await client.query('BEGIN');
  // Of several that do so at once, one alters a role at a time.
  await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
  if (password !== null) await makeLogin(client, role, password);
  const { rows } = await client.query(
    `SELECT has_schema_privilege(r.oid, s.oid, 'USAGE')
       AND bool_and(has_function_privilege(r.oid, p.oid, 'EXECUTE')) AS may
     FROM pg_roles r, pg_namespace s JOIN pg_proc p ON p.pronamespace = s.oid AND p.proname = 'save_proposal'
     WHERE r.rolname = $1 AND s.nspname = $2 GROUP BY r.oid, s.oid`,
    [role, schema],
  );
  if (rows[0]?.may === false) await client.query(`SELECT "${schema}".grant_operator($1)`, [role]);
  await client.query('COMMIT');
  if (rows.length > 0) return;
  throw new StoreError(
    'Internal',
    `there is no role ${role} to run the operator: create it with its password, then migrate again`,
  );
}

async function makeLogin(client: pg.Client, role: string, password: string): Promise<void> {
  const { rows } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  const { rows: texts } = await client.query('SELECT format($1, $2::text, $3::text) AS text', [
    rows.length > 0 ? 'ALTER ROLE %I LOGIN PASSWORD %L' : 'CREATE ROLE %I LOGIN PASSWORD %L',
    ...[role, password],
  ]);
  await client.query(texts[0].text);
}

async function run(client: pg.Client, schema: string, log: (message: string) => void): Promise<string[]> {
  const query = async (text: string, values: readonly unknown[]) =>
    (await client.query(text, [...values])).rows;
  const before = await readSchemaState(schema, query);
  if (before.kind !== 'older') {
    assertUsable(before);
    return [];
  }
  // For keep_checksum() of 000014.
  await query("SELECT set_config('pawl.checksums', $1, false)", [JSON.stringify(await checksums())]);
  // Loaded only where there is work for it: most starts find the schema current.
  const { runner } = await import('node-pg-migrate');
  const isThere = !before.pending.includes('000001_tables');
  if (isThere) {
    // The runner takes it once more.
    await query('SELECT pg_advisory_lock($1)', [lockKey]);
    await replaceFirstSave(client, schema);
  }
  const ran = await runner({
    dbClient: client,
    dir: migrationsFolder,
    direction: 'up',
    schema,
    createSchema: true,
    migrationsTable,
    lockValue: lockKey,
    advisoryLockMode: 'wait',
    singleTransaction: true,
    // Errors are thrown; the runner would print the whole migration as well.
    logger: { info: log, warn: log, error: () => undefined },
  });
  if (isThere) await query('SELECT pg_advisory_unlock($1)', [lockKey]);
  const after = await readSchemaState(schema, query);
  if (after.kind === 'older') throw new StoreError('Internal', 'migrating ended before it was done');
  assertUsable(after);
  return ran.map(({ name }) => name);
}
