/**
 * `.pawl/state.json`: of each config, the version its file was last brought to. A cache, never a lock and never the
 * truth: without it, what it said can be found again in the history of the server and of Git. Invariant: an entry is
 * believed only while the server's version of that number has the text the entry names.
 */
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './errors.ts';
import { ownFolder, pawlFolder, writeOwn } from './files.ts';

/** The version a file's text was taken from, and its text. */
export interface Base {
  readonly version: number;
  readonly sha256: string;
  /** Where Git was when that was remembered. */
  readonly at?: GitPosition;
  /** A later text of the file that was merged into a version, and which; the file was left as it was. */
  readonly taken?: { readonly sha256: string; readonly version: number };
}

/** Where a repository is. */
export interface GitPosition {
  readonly commit: string;
  /** `refs/heads/main`; null: on none. */
  readonly branch: string | null;
}

/** Config name (`payments/limits/eu.yaml`) → base. */
export type Bases = ReadonlyMap<string, Base>;

interface Content {
  readonly servers: Record<string, Record<string, Base>>;
}

const format = 1;

export class StateFile {
  readonly #root: string;
  readonly #server: string;
  readonly #at: GitPosition | null;
  readonly #tell: (warning: string) => void;

  /**
   * @param server a version number means something on one server only
   * @param at where Git is now, noted with each new entry; null: there is no repository, or no commit
   * @param tell is told once of a file that could not be read, and of one that could not be written
   */
  constructor(root: string, server: string, at: GitPosition | null, tell: (warning: string) => void) {
    this.#root = root;
    this.#server = server;
    this.#at = at;
    this.#tell = tell;
  }

  read(): Bases {
    return new Map(Object.entries(this.#load().servers[this.#server] ?? {}));
  }

  /**
   * Changes these entries and leaves the others as they are on the disk now, even if another process wrote them. Null
   * forgets an entry.
   */
  update(changes: ReadonlyMap<string, Base | null>): void {
    if (changes.size === 0) return;
    const content = this.#load();
    const mine = { ...content.servers[this.#server] };
    for (const [name, base] of changes) {
      if (base === null) delete mine[name];
      else mine[name] = { ...base, ...(this.#at !== null && { at: this.#at }) };
    }
    const sorted = Object.fromEntries(Object.entries(mine).sort(([a], [b]) => (a < b ? -1 : 1)));
    const servers = { ...content.servers, [this.#server]: sorted };
    try {
      writeOwn(
        join(ownFolder(this.#root), 'state.json'),
        `${JSON.stringify({ format, servers }, null, 1)}\n`,
      );
    } catch (cause) {
      // A cache: what was saved or written is done all the same.
      this.#tell(
        `the state file could not be written (${codeOf(cause)}); the next command finds out again what it would say`,
      );
    }
  }

  #load(): Content {
    const path = join(this.#root, pawlFolder, 'state.json');
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return { servers: {} };
      this.#setAside(path);
      return { servers: {} };
    }
    const content = parseState(text);
    if (content !== null) return content;
    this.#setAside(path);
    return { servers: {} };
  }

  #setAside(path: string): void {
    const moved = `${path}.broken`;
    try {
      rmSync(moved, { force: true, recursive: true });
      renameSync(path, moved);
    } catch {}
    this.#tell(
      `the state file could not be read and was moved to ${moved}; what it said is found again from the histories`,
    );
  }
}

/** Null when it is not a state file as we write it; an entry that is not one is left out. */
export function parseState(text: string): Content | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || value.format !== format || !isRecord(value.servers)) return null;
  const servers: Record<string, Record<string, Base>> = {};
  for (const [server, entries] of Object.entries(value.servers)) {
    if (!isRecord(entries)) return null;
    servers[server] = Object.fromEntries(
      Object.entries(entries).filter((entry): entry is [string, Base] => isBase(entry[1])),
    );
  }
  return { servers };
}

function isBase(value: unknown): value is Base {
  if (!isRecord(value)) return false;
  const { at, taken } = value;
  return (
    isVersion(value) && (at === undefined || isPosition(at)) && (taken === undefined || isVersion(taken))
  );
}

function isVersion(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { version, sha256 } = value;
  return (
    Number.isSafeInteger(version) &&
    (version as number) > 0 &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256)
  );
}

function isPosition(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { commit, branch } = value;
  return (
    typeof commit === 'string' &&
    /^[0-9a-f]{40,64}$/.test(commit) &&
    (branch === null || (typeof branch === 'string' && branch.startsWith('refs/')))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
