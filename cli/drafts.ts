/**
 * Unfinished resolutions, kept in `.pawl/resolve`. Invariant: a draft's name holds the server it is for, the text of
 * the file it was begun from and the version it is made from, so that one taken up later never goes to another server,
 * replaces no text of the file and undoes no version that its author has not seen. What somebody typed is moved out of
 * the way, and never written over or deleted before it is saved.
 */
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sha256 } from '../text/sha256.ts';
import { ownFolder } from './files.ts';
import { type LocalFile, readText } from './scan.ts';
import { configName } from './workspace.ts';

export interface Draft {
  /** Null: the draft cannot be read, and stays as it is until it is edited again. */
  readonly text: string | null;
  readonly baseVersion: number;
}

export interface KeptDraft extends Draft {
  readonly path: string;
}

interface Found {
  readonly path: string;
  readonly baseVersion: number;
  readonly from: string;
}

export class Drafts {
  readonly #root: string;
  readonly #folder: string;
  readonly #key: string;
  readonly #from: string;
  readonly #file: string;

  /** @param server its name in the state file: a version number means something on one server only */
  constructor(root: string, server: string, { config, file, sha256: from }: LocalFile) {
    this.#root = root;
    this.#folder = ownFolder(root, 'resolve');
    this.#key = short(sha256(`${server}\0${configName(config)}`));
    this.#from = short(from);
    this.#file = basename(file).slice(-150);
  }

  /** The newest that was left unfinished and begun from the text that the file has now. */
  find(): KeptDraft | null {
    const found = this.#list()
      .filter(({ from }) => from === this.#from)
      .sort((a, b) => b.baseVersion - a.baseVersion)[0];
    if (found === undefined) return null;
    const { path, baseVersion } = found;
    const read = readText(path);
    return { path, baseVersion, text: typeof read === 'string' ? read : null };
  }

  /** @returns the file to edit */
  write({ text, baseVersion }: Draft): string {
    const path = join(this.#folder, `${this.#key}@${baseVersion}-${this.#from}-${this.#file}`);
    if (text !== null) writeFileSync(path, text);
    return path;
  }

  /** Moves it out of the way without deleting it. @returns where it is now */
  setAside({ path }: { readonly path: string }): string {
    const stamp = new Date().toISOString().replace(/[:.]/g, '-');
    const kept = join(ownFolder(this.#root, 'kept'), `${stamp}-${basename(path)}`);
    renameSync(path, kept);
    return kept;
  }

  /** Moves drafts begun from another text of the file out of the way. @returns where they are now */
  setOthersAside(): string[] {
    return this.#list()
      .filter(({ from }) => from !== this.#from)
      .map(found => this.setAside(found));
  }

  remove(path: string): void {
    rmSync(path, { force: true });
  }

  /** All drafts for this server and config, from any text. */
  #list(): Found[] {
    return readdirSync(this.#folder).flatMap(name => {
      const [, key, version, from, file] = /^([0-9a-f]{12})@(\d+)-([0-9a-f]{12})-(.+)$/s.exec(name) ?? [];
      // Files that an editor leaves beside a draft, such as its backup, end differently.
      if (key !== this.#key || from === undefined || file !== this.#file) return [];
      return [{ path: join(this.#folder, name), baseVersion: Number(version), from }];
    });
  }
}

function short(sha: string): string {
  return sha.slice(0, 12);
}
