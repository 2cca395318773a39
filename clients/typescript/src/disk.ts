/**
 * The last good texts in a folder, a file each. Invariant: a file is whole, because it appears by a rename; only its owner
 * may read it; and its time is that of the server's last confirmation.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kept, KeptTexts } from './kept.ts';

/** Larger than any text that Pawl keeps, as JSON. */
const maxBytes = 16 << 20;

export class DiskTexts implements KeptTexts {
  readonly #folder: string;
  readonly #server: string;

  constructor(folder: string, server: string) {
    this.#folder = folder;
    this.#server = server;
  }

  async read(namespace: string, path: string) {
    const file = this.#fileOf(namespace, path);
    const found = await stat(file).catch(noneIfMissing);
    if (found === undefined || found.size > maxBytes) return undefined;
    const kept = keptIn(await readFile(file, 'utf8'));
    const isOurs = kept?.server === this.#server && kept.namespace === namespace && kept.path === path;
    if (!isOurs || sha256(kept.body_raw) !== kept.content_sha256) return undefined;
    return { kept, ageMs: Math.max(0, Date.now() - found.mtimeMs) };
  }

  async write(kept: Kept): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = this.#fileOf(kept.namespace, kept.path);
    const temporary = `${file}.${randomBytes(6).toString('hex')}`;
    try {
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(kept)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async touch(namespace: string, path: string): Promise<void> {
    const now = new Date();
    await utimes(this.#fileOf(namespace, path), now, now);
  }

  /** The same in every language, so that a program can be written anew. */
  #fileOf(namespace: string, path: string): string {
    return join(this.#folder, `pawl-${sha256(`${namespace}/${path}`).slice(0, 32)}.json`);
  }
}

function keptIn(text: string): Kept | undefined {
  try {
    const read = JSON.parse(text) as Partial<Kept> | null;
    const isWhole = typeof read?.body_raw === 'string' && Number.isSafeInteger(read.version);
    return isWhole && typeof read.format === 'string' ? (read as Kept) : undefined;
  } catch {
    return undefined;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function noneIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
