/** Git histories into Pawl and out again, with the real Git, the real server and a real PostgreSQL. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MadeCommit, TestRepository } from '../git-repository.ts';
import { pawl } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;
let namespace = '';
let nth = 0;
let scratch: string;

beforeAll(async () => {
  server = await startPawlServer();
  scratch = mkdtempSync(join(tmpdir(), 'pawl-out-'));
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await server?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  nth += 1;
  namespace = `imported-${nth}`;
});

const run = (repository: TestRepository, ...args: string[]) =>
  pawl({ cwd: repository.root, env: server.env() }, ...args);
const importing = (repository: TestRepository, ...more: string[]) =>
  run(repository, 'import', 'git', 'config', '-n', namespace, '--yes', ...more);
const versionsOf = async (repository: TestRepository, path: string) => {
  const { out } = await run(repository, 'log', '-n', namespace, path, '--limit', '2000', '-o', 'json');
  // biome-ignore lint/suspicious/noExplicitAny: as printed
  return (JSON.parse(out).versions as any[]).toReversed();
};
const textOf = async (repository: TestRepository, at: string) =>
  (await run(repository, 'show', '-n', namespace, at)).out;

const ada = 'Ada Lovelace <ada@example.com>';
const bob = 'Bob <bob@example.com>';
const at = (n: number, zone = '+0200') => `${1_600_000_000 + n * 3_600} ${zone}`;
const made = (n: number, files: MadeCommit['files'], over: Partial<MadeCommit> = {}): MadeCommit => ({
  ...{ author: n % 2 ? ada : bob, date: at(n), message: `commit ${n}\n`, files },
  ...over,
});

describe('import git', () => {
  test('makes each commit a version with its author, time, message and commit, and the importer as its actor', async () => {
    using repository = new TestRepository();
    repository.make([
      made(1, { 'config/eu.yaml': 'cap: 1\n' }),
      made(2, { 'elsewhere.yaml': 'a: 1\n' }),
      made(
        3,
        { 'config/eu.yaml': 'cap: 2\n', 'config/us.json': '{"cap": 1}\n' },
        { message: 'raise\n\nfor spring\n', date: at(3, '-0330') },
      ),
    ]);
    expect(await importing(repository)).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/eu\.yaml +yaml +2 +2/),
    });
    const commits = repository.git('log', '--format=%H', '--reverse', '--', 'config').trim().split('\n');
    expect(await versionsOf(repository, 'eu.yaml')).toMatchObject([
      {
        ...{
          version: 1,
          kind: 'imported',
          created_by: ada,
          actor: 'ada',
          actor_verified: true,
          comment: 'commit 1',
        },
        authored_at: '2020-09-13T15:26:40+02:00',
        git: { commit: commits[0], branch: 'main', path: 'config/eu.yaml', dirty: false },
      },
      {
        version: 2,
        comment: 'raise\n\nfor spring',
        authored_at: '2020-09-13T11:56:40-03:30',
        git: { commit: commits[1] },
      },
    ]);
    expect(await textOf(repository, 'eu.yaml@1')).toBe('cap: 1\n');
    const log = await run(repository, 'log', '-n', namespace, 'eu.yaml');
    expect(log.out).toMatch(/1 .*Ada Lovelace <ada@example\.com> \(ada\) +imported, written 2020-09-13/);
    expect((await run(repository, 'blame', '-n', namespace, 'eu.yaml')).out).toContain(
      'Ada Lovelace <ada@example.com> (ada)',
    );
  });

  test('goes on where it stopped, and says so when there is nothing new', async () => {
    using repository = new TestRepository();
    const commits = [1, 2, 3].map(n => made(n, { 'config/a.yaml': `n: ${n}\n` }));
    repository.make(commits.slice(0, 2));
    await importing(repository);
    expect(await importing(repository)).toMatchObject({
      exit: 0,
      out: '',
      err: expect.stringContaining('Nothing to import'),
    });
    repository.make(commits);
    expect(await importing(repository)).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/a\.yaml +yaml +1 +3/),
    });
    expect((await versionsOf(repository, 'a.yaml')).map(one => one.comment)).toEqual([
      'commit 1',
      'commit 2',
      'commit 3',
    ]);
  });

  test('follows renames, also of files that swap their names, and begins anew where the format changes', async () => {
    using repository = new TestRepository();
    const long = (n: number) => `n: ${n}\n${'# the same in both\n'.repeat(20)}`;
    repository.make([
      made(1, { 'config/a.yaml': long(1), 'config/x.yaml': 'x: 1\n', 'config/y.yaml': 'y: 1\n' }),
      made(2, { 'config/deep/b.yaml': { from: 'config/a.yaml' } }),
      made(3, { 'config/deep/b.yaml': long(3) }),
      made(4, { 'config/x.yaml': 'y: 1\n', 'config/y.yaml': 'x: 1\n' }),
      made(5, { 'config/z.json': { from: 'config/x.yaml' } }),
      made(6, { 'config/z.json': '{}\n' }),
    ]);
    expect(await importing(repository)).toMatchObject({
      exit: 0,
      err: expect.stringContaining('1 file that Git has deleted'),
    });
    const b = await versionsOf(repository, 'deep/b.yaml');
    expect(b.map(({ comment, git }) => [comment, git.path])).toEqual([
      ['commit 1', 'config/a.yaml'],
      ['commit 2', 'config/deep/b.yaml'],
      ['commit 3', 'config/deep/b.yaml'],
    ]);
    expect(await run(repository, 'show', '-n', namespace, 'a.yaml')).toMatchObject({ exit: 2 });
    // Its first text was YAML, which is not JSON.
    expect((await versionsOf(repository, 'z.json')).map(one => one.comment)).toEqual(['commit 6']);
  });

  test('after a rename, leaves the old config as it was and gives the new one the whole history', async () => {
    using repository = new TestRepository();
    const first = made(1, { 'config/a.yaml': 'n: 1\n' });
    repository.make([first]);
    await importing(repository);
    repository.make([first, made(2, { 'config/b.yaml': { from: 'config/a.yaml' } })]);
    const ran = await importing(repository);
    expect(ran).toMatchObject({ exit: 0, out: expect.stringMatching(/b\.yaml +yaml +2 +2/) });
    expect(ran.err).toContain(`delete -n ${namespace} a.yaml`);
    expect(await versionsOf(repository, 'a.yaml')).toHaveLength(1);
  });

  test('takes merges as the branch saw them: one version, by whoever merged', async () => {
    using repository = new TestRepository();
    repository.make([
      made(1, { 'config/a.yaml': 'a: 1\nb: 1\n' }),
      made(2, { 'config/a.yaml': 'a: 2\nb: 1\n' }, { onto: 1 }),
      made(3, { 'config/a.yaml': 'a: 3\nb: 1\n' }, { onto: 2 }),
      made(4, { 'config/a.yaml': 'a: 1\nb: 4\n' }),
      made(5, { 'config/a.yaml': 'a: 3\nb: 4\n' }, { merge: 3, message: 'Merge branch' }),
    ]);
    await importing(repository);
    expect((await versionsOf(repository, 'a.yaml')).map(one => one.comment)).toEqual([
      'commit 1',
      'commit 4',
      'Merge branch',
    ]);
  });

  test('begins at --since with the texts of that commit', async () => {
    using repository = new TestRepository();
    repository.make([
      made(1, { 'config/a.yaml': 'n: 1\n', 'config/b.yaml': 'n: 1\n' }),
      made(2, { 'config/a.yaml': 'n: 2\n' }),
      made(3, { 'elsewhere.txt': 'x' }),
      made(4, { 'config/a.yaml': 'n: 4\n' }),
    ]);
    expect(await importing(repository, '--since', 'HEAD~1')).toMatchObject({ exit: 0 });
    expect((await versionsOf(repository, 'a.yaml')).map(one => one.comment)).toEqual([
      'commit 2',
      'commit 4',
    ]);
    expect((await versionsOf(repository, 'b.yaml')).map(one => one.comment)).toEqual(['commit 1']);
    expect(await importing(repository, '--since', 'nowhere')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('--since nowhere'),
    });
    expect(await importing(repository, '--since', '--output=x')).toMatchObject({ exit: 2 });
  });

  test('never goes over what somebody saved here, and goes on from a text that Git has', async () => {
    using repository = new TestRepository();
    const one = made(1, { 'config/a.yaml': 'n: 1\n', 'config/b.yaml': 'n: 1\n' });
    repository.make([one]);
    await importing(repository);
    await server.save('bob', 'a.yaml', 'n: 9\n', namespace);
    await server.save('bob', 'b.yaml', 'n: 2\n', namespace);
    repository.make([
      one,
      made(2, { 'config/a.yaml': 'n: 2\n', 'config/b.yaml': 'n: 2\n' }),
      made(3, { 'config/a.yaml': 'n: 3\n', 'config/b.yaml': 'n: 3\n' }),
    ]);
    const ran = await importing(repository);
    expect(ran).toMatchObject({
      exit: 3,
      err: expect.stringContaining('version 2 by bob was saved here and is in no commit'),
    });
    expect(await textOf(repository, 'a.yaml')).toBe('n: 9\n');
    expect((await versionsOf(repository, 'b.yaml')).map(version => version.kind)).toEqual([
      'imported',
      'overwrite',
      'imported',
    ]);
    // Once Git has bob's text, too.
    repository.make([one, made(2, { 'config/a.yaml': 'n: 9\n' }), made(3, { 'config/a.yaml': 'n: 3\n' })]);
    await importing(repository);
    expect((await versionsOf(repository, 'a.yaml')).map(version => version.comment)).toEqual([
      'commit 1',
      '',
      'commit 3',
    ]);
  });

  test('says which commits it skips, and why, and which files are not configs', async () => {
    using repository = new TestRepository();
    repository.make([
      made(1, {
        'config/a.yaml': 'a: [\n',
        'config/b.txt': Buffer.from([0xff, 0xfe, 0]),
        'config/nginx.conf': 'x {}\n',
        'config/.hidden.yaml': 'a: 1\n',
        'config/link.yaml': { link: '../../../etc/passwd' },
        'config/module': { module: '1'.repeat(40) },
        'config/with space.yaml': 'a: 1\n',
        'config/esc\u001b[31m\nline.yaml': 'a: 1\n',
        'config/lfs.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
        'config/big.txt': 'x'.repeat(1_100_000),
      }),
      made(2, { 'config/a.yaml': 'a: 1\n' }),
    ]);
    const ran = await importing(repository, '-o', 'wide');
    expect(ran.exit).toBe(0);
    expect(ran.err).toMatch(/skipped: commit \w{7} of a\.yaml: line 2, column 1/);
    expect(ran.err).toMatch(/of b\.txt: it is not UTF-8 text/);
    expect(ran.err).toMatch(/of lfs\.yaml: Git has only an LFS pointer/);
    expect(ran.err).toMatch(/of big\.txt: it has more than 1048576 bytes/);
    expect(ran.err).toMatch(/left out: config\/nginx\.conf: .*--format PATTERN=FORMAT/);
    expect(ran.err).toMatch(/left out: config\/with space\.yaml: .*U\+0020/);
    expect(ran.err).toContain('left out: config/esc\\u{1b}[31m line.yaml');
    expect(ran.err).not.toContain('\u001b');
    expect(ran.err).not.toMatch(/link\.yaml|passwd|module/);
    expect(ran.out.trim().split('\n')).toHaveLength(2);
    const more = await importing(repository, '--format', '**/*.conf=text', '--format', 'nginx.conf=text');
    expect(more).toMatchObject({ exit: 0, out: expect.stringMatching(/nginx\.conf +text +1 +1/) });
  });

  test('takes any author, time and message, and shows none of their control characters', async () => {
    using repository = new TestRepository();
    repository.make([
      made(
        1,
        { 'config/a.yaml': 'n: 1\n' },
        { author: '\u001b[31mEve\u202e <eve@example.com>', message: 'esc \u001b[2J\n' },
      ),
      made(
        2,
        { 'config/a.yaml': 'n: 2\n' },
        { author: ' <nobody@example.com>', date: '0 +0000', message: '' },
      ),
      made(
        3,
        { 'config/a.yaml': 'n: 3\n' },
        { author: `${'N'.repeat(900)} <n@example.com>`, message: 'm'.repeat(100_000) },
      ),
      made(
        4,
        { 'config/a.yaml': 'n: 4\n' },
        { date: '1600000000 +1400', message: Buffer.from([0xe4, 0x0a]) },
      ),
    ]);
    expect(await importing(repository)).toMatchObject({ exit: 0 });
    const [one, two, three, four] = await versionsOf(repository, 'a.yaml');
    expect(one.created_by).toBe('\\u{1b}[31mEve\\u{202e} <eve@example.com>');
    expect(two).toMatchObject({
      created_by: '<nobody@example.com>',
      authored_at: '1970-01-01T00:00:00+00:00',
      comment: '',
    });
    expect([three.created_by.length, three.comment.length]).toEqual([256, 4096]);
    expect(four.authored_at).toBe('2020-09-14T02:26:40+14:00');
    const log = await run(repository, 'log', '-n', namespace, 'a.yaml');
    expect(log.out).not.toMatch(/[\u001b\u202e]/);
  });

  test('refuses a shallow clone, a folder outside of a repository, and a repository without a commit', async () => {
    using repository = new TestRepository();
    repository.make([1, 2].map(n => made(n, { 'config/a.yaml': `n: ${n}\n` })));
    const shallow = join(scratch, 'shallow');
    repository.git('clone', '--quiet', '--depth', '1', `file://${repository.root}`, shallow);
    const from = (cwd: string, folder = 'config') =>
      pawl({ cwd, env: server.env() }, 'import', 'git', folder, '-n', namespace, '--yes');
    expect(await from(shallow)).toMatchObject({
      exit: 2,
      err: expect.stringContaining('git fetch --unshallow'),
    });
    expect(await from(scratch, '.')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('not a folder of a Git work tree'),
    });
    expect(await from(repository.root, 'nowhere')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('does not exist'),
    });
    using empty = new TestRepository();
    expect(await from(empty.root, '.')).toMatchObject({ exit: 2, err: expect.stringContaining('HEAD') });
  });

  test('asks first, and without a terminal names the flag; a dry run imports nothing', async () => {
    using repository = new TestRepository();
    repository.make([made(1, { 'config/a.yaml': 'n: 1\n' })]);
    expect(await run(repository, 'import', 'git', 'config', '-n', namespace)).toMatchObject({
      exit: 3,
      err: expect.stringContaining('--yes'),
    });
    expect(await importing(repository, '--dry-run')).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/WOULD IMPORT[\s\S]*a\.yaml +yaml +1/),
    });
    expect(await run(repository, 'show', '-n', namespace, 'a.yaml')).toMatchObject({ exit: 2 });
  });

  test('maps folders as pawl.yaml does, with its formats and prefixes', async () => {
    using repository = new TestRepository();
    repository.make([
      made(1, {
        'config/one/a.yaml': 'n: 1\n',
        'config/two/b.conf': '[x]\ny = 1\n',
        'config/three/c.yaml': 'n: 1\n',
      }),
    ]);
    const yaml = `folders: {config/one: ${namespace}, config/two: ${namespace}-two/deep}\nformats: {"**/*.conf": ini}\n`;
    writeFileSync(join(repository.root, 'pawl.yaml'), yaml);
    const ran = await run(repository, 'import', 'git', '.', '--yes');
    expect(ran).toMatchObject({
      exit: 0,
      err: expect.stringContaining('config/three/c.yaml: it is in none of the folders'),
    });
    expect(ran.out).toMatch(
      new RegExp(`${namespace}/a\\.yaml +yaml[\\s\\S]*${namespace}-two/deep/b\\.conf +ini`),
    );
  });
});

