/** A database of a test's own, in the run's PostgreSQL; dropped at its end, whoever is still connected. */
import { randomBytes } from 'node:crypto';
import type { QueryResultRow } from 'pg';
import { inject } from 'vitest';
import { createDatabase, dropDatabase, withClient } from '../../local/postgres.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  query<Row extends QueryResultRow = QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
}

/** @param options.template name of a database to copy, to which nobody may be connected */
export async function createTestDatabase(options: { template?: string } = {}): Promise<TestDatabase> {
  const admin = inject('databaseUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = await createDatabase(admin, name, options);
  return {
    name,
    url,
    query: (sql, values) => queryDatabase(url, sql, values),
    [Symbol.asyncDispose]: () => dropDatabase(admin, name),
  };
}

/** One statement on a connection of its own. */
export function queryDatabase<Row extends QueryResultRow = QueryResultRow>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return withClient(url, async client => (await client.query<Row>(sql, [...values])).rows);
}
