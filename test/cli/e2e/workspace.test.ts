/** The command line against the real server and a real PostgreSQL, without a terminal. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../../text/sha256.ts';
import { until } from '../../setup/until.ts';
import { pawl, TestWorkspace } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;
let path: string;
let file: string;
let nth = 0;

beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(() => {
  path = `case-${++nth}/eu.yaml`;
  file = `config/payments/${path}`;
});

const base = '# caps\ncap: 1000\nburst: 10\nregion: eu\n';

/** A workspace of ada's that was brought to the latest by `pull`. */
async function pulled(folder = `case-${nth}`): Promise<TestWorkspace & { env: Record<string, string> }> {
  const workspace = new TestWorkspace(`folders:\n  config/payments/${folder}: payments/${folder}\n`);
  const env = server.env();
  await pawl({ cwd: workspace.root, env }, 'pull');
  workspace.commit('as on the server');
  return Object.assign(workspace, { env });
}

describe('deploy', () => {
  test('saves what changed here, all of it as one deployment with its commit, and asks nothing', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    expect(workspace.read(file)).toBe(base);
    workspace.write(file, base.replace('1000', '1500'));
    workspace.write(`config/payments/case-${nth}/us.json`, '{"cap": 1}\n');
    const commit = workspace.commit('raise');
    const ran = await pawl(
      { cwd: workspace.root, env: workspace.env },
      'deploy',
      '-m',
      'raise the cap',
      '-o',
      'json',
    );
    expect(ran).toMatchObject({ exit: 0 });
    expect(JSON.parse(ran.out)).toMatchObject({
      items: [
        { path, operation: 'update', new_version: 2 },
        { path: `case-${nth}/us.json`, operation: 'create', new_version: 1 },
      ],
    });
    const log = await pawl({ cwd: workspace.root, env: workspace.env }, 'log', file, '-o', 'json');
    expect(JSON.parse(log.out).versions[0]).toMatchObject({
      version: 2,
      actor: 'ada',
      comment: 'raise the cap',
      git: { commit, dirty: false, branch: 'main' },
      created_by: 'ada@example.com',
    });
    expect((await pawl({ cwd: workspace.root, env: workspace.env }, 'blame', file)).out).toContain(
      'ada@example.com (ada)',
    );
    const status = await pawl({ cwd: workspace.root, env: workspace.env }, 'status');
    expect(status).toEqual({ exit: 0, out: '', err: '2 files in sync.\n' });
  });

  test('says which files are left out, and why', async () => {
    using workspace = await pulled();
    workspace.write(file, base);
    workspace.write(`config/payments/case-${nth}/latin.yaml`, Buffer.from([0x63, 0x3a, 0xe9, 0x0a]));
    workspace.write(`config/payments/case-${nth}/with space.yaml`, 'a: 1\n');
    workspace.commit();
    const where = { cwd: workspace.root, env: workspace.env };
    for (const command of [['status'], ['deploy']]) {
      const { err } = await pawl(where, ...command);
      expect(err).toMatch(/left out: \S*\/latin\.yaml: .*UTF-8/);
      expect(err).toMatch(/left out: \S*\/with space\.yaml: .*U\+0020/);
    }
    const { out } = await pawl(where, 'status', '-o', 'json');
    expect(JSON.parse(out).left_out).toMatchObject([
      { file: expect.stringContaining('latin.yaml'), why: expect.stringContaining('UTF-8') },
      { file: expect.stringContaining('with space.yaml'), why: expect.stringContaining('U+0020') },
    ]);
  });

  test('refuses outside a Git repository, and one without a commit', async () => {
    using workspace = new TestWorkspace();
    const env = server.env();
    workspace.write(file, base);
    expect(await pawl({ cwd: workspace.root, env }, 'deploy')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('no commit yet'),
    });
    workspace.remove('.git');
    expect(await pawl({ cwd: workspace.root, env }, 'deploy')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('git init'),
    });
  });

  test('warns of uncommitted changes and records them', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    workspace.write(file, base.replace('1000', '1500'));
    const ran = await pawl({ cwd: workspace.root, env: workspace.env }, 'deploy');
    expect(ran).toMatchObject({
      exit: 0,
      err: expect.stringContaining(`warning: uncommitted changes: ${file}`),
    });
    const log = await pawl({ cwd: workspace.root, env: workspace.env }, 'log', file, '-o', 'json');
    expect(JSON.parse(log.out).versions[0].git.dirty).toBe(true);
  });

  test('says nothing of a commit but what is in it, and counts what it changed', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    const where = { cwd: workspace.root, env: workspace.env };
    workspace.write(`config/payments/case-${nth}/us.yaml`, 'cap: 1\n');
    workspace.commit('us\n\nat last');
    workspace.git('commit', '--quiet', '--amend', '--no-edit', '--author', 'Eve <eve@example.com>');
    workspace.git('config', 'user.name', 'Robot');
    workspace.git('config', 'user.email', 'robot@example.com');
    const commit = workspace.git('rev-parse', 'HEAD').trim();
    workspace.write('elsewhere.txt', 'not committed');
    workspace.write(file, base.replace('1000', '1500'));
    const clean = await pawl(where, 'deploy', `config/payments/case-${nth}/us.yaml`);
    expect(clean.err).toBe(`Deployed 1 change from commit ${commit.slice(0, 7)} (main).\n`);
    const us = await pawl(where, 'log', `config/payments/case-${nth}/us.yaml`, '-o', 'json');
    expect(JSON.parse(us.out).versions[0]).toMatchObject({
      ...{ comment: 'us', created_by: 'eve@example.com' },
      git: { commit, dirty: false },
    });
    const dirty = await pawl(where, 'deploy');
    expect(dirty.err).toContain(
      `Deployed 1 change from uncommitted changes on commit ${commit.slice(0, 7)} (main).`,
    );
    const log = await pawl(where, 'log', file, '-o', 'json');
    expect(JSON.parse(log.out).versions[0]).toMatchObject({
      ...{ comment: '', created_by: 'robot@example.com' },
      git: { commit, dirty: true },
    });
  });

  test('counts no change that the latest version has already', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    const where = { cwd: workspace.root, env: workspace.env };
    await server.save('bob', path, base.replace('1000', '1500').replace('burst: 10', 'burst: 20'));
    workspace.write(file, base.replace('1000', '1500'));
    workspace.write(`config/payments/case-${nth}/us.yaml`, 'cap: 1\n');
    workspace.commit();
    const ran = await pawl(where, 'deploy', '--yes');
    expect(ran).toMatchObject({ exit: 0, out: expect.stringMatching(/2\s+unchanged/) });
    expect(ran.err).toContain('Deployed 1 change from commit');
  });

  test('without a terminal never asks about a stale file: it shows the merge and names the flag', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    await server.save('bob', path, base.replace('burst: 10', 'burst: 20'));
    workspace.write(file, base.replace('1000', '1500'));
    workspace.commit();
    const where = { cwd: workspace.root, env: workspace.env };
    const ran = await pawl(where, 'deploy');
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain('+cap: 1500');
    expect(ran.err).not.toContain('-burst');
    expect(ran.err).toContain('give --yes');
    expect(workspace.read(file)).toBe(base.replace('1000', '1500'));
    const forMachines = await pawl(where, 'deploy', '-o', 'json');
    expect(JSON.parse(forMachines.out).refused).toMatchObject([
      { file, path, problem: { base_version: 1, current_version: 2, token: expect.any(String) } },
    ]);
    const rejected = await pawl(where, 'deploy', '--on-stale', 'reject');
    expect(rejected.exit).toBe(3);
    const dry = await pawl(where, 'deploy', '--dry-run');
    expect(dry).toMatchObject({ exit: 3, err: expect.stringContaining('Nothing was saved') });
    expect(dry.err).not.toContain('error:');
    const dryForMachines = await pawl(where, 'deploy', '--dry-run', '-o', 'json');
    expect(dryForMachines.exit).toBe(3);
    expect(JSON.parse(dryForMachines.out).refused).toMatchObject([{ file, path }]);
    // What answers the question for the command answers it for its dry run, and it says what would be saved.
    for (const answer of [['--yes'], ['--on-stale', 'merge']]) {
      const answered = await pawl(where, 'deploy', '--dry-run', '-o', 'json', ...answer);
      expect([answered.exit, JSON.parse(answered.out)]).toMatchObject([
        0,
        { dry_run: true, items: [{ path, old_version: 2, new_version: 3 }] },
      ]);
    }
    const saving = ['save', '-n', 'payments', path, file, '--base', '1', '--dry-run'];
    expect(await pawl(where, ...saving)).toMatchObject({ exit: 3, out: '' });
    expect(await pawl(where, ...saving, '--yes')).toMatchObject({
      exit: 0,
      out: expect.stringContaining('would be saved as version 3'),
    });
    expect((await pawl(where, 'show', file)).out).toBe(base.replace('burst: 10', 'burst: 20'));
  });

  test.each([
    [true, ['--yes']],
    [false, ['--on-stale', 'merge']],
  ])(
    'a stale edit is merged; that the file is brought to the result: %s, with %j',
    async (brought, flags) => {
      await server.save('bob', path, base);
      using workspace = await pulled();
      await server.save('bob', path, base.replace('burst: 10', 'burst: 20'));
      workspace.write(file, base.replace('1000', '1500'));
      workspace.commit();
      const where = { cwd: workspace.root, env: workspace.env };
      const ran = await pawl(where, 'deploy', ...flags);
      expect(ran).toMatchObject({ exit: 0, out: expect.stringMatching(/3\s+merged onto version 2/) });
      const merged = '# caps\ncap: 1500\nburst: 20\nregion: eu\n';
      expect(ran.err).toContain('in no commit yet');
      expect(workspace.read(file)).toBe(brought ? merged : base.replace('1000', '1500'));
      expect((await pawl(where, 'show', file)).out).toBe(merged);
      const status = await pawl(where, 'status');
      if (brought) expect(status).toMatchObject({ exit: 0 });
      else expect(status.out).toContain('changed there');
    },
  );

  test('a clash deploys nothing, and says who, which versions, and what to type', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    const other = `config/payments/case-${nth}/other.yaml`;
    await server.save('bob', path, base.replace('1000', '1200'));
    workspace.write(file, base.replace('1000', '1500'));
    workspace.write(other, 'a: 1\n');
    workspace.commit();
    const where = { cwd: workspace.root, env: workspace.env };
    const ran = await pawl(where, 'deploy', '--yes');
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain('was edited on version 1; the latest is version 2 by bob');
    expect(ran.err).toMatch(/version 1: 1000\n.*version 2 by bob: 1200\n.*yours: 1500/);
    expect(ran.err).toContain(`kubectl pawl resolve ${file}`);
    expect(ran.err).toContain(`kubectl pawl diff --version 1..2 ${file}`);
    expect(await pawl(where, 'show', other)).toMatchObject({
      exit: 2,
      err: expect.stringContaining('no config'),
    });
    expect(workspace.read(file)).toContain('1500');
  });

  test('a text that is not YAML is refused with its line', async () => {
    using workspace = await pulled();
    workspace.write(file, 'a: 1\nb: [\n');
    workspace.commit();
    const ran = await pawl({ cwd: workspace.root, env: workspace.env }, 'deploy');
    expect(ran.exit).toBe(2);
    expect(ran.err).toMatch(new RegExp(`${file}:\\d+:\\d+:`));
    // Said once.
    expect(ran.err).not.toContain('column');
  });

  test('a viewer is refused, and told that nothing was saved', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    workspace.write(file, base.replace('1000', '1500'));
    workspace.commit();
    const ran = await pawl({ cwd: workspace.root, env: server.env('viewer') }, 'deploy');
    expect(ran.exit).toBe(2);
    expect(ran.err).toContain('viewer');
  });

  test('two at once: both edits are in the end, or the second is told', async () => {
    await server.save('bob', path, base);
    using one = await pulled();
    using two = await pulled();
    one.write(file, base.replace('1000', '1500'));
    two.write(file, base.replace('region: eu', 'region: eu-1'));
    one.commit();
    two.commit();
    const both = await Promise.all(
      [one, two].map(({ root, env }) => pawl({ cwd: root, env }, 'deploy', '--yes')),
    );
    expect(both.map(({ exit }) => exit)).toEqual([0, 0]);
    const latest = await pawl({ cwd: one.root, env: one.env }, 'show', file);
    expect(latest.out).toBe('# caps\ncap: 1500\nburst: 10\nregion: eu-1\n');
  });
});

