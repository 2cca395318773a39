/**
 * `npm run bench:disk`: what a version costs PostgreSQL on disk. Saves many versions by the statement that Pawl sends, each an
 * edit of one line, and asks PostgreSQL how much larger its relations are: tables, indexes and TOAST, after VACUUM.
 * Invariant: every saved version is counted in the database, so that no refused save makes the figure smaller.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { parse } from 'yaml';
import { saveTogether } from '../history/store/functions.ts';
import { migrate } from '../history/store/migrate.ts';
import type { ChangeToSave } from '../history/words/request.ts';
import { Keeper } from '../local/keeper.ts';
import { startPostgres } from '../local/postgres.ts';
import { databaseSchema } from './door.ts';
import { bodyOf, sha256 } from './workload.ts';

const configs = 20;
const kinds = ['settings', 'random'] as const;

/** `settings` repeat their keys, as configs do; `random` cannot be compressed, as a list of certificates cannot. */
function textOf(kind: (typeof kinds)[number], index: number, bytes: number, edit: string): string {
  if (kind === 'settings') return bodyOf(index, bytes, { tail: edit });
  let text = '';
  while (text.length < bytes - 90) text += `- ${randomBytes(48).toString('base64')}\n`;
  return `${text}- ${edit}\n`;
}

interface Growth {
  readonly bytes: number;
  readonly walBytes: number;
  /** By table, the largest first. */
  readonly tables: readonly { readonly name: string; readonly bytes: number }[];
}

async function measure(url: string, kind: (typeof kinds)[number], bytes: number, n: number): Promise<Growth> {
  await migrate({ database: url }, new AbortController().signal);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const sizes = async () => {
      await client.query('VACUUM');
      const { rows } = await client.query<{ name: string; bytes: string }>(
        `SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class
         WHERE relnamespace = $1::regnamespace AND relkind = 'r'`,
        [databaseSchema],
      );
      return new Map(rows.map(row => [row.name, Number(row.bytes)]));
    };
    const wal = async () =>
      Number((await client.query(`SELECT pg_current_wal_insert_lsn() - '0/0' AS at`)).rows[0].at);
    const [before, walBefore] = [await sizes(), await wal()];
    const save = saveTogether.statement(pg.escapeIdentifier(databaseSchema));
    for (let version = 0; version < n; version++) {
      const [index, head] = [version % configs, BigInt(Math.floor(version / configs))];
      const text = textOf(kind, index, bytes, `edit-${version}`);
      const body = { text, json: JSON.stringify(parse(text)), documents: 1, sha256: sha256(text) };
      const change: ChangeToSave = {
        kind: 'save',
        ...{ config: { namespace: 'bench', path: `config-${index}.yaml` }, expectedHead: head },
        ...{ body, format: 'yaml', versionKind: 'direct', baseVersion: head, mergedPaths: [] },
        comment: 'raise a limit',
      };
      const ada = 'ada@example.com';
      const values = saveTogether.values({
        changes: [change],
        actor: { name: ada, verified: true },
        ...{ author: ada, git: {}, group: null, idempotency: null, quotas: [] },
      });
      const { outcome } = (await client.query(save, [...values])).rows[0];
      if (outcome !== 'saved') throw new Error(`save ${version} was ${outcome}`);
    }
    const walBytes = (await wal()) - walBefore;
    const after = await sizes();
    const { rows } = await client.query(`SELECT count(*) AS n FROM ${databaseSchema}.config_versions`);
    if (Number(rows[0].n) !== n) throw new Error(`${rows[0].n} versions are there instead of ${n}`);
    const tables = [...after]
      .map(([name, size]) => ({ name, bytes: size - (before.get(name) ?? 0) }))
      .sort((a, b) => b.bytes - a.bytes);
    return { bytes: tables.reduce((sum, table) => sum + table.bytes, 0), walBytes, tables };
  } finally {
    await client.end();
  }
}

const { values } = parseArgs({
  options: { n: { type: 'string', default: '2000' }, bytes: { type: 'string', default: '3072,30720' } },
});
const n = Number(values.n);
try {
  const postgres = await startPostgres({ url: null });
  console.log(`${n} versions of ${configs} configs, PostgreSQL as it comes\n`);
  console.log(
    '| text | bytes | on disk, bytes a version | write-ahead log, bytes a version | largest tables |',
  );
  console.log('|:--|--:|--:|--:|:--|');
  for (const bytes of values.bytes.split(',').map(Number)) {
    for (const kind of kinds) {
      const url = await postgres.createDatabase(`disk_${kind}_${bytes}`);
      const growth = await measure(url, kind, bytes, n);
      const a = (total: number) => Math.round(total / n).toLocaleString('en');
      const largest = growth.tables.slice(0, 4).map(table => `${table.name} ${a(table.bytes)}`);
      console.log(
        `| ${kind} | ${bytes.toLocaleString('en')} | ${a(growth.bytes)} | ${a(growth.walBytes)} | ${largest.join(', ')} |`,
      );
    }
  }
} finally {
  await Keeper.closeAll();
}
