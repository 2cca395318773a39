/** What is asked of Git, and what Git asks of us. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GitRepository } from '../../cli/git.ts';
import { sha256 } from '../../text/sha256.ts';
import { pawl, TestWorkspace } from './world.ts';

const signal = new AbortController().signal;
const file = 'config/payments/a b/ü.yaml';

test('the origin is the commit, the branch and the remote without its password', async () => {
  using workspace = new TestWorkspace();
  workspace.write(file, '1\n');
  const commit = workspace.commit();
  workspace.git('remote', 'add', 'origin', 'https://ci:s3cret@git.example.com/team/config.git');
  const git = new GitRepository(workspace.root, signal);
  expect(await git.origin()).toEqual({
    author: 'ada@example.com',
    subject: 'change',
    git: { commit, branch: 'main', dirty: false, remote: 'https://git.example.com/team/config.git' },
  });
  workspace.write('config/payments/a b/same.yaml', '1\n');
  workspace.commit('with\n\nlines');
  expect(await git.origin()).toMatchObject({ subject: 'with' });
  workspace.write(file, '2\n');
  workspace.write('elsewhere.yaml', '');
  expect(await git.uncommitted([file, 'config/payments/a b/same.yaml'])).toEqual([file]);
  // A workspace may be a folder of the repository.
  const inner = new GitRepository(join(workspace.root, 'config'), signal);
  expect(await inner.uncommitted(['payments/a b/ü.yaml', 'payments/a b/same.yaml'])).toEqual([
    'payments/a b/ü.yaml',
  ]);
});

test('the texts a file had, newest first, also in a repository’s subfolder', async () => {
  using workspace = new TestWorkspace();
  for (const text of ['1\n', '2\n', '3\n']) {
    workspace.write(`sub/${file}`, text);
    workspace.commit(text);
  }
  workspace.remove(`sub/${file}`);
  workspace.commit('gone');
  workspace.write(`sub/${file}`, '4\n');
  workspace.commit('back');
  const git = new GitRepository(join(workspace.root, 'sub'), signal);
  expect(await git.pastTexts(file)).toEqual(['4\n', '3\n', '2\n', '1\n'].map(text => sha256(text)));
  expect(await new GitRepository('/', signal).pastTexts('none')).toEqual([]);
});

test('a file whose name looks like an option or a pattern is a file', async () => {
  using workspace = new TestWorkspace('folders:\n  "*": payments\n');
  workspace.git('commit', '--allow-empty', '--quiet', '-m', 'first');
  workspace.write('*/--output=x.yaml', '1\n');
  workspace.write('other.yaml', '');
  const git = new GitRepository(workspace.root, signal);
  expect(await git.uncommitted(['*/--output=x.yaml', 'none.yaml'])).toEqual(['*/--output=x.yaml']);
});

test('where the repository is, and whether it has only moved on since', async () => {
  using workspace = new TestWorkspace();
  const git = new GitRepository(workspace.root, signal);
  expect(await git.position()).toBeNull();
  workspace.commit('one');
  const one = await git.position();
  expect(one).toEqual({ commit: workspace.git('rev-parse', 'HEAD').trim(), branch: 'refs/heads/main' });
  workspace.commit('two');
  const two = await git.position();
  expect([await git.holds(one!), await git.holds(two!)]).toEqual([true, true]);
  workspace.git('checkout', '--quiet', '-b', 'work');
  workspace.commit('three');
  expect(await git.holds(two!)).toBe(true);
  const three = await git.position();
  workspace.git('checkout', '--quiet', 'main');
  // Remembered on `work`, before and after its commit.
  expect([await git.holds(three!), await git.holds({ ...two!, branch: 'refs/heads/work' })]).toEqual([
    false,
    false,
  ]);
  workspace.git('reset', '--quiet', '--hard', one!.commit);
  expect([await git.holds(one!), await git.holds(two!)]).toEqual([true, false]);
});

