/**
 * The account of a run with replicas: what each file of tests saw, written by the processes that run them and read
 * by the one that started those. Invariant: a file whose replicas could be killed for long and were not is told.
 */
import { appendFile, readFile } from 'node:fs/promises';

/** Of one group of replicas, at its end. */
export interface GroupAccount {
  /** Of tests, below the project's root. */
  readonly file: string;
  readonly kills: number;
  /** Of those, how many leaders had a reconcile in hand. */
  readonly atWork: number;
  /** From the first leader to the end, without what had to be undisturbed. */
  readonly exposedMs: number;
}

export interface FileAccount {
  readonly file: string;
  readonly groups: number;
  readonly kills: number;
  readonly atWork: number;
  readonly exposedSeconds: number;
  /** Of the group that could be killed for longest. */
  readonly longestSeconds: number;
}

/** Whoever leads for this long is killed: the longest of kill-moments.ts, and some patience with a busy machine. */
const exposedEnoughSeconds = 20;

export async function addAccount(path: string, account: GroupAccount): Promise<void> {
  await appendFile(path, `${JSON.stringify(account)}\n`);
}

/** A row for each of `files`, also those without any replicas. */
export async function readAccounts(path: string, files: readonly string[]): Promise<FileAccount[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const groups = text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as GroupAccount);
  return files.map(file => {
    const own = groups.filter(group => group.file === file);
    const sum = (of: (group: GroupAccount) => number) => own.reduce((total, group) => total + of(group), 0);
    return {
      file,
      groups: own.length,
      kills: sum(({ kills }) => kills),
      atWork: sum(({ atWork }) => atWork),
      exposedSeconds: Math.round(sum(({ exposedMs }) => exposedMs) / 1000),
      longestSeconds: Math.round(Math.max(0, ...own.map(({ exposedMs }) => exposedMs)) / 1000),
    };
  });
}

/** Files that were spared although there was time. */
export function sparedOf(accounts: readonly FileAccount[]): string[] {
  return accounts
    .filter(({ kills, longestSeconds }) => kills === 0 && longestSeconds >= exposedEnoughSeconds)
    .map(({ file }) => file);
}

export function formatAccounts(accounts: readonly FileAccount[], seed: number): string {
  const width = Math.max(...accounts.map(({ file }) => file.length), 'in all'.length);
  const line = (file: string, ...cells: (string | number)[]) =>
    [file.padEnd(width), ...cells.map(cell => String(cell).padStart(8))].join('');
  const total = (of: (account: FileAccount) => number) =>
    accounts.reduce((sum, account) => sum + of(account), 0);
  return [
    `leaders killed, PAWL_TEST_SEED=${seed}`,
    line('file', 'groups', 'kills', 'at work', 'seconds'),
    ...accounts.map(({ file, groups, kills, atWork, exposedSeconds }) =>
      line(file, groups, kills, atWork, exposedSeconds),
    ),
    line(
      'in all',
      total(({ groups }) => groups),
      total(({ kills }) => kills),
      total(({ atWork }) => atWork),
      total(({ exposedSeconds }) => exposedSeconds),
    ),
  ].join('\n');
}
