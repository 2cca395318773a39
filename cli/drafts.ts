/**
 * Resolutions under way, in `.pawl/resolve`. Invariant: a draft carries the version it is made from in its name, so
 * that one taken up later is never sent as made from a version its author has not seen.
 */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ownFolder } from './files.ts';
import { sha256 } from './sha256.ts';
import { type ConfigId, configName } from './workspace.ts';

export interface Draft {
  readonly text: string;
  readonly baseVersion: number;
}

export interface KeptDraft extends Draft {
  readonly path: string;
}

export class Drafts {
  readonly #root: string;
  readonly #folder: string;
  readonly #key: string;
  readonly #file: string;

  constructor(root: string, config: ConfigId, file: string) {
    this.#root = root;
    this.#folder = ownFolder(root, 'resolve');
    this.#key = sha256(configName(config)).slice(0, 12);
    this.#file = basename(file);
  }

  /** The newest that was left unfinished. */
  find(): KeptDraft | null {
    const found = readdirSync(this.#folder)
      .map(name => ({ name, match: /^([0-9a-f]{12})@(\d+)-/.exec(name) }))
      .filter(({ match }) => match?.[1] === this.#key)
      .map(({ name, match }) => ({ path: join(this.#folder, name), baseVersion: Number(match?.[2]) }))
      .sort((a, b) => b.baseVersion - a.baseVersion)[0];
    return found === undefined ? null : { ...found, text: readFileSync(found.path, 'utf8') };
  }

  /** @returns the file to edit */
  write({ text, baseVersion }: Draft): string {
    const path = join(this.#folder, `${this.#key}@${baseVersion}-${this.#file}`);
    writeFileSync(path, text);
    return path;
  }

  /** Out of the way, and still there. */
  setAside({ path }: KeptDraft): void {
    renameSync(
      path,
      join(
        ownFolder(this.#root, 'kept'),
        `${new Date().toISOString().replace(/[:.]/g, '-')}-${basename(path)}`,
      ),
    );
  }

  remove(path: string): void {
    rmSync(path, { force: true });
  }
}
