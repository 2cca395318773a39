/** Deleting by the command line: what is gone from the workspace, with `--prune`, and several configs by name. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PtyRun } from '../pty.ts';
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
  folder = `prune-${++nth}`;
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

describe('a file that is gone here', () => {
  test('is deleted by nobody who does not ask for it', async () => {
    using place = await withOneGone();
    place.workspace.write(kept, 'b: 2\n');
    place.workspace.commit();
    const ran = await pawl(place.where, 'deploy', '--yes');
    expect(ran).toMatchObject({ exit: 0, err: expect.stringContaining(`deploy --prune ${old}`) });
    expect(await isThere(place.where, 'old.yaml')).toBe(true);
    expect(await pawl(place.where, 'diff')).toMatchObject({ exit: 0, out: '' });
  });

  test('is shown by diff --prune and --dry-run, asked about, and deleted with what is saved, as one deployment', async () => {
    using place = await withOneGone();
    const { where, workspace, commit } = place;
    const shown = await pawl(where, 'diff', '--prune');
    expect(shown).toMatchObject({
      exit: 1,
      out: expect.stringMatching(/old\.yaml \(version 1\)[\s\S]*-a: 1/),
    });
    const dry = await pawl(where, 'deploy', '--prune', '--dry-run');
    expect(dry).toMatchObject({ exit: 0, out: expect.stringMatching(/old\.yaml\s+1\s+deleted/) });
    const unasked = await pawl(where, 'deploy', '--prune');
    expect(unasked).toMatchObject({ exit: 3, err: expect.stringContaining('--yes') });
    expect(unasked.err).toMatch(/delete {2}\S+old\.yaml: version 1 by bob/);
    expect(await isThere(where, 'old.yaml')).toBe(true);

    workspace.write(kept, 'b: 2\n');
    const ran = await pawl(where, 'deploy', '--prune', '--yes', '-o', 'json');
    expect(JSON.parse(ran.out).items).toMatchObject([
      { path: `${folder}/kept.yaml`, operation: 'update', new_version: 2 },
      { path: `${folder}/old.yaml`, operation: 'delete', old_version: 1 },
    ]);
    const log = await pawl(where, 'log', '-o', 'json');
    const [newest] = JSON.parse(log.out).deployments;
    expect(newest).toMatchObject({ git: { commit }, change_count: 2 });
    expect(await pawl(where, 'status')).toMatchObject({ exit: 0, err: '1 file in sync.\n' });
    const again = await pawl(where, 'deploy', '--prune', '--yes');
    expect(again).toMatchObject({ exit: 0, err: expect.stringContaining('Nothing to deploy') });
  });

  test('is asked about at a terminal, and stays when the answer is no', async () => {
    using place = await withOneGone();
    await using refused = new PtyRun(place.where, 'deploy', '--prune');
    await refused.shows('1 config is deleted with its whole history');
    await refused.shows('Delete it? [y/N]');
    refused.type('n\n');
    expect(await refused.exit).toBe(3);
    expect(await isThere(place.where, 'old.yaml')).toBe(true);
    await using agreed = new PtyRun(place.where, 'deploy', '--prune');
    await agreed.shows('Delete it? [y/N]');
    agreed.type('y\n');
    expect(await agreed.exit).toBe(0);
    expect(await isThere(place.where, 'old.yaml')).toBe(false);
  });

  test('and that somebody saved since is not deleted, nor is anything else done', async () => {
    using place = await withOneGone();
    const { where, workspace } = place;
    await server.save('eve', `${folder}/old.yaml`, 'a: 2\n');
    workspace.write(kept, 'b: 2\n');
    workspace.commit();
    const ran = await pawl(where, 'deploy', '--prune', '--yes');
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain('is to be deleted as of version 1; eve has saved version 2 since');
    expect(ran.err).toContain(`kubectl pawl diff --version 1..2 ${old}`);
    expect(ran.err).toContain(`kubectl pawl delete ${old}`);
    expect(ran.err).not.toContain('resolve');
    expect((await pawl(where, 'show', kept)).out).toBe('b: 1\n');
    expect(await isThere(where, 'old.yaml')).toBe(true);
  });

  test('is known from Git in a fresh checkout, where what Git never knew is left alone', async () => {
    using place = await withOneGone();
    const { where, workspace } = place;
    await server.save('bob', `${folder}/stranger.yaml`, 'c: 1\n');
    workspace.remove('.pawl');
    const ran = await pawl(where, 'deploy', '--prune', '--yes');
    expect(ran).toMatchObject({ exit: 0, out: expect.stringMatching(/old\.yaml\s+1\s+deleted/) });
    expect(await isThere(where, 'old.yaml')).toBe(false);
    expect(await isThere(where, 'stranger.yaml')).toBe(true);
  });

  test('with all others of its folder is deleted only when the folder is named', async () => {
    using place = await withOneGone();
    const { where, workspace } = place;
    workspace.remove(kept);
    workspace.commit();
    const ran = await pawl(where, 'deploy', '--prune', '--yes');
    expect(ran).toMatchObject({ exit: 2, err: expect.stringContaining('holds no file any more') });
    expect(await isThere(where, 'old.yaml')).toBe(true);
    expect((await pawl(where, 'deploy', '--prune', '--yes', `config/payments/${folder}`)).exit).toBe(0);
    for (const name of ['old.yaml', 'kept.yaml']) expect(await isThere(where, name)).toBe(false);
  });
});

test('delete takes several configs as one deployment, all or none', async () => {
  using place = await withOneGone();
  const { where } = place;
  const missing = `config/payments/${folder}/none.yaml`;
  expect((await pawl(where, 'delete', '--yes', old, missing)).exit).toBe(2);
  expect(await isThere(where, 'old.yaml')).toBe(true);
  const unasked = await pawl(where, 'delete', old, kept);
  expect(unasked).toMatchObject({ exit: 3, err: expect.stringContaining('2 configs are deleted') });
  const dry = await pawl(where, 'delete', '--dry-run', old, kept);
  expect(dry).toMatchObject({ exit: 0, out: expect.stringContaining('would be deleted') });
  const ran = await pawl(where, 'delete', '--yes', '-o', 'json', old, kept, old);
  expect(JSON.parse(ran.out)).toMatchObject({
    dry_run: false,
    items: [{ operation: 'delete' }, { operation: 'delete' }],
  });
  const log = await pawl(where, 'log', '-o', 'json');
  expect(JSON.parse(log.out).deployments[0]).toMatchObject({ change_count: 2 });
  for (const name of ['old.yaml', 'kept.yaml']) expect(await isThere(where, name)).toBe(false);
});
