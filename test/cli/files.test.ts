/** Writing into somebody's workspace: whatever happens, the old text or the new one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replaceFile } from '../../cli/files.ts';
import { sha256 } from '../../text/sha256.ts';
import { until } from '../setup/until.ts';
import { TestWorkspace } from './world.ts';

const file = 'config/payments/a.yaml';
const module = JSON.stringify(new URL('../../cli/files.ts', import.meta.url).href);

test('a file is replaced only while it holds what was read, and keeps its mode', () => {
  using workspace = new TestWorkspace();
  workspace.write(file, 'old');
  chmodSync(join(workspace.root, file), 0o640);
  expect(() => replaceFile(workspace.root, { file, text: 'new', expected: sha256('other') })).toThrow(
    'was changed while this ran',
  );
  expect(workspace.read(file)).toBe('old');
  replaceFile(workspace.root, { file, text: 'new', expected: sha256('old'), keep: true });
  expect(workspace.read(file)).toBe('new');
  expect(statSync(join(workspace.root, file)).mode & 0o777).toBe(0o640);
  const [kept] = readdirSync(join(workspace.root, '.pawl/kept'));
  expect(workspace.read(`.pawl/kept/${kept}`)).toBe('old');
});

test('a new file never takes the place of one that is there', () => {
  using workspace = new TestWorkspace();
  replaceFile(workspace.root, { file, text: 'new', expected: null });
  expect(() => replaceFile(workspace.root, { file, text: 'newer', expected: null })).toThrow(
    'there is another file of this name',
  );
  expect(workspace.read(file)).toBe('new');
  expect(readdirSync(join(workspace.root, '.pawl/tmp'))).toEqual([]);
});

test('a name is as long as the disk takes it, and a longer one is that file’s fault alone', () => {
  using workspace = new TestWorkspace();
  const named = (length: number) => ({
    file: `${'d'.repeat(length - 5)}.yaml`,
    ...{ text: 'new', expected: null },
  });
  replaceFile(workspace.root, named(255));
  expect(workspace.read(named(255).file)).toBe('new');
  expect(() => replaceFile(workspace.root, named(256))).toThrow(
    expect.objectContaining({
      ...{ name: 'CliError', reason: 'File' },
      message: expect.stringContaining('could not be written: its name is too long for this file system'),
    }),
  );
  expect(readdirSync(join(workspace.root, '.pawl/tmp'))).toEqual([]);
});

test('nothing is written through a symbolic link that leaves the workspace', () => {
  using workspace = new TestWorkspace();
  using outside = new TestWorkspace();
  mkdirSync(join(workspace.root, 'config'));
  symlinkSync(outside.root, join(workspace.root, 'config/payments'));
  expect(() => replaceFile(workspace.root, { file, text: 'x', expected: null })).toThrow(
    'outside the workspace',
  );
  expect(existsSync(join(outside.root, 'a.yaml'))).toBe(false);
});

test('a disk that takes no more leaves the old text, and says so', () => {
  using workspace = new TestWorkspace();
  workspace.write(file, 'old');
  const script = `import { replaceFile } from ${module}; try { replaceFile(${JSON.stringify(workspace.root)}, { file: '${file}', text: 'x'.repeat(1_000_000), expected: '${sha256('old')}' }) } catch (error) { console.log(error.message) }`;
  const ran = spawnSync(
    '/bin/sh',
    ['-c', 'ulimit -f 8; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  expect(ran.stdout).toContain(`${file} could not be written`);
  expect(ran.stdout).toContain('it is as it was');
  expect(workspace.read(file)).toBe('old');
  expect(readdirSync(join(workspace.root, '.pawl/tmp'))).toEqual([]);
});

test('killed at any moment, the file holds the old text or the new one', async () => {
  using workspace = new TestWorkspace();
  const texts = ['a'.repeat(300_000), 'b'.repeat(300_000)];
  workspace.write(file, texts[0]!);
  const script = `import { readFileSync } from 'node:fs'; import { createHash } from 'node:crypto'; import { replaceFile } from ${module};
    const root = ${JSON.stringify(workspace.root)}; const path = root + '/${file}';
    for (let n = 0; ; n++) { if (n === 1) console.log('going'); const now = readFileSync(path, 'utf8');
      replaceFile(root, { file: '${file}', text: (now[0] === 'a' ? 'b' : 'a').repeat(300_000), expected: createHash('sha256').update(now).digest('hex') }); }`;
  for (let round = 0; round < 3; round++) {
    const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: tmpdir(),
    });
    const ended = new Promise(resolve => child.once('close', resolve));
    let said = '';
    child.stdout?.on('data', chunk => {
      said += String(chunk);
    });
    await until('it replaces the file', 20_000, () => said.includes('going'));
    child.kill('SIGKILL');
    await ended;
    expect(texts).toContain(workspace.read(file));
  }
});
