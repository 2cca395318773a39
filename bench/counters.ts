/**
 * Counts the calls that the two servers received between two moments. The operator's own counters are not used here:
 * the API server and PostgreSQL count what arrived.
 */
import pg from 'pg';
import { openApi } from './api.ts';
import type { Parts } from './parts.ts';
import { parseSamples, type Sample, sumOf } from './prometheus.ts';

/** Calls by what they were for. */
export interface ApiWork {
  readonly configMapWrites: number;
  readonly statusWrites: number;
  readonly eventWrites: number;
  /** The API server renews one of its own as well. */
  readonly leaseWrites: number;
  readonly otherWrites: number;
  /** Of the writes, those that were refused. */
  readonly failedWrites: number;
  readonly reads: number;
}

export interface DatabaseWork {
  readonly commits: number;
  readonly rollbacks: number;
  /** Statements, each a round trip; null where PostgreSQL does not count them. */
  readonly roundTrips: number | null;
}

const writing = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE', 'DELETECOLLECTION']);
const requests = 'apiserver_request_total';

/** Call the result for the work done since. */
export async function countApiWork({ controlPlane }: Parts): Promise<() => Promise<ApiWork>> {
  const read = async () => {
    await using api = openApi(controlPlane.kubeconfig, 1);
    return parseSamples(await api.text('/metrics'), new Set([requests]));
  };
  const before = await read();
  return async () => apiWorkBetween(before, await read());
}

/** Pure. */
export function apiWorkBetween(before: readonly Sample[], after: readonly Sample[]): ApiWork {
  const calls = (matches: (labels: Readonly<Record<string, string>>) => boolean) =>
    sumOf(after, requests, matches) - sumOf(before, requests, matches);
  const writes = (matches: (labels: Readonly<Record<string, string>>) => boolean) =>
    calls(labels => writing.has(labels.verb ?? '') && matches(labels));
  const configMapWrites = writes(({ resource }) => resource === 'configmaps');
  const statusWrites = writes(
    ({ resource, subresource }) => resource === 'configversions' && subresource === 'status',
  );
  const eventWrites = writes(({ resource }) => resource === 'events');
  const leaseWrites = writes(({ resource }) => resource === 'leases');
  const known = configMapWrites + statusWrites + eventWrites + leaseWrites;
  return {
    configMapWrites,
    statusWrites,
    eventWrites,
    leaseWrites,
    otherWrites: writes(() => true) - known,
    failedWrites: writes(({ code }) => Number(code) >= 400),
    reads: calls(
      ({ verb, resource }) => !writing.has(verb ?? '') && resource !== '' && resource !== undefined,
    ),
  };
}

/** Call the result once the sessions that did the work are closed: PostgreSQL hands in their counts late. */
export async function countDatabaseWork(
  { postgres, countsStatements }: Parts,
  databaseUrl: string,
): Promise<() => Promise<DatabaseWork>> {
  const database = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  const read = async () => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    try {
      if (countsStatements) await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
      const { rows } = await client.query(
        'SELECT xact_commit::float8 AS commits, xact_rollback::float8 AS rollbacks FROM pg_stat_database WHERE datname = $1',
        [database],
      );
      const calls = countsStatements
        ? await client.query(
            'SELECT coalesce(sum(calls), 0)::float8 AS calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE datname = $1',
            [database],
          )
        : null;
      return {
        commits: rows[0].commits as number,
        rollbacks: rows[0].rollbacks as number,
        calls: calls && (calls.rows[0].calls as number),
      };
    } finally {
      await client.end();
    }
  };
  const before = await read();
  return async () => {
    const after = await read();
    return {
      commits: after.commits - before.commits,
      rollbacks: after.rollbacks - before.rollbacks,
      roundTrips: after.calls === null || before.calls === null ? null : after.calls - before.calls,
    };
  };
}
