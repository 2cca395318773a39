/** The account of kills: what is summed for a file, and which files were spared. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { seedOf } from './kill-moments.ts';
import { addAccount, formatAccounts, readAccounts, sparedOf } from './kills.ts';

it('sums the groups of a file, names those spared although there was time, and forgives those that had none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pawl-kills-'));
  try {
    const path = join(folder, 'kills.jsonl');
    await addAccount(path, { file: 'a', kills: 2, atWork: 1, exposedMs: 30_000 });
    await addAccount(path, { file: 'a', kills: 1, atWork: 1, exposedMs: 10_000 });
    await addAccount(path, { file: 'b', kills: 0, atWork: 0, exposedMs: 25_000 });
    await addAccount(path, { file: 'c', kills: 0, atWork: 0, exposedMs: 2_000 });
    const accounts = await readAccounts(path, ['a', 'b', 'c', 'd']);
    expect(accounts[0]).toEqual({
      file: 'a',
      groups: 2,
      kills: 3,
      atWork: 2,
      exposedSeconds: 40,
      longestSeconds: 30,
    });
    expect(accounts[3]).toEqual({
      file: 'd',
      groups: 0,
      kills: 0,
      atWork: 0,
      exposedSeconds: 0,
      longestSeconds: 0,
    });
    expect(sparedOf(accounts)).toEqual(['b']);
    expect(formatAccounts(accounts, 7).split('\n').at(-1)).toMatch(/^in all\s+4\s+3\s+2\s+67$/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('is empty before anything ran', async () => {
  expect(await readAccounts(join(tmpdir(), 'pawl-none', 'kills.jsonl'), [])).toEqual([]);
});

it('every group of replicas draws its own moments from one seed, the same in every run', () => {
  const seeds = [seedOf(7, 'a', 0), seedOf(7, 'a', 1), seedOf(7, 'b', 0), seedOf(8, 'a', 0)];
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(seedOf(7, 'a', 0)).toBe(seeds[0]);
});
