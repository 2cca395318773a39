/** Vitest's global setup: one PostgreSQL for the run. Tests make databases of their own in it (database.ts). */
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../local/postgres.ts';
import { share } from './shared.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the superuser. */
    databaseUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { part, release } = await share('postgres', () => startPostgres());
  project.provide('databaseUrl', part.url);
  return release;
}
