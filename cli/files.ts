/**
 * Writes files of a person's workspace. Invariant: a file is replaced in one step and only while it still holds what
 * was read from it; even after a failure or a kill, it holds the old text or the new one, and texts that a merge
 * replaced stay in `.pawl/kept`.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { sha256 } from '../text/sha256.ts';
import { CliError, codeOf } from './errors.ts';

export const pawlFolder = '.pawl';

const keptTexts = 100;

/** Pawl's own folder in a workspace, which Git ignores. */
export function ownFolder(root: string, ...names: string[]): string {
  const own = join(root, pawlFolder);
  const folder = join(own, ...names);
  mkdirSync(folder, { recursive: true });
  const ignore = join(own, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  return folder;
}

export interface Replacement {
  /** Relative to the root, with slashes. */
  readonly file: string;
  readonly text: string;
  /** SHA-256 of what the file must still hold; null: there must be no such file. */
  readonly expected: string | null;
  /** Keep what it held. */
  readonly keep?: boolean;
}

/** Throws CliError `File` and changes nothing when it cannot be done, or when somebody changed the file meanwhile. */
export function replaceFile(root: string, { file, text, expected, keep }: Replacement): void {
  const target = join(root, file);
  let temporary: string | undefined;
  try {
    mustLieInside(root, target);
    mkdirSync(dirname(target), { recursive: true });
    temporary = join(ownFolder(root, 'tmp'), randomUUID());
    writeDurably(temporary, text, expected === null ? 0o666 : statSync(target).mode);
    if (expected === null) linkNew(temporary, target);
    else {
      if (sha256(readFileSync(target)) !== expected) throw changedMeanwhile(file);
      if (keep) keepText(root, target, file);
      move(temporary, target);
    }
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw explained(file, cause);
  } finally {
    if (temporary !== undefined) rmSync(temporary, { force: true });
  }
}

/** Writes a file of ours in one step; the last of several writers wins. */
export function writeOwn(path: string, text: string): void {
  const temporary = `${path}.${randomUUID()}`;
  try {
    writeDurably(temporary, text, 0o666);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeDurably(path: string, text: string, mode: number): void {
  const file = openSync(path, 'wx', mode & 0o777);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Fails where a file exists, even under a name that only this file system takes for the same. */
function linkNew(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw cause;
    // No hard links here, or `.pawl` is on another disk.
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (cause) {
    if (codeOf(cause) !== 'EXDEV') throw cause;
    // Not named after the file, whose name may be as long as names can be.
    const beside = join(dirname(to), `.${randomUUID()}`);
    try {
      copyFileSync(from, beside);
      renameSync(beside, to);
    } finally {
      rmSync(beside, { force: true });
    }
  }
}

/** Where a text that a merge replaced can be found again. */
function keepText(root: string, target: string, file: string): void {
  const folder = ownFolder(root, 'kept');
  const names = readdirSync(folder).sort();
  for (const name of names.slice(0, Math.max(0, names.length - keptTexts + 1)))
    rmSync(join(folder, name), { force: true });
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  copyFileSync(
    target,
    join(folder, `${stamp}-${file.replaceAll('/', '__').slice(-150)}`),
    constants.COPYFILE_EXCL,
  );
}

/** A folder on the way may be a symbolic link. */
function mustLieInside(root: string, target: string): void {
  let existing = dirname(target);
  while (!existsSync(existing)) existing = dirname(existing);
  const path = relative(root, realpathSync(existing));
  if (path === '..' || path.startsWith(`..${sep}`)) {
    throw new CliError(
      'File',
      `${relative(root, target)} lies outside the workspace, behind a symbolic link; it is left alone`,
    );
  }
}

function changedMeanwhile(file: string): CliError {
  return new CliError('File', `${file} was changed while this ran; it is left as it is`);
}

function explained(file: string, cause: unknown): CliError {
  const code = codeOf(cause);
  const known: Record<string, string> = {
    EEXIST: 'there is another file of this name, or of one that this file system takes for the same',
    ENOENT: 'it is gone, or a folder on the way is',
    ENOSPC: 'the disk is full',
    EDQUOT: 'your disk quota is used up',
    EFBIG: 'the disk does not take a file of this size',
    EROFS: 'the disk cannot be written to',
    EACCES: 'you may not write there',
    EPERM: 'you may not write there',
    ENOTDIR: 'a folder on the way is a file',
    EISDIR: 'it is a folder',
    ENAMETOOLONG: 'its name is too long for this file system',
  };
  return new CliError('File', `${file} could not be written: ${known[code] ?? code}; it is as it was`, {
    cause,
  });
}
