/**
 * Vitest's global setup: the seed of a run, and, where leaders are killed, the account of it when all has run. A file
 * that was spared although there was time fails the run: what was not tried has not passed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { TestProject } from 'vitest/node';
import { formatAccounts, readAccounts, sparedOf } from './kills.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of everything random in this run: PAWL_TEST_SEED; else the same one always, and where leaders are killed another one. */
    seed: number;
    /** Path of the account of kills (kills.ts). */
    kills: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const areKilled = process.env.PAWL_TEST_KILL_LEADERS === '1';
  const seed = Number(process.env.PAWL_TEST_SEED ?? (areKilled ? Date.now() % 2 ** 31 : 20_260_101));
  const folder = await mkdtemp(join(tmpdir(), 'pawl-kills-'));
  const path = join(folder, 'kills.jsonl');
  project.provide('seed', seed);
  project.provide('kills', path);
  if (areKilled) console.log(`leaders are killed at random: PAWL_TEST_SEED=${seed}`);
  return async () => {
    if (areKilled) await tell(project, path, seed);
    await rm(folder, { recursive: true, force: true });
  };
}

async function tell(project: TestProject, path: string, seed: number): Promise<void> {
  const files = project.vitest.state
    .getFiles()
    .filter(file => file.projectName === project.name)
    .map(file => relative(project.config.root, file.filepath));
  const accounts = await readAccounts(path, files.sort());
  if (accounts.length === 0) return;
  console.log(`\n${formatAccounts(accounts, seed)}\n`);
  const spared = sparedOf(accounts);
  if (spared.length === 0) return;
  console.error(`no leader was killed in ${spared.join(', ')}`);
  process.exitCode = 1;
}