describe('export', () => {
  test('writes the files as they are, only into an empty folder, and none of Git’s own', async () => {
    const where = { cwd: scratch, env: server.env() };
    await server.save('ada', 'a/b.yaml', 'n: 1\n', namespace);
    await server.save('ada', 'a', 'n: 2\n', namespace);
    await server.save('ada', '.git/config', 'n: 3\n', namespace);
    expect(await pawl(where, 'export', namespace, 'files')).toMatchObject({ exit: 0 });
    const read = (file: string) => readFileSync(join(scratch, 'files', file), 'utf8');
    expect([read('a/b.yaml'), read('a~'), read('.git~/config')]).toEqual(['n: 1\n', 'n: 2\n', 'n: 3\n']);
    expect(await pawl(where, 'export', namespace, 'files')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('not empty'),
    });
    expect(await pawl(where, 'export', namespace, 'history', '--history')).toMatchObject({ exit: 0 });
    expect(readFileSync(join(scratch, 'history/.git/config'), 'utf8')).not.toContain('n: 3');
  });

  test('makes one commit of what one deployment saved, by its author and with who saved it as the committer', async () => {
    using repository = new TestRepository();
    repository.make([made(1, { 'config/a.yaml': 'n: 1\n', 'config/b.yaml': 'n: 1\n' })]);
    writeFileSync(join(repository.root, 'pawl.yaml'), `folders: {config: ${namespace}}\n`);
    expect(await run(repository, 'deploy', '-m', 'both')).toMatchObject({ exit: 0 });
    await server.save('bob', 'a.yaml', 'n: 2\n', namespace);
    const out = join(scratch, 'deployed');
    const ran = await pawl({ cwd: scratch, env: server.env() }, 'export', namespace, out, '--history');
    expect(ran).toMatchObject({ exit: 0, err: expect.stringContaining('3 versions as 2 commits') });
    const log = repository.git('-C', out, 'log', '--reverse', '--name-only', '--format=%an %ae|%cn|%s');
    expect(log.trim().split('\n').filter(Boolean)).toEqual([
      expect.stringMatching(/\|ada\|both$/),
      'a.yaml',
      'b.yaml',
      expect.stringMatching(/^bob .*\|bob\|Save version 2 of a\.yaml$/),
      'a.yaml',
    ]);
  });
});

