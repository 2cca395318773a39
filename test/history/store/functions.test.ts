/** The tables of parameters against the schema's own catalog: names, types and order, of every function that is called. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as deletions from '../../../history/store/deletion-functions.ts';
import * as saves from '../../../history/store/functions.ts';
import * as notifications from '../../../history/store/notification-functions.ts';
import type { Part, Parts } from '../../../history/store/parameters.ts';
import * as proposals from '../../../history/store/proposal-functions.ts';
import * as renderings from '../../../history/store/rendering-functions.ts';
import * as upkeep from '../../../history/store/upkeep-functions.ts';
import { type Fixture, migrated } from './fixtures.ts';

let db: Fixture;
beforeAll(async () => {
  db = await migrated();
});
afterAll(() => db[Symbol.asyncDispose]());

const typeOf = (part: Part<never>): string => (part.kind === 'list' ? `${part.type}[]` : part.type);

/** `type (name type, …)` of every composite type in a table, however deep. */
function compositesOf(parts: Parts<never>): string[] {
  return Object.values(parts).flatMap(part => {
    if (part.kind === 'scalar') return [];
    const inner = part.parts as Parts<never>;
    const columns = Object.entries(inner).map(([name, column]) => `${name} ${typeOf(column)}`);
    return [`${part.type} (${columns.join(', ')})`, ...compositesOf(inner)];
  });
}

const calls = [
  ...Object.values(saves),
  ...Object.values(deletions),
  ...Object.values(proposals),
  ...Object.values(upkeep),
  ...Object.values(notifications),
  ...Object.values(renderings),
];

it.each(calls.map(call => [call.name, call] as const))(
  '%s is called with all its parameters',
  async (name, call) => {
    const [row] = await db.sql(
      `SELECT array_agg(parameter ORDER BY parameter) AS parameters FROM pg_proc,
       unnest(proargnames[:pronargs], proargtypes::oid[]) AS arg (name, type),
       format('%s %s', substr(arg.name, 2), format_type(arg.type, NULL)) AS parameter
     WHERE pronamespace = 'pawl'::regnamespace AND proname = $1`,
      [name],
    );
    const passed = Object.entries(call.parts).map(([parameter, part]) => `${parameter} ${typeOf(part)}`);
    expect(passed.toSorted()).toEqual(row?.parameters);
  },
);

it('gives every composite type the parts that it has, in their order', async () => {
  const used = [...new Set(calls.flatMap(call => compositesOf(call.parts as Parts<never>)))].toSorted();
  const rows = await db.sql(
    `SELECT format('%s (%s)', relname, string_agg(format('%s %s', attname, format_type(atttypid, NULL)), ', '
       ORDER BY attnum)) AS type
     FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
     WHERE relnamespace = 'pawl'::regnamespace AND relkind = 'c' GROUP BY relname`,
  );
  const there = rows.map(row => row.type);
  expect(used.length).toBeGreaterThan(6);
  for (const type of used) expect(there).toContain(type);
});
