/** The lock between processes that build or install the same thing. */
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from '../../local/lock.mjs';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pawl-lock-'));
  path = join(folder, 'below', 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('lets one in at a time, and tells the others who is inside', async () => {
  let inside = 0;
  const holders: string[] = [];
  const work = async () => {
    expect(++inside).toBe(1);
    await new Promise(setImmediate);
    inside--;
  };
  const onWait = (holder: string) => void holders.push(holder);
  await Promise.all(Array.from({ length: 4 }, () => withLock(path, work, { onWait })));
  expect(holders).toEqual([1, 2, 3].map(() => String(process.pid)));
});

it('is released when the work fails', async () => {
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(withLock(path, async () => 'in')).resolves.toBe('in');
});

it('of a process that is dead is broken', async () => {
  await withLock(path, async () => {});
  await writeFile(path, `4194303 ${hostname()}`);
  await expect(withLock(path, async () => readFile(path, 'utf8'))).resolves.toContain(String(process.pid));
});

it('of another machine is broken when it has shown no life for long', async () => {
  await withLock(path, async () => {});
  await writeFile(path, '1 elsewhere');
  await utimes(path, new Date(0), new Date(0));
  await expect(withLock(path, async () => 'in')).resolves.toBe('in');
});
