/**
 * `npm run docs`: builds docs/ as a site into dist/docs, and looks for dead links and a search that finds. Invariant: what
 * it lays out is made anew each time, and no copy of a page is kept in Git.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { faultsOfSite } from './check.ts';
import { layOut } from './layout.ts';
import { root } from './pages.ts';

const site = join(import.meta.dirname, 'starlight');
const out = join(root, 'dist', 'docs');

async function run(command: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' };
  const child = spawn(command, args, { cwd: site, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('error', reject);
  child.once('exit', code =>
    code === 0 ? resolve() : reject(new Error(`${command} ${args[0]} ended with ${code}`)),
  );
  await promise;
}

/** The site's own packages, where they are not those of its lock file. */
async function install(): Promise<void> {
  const wanted = createHash('sha256')
    .update(readFileSync(join(site, 'package-lock.json')))
    .digest('hex');
  const stamp = join(site, 'node_modules', '.installed');
  try {
    if (readFileSync(stamp, 'utf8') === wanted) return;
  } catch {}
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  writeFileSync(stamp, wanted);
}

function write(): void {
  const { pages, files } = layOut();
  const [content, shared] = [join(site, 'src', 'content', 'docs'), join(site, 'public')];
  for (const folder of [content, shared, out]) rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(content, path)), { recursive: true });
    writeFileSync(join(content, path), text);
  }
  for (const [path, source] of files) {
    mkdirSync(dirname(join(shared, path)), { recursive: true });
    copyFileSync(join(root, source), join(shared, path));
  }
}

if (import.meta.main) {
  write();
  await install();
  await run(process.execPath, [join(site, 'node_modules', 'astro', 'bin', 'astro.mjs'), 'build', '--silent']);
  const faults = faultsOfSite(out, layOut().pages.size);
  if (faults.length > 0) {
    console.error(faults.join('\n'));
    process.exitCode = 1;
  } else console.log(`built ${out}`);
}