/** Numbers as they come, the same at each run. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

/** Commits that edit, add and rename files, of many authors in many time zones. */
function aHistory(commits: number): MadeCommit[] {
  const next = chance(7);
  const files = new Map<string, number>();
  const text = (id: number, n: number) => `id: ${id}\nn: ${n}\n${`# of ${id}\n`.repeat(12)}`;
  const ids = new Map<string, number>();
  return Array.from({ length: commits }, (_, n): MadeCommit => {
    const changed: Record<string, string | { from: string }> = {};
    const names = [...files.keys()];
    const dice = next(10);
    if (names.length === 0 || (dice === 0 && names.length < 40)) {
      const path = `config/f${n}.yaml`;
      ids.set(path, n);
      files.set(path, n);
      changed[path] = text(n, n);
    } else if (dice === 1) {
      const from = names[next(names.length)]!;
      const to = `config/d${next(4)}/r${n}.yaml`;
      ids.set(to, ids.get(from)!);
      files.delete(from);
      files.set(to, n);
      changed[to] = { from };
    } else {
      for (let left = 1 + next(3); left > 0; left -= 1) {
        const path = names[next(names.length)]!;
        changed[path] = text(ids.get(path)!, n * 10 + left);
      }
    }
    const who = next(30);
    const zone = ['+0000', '+0200', '-0330', '+0545', '-1100'][next(5)];
    return {
      author: `Person ${who} Ünïcode <p${who}@example.com>`,
      date: `${1_500_000_000 + n * 61 - next(5_000)} ${zone}`,
      message: `change ${n}\n\nwith a body of ${who}\n`,
      files: changed,
    };
  });
}

