/** What `npm run build:cli` makes: runs by both its names, and says itself what it needs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { buildCli } from '../../cli/build.ts';
import { nodeFault } from '../../cli/node-fault.ts';

const root = new URL('../..', import.meta.url).pathname;
let folder: string;
let out: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawl-build-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  out = buildCli(join(folder, 'cli'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function manifest() {
  return JSON.parse(readFileSync(join(out, 'package.json'), 'utf8')) as {
    version: string;
    bin: Record<string, string>;
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
}

test('every program starts by its name', () => {
  const { bin, version } = manifest();
  for (const [name, file] of Object.entries(bin)) symlinkSync(join(out, file), join(folder, name));
  const run = (name: string, ...args: string[]) =>
    execFileSync(process.execPath, [join(folder, name), ...args], { encoding: 'utf8' });
  expect(run('pawl', '--help')).toContain('Usage: pawl [options]');
  expect(run('kubectl-pawl', '--help')).toContain('Usage: kubectl pawl [options]');
  expect(run('pawl', '--version')).toBe(`${version}\n`);
  expect(run('kubectl_complete-pawl', 'sta')).toMatch(/^status\t.*\n:4\n$/);
});

test('an old Node is told what is needed, and loads nothing that it cannot read', () => {
  expect(nodeFault('24.12.0', '>=24.12.0')).toBeNull();
  expect(nodeFault('26.0.0', '>=24.12.0')).toBeNull();
  expect(nodeFault('24.9.3', '>=24.12.0')).toContain(
    'needs Node 24.12.0 or later, but was started with Node 24.9.3',
  );
  const main = readFileSync(join(out, 'cli/main.js'), 'utf8');
  expect(importedBy(main)).toEqual(['node:fs', 'node:path', './node-fault.js']);
  // As an old Node would, but for what it cannot read.
  const old = 'Object.defineProperty(process,"versions",{value:{...process.versions,node:"18.2.0"}})';
  const ran = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${old}`, join(out, 'cli/main.js'), 'list'],
    { encoding: 'utf8' },
  );
  expect([ran.status, ran.stdout]).toEqual([2, '']);
  expect(ran.stderr).toMatch(/^error: this needs Node \d+\.\d+\.\d+ or later, .* Node 18\.2\.0\. [^\n]+\n$/);
});

test('every npm script that a page names starts on any Node that has npm, before a package is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const pages = ['README.md', ...readdirSync(join(root, 'docs')).map(name => `docs/${name}`)];
  const named = pages
    .filter(page => page.endsWith('.md'))
    .flatMap(page => [...readFileSync(join(root, page), 'utf8').matchAll(/npm run ([\w:]+)/g)])
    .map(([, name]) => name!);
  expect(named).toContain('build:cli');
  for (const name of new Set(named)) expect(scripts[name]).toMatch(/^(\w+=\S+ )*node local\/bootstrap\.mjs /);
  for (const file of ['bootstrap.mjs', 'lock.mjs'])
    for (const from of importedBy(readFileSync(join(root, 'local', file), 'utf8')))
      expect([from === './lock.mjs' || from.startsWith('node:'), from]).toEqual([true, from]);
});

/** What is loaded before the first line of a module runs. */
function importedBy(source: string): string[] {
  return [...source.matchAll(/^(?:import|\}) ?(?:[^'\n]* from )?'([^']+)'/gm)].map(([, name]) => name!);
}

test('the packages it imports are those it names', () => {
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.js'));
  const imported = files
    .flatMap(file => [
      ...readFileSync(join(out, file), 'utf8').matchAll(
        /(?:^(?:import|export|\}) ?.*?from|^import|\bimport\()\s*'([^'.][^']*)'/gm,
      ),
    ])
    .map(match => match[1]!)
    .filter(name => !name.startsWith('node:') && !builtinModules.includes(name));
  const { dependencies, peerDependencies } = manifest();
  const named = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
  expect([...new Set(imported)].sort()).toEqual(named.sort());
});

test('what the manifest for krew links and mentions is in it, and is taken out of the archive', () => {
  const { bin } = manifest();
  const { spec } = parse(readFileSync(join(root, 'cli/krew.yaml'), 'utf8'));
  for (const { bin: linked, files } of spec.platforms) {
    expect(linked).toBe(bin['kubectl-pawl']);
    const [top = ''] = linked.split('/');
    expect(files.some(({ from }: { from: string }) => matchesGlob(top, from))).toBe(true);
  }
  expect(spec.caveats).toContain(`/store/pawl/VERSION/${bin['kubectl_complete-pawl']} `);
  expect(readdirSync(out)).toContain('LICENSE');
});
