/**
 * `npm run build:clients`: the TypeScript client as compiled JavaScript, in dist/clients/typescript, ready for `npm pack`.
 * Invariant: nothing is published here.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const source = join(import.meta.dirname, 'typescript');

export function buildTypeScriptClient(out = join(root, 'dist', 'clients', 'typescript')): string {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', join(source, 'tsconfig.build.json'), '--outDir', out];
  execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  for (const file of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
    copyFileSync(join(source, file), join(out, file));
  }
  return out;
}

if (import.meta.main) console.log(buildTypeScriptClient());
