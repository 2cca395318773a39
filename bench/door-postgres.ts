/**
 * The floor of the doors: PostgreSQL with bare pg, asked what a request of the HTTP API asks it, in the same words.
 * Invariant: it decides nothing and parses nothing, so the JSON beside the text is always the same.
 */
import pg from 'pg';
import { saveTogether } from '../history/store/functions.ts';
import { historyStatements } from '../history/store/history-statements.ts';
import { statements } from '../history/store/statements.ts';
import { lookValues } from '../history/store/values.ts';
import { type Door, databaseConnections, databaseSchema, doorsNamespace } from './door.ts';
import { sha256 } from './workload.ts';

export async function openPostgresDoor(databaseUrl: string): Promise<Door> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: databaseConnections,
    // Others are measured between two turns of this one.
    idleTimeoutMillis: 0,
  });
  const schema = pg.escapeIdentifier(databaseSchema);
  const { head, version } = historyStatements(schema);
  const save = saveTogether.statement(schema);
  const { look } = statements(schema);
  const ask = async (name: string, text: string, values: readonly unknown[]) => {
    const { rows } = await pool.query({ name, text, values: [...values] });
    if (rows.length !== 1) throw new Error(`${name} of ${values[1]} has ${rows.length} rows`);
    return rows[0];
  };
  return {
    name: 'floor',
    async read(path) {
      const { body_raw: text } = await ask('head', head, [doorsNamespace, path]);
      if (typeof text !== 'string') throw new Error(`${path} has no text`);
    },
    async save(path, base, text) {
      const baseVersion = BigInt(base);
      const config = { namespace: doorsNamespace, path };
      await ask('look', look, lookValues({ config, source: nobody, baseVersion }));
      const body = { text, json: '{"floor": true}', documents: 1, sha256: sha256(text) };
      const change = { kind: 'save', config, expectedHead: baseVersion, body, format: 'yaml' } as const;
      const values = saveTogether.values({
        changes: [{ ...change, versionKind: 'direct', baseVersion, mergedPaths: [], comment: '' }],
        actor: { name: 'floor', verified: true },
        ...{ author: 'floor', git: {}, group: null, idempotency: null, quotas: [] },
      });
      const { outcome } = await ask('save', save, values);
      if (outcome !== 'saved') throw new Error(`the floor's save of ${path} on ${base} was ${outcome}`);
      await ask('version', version, [doorsNamespace, path, base + 1]);
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/** Requests have no line. */
const nobody = { cluster: '', namespace: '', name: '' };
