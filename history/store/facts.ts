/** Asks the database about itself. One statement; nothing is written, and no text of a config is read. */
import type { StoreFacts } from '../words/store-facts.ts';
import type { Calls } from './calls.ts';

interface FactsRow {
  readonly server_version: string;
  readonly version_num: string;
  readonly role: string;
  readonly superuser: boolean;
  readonly owner: boolean;
  readonly deletes: boolean;
  readonly unsafe: readonly string[];
  readonly size: string;
  readonly versions: string;
  readonly connections: string;
  readonly max_connections: string;
  readonly now_ms: string;
}

/** Rejects with a StoreError, or with the reason of the signal once it is aborted. */
export async function readFacts(
  { calls }: { readonly calls: Calls },
  signal: AbortSignal,
): Promise<StoreFacts> {
  const [row] = await calls.run<FactsRow>('facts', statementOf(calls.schema), [], signal);
  const { server_version, version_num, role, superuser, owner, deletes, unsafe } = row!;
  return {
    ...{ serverVersion: server_version, major: Math.floor(Number(version_num) / 10_000), role, unsafe },
    roleIs: superuser ? 'superuser' : owner ? 'owner' : 'restricted',
    mayDeleteVersions: deletes,
    ...{ sizeBytes: Number(row!.size), versions: Number(row!.versions), nowMs: Number(row!.now_ms) },
    ...{ connections: Number(row!.connections), maxConnections: Number(row!.max_connections) },
  };
}

/** @param schema quoted where it needs to be */
const statementOf = (schema: string) => `
  SELECT current_setting('server_version') AS server_version,
    current_setting('server_version_num') AS version_num,
    current_user AS role,
    (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) AS superuser,
    pg_has_role((SELECT n.nspowner FROM pg_namespace n WHERE n.oid = '${schema}'::regnamespace), 'USAGE') AS owner,
    has_table_privilege('${schema}.config_versions', 'DELETE') AS deletes,
    ARRAY(SELECT s.name FROM pg_settings s
      WHERE s.name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND s.setting = 'off' ORDER BY s.name) AS unsafe,
    pg_database_size(current_database()) AS size,
    (SELECT greatest(c.reltuples, 0)::bigint FROM pg_class c WHERE c.oid = '${schema}.config_versions'::regclass) AS versions,
    (SELECT sum(d.numbackends) FROM pg_stat_database d) AS connections,
    current_setting('max_connections') AS max_connections,
    (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms`;
