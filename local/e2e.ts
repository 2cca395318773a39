/**
 * `npm run test:e2e [-- [--postgres ADDRESS] [FILTER…]]`: the end-to-end tests, on the cluster and with the image
 * the environment names. With --postgres a throw-away PostgreSQL on this machine listens on ADDRESS for them, for a
 * cluster whose pods reach this machine there. Exit status: that of the tests; 3: something is missing, nothing ran.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { E2eSettingsMissing, readE2eSettings } from './e2e-settings.ts';
import { Keeper } from './keeper.ts';
import { startPostgres } from './postgres.ts';
import { runTests } from './test.ts';

export interface Arguments {
  /** Address of this machine that pods reach. */
  postgres: string | null;
  /** For Vitest. */
  rest: string[];
}

export function parseArguments(args: readonly string[]): Arguments {
  const index = args.indexOf('--postgres');
  if (index === -1) return { postgres: null, rest: [...args] };
  const postgres = args[index + 1];
  if (!postgres || postgres.startsWith('-')) {
    throw new Error('--postgres needs an address of this machine that the pods of the cluster reach');
  }
  return { postgres, rest: args.toSpliced(index, 2) };
}

/** Runs test/e2e with what process.env says; answers with the exit status. */
export function runE2e(args: readonly string[] = []): Promise<number> {
  return runTests(['--config', 'test/e2e/vitest.config.ts', ...args]);
}

async function main(args: readonly string[]): Promise<number> {
  const { postgres, rest } = parseArguments(args);
  readE2eSettings({ ...process.env, ...(postgres && { PAWL_E2E_DATABASE_URL: 'postgres://to.come' }) });
  if (!postgres) return runE2e(rest);
  const folder = await mkdtemp(join(tmpdir(), 'pawl-e2e-'));
  try {
    process.env.PAWL_E2E_DATABASE_URL = await startPostgresOn(postgres, folder);
    return await runE2e(rest);
  } finally {
    await Keeper.closeAll();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param folder for its access rules @returns the URL of an empty database, by that address */
async function startPostgresOn(address: string, folder: string): Promise<string> {
  const rules = join(folder, 'pg_hba.conf');
  await writeFile(rules, 'host all all all scram-sha-256\n');
  // The server runs as another user when we are root.
  await chmod(folder, 0o755);
  const settings = { listen_addresses: `127.0.0.1,${address}`, hba_file: rules };
  const server = await startPostgres({ url: null, settings });
  const url = new URL(await server.createDatabase('pawl'));
  url.hostname = address.includes(':') ? `[${address}]` : address;
  return url.href;
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof E2eSettingsMissing ? 3 : 1;
  }
}