test('-n takes the folders of one config namespace', async () => {
  using workspace = new TestWorkspace(`folders:\n  a: payments/ns-${nth}\n  b: shop/ns-${nth}\n`);
  workspace.write('a/x.yaml', 'a: 1\n');
  workspace.write('b/x.yaml', 'b: 1\n');
  const where = { cwd: workspace.root, env: server.env() };
  expect((await pawl(where, 'status', '-n', 'shop')).out).toMatch(/new here\s+b\/x\.yaml/);
  expect((await pawl(where, 'status', '-n', 'shop')).out).not.toContain('a/x.yaml');
  expect(await pawl(where, 'status', '-n', 'other')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('no folder'),
  });
});

describe('pull', () => {
  test('merges into a changed file, and keeps what it held', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    await server.save('bob', path, base.replace('burst: 10', 'burst: 20'));
    const mine = base.replace('1000', '1500 # mine');
    workspace.write(file, mine);
    const ran = await pawl({ cwd: workspace.root, env: workspace.env }, 'pull');
    expect(ran).toMatchObject({ exit: 0, out: expect.stringContaining('merged') });
    expect(workspace.read(file)).toBe('# caps\ncap: 1500 # mine\nburst: 20\nregion: eu\n');
    const [kept] = readdirSync(join(workspace.root, '.pawl/kept'));
    expect(workspace.read(`.pawl/kept/${kept}`)).toBe(mine);
    expect(await pawl({ cwd: workspace.root, env: workspace.env }, 'diff')).toMatchObject({
      exit: 1,
      out: expect.stringContaining('+cap: 1500 # mine'),
    });
  });

  test('writes markers at a real clash only, and deploy refuses them until they are decided', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    await server.save('bob', path, base.replace('1000', '1200').replace('burst: 10', 'burst: 20'));
    workspace.write(file, base.replace('1000', '1500'));
    const where = { cwd: workspace.root, env: workspace.env };
    expect((await pawl(where, 'pull')).exit).toBe(3);
    expect(workspace.read(file)).toContain(
      '<<<<<<< version 2 (bob)\ncap: 1200\n||||||| before both edits\ncap: 1000\n=======\ncap: 1500\n>>>>>>> yours\n',
    );
    expect(workspace.read(file)).toContain('burst: 20\nregion');
    workspace.commit();
    expect(await pawl(where, 'deploy')).toMatchObject({
      exit: 3,
      err: expect.stringContaining('conflict markers'),
    });
    expect((await pawl(where, 'status')).out).toContain('unresolved');
    const marked = workspace.read(file);
    expect((await pawl(where, 'pull')).exit).toBe(3);
    expect(workspace.read(file)).toBe(marked);
    workspace.write(file, '# caps\ncap: 1500\nburst: 20\nregion: eu\n');
    workspace.commit();
    expect((await pawl(where, 'deploy')).exit).toBe(0);
  });

  test('leaves a file that cannot be read as it is', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    await server.save('bob', path, base.replace('1000', '1200'));
    workspace.write(file, 'cap: [\n');
    const ran = await pawl({ cwd: workspace.root, env: workspace.env }, 'pull');
    expect(ran).toMatchObject({ exit: 2, out: expect.stringContaining('your text cannot be read') });
    expect(workspace.read(file)).toBe('cap: [\n');
  });

  test('brings back a file deleted here only when it is named', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    workspace.remove(file);
    const where = { cwd: workspace.root, env: workspace.env };
    expect((await pawl(where, 'status')).out).toContain('gone here');
    await pawl(where, 'pull');
    expect(existsSync(join(workspace.root, file))).toBe(false);
    expect((await pawl(where, 'pull', file)).exit).toBe(0);
    expect(workspace.read(file)).toBe(base);
  });
});

