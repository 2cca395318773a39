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
  /** What a person has to do, e.g. create the operator's role. Default: `log`. */
  readonly warn?: (message: string) => void;
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
    if (notice.severity === 'WARNING') warn(notice.message ?? 'warning without a text');
  });
  // end() on a connection with a statement under way cuts it; the server rolls back.
  const onAbort = () => void client.end().catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await client.connect();
    const ran = await run(client, schema, log);
    const grant = await missingGrant(client, schema);
    if (grant) warn(grant);
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
  const after = await readSchemaState(schema, query);
  if (after.kind === 'older') throw new StoreError('Internal', 'migrating ended before it was done');
  assertUsable(after);
  return ran.map(({ name }) => name);
}
