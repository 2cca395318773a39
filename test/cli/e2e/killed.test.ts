/** Killed in the middle of its work, a command leaves nothing that the next one cannot finish. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../setup/until.ts';
import { pawl, TestWorkspace } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;

beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

const main = new URL('../../../cli/main.ts', import.meta.url).pathname;

test('a pull that is killed loses no edit, mine or theirs, and the next one ends it', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `${index}.yaml`);
  const text = (mine: number, theirs: number) => `mine: ${mine}\nunchanged: 0\ntheirs: ${theirs}\n`;
  for (const name of names) await server.save('bob', `killed/${name}`, text(0, 0));
  using workspace = new TestWorkspace('folders:\n  config: payments/killed\n');
  const where = { cwd: workspace.root, env: server.env() };
  await pawl(where, 'pull');
  for (const name of names) {
    workspace.write(`config/${name}`, text(1, 0));
    await server.save('bob', `killed/${name}`, text(0, 1));
  }
  workspace.commit('mine');
  const files = () => names.map(name => workspace.read(`config/${name}`));
  const merged = () => files().filter(one => one === text(1, 1)).length;
  for (const enough of [1, 20]) {
    const child = spawn(process.execPath, [main, 'pull'], {
      cwd: where.cwd,
      env: where.env,
      stdio: 'ignore',
    });
    const ended = new Promise(resolve => child.once('close', resolve));
    await until('it has begun', 20_000, () => merged() >= enough || child.exitCode !== null);
    child.kill('SIGKILL');
    await ended;
    for (const one of files()) expect([text(1, 0), text(1, 1)]).toContain(one);
  }
  expect((await pawl(where, 'pull')).exit).toBe(0);
  expect(merged()).toBe(names.length);
  workspace.commit('pulled');
  expect((await pawl(where, 'deploy')).exit).toBe(0);
  expect((await pawl(where, 'show', 'config/59.yaml')).out).toBe(text(1, 1));
});
