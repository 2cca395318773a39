/** What the store's tests share: a migrated database with a store on it, and proposals that are short to write. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Database } from '../../../history/store/credentials.ts';
import type { StoreSettings } from '../../../history/store/database.ts';
import { migrate } from '../../../history/store/migrate.ts';
import { createStore, type PostgresStore } from '../../../history/store/store.ts';
import type { ConfigId, Source, Version, VersionKind } from '../../../history/words/model.ts';
import type { Quota } from '../../../history/words/policy.ts';
import { systemClock } from '../../../runtime/clock.ts';
import type { Format } from '../../../text/format.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { until } from '../../setup/until.ts';

export const never = new AbortController().signal;

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export const limits: ConfigId = { namespace: 'payments', path: 'limits/eu.yaml' };

export const source = (name = 'limits'): Source => ({ cluster: 'default', namespace: 'payments', name });

export interface Edit {
  readonly text: string;
  readonly config?: ConfigId;
  readonly head?: Version;
  readonly source?: Source;
  readonly uid?: string;
  readonly generation?: number;
  /** The proposal, when it differs from what is saved. */
  readonly proposed?: string;
  readonly baseVersion?: Version | null;
  readonly json?: string;
  readonly format?: Format;
  readonly kind?: VersionKind;
  readonly comment?: string;
  readonly deploymentId?: string;
  readonly mergedPaths?: readonly string[];
  readonly quota?: Quota | null;
}

/** Input of save(). */
export function edit(e: Edit) {
  const proposed = e.proposed ?? e.text;
  const from = e.source ?? source();
  return {
    config: e.config ?? limits,
    expectedHead: e.head ?? 0n,
    proposal: {
      source: from,
      uid: e.uid ?? `uid-of-${from.name}`,
      generation: BigInt(e.generation ?? 1),
      sha256: sha256(proposed),
      text: proposed,
      baseVersion: e.baseVersion ?? null,
    },
    version: {
      body: { text: e.text, sha256: sha256(e.text), json: e.json ?? '{}', documents: 1 },
      format: e.format ?? ('yaml' as const),
      kind: e.kind ?? ('direct' as const),
      author: 'ada@example.com',
      actor: { name: 'system:admin', verified: true },
      comment: e.comment ?? '',
      git: { commit: '3f2c', dirty: false },
      deploymentId: e.deploymentId ?? null,
      confirmedBy: null,
      mergedPaths: e.mergedPaths ?? [],
    },
    quota: e.quota ?? null,
  };
}

/** Input of saveTogether(): edits that nobody's object stands for. */
export function saving(...edits: Edit[]) {
  const changes = edits.map(one => {
    const { config, expectedHead, version } = edit(one);
    const { body, format, comment } = version;
    const rest = { versionKind: 'direct' as const, baseVersion: null, mergedPaths: [] };
    return { kind: 'save' as const, config, expectedHead, body, format, comment, ...rest };
  });
  const actor = { name: 'ann', verified: true };
  return { changes, actor, author: '', git: {}, group: null, idempotency: null, quotas: [] as Quota[] };
}

/** Input of moveLine(). */
export function move(e: Edit, to: Version) {
  const { version, quota: _, ...input } = edit(e);
  const { actor, git, deploymentId } = version;
  return { ...input, actor, git, deploymentId, version: to };
}

export function storeOn(database: Database, settings: Partial<StoreSettings> = {}): PostgresStore {
  return createStore(
    { database, baseMs: 1, ...settings },
    { clock: systemClock, random: Math.random, onError: () => undefined },
  );
}

export interface Fixture extends AsyncDisposable {
  readonly url: string;
  readonly store: PostgresStore;
  /** As whoever migrated, past the store. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Several statements in one transaction. */
  transaction(...statements: string[]): Promise<void>;
  /** Several statements on one connection, and the rows of each. */
  several(...statements: string[]): Promise<Record<string, unknown>[][]>;
  /** Leaves a transaction open after this statement, with the locks it took, until the release. */
  hold(statement: string): Promise<{ release(end?: 'COMMIT' | 'ROLLBACK'): Promise<void> }>;
}

export async function migrated(settings: Partial<StoreSettings> = {}): Promise<Fixture> {
  const database = await createTestDatabase();
  await migrate({ database: database.url }, never);
  const store = storeOn(database.url, settings);
  const admin = new pg.Pool({ connectionString: database.url, max: 4, options: '-c search_path=pawl' });
  admin.on('error', () => undefined);
  return {
    url: database.url,
    store,
    sql: async (text, values = []) => (await admin.query(text, [...values])).rows,
    transaction: async (...statements) => {
      // One simple query is one transaction.
      await admin.query(statements.join(';'));
    },
    several: async (...statements) => {
      const results: unknown = await admin.query(statements.join(';'));
      return (results as pg.QueryResult[]).map(result => result.rows);
    },
    hold: async statement => {
      const client = await admin.connect();
      await client.query('BEGIN');
      await client.query(statement);
      return {
        release: async (end = 'ROLLBACK') => {
          await client.query(end);
          client.release();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await admin.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Input of deleteConfig(). */
export const removal = (
  config: ConfigId,
  uid = 'uid-of-limits',
  from = source(),
  expectedHead: Version = 1n,
) => ({
  config,
  source: from,
  uid,
  actor: { name: 'system:admin', verified: true },
  expectedHead,
});

/** Input of logRefusal(). */
export function refusal(e: Edit, reason: string, message = '') {
  const { version, config, proposal } = edit(e);
  const { actor, git, deploymentId } = version;
  return { config, proposal, actor, git, deploymentId, reason, message };
}

/** All sides of the promises at once, for every config: asserted on what the tables say. */
export async function brokenPromises(fixture: Fixture): Promise<unknown[]> {
  return fixture.sql(`
    SELECT c.id, c.last_version, count(v.id) AS versions, min(v.version) AS lowest, max(v.version) AS highest
    FROM configs c LEFT JOIN config_versions v ON v.config_id = c.id GROUP BY c.id
    HAVING c.floor = 0 AND count(v.id) <> coalesce(max(v.version) - min(v.version) + 1, 0)
      OR coalesce(max(v.version), c.last_version) <> c.last_version
      OR (coalesce(min(v.version), 1) <> 1 OR c.latest_version_id IS NULL AND c.last_version > 0)
        AND NOT EXISTS (SELECT FROM deletions d WHERE d.config_id = c.id)
        AND NOT EXISTS (SELECT FROM deployment_changes d
          WHERE d.namespace = c.namespace AND d.path = c.path AND d.operation = 'delete')
      OR c.latest_version_id IS DISTINCT FROM
        (SELECT h.id FROM config_versions h WHERE h.config_id = c.id ORDER BY h.version DESC LIMIT 1)`);
}

/** Begins a long statement of this application, goes away, and waits until PostgreSQL has given it up. */
export async function givesUp(store: PostgresStore, url: string): Promise<void> {
  const running = async () => {
    const client = new pg.Client(url);
    await client.connect();
    try {
      const { rows } = await client.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'impatient' AND query LIKE '%pg_sleep%'",
      );
      return rows.length;
    } finally {
      await client.end();
    }
  };
  const controller = new AbortController();
  const statement = { name: 'long', prepare: false, text: 'SELECT pg_sleep(600)', values: [] };
  const asking = store.calls.retrying(statement, controller.signal);
  asking.catch(() => undefined);
  await until('the statement is under way', 60_000, async () => (await running()) === 1);
  controller.abort(new Error('gone'));
  // Sooner than it would end by itself.
  await until('the statement has ended', 60_000, async () => (await running()) === 0);
}
