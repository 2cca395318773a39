/**
 * The configs in the folders of a workspace, as they are on disk. Invariant: nothing outside the workspace is read,
 * and what is left out is named.
 */
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { checkPath } from '../text/config-path.ts';
import type { Format } from '../text/format.ts';
import { sha256 } from '../text/sha256.ts';
import { CliError, codeOf, whyUnread } from './errors.ts';
import {
  type ConfigId,
  configOfFile,
  formatOfFile,
  inside,
  type Workspace,
  workspaceFile,
} from './workspace.ts';

export interface LocalFile {
  readonly file: string;
  readonly config: ConfigId;
  readonly format: Format;
  readonly text: string;
  readonly sha256: string;
}

/** A file that looks like a config and cannot be one. */
export interface LeftOut {
  readonly file: string;
  readonly why: string;
}

export interface Scanned {
  readonly files: readonly LocalFile[];
  readonly leftOut: readonly LeftOut[];
}

const maxFileBytes = 32 * 1024 * 1024;

/** @param only files or folders, relative to the root; without any, everything */
export function scan(workspace: Workspace, only: readonly string[] = []): Scanned {
  const files: LocalFile[] = [];
  const leftOut: LeftOut[] = [];
  const wanted = (file: string) => only.length === 0 || only.some(one => inside(one, file));
  const onTheWay = (folder: string) => wanted(folder) || only.some(one => inside(folder, one));
  const take = (file: string, entry: Dirent) => {
    if (file === workspaceFile || !wanted(file)) return;
    const format = formatOfFile(workspace, file);
    if (workspace.ignore.some(glob => matchesGlob(file, glob))) return;
    const config = configOfFile(workspace, file);
    if (format === null || config === null) return;
    const why = entry.isSymbolicLink() ? 'it is a symbolic link' : checkPath(config.path);
    if (why !== null) {
      leftOut.push({ file, why });
      return;
    }
    const read = readText(join(workspace.root, file));
    if (typeof read === 'string') files.push({ file, config, format, text: read, sha256: sha256(read) });
    else leftOut.push({ file, why: read.why });
  };
  const walk = (folder: string) => {
    for (const entry of entriesOf(join(workspace.root, folder))) {
      const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) {
        const nested = workspace.folders.some(other => other.folder === path);
        if (!nested && onTheWay(path)) walk(path);
      } else if (entry.isFile() || entry.isSymbolicLink()) take(path, entry);
    }
  };
  for (const { folder } of workspace.folders) if (onTheWay(folder)) walk(folder);
  files.sort((a, b) => (a.file < b.file ? -1 : 1));
  return { files, leftOut };
}

/** The text of a file that must be UTF-8, byte order mark included. */
export function readText(path: string): string | { readonly why: string } {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > maxFileBytes) return { why: 'it is larger than 32 MiB' };
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const isText = codeOf(cause) !== 'ERR_ENCODING_INVALID_ENCODED_DATA';
    return { why: isText ? whyUnread(cause) : 'it is not UTF-8 text' };
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    // A folder that does not exist yet counts as empty.
    if (codeOf(cause) === 'ENOENT') return [];
    throw new CliError('File', `cannot read the folder ${folder}: ${whyUnread(cause)}`, { cause });
  }
}