describe('the state file', () => {
  test('lost: what it said is found again from the commits, and others’ edits are not reverted', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    await server.save('bob', path, base.replace('burst: 10', 'burst: 20'));
    workspace.write(file, base.replace('1000', '1500'));
    workspace.commit('edited, so that the last commit is on no server');
    workspace.remove('.pawl');
    const where = { cwd: workspace.root, env: workspace.env };
    expect((await pawl(where, 'status')).out).toMatch(/changed in both .*\s1\s+2\s/);
    expect((await pawl(where, 'deploy', '--yes')).exit).toBe(0);
    expect((await pawl(where, 'show', file)).out).toBe('# caps\ncap: 1500\nburst: 20\nregion: eu\n');
  });

  test('lost with what a deploy brought not committed: one’s own edit may clash with one’s next, and is never undone', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    const where = { cwd: workspace.root, env: workspace.env };
    await server.save('bob', path, base.replace('burst: 10', 'burst: 20'));
    workspace.write(file, base.replace('1000', '1500'));
    workspace.commit('edited');
    expect((await pawl(where, 'deploy', '--yes')).exit).toBe(0);
    const brought = workspace.read(file);
    expect(brought).toBe('# caps\ncap: 1500\nburst: 20\nregion: eu\n');
    workspace.remove('.pawl');
    workspace.write(file, brought.replace('1500', '1700'));
    workspace.commit('edited again');
    // No commit has a text that was saved but the first, and from there both edits change the cap.
    await server.save('carl', path, brought.replace('region: eu', 'region: us'));
    const refused = await pawl(where, 'deploy', '--yes');
    expect(refused).toMatchObject({ exit: 3, err: expect.stringContaining('Nothing was saved') });
    expect(refused.err).toContain(`resolve ${file}`);
    expect(workspace.read(file)).toBe(brought.replace('1500', '1700'));
    expect((await pawl(where, 'show', file)).out).toBe(brought.replace('region: eu', 'region: us'));
  });

  test('behind: a version that came by Git is no edit, and what was saved after it stays', async () => {
    const first = await server.save('bob', path, base);
    using workspace = await pulled();
    const where = { cwd: workspace.root, env: workspace.env };
    const second = base.replace('cap: 1000', 'cap: 2000');
    await server.save('bob', path, second);
    for (const last of [base, base.replace('burst: 10', 'burst: 30')]) {
      const head = await server.save('carl', path, last);
      workspace.write(file, second);
      workspace.commit('merged from the others');
      expect(await pawl(where, 'deploy', '--yes')).toMatchObject({
        exit: 0,
        err: expect.stringContaining('Nothing to deploy'),
      });
      expect(await pawl(where, 'pull')).toMatchObject({ exit: 0 });
      expect(workspace.read(file)).toBe(last);
      expect(head).toBeGreaterThan(first);
      // As it was before the others' commits came.
      const state = JSON.parse(workspace.read('.pawl/state.json'));
      for (const bases of Object.values<Record<string, object>>(state.servers))
        for (const base1 of Object.values(bases))
          Object.assign(base1, { version: first, sha256: sha256(base) });
      workspace.write('.pawl/state.json', JSON.stringify(state));
    }
  });

  test('behind: a text of long ago that was written on purpose is an edit', async () => {
    await server.save('bob', path, base.replace('region: eu', 'region: us'));
    await server.save('bob', path, base);
    using workspace = await pulled();
    await server.save('carl', path, base.replace('burst: 10', 'burst: 30'));
    workspace.write(file, base.replace('region: eu', 'region: us'));
    workspace.commit('back to us');
    const where = { cwd: workspace.root, env: workspace.env };
    expect(await pawl(where, 'deploy', '--yes')).toMatchObject({ exit: 0 });
    expect((await pawl(where, 'show', file)).out).toBe('# caps\ncap: 1000\nburst: 30\nregion: us\n');
  });

  test('corrupted: told once, and built again', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    workspace.write('.pawl/state.json', '{"format": 1, "servers": {"x');
    const where = { cwd: workspace.root, env: workspace.env };
    expect((await pawl(where, 'status')).err).toContain('state file could not be read');
    expect(await pawl(where, 'status')).toEqual({ exit: 0, out: '', err: '1 file in sync.\n' });
  });

  test('of another store: a base this server does not have is not believed', async () => {
    await server.save('bob', path, base);
    using workspace = await pulled();
    const text = workspace
      .read('.pawl/state.json')
      .replace(/"sha256": "\w+"/, `"sha256": "${'0'.repeat(64)}"`);
    workspace.write('.pawl/state.json', text);
    workspace.write(file, base.replace('1000', '1500'));
    const where = { cwd: workspace.root, env: workspace.env };
    expect((await pawl(where, 'status')).out).toMatch(/changed here .*\s1\s+1\s/);
  });

  test('nothing known at all: deploy refuses, pull marks every difference, and loses no line', async () => {
    await server.save('bob', path, base);
    using workspace = new TestWorkspace(`folders:\n  config/payments/case-${nth}: payments/case-${nth}\n`);
    workspace.write(file, 'cap: 5\nregion: eu\n');
    workspace.commit();
    const where = { cwd: workspace.root, env: server.env() };
    expect(await pawl(where, 'deploy', '--yes')).toMatchObject({
      exit: 3,
      err: expect.stringContaining('which version'),
    });
    expect((await pawl(where, 'pull')).exit).toBe(3);
    for (const line of ['cap: 5', 'cap: 1000', 'burst: 10', '# caps'])
      expect(workspace.read(file)).toContain(line);
  });
});

