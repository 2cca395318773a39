/** The TypeScript client as npm packs it: what it needs is declared, its types are whole, and a browser gets no Node. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildTypeScriptClient } from '../../clients/build.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'pawl-package-'));
const built = join(folder, 'node_modules', 'pawl-client');
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => {
  buildTypeScriptClient(built);
  for (const name of ['yaml', '@types', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
});

/** What a file and all that it imports take from elsewhere. */
function needs(file: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>();
  if (seen.has(file)) return found;
  seen.add(file);
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s+'([^']+)'/g)) {
    if (!specifier.startsWith('.')) found.add(specifier);
    else for (const one of needs(resolve(dirname(file), specifier), seen)) found.add(one);
  }
  return found;
}

it('needs what it declares, and in a browser nothing of Node', () => {
  const { dependencies, exports } = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8'));
  const { node, default: browser } = exports['.'];
  expect([...needs(join(built, browser))]).toEqual(Object.keys(dependencies));
  const others = [...needs(join(built, node.default))].filter(one => !one.startsWith('node:'));
  expect(others).toEqual(Object.keys(dependencies));
  expect(readdirSync(built)).toEqual(expect.arrayContaining(['CHANGELOG.md', 'LICENSE', 'README.md']));
});

it('has types that a program of its own compiles with, and its first example is valid', () => {
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(built, 'README.md'), 'utf8'))!;
  const zod = `const z = { object: (_: object) => ({ parse: (_: unknown) => ({ cap: 1, burst: 0 }) }), number: () => ({ default: (_: number) => 0 }) };`;
  const program = example.replace(/import \{ z \}.*/, zod);
  expect(program).not.toBe(example);
  writeFileSync(join(folder, 'program.ts'), `${program}\nlimits.value.cap satisfies number;\n`);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const options = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2024,esnext.disposable',
  ];
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, ...options, '--types', 'node', join(folder, 'program.ts')];
  try {
    execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    expect.fail((error as { stdout: string }).stdout);
  }
});