test('merge-file prints the merge, or both sides of a clash', async () => {
  using workspace = new TestWorkspace();
  const where = { cwd: workspace.root };
  const names = ['b.yaml', 'c.yaml', 'p.yaml'].map(name => join(workspace.root, name));
  const merge = (texts: string[], ...args: string[]) => {
    for (const [index, text] of texts.entries()) writeFileSync(names[index]!, text);
    return pawl(where, 'merge-file', ...args, ...names);
  };
  expect(await merge(['a: 1\nb: 1\n', 'a: 2\nb: 1\n', 'a: 1\nb: 2\n'])).toMatchObject({
    exit: 0,
    out: 'a: 2\nb: 2\n',
  });
  expect(await merge(['a: 1\n', 'a: 2\n', 'a: 3\n'])).toMatchObject({
    exit: 3,
    out: expect.stringContaining('<<<<<<< current\na: 2\n'),
  });
  const structured = await merge(['a: 1\n', 'a: 2\n', 'a: 3\n'], '--write', '-o', 'json');
  expect([structured.exit, JSON.parse(structured.out).places.length]).toEqual([1, 1]);
  for (const side of ['a: 2', 'a: 3']) expect(workspace.read('c.yaml')).toContain(side);
  expect(await merge(['a: 1\n', 'a: [\n', 'a: 3\n'], '--write')).toMatchObject({ exit: 1 });
  for (const side of ['a: [', 'a: 3']) expect(workspace.read('c.yaml')).toContain(side);
});

test.each(['b.yaml', 'c.yaml', 'p.yaml'])(
  'a text that is no UTF-8, %s, leaves Git’s own merge by lines in CURRENT: no side is dropped',
  async odd => {
    using workspace = new TestWorkspace();
    const names = ['b.yaml', 'c.yaml', 'p.yaml'].map(name => join(workspace.root, name));
    const merge = (values: string[], ...args: string[]) => {
      for (const [index, name] of names.entries()) {
        const note = name.endsWith(odd) ? 'caf\xe9' : 'coffee';
        writeFileSync(name, `a: ${values[index]}\nb: 1\nc: 1\nd: ${note}\n`, 'latin1');
      }
      return pawl({ cwd: workspace.root }, 'merge-file', ...args, ...names);
    };
    const current = () => readFileSync(names[1]!, 'latin1');

    expect(await merge(['1', '2', '3'])).toMatchObject({
      exit: 2,
      err: expect.stringContaining(`${odd}: it is not UTF-8`),
    });
    expect(current()).not.toContain('<<<<<<<');

    expect(await merge(['1', '2', '3'], '--write')).toMatchObject({
      exit: 1,
      err: expect.stringContaining('it is not UTF-8 text; merged by lines instead'),
    });
    expect(current()).toContain('<<<<<<< current\na: 2\n');
    expect(current()).toContain('=======\na: 3\n>>>>>>> proposed\n');
    expect(current()).toContain(odd === 'b.yaml' ? 'd: coffee\n' : 'd: caf\xe9\n');

    expect((await merge(['1', '1', '3'], '--write')).exit).toBe(0);
    expect(current()).toBe(`a: 3\nb: 1\nc: 1\nd: ${odd === 'b.yaml' ? 'coffee' : 'caf\xe9'}\n`);
  },
);

test('once installed, Git merges the workspace’s files by their keys', async () => {
  using workspace = new TestWorkspace();
  const config = 'config/payments/a.yaml';
  const main = new URL('../../cli/main.ts', import.meta.url).pathname;
  const pawlProgram = join(workspace.root, '.git', 'pawl');
  writeFileSync(pawlProgram, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  chmodSync(pawlProgram, 0o755);
  workspace.write(config, 'a: 1\nb: 1\n');
  expect((await pawl({ cwd: workspace.root }, 'install-merge-driver')).exit).toBe(0);
  const attributes = workspace.read('.gitattributes');
  await pawl({ cwd: workspace.root }, 'install-merge-driver');
  expect(workspace.read('.gitattributes')).toBe(attributes);
  workspace.git(
    'config',
    'merge.pawl.driver',
    workspace.git('config', 'merge.pawl.driver').trim().replace(/^pawl/, pawlProgram),
  );
  workspace.commit('base');
  workspace.git('checkout', '--quiet', '-b', 'other');
  workspace.write(config, 'a: 1\nb: 2\n');
  workspace.commit('theirs');
  workspace.git('checkout', '--quiet', 'main');
  workspace.write(config, 'a: 2\nb: 1\n');
  workspace.commit('ours');
  // Two edits on adjacent lines: Git's own merge would call it a conflict.
  workspace.git('merge', '--quiet', '--no-edit', 'other');
  expect(workspace.read(config)).toBe('a: 2\nb: 2\n');
});