describe('a round trip', () => {
  const commits = Number(process.env.PAWL_TEST_IMPORT_COMMITS ?? 1_000);

  test(`of ${commits} commits with renames keeps every text, author, date and message`, {
    timeout: 1_200_000,
  }, async () => {
    using repository = new TestRepository();
    repository.make(aHistory(commits));
    const began = performance.now();
    const ran = await importing(repository, '-o', 'json');
    const imported = performance.now();
    expect(ran).toMatchObject({ exit: 0 });
    const { configs, skipped, refused } = JSON.parse(ran.out);
    expect([skipped, refused]).toEqual([[], []]);
    const out = join(scratch, `round-${commits}`);
    expect(
      await pawl({ cwd: scratch, env: server.env() }, 'export', namespace, out, '--history'),
    ).toMatchObject({ exit: 0 });
    const exported = performance.now();
    if (commits > 1_000)
      process.stderr.write(
        `${commits} commits: in ${Math.round(imported - began)} ms, out ${Math.round(exported - imported)} ms\n`,
      );
    const format = '--format=%an <%ae> | %ad | %B%x00';
    const log = (root: string, ...more: string[]) =>
      repository
        .git('-C', root, 'log', '--reverse', '--date=raw', format, ...more)
        .split('\0')
        .map(one => one.trim());
    expect(log(out)).toEqual(log(repository.root, '--', 'config'));
    // The text of every commit of every file, under the name that it has now.
    let texts = 0;
    for (const { path } of configs as { path: string }[]) {
      const of = (root: string, file: string, ...more: string[]) =>
        repository
          .git('-C', root, 'log', '--format=', '--raw', '--no-abbrev', ...more, '--', file)
          .split('\n')
          .filter(Boolean)
          .map(line => line.split(' ')[3])
          .reverse();
      const there = of(repository.root, `config/${path}`, '--follow');
      // A rename alone is a version, and changes no file.
      const distinct = there.filter((blob, index) => blob !== there[index - 1]);
      expect(of(out, path)).toEqual(distinct);
      texts += distinct.length;
    }
    expect(texts).toBeGreaterThan(commits);
    expect(repository.git('-C', out, 'rev-parse', 'HEAD^{tree}')).toBe(
      repository.git('rev-parse', 'HEAD:config'),
    );
  });
});
