/**
 * The command people and Git call: what it prints, where, and how it exits.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 1_800_000 });

const main = fileURLToPath(new URL('../../merge/main.ts', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'merge-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('a clean merge is printed and nothing else, exit 0', () => {
  const answer = run(
    file('b.yaml', 'a: 1\nb: 1\n'),
    file('c.yaml', 'a: 2\nb: 1\n'),
    file('p.yaml', 'a: 1\nb: 2\n'),
  );
  expect(answer).toEqual({ status: 0, stdout: 'a: 2\nb: 2\n', stderr: '' });
});

test('a clash prints current with markers around the smallest places and what merged, exit 1', () => {
  const answer = run(
    file('b.yml', 'a: 1\nb: 1\nc: 1\n'),
    file('c.yml', 'a: 2\nb: 1\nc: 1\n'),
    file('p.yml', 'a: 3\nb: 1\nc: 2\n'),
  );
  expect(answer.status).toBe(1);
  expect(answer.stdout).toBe(
    '<<<<<<< current\na: 2\n||||||| base\na: 1\n=======\na: 3\n>>>>>>> proposed\nb: 1\nc: 2\n',
  );
  expect(answer.stderr).toBe('EditEdit at a\n');
});

test('with --json a clash prints its places', () => {
  const answer = run(
    '--json',
    file('b.json', '{"a": 1}'),
    file('c.json', '{"a": 2}'),
    file('p.json', '{"a": 3}'),
  );
  expect(answer.status).toBe(1);
  expect(JSON.parse(answer.stdout)).toEqual([
    {
      kind: 'EditEdit',
      pointer: '/a',
      path: 'a',
      base: { text: '1', line: 1, column: 7 },
      current: { text: '2', line: 1, column: 7 },
      proposed: { text: '3', line: 1, column: 7 },
    },
  ]);
});

test('refused input says why and where on standard error, exit 2', () => {
  const answer = run(
    '--format',
    'json',
    file('b', '{"a": 1}'),
    file('c', '{"a": 2}'),
    file('p', '{"a": 1,\n}'),
  );
  expect(answer).toMatchObject({ status: 2, stdout: '' });
  expect(answer.stderr).toBe('proposed: expected a key in double quotes (line 2, column 1)\n');
});

test('files whose format is not clear, unknown options and missing files are wrong use, exit 2', () => {
  expect(run(file('b', ''), file('c', ''), file('p', ''))).toMatchObject({ status: 2, stdout: '' });
  expect(run('--frmat', 'json')).toMatchObject({ status: 2, stdout: '' });
  expect(run('a.yaml', 'b.yaml')).toMatchObject({ status: 2, stdout: '' });
  expect(run(join(folder, 'none.yaml'), 'b.yaml', 'c.yaml')).toMatchObject({ status: 2, stdout: '' });
});

test('bytes that are not UTF-8 are refused, exit 2', () => {
  const bad = join(folder, 'p.yaml');
  writeFileSync(bad, Buffer.from([0x61, 0x3a, 0x20, 0xff]));
  expect(run(file('b.yaml', 'a: 1\n'), file('c.yaml', 'a: 2\n'), bad)).toMatchObject({
    status: 2,
    stdout: '',
  });
});

test('list rules come from a file', () => {
  const rules = file('rules.json', '{"/l": "set"}');
  const answer = run(
    '--lists',
    rules,
    file('b.yaml', 'l: [a]\n'),
    file('c.yaml', 'l: [a, b]\n'),
    file('p.yaml', 'l: [a, c]\n'),
  );
  expect(answer).toEqual({ status: 0, stdout: 'l: [a, b, c]\n', stderr: '' });
});

test('as a merge driver, Git merges what it could not, and leaves markers where nobody can', () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  git('init', '-q', '-b', 'main');
  git('config', 'merge.pawl-yaml.driver', `"${process.execPath}" "${main}" --write --format yaml %O %A %B`);
  file('.gitattributes', '*.yaml merge=pawl-yaml\n');
  const commit = (text: string) => {
    file('x.yaml', text);
    git('add', '.');
    git('commit', '-qm', 'x');
  };
  commit('a: 1\nb: 1\n');
  git('checkout', '-qb', 'theirs');
  commit('a: 1\nb: 2\n');
  git('checkout', '-q', 'main');
  commit('a: 2\nb: 1\n');
  git('merge', '-q', 'theirs');
  expect(readFileSync(join(folder, 'x.yaml'), 'utf8')).toBe('a: 2\nb: 2\n');

  git('checkout', '-q', 'theirs');
  commit('a: 5\nb: 2\n');
  git('checkout', '-q', 'main');
  expect(() => git('merge', '-q', 'theirs')).toThrow();
  expect(readFileSync(join(folder, 'x.yaml'), 'utf8')).toContain(
    '<<<<<<< current\na: 2\n||||||| base\na: 1\n=======\na: 5\n',
  );
});
