/** The page as it is built: small enough, and nothing in it that its content security policy would refuse. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../../ui/build.ts';

const folder = fileURLToPath(new URL('../../dist/ui', import.meta.url));
const kib = 1024;
let index = '';
let scripts: Map<string, string>;

beforeAll(async () => {
  await buildPage();
  index = await readFile(join(folder, 'index.html'), 'utf8');
  const names = (await readdir(join(folder, 'assets'))).filter(name => name.endsWith('.js'));
  const texts = names.map(
    async name => [name, await readFile(join(folder, 'assets', name), 'utf8')] as const,
  );
  scripts = new Map(await Promise.all(texts));
}, 300_000);

const sizeOf = (names: readonly string[]) =>
  names.map(name => gzipSync(scripts.get(name)!).length).reduce((sum, bytes) => sum + bytes, 0);
const first = () => [...scripts.keys()].filter(name => index.includes(name));

describe('the built page', () => {
  it('loads at most 150 KiB of compressed script before it shows anything', () => {
    expect(first().length).toBeGreaterThan(0);
    expect(sizeOf(first())).toBeLessThanOrEqual(150 * kib);
  });

  it('loads at most 300 KiB more for the editor, whichever page it is on', () => {
    const later = [...scripts.keys()].filter(name => !first().includes(name));
    expect(sizeOf(later)).toBeGreaterThan(50 * kib);
    expect(sizeOf(later)).toBeLessThanOrEqual(300 * kib);
  });

  it('is as large as the documents say', async () => {
    const [decision, figures] = await Promise.all(
      ['../../docs/adr/0015-the-web-page.md', '../../docs/performance.md'].map(path =>
        readFile(new URL(path, import.meta.url), 'utf8'),
      ),
    );
    const sizes = [first(), [...scripts.keys()].filter(name => !first().includes(name))].map(sizeOf);
    for (const said of [
      /(\d+) KiB of compressed script before the first page, and\s+(\d+) KiB more/.exec(decision!),
      /asserted by `test\/ui\/build.test.ts`\): (\d+) KiB for the first load, with a limit of 150;\s+(\d+) KiB more/.exec(
        figures!,
      ),
    ]) {
      const ratios = sizes.map((bytes, index) => bytes / kib / Number(said?.[index + 1]));
      for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
    }
  });

  it('has neither script nor style in its document, and no address but its own', () => {
    expect(index).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
    for (const [, address] of index.matchAll(/(?:src|href)="([^"]*)"/g)) expect(address).toMatch(/^\.\//);
  });

  it('is the same build again while its sources are the same', async () => {
    expect(await buildPage()).toBe('kept');
  });
});
