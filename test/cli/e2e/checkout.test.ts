/**
 * Git moves files back as well as on: a checkout, stash, reset or revert. What others saved meanwhile must not be taken
 * back by a deploy of such a file, unless somebody saw that and said yes.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pawl, TestWorkspace } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;
let folder: string;
let path: string;
let file: string;
let nth = 0;

beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(() => {
  folder = `checkout-${++nth}`;
  path = `${folder}/a.yaml`;
  file = 'conf/a.yaml';
});

const first = 'cap: 1\n\n\nfee: 1\n';
const bobs = first.replace('fee: 1', 'fee: 2');

/** Ada has version 1 on main; bob has saved version 2, which she pulled, and commits where `commit` says. */
async function pulledBobs(commit: 'on a branch' | 'on main' | 'nowhere') {
  await server.save('ada', path, first);
  const workspace = new TestWorkspace(`folders:\n  conf: payments/${folder}\n`);
  const where = { cwd: workspace.root, env: server.env() };
  expect((await pawl(where, 'pull')).exit).toBe(0);
  workspace.commit('one');
  await server.save('bob', path, bobs);
  if (commit === 'on a branch') workspace.git('checkout', '--quiet', '-b', 'work');
  expect((await pawl(where, 'pull')).exit).toBe(0);
  if (commit !== 'nowhere') workspace.commit('pulled');
  expect(workspace.read(file)).toBe(bobs);
  const latest = async () => (await pawl(where, 'show', '-n', 'payments', path)).out;
  return Object.assign(workspace, { where, latest, run: (...args: string[]) => pawl(where, ...args) });
}

describe('a file that Git moved back to an older version’s text is no edit', () => {
  test.each([
    ['a checkout of another branch', 'on a branch', ['checkout', '--quiet', 'main']],
    ['a reset', 'on main', ['reset', '--quiet', '--hard', 'HEAD~1']],
    ['a checkout of the file', 'nowhere', ['checkout', '--quiet', '--', 'conf/a.yaml']],
    ['a stash', 'nowhere', ['stash', '--quiet']],
  ] as const)('%s', async (_, commit, back) => {
    using place = await pulledBobs(commit);
    place.git(...back);
    expect(place.read(file)).toBe(first);
    expect((await place.run('status')).out).toMatch(/changed there .*\s1\s+2\s/);
    for (const more of [[], ['--yes']]) {
      const ran = await place.run('deploy', ...more);
      expect(ran).toMatchObject({ exit: 0, err: expect.stringContaining('Nothing to deploy') });
      expect(await place.latest()).toBe(bobs);
    }
    expect((await place.run('pull')).exit).toBe(0);
    expect(place.read(file)).toBe(bobs);
  });

  test('also without a repository, and the message names how to save the old text all the same', async () => {
    using place = await pulledBobs('on main');
    place.remove('.git');
    place.write(file, first);
    const { out } = await place.run('status');
    expect(out).toMatch(/changed there .*\s1\s+2\s/);
    place.git('init', '--quiet');
    place.commit('anew');
    expect((await place.run('deploy')).err).toContain(`restore ${file}@1`);
  });
});

describe('an edit of a file that Git moved back', () => {
  test.each([
    ['on another branch', 'on a branch', ['checkout', '--quiet', 'main']],
    ['after a reset', 'on main', ['reset', '--quiet', '--hard', 'HEAD~1']],
    ['after a checkout of the file', 'nowhere', ['checkout', '--quiet', '--', 'conf/a.yaml']],
  ] as const)('%s is shown with what others saved in it, and asked about', async (_, commit, back) => {
    using place = await pulledBobs(commit);
    place.git(...back);
    place.write(file, first.replace('cap: 1', 'cap: 9'));
    place.commit('my cap');
    expect((await place.run('status')).out).toMatch(/changed in both .*\s1\s+2\s/);
    const asked = await place.run('deploy');
    expect(asked).toMatchObject({ exit: 3, err: expect.stringContaining('+cap: 9') });
    expect(asked.err).not.toContain('-fee');
    expect(await place.latest()).toBe(bobs);
    expect((await place.run('deploy', '--yes')).exit).toBe(0);
    expect(await place.latest()).toBe(bobs.replace('cap: 1', 'cap: 9'));
  });

  test('of the very place that was saved meanwhile clashes', async () => {
    using place = await pulledBobs('on a branch');
    place.git('checkout', '--quiet', 'main');
    place.write(file, first.replace('fee: 1', 'fee: 7'));
    place.commit('my fee');
    expect(await place.run('deploy', '--yes')).toMatchObject({
      exit: 3,
      err: expect.stringContaining('bob'),
    });
    expect(await place.latest()).toBe(bobs);
  });
});

describe('going back on purpose', () => {
  test('by a revert that the branch has: shown, asked about, and saved when confirmed', async () => {
    using place = await pulledBobs('on main');
    place.git('revert', '--no-edit', 'HEAD');
    expect((await place.run('status')).out).toMatch(/changed here .*\s2\s+2\s/);
    const asked = await place.run('deploy');
    expect(asked.exit).toBe(3);
    expect(asked.err).toContain('-fee: 2');
    expect(asked.err).toContain('has the text of version 1 again');
    expect(asked.err).toContain('bob');
    const dry = await place.run('deploy', '--dry-run', '-o', 'json');
    expect([dry.exit, JSON.parse(dry.out)]).toMatchObject([
      3,
      { dry_run: true, items: [{ new_version: 3 }] },
    ]);
    expect((await place.run('deploy', '--dry-run', '--yes')).exit).toBe(0);
    expect(await place.latest()).toBe(bobs);
    expect((await place.run('deploy', '--yes')).exit).toBe(0);
    expect(await place.latest()).toBe(first);
  });

  test('in a fresh clone, as a pipeline has it, too', async () => {
    using place = await pulledBobs('on main');
    place.git('revert', '--no-edit', 'HEAD');
    place.remove('.pawl');
    expect((await place.run('deploy', '--yes')).exit).toBe(0);
    expect(await place.latest()).toBe(first);
  });
});

describe('an edit made on what was pulled', () => {
  test.each(['on main', 'nowhere'] as const)('and committed %s is saved without a question', async commit => {
    using place = await pulledBobs(commit);
    place.write(file, bobs.replace('fee: 2', 'fee: 3').replace('cap: 1', 'cap: 9'));
    place.commit('mine');
    expect(await place.run('deploy')).toMatchObject({ exit: 0 });
    expect(await place.latest()).toBe('cap: 9\n\n\nfee: 3\n');
  });
});