test('pull brings what may be read, and says what may not', async () => {
  const folder = `case-${nth}`;
  await server.save('bob', `${folder}/a.yaml`, base);
  await server.save('bob', `${folder}/secret.yaml`, base);
  await server.save('bob', `${folder}/z.yaml`, base);
  using workspace = new TestWorkspace(`folders:\n  config/payments/${folder}: payments/${folder}\n`);
  const { exit, out } = await pawl({ cwd: workspace.root, env: server.env('partial') }, 'pull');
  expect(exit).toBe(2);
  expect(out).toMatch(/left .*secret\.yaml .*partial may not get/);
  for (const name of ['a', 'z']) expect(workspace.read(`config/payments/${folder}/${name}.yaml`)).toBe(base);
});

test('watch ends when one of its namespaces is refused', async () => {
  using workspace = new TestWorkspace('folders:\n  one: payments\n  two: closed\n');
  const { exit, err } = await pawl({ cwd: workspace.root, env: server.env() }, 'watch');
  expect(exit).toBe(2);
  expect(err).toContain('ada may not');
});

test('history: log, show, blame, diff of versions, restore, delete', async () => {
  await server.save('bob', path, base);
  await server.save('eve', path, base.replace('1000', '1200'));
  using workspace = await pulled();
  const where = { cwd: workspace.root, env: workspace.env };
  expect((await pawl(where, 'show', `${file}@1`)).out).toBe(base);
  expect((await pawl(where, 'show', `${path}@1`, '-n', 'payments')).out).toBe(base);
  const blame = await pawl(where, 'blame', file);
  expect(blame.out).toMatch(/2\s+eve\s+\S+\s+2\s+cap: 1200/);
  expect(blame.out).toMatch(/1\s+bob\s+\S+\s+3\s+burst: 10/);
  const diff = await pawl(where, 'diff', '--version', '1..2', file);
  expect(diff).toMatchObject({ exit: 1, out: expect.stringContaining('+cap: 1200') });
  expect(await pawl(where, 'restore', `${file}@1`, '-m', 'back')).toMatchObject({
    exit: 3,
    err: expect.stringContaining('+cap: 1000'),
  });
  const restored = await pawl(where, 'restore', `${file}@1`, '--dry-run');
  expect(restored).toMatchObject({ exit: 0, out: expect.stringContaining('as version 3') });
  // What restore was called before.
  expect(await pawl(where, 'promote', `${file}@1`, '--dry-run')).toEqual(restored);
  expect((await pawl(where, 'log', file)).out).not.toMatch(/^3/m);
  expect((await pawl(where, 'restore', `${file}@1`, '-m', 'back', '--yes')).out).toContain(
    'saved the text of version 1 again as version 3',
  );
  expect((await pawl(where, 'status')).out).toContain('changed there');
  expect((await pawl(where, 'log', file)).out).toMatch(/3\s+.*ada\)?\s+promoted.*back/);
  expect((await pawl(where, 'log')).out).toContain(path);
  expect(await pawl(where, 'delete', file)).toMatchObject({ exit: 3, err: expect.stringContaining('--yes') });
  expect((await pawl(where, 'delete', file, '--yes')).exit).toBe(0);
  expect((await pawl(where, 'status')).out).toContain('gone there');
  expect(workspace.read(file)).toBe(base.replace('1000', '1200'));
});

