/**
 * The commits of a branch that changed files below a folder, oldest first, as Git tells them: along first parents, so that
 * every text was once the branch's own, with renames. Invariant: paths and objects are read as bytes between NULs, so no
 * name of a file can be taken for another line.
 */
import { CliError } from './errors.ts';
import { betweenNuls, GitChild, type GitPlace } from './git-child.ts';

export interface FileChange {
  /** From the root of the repository; null: it is not UTF-8. */
  readonly path: string | null;
  readonly kind: 'added' | 'modified' | 'deleted' | 'renamed';
  /** Of a renamed one. */
  readonly from: string | null;
  /** Of the new content. */
  readonly blob: string;
  /** Of the content before. */
  readonly before: string;
  /** Whether it is a plain file now: not a symbolic link, not a submodule. */
  readonly isFile: boolean;
}

export interface LoggedCommit {
  readonly commit: string;
  readonly changes: readonly FileChange[];
}

/** So many files of one commit are compared with each other to find renames. */
const renameLimit = 2_000;

/** @param folder from the root of the repository; empty: all of it */
export async function* commitsOf(place: GitPlace, folder: string): AsyncGenerator<LoggedCommit> {
  const child = new GitChild(place, [
    ...['log', '--first-parent', '-m', '--reverse', '--raw', '-r', '-z', '--no-abbrev', '--no-ext-diff'],
    ...['--find-renames', `-l${renameLimit}`, '--no-color', '--format=%x00%H', 'HEAD'],
    ...['--', folder === '' ? ':/' : `:(top,literal)${folder}`],
  ]);
  let commit = '';
  let changes: FileChange[] = [];
  let header: readonly string[] | null = null;
  let paths: (string | null)[] = [];
  for await (const token of betweenNuls(child.output)) {
    if (header) {
      paths.push(utf8Of(token));
      const [, , , , status = ''] = header;
      if (paths.length < (/^[RC]/.test(status) ? 2 : 1)) continue;
      const change = changeOf(header, paths);
      if (change) changes.push(change);
      header = null;
      paths = [];
      continue;
    }
    const text = token.toString('latin1').trim();
    if (text.startsWith(':')) header = text.slice(1).split(' ');
    else if (/^[0-9a-f]{40,64}$/.test(text)) {
      if (commit !== '') yield { commit, changes };
      commit = text;
      changes = [];
    } else if (text !== '')
      throw new CliError('Git', `git log printed something unexpected: ${text.slice(0, 80)}`);
  }
  if (commit !== '') yield { commit, changes };
  await child.end();
}

/** Null: nothing that a text could have. */
function changeOf(
  [, mode = '', before = '', blob = '', status = '']: readonly string[],
  paths: readonly (string | null)[],
): FileChange | null {
  const isFile = mode.startsWith('100');
  const path = paths.at(-1) ?? null;
  const facts = { path, blob, before, isFile, from: null };
  switch (status[0]) {
    case 'A':
    case 'C':
      return { ...facts, kind: 'added' };
    case 'D':
      return { ...facts, kind: 'deleted' };
    case 'R':
      return { ...facts, kind: 'renamed', from: paths[0] ?? null };
    case 'M':
    case 'T':
      return { ...facts, kind: 'modified' };
    default:
      return null;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8Of(bytes: Buffer): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
