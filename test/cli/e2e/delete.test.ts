/** Deleting by the command line: configs by name, several at once, and never because a file is gone. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { pawl, TestWorkspace } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;
let folder: string;
let old: string;
let kept: string;
let nth = 0;

beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(() => {
  folder = `delete-${++nth}`;
  old = `config/payments/${folder}/old.yaml`;
  kept = `config/payments/${folder}/kept.yaml`;
});

const mapping = () => `folders:\n  config/payments/${folder}: payments/${folder}\n`;

/** Pulled, with old.yaml removed and committed. */
async function withOneGone() {
  await server.save('bob', `${folder}/old.yaml`, 'a: 1\n');
  await server.save('bob', `${folder}/kept.yaml`, 'b: 1\n');
  const workspace = new TestWorkspace(mapping());
  const where = { cwd: workspace.root, env: server.env() };
  await pawl(where, 'pull');
  workspace.commit('as on the server');
  workspace.remove(old);
  const commit = workspace.commit('old is not needed any more');
  return { workspace, where, commit, [Symbol.dispose]: () => workspace[Symbol.dispose]() };
}

type Place = { readonly cwd: string; readonly env: Record<string, string> };
const isThere = async (where: Place, name: string) =>
  (await pawl(where, 'show', '-n', 'payments', `${folder}/${name}`)).exit === 0;

test('a file that is gone here deletes nothing, and deploy says what would', async () => {
  using place = await withOneGone();
  place.workspace.write(kept, 'b: 2\n');
  place.workspace.commit();
  const ran = await pawl(place.where, 'deploy', '--yes');
  expect(ran).toMatchObject({ exit: 0, err: expect.stringContaining(`delete ${old}`) });
  expect(await isThere(place.where, 'old.yaml')).toBe(true);
  expect(await pawl(place.where, 'diff')).toMatchObject({ exit: 0, out: '' });
});

test('delete takes several configs as one deployment, all or none', async () => {
  using place = await withOneGone();
  const { where } = place;
  const missing = `config/payments/${folder}/none.yaml`;
  expect((await pawl(where, 'delete', '--yes', old, missing)).exit).toBe(2);
  expect(await isThere(where, 'old.yaml')).toBe(true);
  const unasked = await pawl(where, 'delete', old, kept);
  expect(unasked).toMatchObject({ exit: 3, err: expect.stringContaining('will delete 2 configs') });
  const dry = await pawl(where, 'delete', '--dry-run', old, kept);
  expect(dry).toMatchObject({ exit: 0, out: expect.stringContaining('Would delete') });
  const ran = await pawl(where, 'delete', '--yes', '-o', 'json', old, kept, old);
  expect(JSON.parse(ran.out)).toMatchObject({
    dry_run: false,
    items: [{ operation: 'delete' }, { operation: 'delete' }],
  });
  const log = await pawl(where, 'log', '-o', 'json');
  expect(JSON.parse(log.out).deployments[0]).toMatchObject({ change_count: 2 });
  for (const name of ['old.yaml', 'kept.yaml']) expect(await isThere(where, name)).toBe(false);
});

test('purge deletes a version and what says the same, with its reason, but not what the latest says', async () => {
  const path = `${folder}/leak.yaml`;
  const texts = ['password: hunter2\n', 'a: 1\n', 'password: hunter2\n'];
  for (const text of texts) await server.save('bob', path, text);
  const where = { cwd: '/', env: server.env() };
  const purge = (...args: string[]) => pawl(where, 'purge', `${path}@1`, '-n', 'payments', ...args);
  expect(await purge('--yes')).toMatchObject({ exit: 2, err: expect.stringContaining('--reason') });
  expect(await purge('--reason', 'leak')).toMatchObject({
    exit: 3,
    err: expect.stringContaining('every copy'),
  });
  expect(await purge('--reason', 'leak', '--yes')).toMatchObject({
    err: expect.stringContaining(
      'Version 3, the latest, has the same text as version 1. Save another text first',
    ),
  });
  await server.save('bob', path, 'a: 2\npassword: hunter2\n');
  // Nobody was there to say yes.
  expect((await purge('--reason', 'leak')).exit).toBe(3);
  expect((await pawl(where, 'show', '-n', 'payments', `${path}@1`)).exit).toBe(0);
  expect(await purge('--reason', 'leak', '--yes')).toMatchObject({
    exit: 0,
    out: `Purged payments/${path}@1, and version 3, which had the same text\n`,
    err: expect.stringMatching(/Version 4 holds the same secret[.] Purge each: .*@4.*replace the secret/s),
  });
  for (const version of [1, 3])
    expect((await pawl(where, 'show', '-n', 'payments', `${path}@${version}`)).exit).not.toBe(0);
});

test('what delete takes is listed by trash and brought back by undelete, but not what --purge takes', async () => {
  const path = `${folder}/old.yaml`;
  for (const text of ['a: 1\n', 'a: 2\n']) await server.save('bob', path, text);
  const where = { cwd: '/', env: server.env() };
  const run = (...args: string[]) => pawl(where, ...args, '-n', 'payments');
  expect((await run('delete', path, '--yes')).exit).toBe(0);
  expect((await run('trash')).out).toMatch(new RegExp(`payments/${path} +2 +.* ada `));
  expect(await run('undelete', path, '--yes')).toMatchObject({
    exit: 0,
    out: `Undeleted payments/${path}: 2 versions, the latest is 2\n`,
  });
  expect((await run('show', path)).out).toBe('a: 2\n');
  expect(await run('delete', path, '--purge')).toMatchObject({
    exit: 3,
    err: expect.stringContaining('permanently delete'),
  });
  await run('delete', path, '--yes');
  expect(await run('delete', path, '--purge', '--yes')).toMatchObject({
    exit: 0,
    out: `Purged payments/${path}\n`,
  });
  expect(await run('undelete', path)).toMatchObject({
    exit: 2,
    err: expect.stringContaining('is in the trash'),
  });
});

test('delete --purge of several says what was purged and what was not, where one cannot be', async () => {
  const [one, two] = [`${folder}/one.yaml`, `${folder}/two.yaml`];
  for (const path of [one, two]) await server.save('bob', path, 'a: 1\n');
  const where = { cwd: '/', env: server.env() };
  const run = (...args: string[]) => pawl(where, 'delete', '--purge', '--yes', '-n', 'payments', ...args);
  // It was never there, which only its own purge finds out.
  const ran = await run(one, `${folder}/none.yaml`, two);
  expect(ran).toMatchObject({
    ...{ exit: 2, out: `Purged payments/${one}\n` },
    err: expect.stringContaining(
      `1 config purged. Not purged: payments/${folder}/none.yaml, payments/${two}`,
    ),
  });
  expect(JSON.parse((await run('-o', 'json', `${folder}/none.yaml`, two)).out)).toMatchObject({
    ...{ purged: [], not_purged: [{ path: `${folder}/none.yaml` }, { path: two }] },
  });
  expect(JSON.parse((await run('-o', 'json', two)).out)).toMatchObject({
    ...{ purged: [{ path: two }], not_purged: [] },
  });
});
