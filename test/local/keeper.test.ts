/** What is started ends: with whoever started it, however that ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { Keeper, stopProgram } from '../../local/keeper.ts';
import { until } from '../../local/wait.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const untilGone = (pid: number) => until(`the end of ${pid}`, () => !isAlive(pid) || undefined);

/** Another process of ours that starts a program, which starts one itself in a session of its own. */
async function parentOf(command: string): Promise<{ parent: ChildProcess; pids: number[]; folder: string }> {
  const script = `
    import { readFileSync } from 'node:fs';
    import { Keeper } from ${JSON.stringify(new URL('../../local/keeper.ts', import.meta.url).href)};
    import { until } from ${JSON.stringify(new URL('../../local/wait.ts', import.meta.url).href)};
    const keeper = await Keeper.open('test');
    const program = await keeper.start({ name: 'one', command: 'sh', args: ['-c', ${JSON.stringify(command)}] });
    const inner = await until('the inner pid', () => Number(readFileSync(program.log, 'utf8').trim()) || undefined);
    console.log(JSON.stringify({ pids: [program.pid, inner], folder: keeper.folder }));
    setInterval(() => {}, 60_000);`;
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(parent);
  const [line] = (await once(createInterface({ input: parent.stdout! }), 'line')) as [string];
  return { parent, ...(JSON.parse(line) as { pids: number[]; folder: string }) };
}

describe('programs and their temporary folder', () => {
  for (const signal of ['SIGKILL', 'SIGINT', 'SIGTERM'] as const) {
    it(`are gone after ${signal} to the process that started them`, async () => {
      const { parent, pids, folder } = await parentOf('sleep 600 & echo $!; wait');
      expect(pids.map(isAlive)).toEqual([true, true]);
      parent.kill(signal);
      await Promise.all(pids.map(untilGone));
      await until('the folder being gone', () => !existsSync(folder) || undefined);
    });
  }

  it('are gone also when a program ignores every polite signal', async () => {
    const { parent, pids, folder } = await parentOf(
      "trap '' INT TERM HUP QUIT; sleep 600 & echo $!; wait; wait; wait",
    );
    parent.kill('SIGKILL');
    await Promise.all(pids.map(untilGone));
    await until('the folder being gone', () => !existsSync(folder) || undefined);
  });

  it('are gone after close', async () => {
    const keeper = await Keeper.open('test');
    const program = await keeper.start({ name: 'one', command: 'sleep', args: ['600'] });
    await keeper.close();
    expect(isAlive(program.pid)).toBe(false);
    expect(program.exit).toEqual({ code: null, signal: 'SIGKILL' });
    expect(existsSync(keeper.folder)).toBe(false);
    await keeper.close();
  });
});

describe('a program', () => {
  it('tells its exit status, also when it ends at once', async () => {
    const keeper = await Keeper.open('test');
    try {
      const program = await keeper.start({ name: 'seven', command: 'sh', args: ['-c', 'exit 7'] });
      expect(await program.ended()).toEqual({ code: 7, signal: null });
      await program.signal('SIGKILL');
    } finally {
      await keeper.close();
    }
  });

  it('that does not exist is an error of start', async () => {
    const keeper = await Keeper.open('test');
    try {
      await expect(keeper.start({ name: 'none', command: '/nowhere/none', args: [] })).rejects.toThrow(
        'ENOENT',
      );
    } finally {
      await keeper.close();
    }
  });

  it('that does not stop politely is killed when its time is up', async () => {
    const keeper = await Keeper.open('test');
    try {
      const program = await keeper.start({
        name: 'deaf',
        command: 'sh',
        args: ['-c', "trap '' TERM; echo deaf; sleep 600"],
      });
      await until(
        'the trap',
        async () => (await readFile(program.log, 'utf8')).includes('deaf') || undefined,
      );
      expect(await stopProgram(program, 'SIGTERM', 300)).toEqual({ code: null, signal: 'SIGKILL' });
    } finally {
      await keeper.close();
    }
  });
});
