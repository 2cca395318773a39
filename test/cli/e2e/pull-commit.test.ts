/** `pull --commit` with the real Git and a real server: what others saved comes back, with their names. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pawl } from '../world.ts';
import { deployedWorkspace, firstText as text } from './deployed.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;
let nth = 0;
let folder: string;
let file: string;
let path: string;

beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(() => {
  nth += 1;
  folder = `pull-${nth}`;
  path = `${folder}/eu.yaml`;
  file = `config/payments/${path}`;
});

const deployed = () => deployedWorkspace(server, folder);
const saved = (author: string, to: string) => server.save(author, path, to);

describe('pull --commit', () => {
  test('commits what others saved, with them as co-authors, and nothing else', async () => {
    using workspace = await deployed();
    await saved('bob', text.replace('1000', '1200'));
    await saved('cem', text.replace('1000', '1200').replace('burst: 10', 'burst: 20'));
    await server.save('dan', `${folder}/new.yaml`, 'a: 1\n');
    workspace.write('staged.txt', 'mine');
    workspace.git('add', 'staged.txt');
    const ran = await pawl({ cwd: workspace.root, env: workspace.env }, 'pull', '--commit');
    expect(ran).toMatchObject({ exit: 0, err: expect.stringMatching(/Committed as \w{7} \(main\)/) });
    expect(workspace.git('show', '-s', '--format=%an|%B').trim()).toBe(
      [
        'Robot|Bring in what was saved in 2 configs',
        '',
        `- payments/${path}: version 1 → 3 by cem`,
        `- payments/${folder}/new.yaml: version 1 by dan`,
        '',
        'Co-authored-by: bob <>',
        'Co-authored-by: cem <>',
        'Co-authored-by: dan <>',
      ].join('\n'),
    );
    expect(workspace.git('show', '--name-only', '--format=').trim().split('\n')).toEqual([
      file,
      `config/payments/${folder}/new.yaml`,
    ]);
    expect(workspace.git('show', `HEAD:${file}`)).toBe(
      text.replace('1000', '1200').replace('burst: 10', 'burst: 20'),
    );
    expect(workspace.git('diff', '--cached', '--name-only').trim()).toBe('staged.txt');
    const head = workspace.git('rev-parse', 'HEAD');
    expect(await pawl({ cwd: workspace.root, env: workspace.env }, 'pull', '--commit')).toMatchObject({
      exit: 0,
    });
    expect(workspace.git('rev-parse', 'HEAD')).toBe(head);
    expect(await pawl({ cwd: workspace.root, env: workspace.env }, 'deploy')).toMatchObject({
      exit: 0,
      err: expect.stringContaining('Nothing to deploy'),
    });
  });

  test('onto a branch that begins here; one with commits of its own is not taken', async () => {
    using workspace = await deployed();
    const where = { cwd: workspace.root, env: workspace.env };
    expect(await pawl(where, 'pull', '--commit', '--branch', 'pawl/pull')).toMatchObject({ exit: 0 });
    expect(workspace.git('branch', '--list', 'pawl/*')).toBe('');
    await saved('bob', text.replace('1000', '1200'));
    const ran = await pawl(where, 'pull', '--commit', '--branch', 'pawl/pull', '-o', 'json');
    expect(JSON.parse(ran.out)).toMatchObject({
      commit: { id: workspace.git('rev-parse', 'pawl/pull').trim(), branch: 'pawl/pull' },
      files: [{ result: 'updated', version: 2 }],
    });
    expect(workspace.git('rev-parse', 'pawl/pull~1')).toBe(workspace.git('rev-parse', 'main'));
    workspace.git('checkout', '--quiet', 'main');
    const taken = await pawl(where, 'pull', '--commit', '--branch', 'pawl/pull');
    expect(taken).toMatchObject({ exit: 2, err: expect.stringContaining('has commits that are not here') });
    for (const name of ['-f', 'a b', '..', 'x~1'])
      expect(await pawl(where, 'pull', '--commit', `--branch=${name}`)).toMatchObject({ exit: 2 });
    expect(await pawl(where, 'pull', '--branch', 'x')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('give --commit'),
    });
  });

  test('merges what Git and the server changed, leaves a clash as it is and ends with 3, and takes no uncommitted text along', async () => {
    using workspace = await deployed();
    const where = { cwd: workspace.root, env: workspace.env };
    await saved('bob', text.replace('1000', '1200'));
    workspace.write(file, text.replace('region: eu', 'region: us'));
    expect(await pawl(where, 'pull', '--commit')).toMatchObject({
      exit: 2,
      err: expect.stringContaining(`${file} has changes that are in no commit`),
    });
    workspace.commit('to the us');
    expect(await pawl(where, 'pull', '--commit')).toMatchObject({ exit: 0 });
    const merged = text.replace('1000', '1200').replace('region: eu', 'region: us');
    expect(workspace.git('show', `HEAD:${file}`)).toBe(merged);
    await saved('bob', text.replace('1000', '1300'));
    await server.save('dan', `${folder}/new.yaml`, 'a: 1\n');
    workspace.write(file, merged.replace('1200', '1400'));
    workspace.commit('another cap');
    const ran = await pawl(where, 'pull', '--commit');
    expect(ran).toMatchObject({ exit: 3, out: expect.stringContaining('clashes with version 3 by bob') });
    expect(workspace.read(file)).toBe(merged.replace('1200', '1400'));
    expect(workspace.git('show', '--name-only', '--format=').trim()).toBe(
      `config/payments/${folder}/new.yaml`,
    );
  });

  test('lets no comment name a co-author or another line', async () => {
    using workspace = await deployed();
    const where = { cwd: workspace.root, env: { ...workspace.env, PAWL_TOKEN: 'eve' } };
    const evil = 'x\n\nCo-authored-by: Mallory <m@example.com>';
    writeFileSync(join(workspace.root, 'evil'), text.replace('1000', '1'));
    expect(await pawl(where, 'save', '-n', 'payments', path, 'evil', '--yes', '-m', evil)).toMatchObject({
      exit: 0,
    });
    rmSync(join(workspace.root, 'evil'));
    expect(await pawl({ ...where, env: workspace.env }, 'pull', '--commit')).toMatchObject({ exit: 0 });
    expect(workspace.git('show', '-s', '--format=%(trailers:key=Co-authored-by)')).not.toContain('Mallory');
  });
});
