/**
 * Which migrations a database has, compared with the files of this build. Invariant: only a state that
 * `usable()` accepts may be worked on.
 *
 * A migration whose name ends in `_breaking` is one that builds from before it must not run on. The name
 * is what the database remembers, so that an old build can tell of migrations it has never heard of.
 */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sha256 as hashOf } from '../../text/sha256.ts';
import { StoreError } from './store-error.ts';

export const migrationsFolder = fileURLToPath(new URL('./migrations/', import.meta.url));

/** In our schema; written by node-pg-migrate. */
export const migrationsTable = 'migrations';

export type SchemaState =
  /** Exactly this build's. */
  | { readonly kind: 'current' }
  /** `pending` have not run; all of them, when the schema does not exist. */
  | { readonly kind: 'older'; readonly pending: readonly string[] }
  /** A later build migrated. `breaking`: in a way that this build must not work with. */
  | { readonly kind: 'newer'; readonly unknown: readonly string[]; readonly breaking: boolean }
  /** Migrations of these names were applied, and said something else than this build's files. */
  | { readonly kind: 'edited'; readonly edited: readonly string[] }
  /** Neither: somebody else's migrations, or another order. */
  | { readonly kind: 'foreign'; readonly found: readonly string[] };

export const usable = (state: SchemaState): boolean =>
  state.kind === 'current' || (state.kind === 'newer' && !state.breaking);

/** What to do about a state that is not usable. */
export function schemaAdvice(state: SchemaState): string {
  switch (state.kind) {
    case 'current':
      return 'the database schema is current';
    case 'older':
      return `the database schema lacks ${state.pending.join(', ')}; run the migrate command of this build`;
    case 'newer':
      return state.breaking
        ? `a later build changed the database schema (${state.unknown.join(', ')}) and this one cannot work with it; run that build`
        : `a later build changed the database schema (${state.unknown.join(', ')}); this one can still work with it`;
    case 'edited':
      return `the database was migrated with other files than this build's of the same name (${state.edited.join(', ')}); run the build that migrated it, or dump its data into a schema that this build migrates`;
    case 'foreign':
      return `the schema holds other migrations than this build's (${state.found.join(', ')}); use another schema or database`;
  }
}

/** Throws SchemaMismatch unless usable(). */
export function assertUsable(state: SchemaState): void {
  if (!usable(state)) throw new StoreError('SchemaMismatch', schemaAdvice(state));
}

/** A migration's name, and the SHA-256 of what it says; null: not known. */
export interface Migration {
  readonly name: string;
  readonly sha256: string | null;
}

export function compareMigrations(known: readonly Migration[], applied: readonly Migration[]): SchemaState {
  const names = (migrations: readonly Migration[]) => migrations.map(({ name }) => name);
  const common = Math.min(known.length, applied.length);
  if (known.slice(0, common).some(({ name }, i) => name !== applied[i]!.name))
    return { kind: 'foreign', found: names(applied) };
  const edited = applied.filter(
    ({ sha256 }, i) => i < common && sha256 !== null && sha256 !== known[i]!.sha256,
  );
  if (edited.length > 0) return { kind: 'edited', edited: names(edited) };
  if (applied.length < known.length) return { kind: 'older', pending: names(known.slice(common)) };
  const unknown = names(applied.slice(common));
  if (unknown.length === 0) return { kind: 'current' };
  return { kind: 'newer', unknown, breaking: unknown.some(name => name.endsWith('_breaking')) };
}

type Query = (text: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;

export async function readSchemaState(schema: string, query: Query): Promise<SchemaState> {
  const known = await knownMigrations();
  const qualified = `"${schema}"."${migrationsTable}"`;
  // Two questions, because the second cannot be asked of a database that lacks the table.
  const [found] = await query('SELECT to_regclass($1) IS NOT NULL AS found', [qualified]);
  if (found?.found !== true) return { kind: 'older', pending: known.map(({ name }) => name) };
  // The column is younger than the table.
  const rows = await query(
    `SELECT name, to_jsonb(m) ->> 'sha256' AS sha256 FROM ${qualified} m ORDER BY id`,
    [],
  );
  const applied = rows.map(row => ({ name: String(row.name), sha256: row.sha256 as string | null }));
  return compareMigrations(known, applied);
}

async function knownMigrations(): Promise<{ name: string; sha256: string }[]> {
  const files = await readdir(migrationsFolder);
  const sorted = files.filter(file => file.endsWith('.sql')).sort();
  return Promise.all(
    sorted.map(async file => {
      const text = await readFile(new URL(file, pathToFileURL(migrationsFolder)), 'utf8');
      // A checkout may write line ends of its own.
      return { name: file.slice(0, -'.sql'.length), sha256: hashOf(text.replaceAll('\r\n', '\n')) };
    }),
  );
}

/** Of this build's files, by name. */
export async function checksums(): Promise<Record<string, string>> {
  return Object.fromEntries((await knownMigrations()).map(({ name, sha256 }) => [name, sha256]));
}

/** node-pg-migrate pastes the name into its statements. */
export function checkSchemaName(schema: string): void {
  if (/^[a-z_][a-z0-9_]{0,47}$/.test(schema) && !schema.startsWith('pg_')) return;
  throw new StoreError(
    'Internal',
    `"${schema}" cannot be the name of the schema: up to 48 lower-case letters, digits and _, not starting with pg_`,
  );
}