test('a token that is not accepted, and a server that is away, are said so', async () => {
  using workspace = new TestWorkspace();
  const refused = await pawl({ cwd: workspace.root, env: server.env('nobody') }, 'status');
  expect(refused).toMatchObject({ exit: 2, err: expect.stringContaining('token') });
  const plain = await pawl(
    { cwd: workspace.root, env: { ...server.env(), PAWL_SERVER: 'http://example.com' } },
    'status',
  );
  expect(plain).toMatchObject({ exit: 2, err: expect.stringContaining('not encrypted') });
});

test('what others wrote cannot draw on the terminal: control characters are shown, not obeyed', async () => {
  await server.save('bob', path, 'note: 1\n');
  await server.save('bob', path, 'note: 2 # \u202e\u2066\n');
  using workspace = await pulled();
  const where = { cwd: workspace.root, env: workspace.env };
  for (const args of [
    ['diff', '--version', '1..', file],
    ['blame', file],
  ]) {
    const { out, err } = await pawl(where, ...args);
    expect(out).toContain('note: 2 #');
    expect(out + err).not.toContain('\u202e');
  }
  // Redirected into a file, a text is the text.
  expect((await pawl(where, 'show', file)).out).toContain('\u202e');
});

test('watch says every version that is saved, in order, until it is stopped', async () => {
  using workspace = await pulled();
  const stop = new AbortController();
  let out = '';
  const where = {
    cwd: workspace.root,
    env: workspace.env,
    signal: stop.signal,
    onOut: (text: string) => {
      out = text;
    },
  };
  const watching = pawl(where, 'watch', file, '-o', 'json');
  watching.catch(() => {});
  // The stream begins at some moment; from then on nothing is left out.
  let saved = 0;
  await until('the first change is seen', 20_000, async () => {
    saved = await server.save('bob', path, `n: ${saved}\n`);
    return out !== '';
  });
  for (let more = 0; more < 3; more++) saved = await server.save('bob', path, `more: ${more}\n`);
  const versions = () =>
    out
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { version: number }).version);
  await until('the last change is seen', 20_000, () => versions().at(-1) === saved);
  const seen = versions();
  expect(seen).toEqual(seen.map((_, index) => seen[0]! + index));
  stop.abort(new Error('stopped'));
  await expect(watching).rejects.toThrow('stopped');
});
