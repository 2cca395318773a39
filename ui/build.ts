/**
 * `npm run build:ui [-- --force]`: builds the page into dist/ui, unless the page there was made from these very
 * sources. Invariant: the hash of the sources is written last, so an unfinished build is never used.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const builtFolder = join(root, 'dist', 'ui');
/** Beside the folder, which is emptied by each build. */
const stamp = join(root, 'dist', 'ui.sha256');

/** Rooms whose files end up in the page, and what names the versions of everything else in it. */
const sources = ['ui', 'api', 'text', 'package-lock.json'];

export async function buildPage({
  force = false,
}: {
  readonly force?: boolean;
} = {}): Promise<'built' | 'kept'> {
  const hash = await hashOfSources();
  const built = await readFile(stamp, 'utf8').catch(() => '');
  if (!force && built === hash) return 'kept';
  await rm(stamp, { force: true });
  await runVite();
  await compress(builtFolder);
  await writeFile(stamp, hash);
  return 'built';
}

/**
 * A process of its own: the program that asks for the page, such as a test, may run with another NODE_ENV than the page
 * is built for.
 */
async function runVite(): Promise<void> {
  const program = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [program, 'build', '--config', join(root, 'ui', 'vite.config.ts')];
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, args, { cwd: root, env });
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const source of sources) {
    for (const file of await filesOf(join(root, source))) {
      hash
        .update(`${relative(root, file)}\0`)
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null);
  if (entries === null) return [path];
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}

/** Beside each file its compressed forms, so that no server compresses while somebody waits. */
async function compress(folder: string): Promise<void> {
  const files = (await filesOf(folder)).filter(file => /[.](js|css|svg|txt)$/.test(file));
  await Promise.all(
    files.map(async file => {
      const bytes = await readFile(file);
      await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
      await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes));
    }),
  );
}

if (import.meta.main) {
  const result = await buildPage({ force: process.argv.includes('--force') });
  console.log(
    result === 'built' ? 'built the page into dist/ui' : 'the page in dist/ui is of these sources already',
  );
}
