/**
 * The floor of the doors: PostgreSQL with bare pg, asked what a request of the HTTP API asks it, in the same words.
 * Invariant: it decides nothing and parses nothing, so the JSON beside the text is always the same.
 */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { historyStatements } from '../history/store/history-statements.ts';
import { requestStatements } from '../history/store/request-statements.ts';
import { statements } from '../history/store/statements.ts';
import { type Door, databaseConnections, databaseSchema, doorsNamespace } from './door.ts';

export async function openPostgresDoor(databaseUrl: string): Promise<Door> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: databaseConnections,
    // Others are measured between two turns of this one.
    idleTimeoutMillis: 0,
  });
  const schema = pg.escapeIdentifier(databaseSchema);
  const { head, version } = historyStatements(schema);
  const { save } = requestStatements(schema);
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
      await ask('look', look, [doorsNamespace, path, '', '', '', base]);
      const change = [
        ...[[doorsNamespace], [path], ['save'], ['yaml'], [base], [text], ['{"floor": true}'], [1]],
        ...[[sha256(text)], ['direct'], [base], ['[]'], ['']],
      ];
      const values = [
        ...change,
        'floor',
        'floor',
        true,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
      ];
      const { outcome } = await ask('save', save, values);
      if (outcome !== 'saved') throw new Error(`the floor's save of ${path} on ${base} was ${outcome}`);
      await ask('version', version, [doorsNamespace, path, base + 1]);
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/** The database checks it. */
const sha256 = (text: string) => createHash('sha256').update(text).digest();
