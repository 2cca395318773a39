/**
 * The page's built files, read once and kept: what is served is what was found then, so no name in a URL ever becomes
 * a name on the disk. Invariant: never more files or bytes than the bounds, and no source maps.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

export type Encoding = 'br' | 'gzip' | 'identity';

export interface Variant {
  readonly etag: string;
  readonly body: Buffer;
}

export interface PageFile {
  readonly type: string;
  /** Its name changes when its content does. */
  readonly hashed: boolean;
  readonly variants: ReadonlyMap<Encoding, Variant>;
}

export interface WebPage {
  /** index.html up to the end of its `<head>` tag, and from there. */
  readonly index: readonly [before: string, after: string];
  /** By path below the page's root, such as `assets/index-3f2a.js`; without index.html. */
  readonly files: ReadonlyMap<string, PageFile>;
}

/** The folder does not hold what `npm run build:ui` makes. */
export class UnusablePage extends Error {
  override readonly name = 'UnusablePage';
  readonly reason = 'UnusablePage';
}

const maxFiles = 1_000;
const maxBytes = 16 * 1024 * 1024;

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const encodings: Readonly<Record<string, Encoding>> = { '.br': 'br', '.gz': 'gzip' };

/** null: there is no index.html, so nothing was built. Rejects with UnusablePage, or when a file cannot be read. */
export async function readPage(folder: string): Promise<WebPage | null> {
  const index = await readFile(join(folder, 'index.html'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (index === null) return null;
  const head = /<head[^>]*>/i.exec(index);
  if (!head)
    throw new UnusablePage(`${join(folder, 'index.html')} has no <head>: build it with npm run build:ui.`);
  const cut = head.index + head[0].length;
  return { index: [index.slice(0, cut), index.slice(cut)], files: await readFiles(folder) };
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const found = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile() && extname(entry.name) !== '.map')
    .map(entry => join(entry.parentPath, entry.name));
  if (found.length > maxFiles) throw new UnusablePage(`${folder} has more than ${maxFiles} files.`);
  let bytes = 0;
  for (const file of found) bytes += (await stat(file)).size;
  if (bytes > maxBytes) throw new UnusablePage(`${folder} has more than ${maxBytes} bytes.`);
  const files = new Map<string, PageFile & { variants: Map<Encoding, Variant> }>();
  // A file comes before its compressed forms.
  for (const file of found.sort()) {
    const name = relative(folder, file).split(sep).join('/');
    const encoding = encodings[extname(name)] ?? 'identity';
    const plain = encoding === 'identity' ? name : name.slice(0, -extname(name).length);
    if (plain === 'index.html') continue;
    const body = await readFile(file);
    const known = files.get(plain) ?? {
      type: types[extname(plain)] ?? 'application/octet-stream',
      hashed: plain.startsWith('assets/'),
      variants: new Map(),
    };
    known.variants.set(encoding, {
      body,
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    });
    files.set(plain, known);
  }
  // A compressed form without its file cannot be served.
  for (const [name, { variants }] of files) if (!variants.has('identity')) files.delete(name);
  return files;
}

/** The smallest variant the client accepts. */
export function variantFor({ variants }: PageFile, acceptEncoding: string): [Encoding, Variant] {
  const accepted = acceptEncoding.split(',').map(part => part.trim().toLowerCase());
  const takes = (encoding: Encoding) =>
    accepted.some(one => one === encoding || (one.startsWith(`${encoding};`) && !/q=0(\.0*)?$/.test(one)));
  const all = [...variants].filter(([encoding]) => encoding === 'identity' || takes(encoding));
  return all.reduce((best, one) => (one[1].body.length < best[1].body.length ? one : best));
}
