/**
 * `node local/sql.ts "SELECT …"`: runs SQL on DATABASE_URL and prints what it answers as aligned tables, for
 * machines without psql. Values are printed as PostgreSQL writes them, never by way of JavaScript.
 */
import { text } from 'node:stream/consumers';
import type { QueryArrayResult } from 'pg';
import { withClient } from './postgres.ts';

export interface Table {
  columns: readonly { name: string; right: boolean }[];
  rows: readonly (readonly (string | null)[])[];
}

/** Aligned as psql does it: numbers to the right; a value of several lines takes several lines; null is empty. */
export function formatTable({ columns, rows }: Table): string {
  const cells = rows.map(row =>
    row.map(value => (value ?? '').replaceAll('\t', '    ').trimEnd().split(/\r?\n/)),
  );
  const widths = columns.map(({ name }, index) =>
    Math.max(width(name), ...cells.flatMap(row => (row[index] ?? ['']).map(width))),
  );
  const line = (values: readonly string[]) =>
    values
      .map((value, index) => {
        const padding = ' '.repeat((widths[index] ?? 0) - width(value));
        return columns[index]?.right ? ` ${padding}${value} ` : ` ${value}${padding} `;
      })
      .join('|')
      .trimEnd();
  const body = cells.flatMap(row => {
    const height = Math.max(1, ...row.map(lines => lines.length));
    return Array.from({ length: height }, (_, at) => line(row.map(lines => lines[at] ?? '')));
  });
  const rule = widths.map(one => '-'.repeat(one + 2)).join('+');
  const count = `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`;
  return [line(columns.map(({ name }) => name)), rule, ...body, count].join('\n');
}

/** Characters, not UTF-16 units. */
function width(value: string): number {
  return [...value].length;
}

/** int2, int4, int8, oid, float4, float8, numeric. */
const NUMBERS = new Set([20, 21, 23, 26, 700, 701, 1700]);

async function main(): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set');
  const statement = process.argv.slice(2).join(' ') || (await text(process.stdin));
  const answer = await withClient(url, client =>
    client.query({
      text: statement,
      rowMode: 'array',
      types: { getTypeParser: () => (value: string) => value },
    }),
  );
  // Several statements answer with several results.
  const results = (Array.isArray(answer) ? answer : [answer]) as QueryArrayResult<(string | null)[]>[];
  for (const { command, rowCount, fields, rows } of results) {
    if (fields.length === 0) console.log(rowCount === null ? command : `${command} ${rowCount}`);
    else {
      const columns = fields.map(({ name, dataTypeID }) => ({ name, right: NUMBERS.has(dataTypeID) }));
      console.log(`${formatTable({ columns, rows })}\n`);
    }
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(`sql: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
