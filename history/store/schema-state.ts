/**
 * Which migrations a database has, compared with the files of this build. Invariant: only a state that
 * `usable()` accepts may be worked on.
 *
 * A migration whose name ends in `_breaking` is one that builds from before it must not run on. The name
 * is what the database remembers, so that an old build can tell of migrations it has never heard of.
 */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
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
  /** Neither: somebody else's migrations, or another order. */
  | { readonly kind: 'foreign'; readonly found: readonly string[] };

export const usable = (state: SchemaState): boolean =>
  state.kind === 'current' || (state.kind === 'newer' && !state.breaking);

/** Says what to do about a state that is not usable. */
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
    case 'foreign':
      return `the schema holds other migrations than this build's (${state.found.join(', ')}); use another schema or database`;
  }
}

/** Throws SchemaMismatch unless usable(). */
export function assertUsable(state: SchemaState): void {
  if (!usable(state)) throw new StoreError('SchemaMismatch', schemaAdvice(state));
}

export function compareMigrations(known: readonly string[], applied: readonly string[]): SchemaState {
  const common = Math.min(known.length, applied.length);
  if (known.slice(0, common).some((name, i) => name !== applied[i]))
    return { kind: 'foreign', found: applied };
  if (applied.length < known.length) return { kind: 'older', pending: known.slice(common) };
  const unknown = applied.slice(common);
  if (unknown.length === 0) return { kind: 'current' };
  return { kind: 'newer', unknown, breaking: unknown.some(name => name.endsWith('_breaking')) };
}

type Query = (text: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;

export async function readSchemaState(schema: string, query: Query): Promise<SchemaState> {
  const known = await knownMigrations();
  const qualified = `"${schema}"."${migrationsTable}"`;
  // Two questions, because the second cannot be asked of a database that lacks the table.
  const [found] = await query('SELECT to_regclass($1) IS NOT NULL AS found', [qualified]);
  if (found?.found !== true) return { kind: 'older', pending: known };
  const rows = await query(`SELECT name FROM ${qualified} ORDER BY id`, []);
  return compareMigrations(
    known,
    rows.map(row => String(row.name)),
  );
}

async function knownMigrations(): Promise<string[]> {
  const files = await readdir(migrationsFolder);
  return files
    .filter(file => file.endsWith('.sql'))
    .map(file => file.slice(0, -'.sql'.length))
    .sort();
}

/** node-pg-migrate pastes the name into its statements. */
export function checkSchemaName(schema: string): void {
  if (/^[a-z_][a-z0-9_]{0,47}$/.test(schema) && !schema.startsWith('pg_')) return;
  throw new StoreError(
    'Internal',
    `"${schema}" cannot be the name of the schema: up to 48 lower-case letters, digits and _, not starting with pg_`,
  );
}
