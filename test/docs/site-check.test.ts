/** `npm run docs` fails for a site whose links lead nowhere, or whose search does not know every page. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { faultsOfSite } from '../../site/check.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawl-site-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function faults(files: Readonly<Record<string, string>>, { pages = 1, known = 1 } = {}): string[] {
  const entry = JSON.stringify({ languages: { en: { page_count: known } } });
  for (const [name, text] of Object.entries({ 'pagefind/pagefind-entry.json': entry, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return faultsOfSite(folder, pages);
}

it('a link to a page, to a part of it, and to somebody else is no fault', () => {
  const text =
    '<a href="/a/">a</a><a href="/a/#x">x</a><a href="#_top">top</a><a href="https://example.com/none">e</a>';
  expect(faults({ 'index.html': text, 'a/index.html': '<h2 id="x">x</h2>' })).toEqual([]);
});

it('a dead link, a dead anchor and a picture that is not there are told', () => {
  expect(faults({ 'index.html': '<a href="/b/">b</a><a href="#y">y</a><img src="/z.png">' })).toEqual([
    'index.html → /b/: there is no such file',
    'index.html → #y: there is no such id',
    'index.html → /z.png: there is no such file',
  ]);
});

it('a redirect that leads nowhere is told', () => {
  const text = '<meta http-equiv="refresh" content="0;url=/none/">';
  expect(faults({ 'index.html': text })).toEqual(['index.html → /none/: there is no such file']);
});

it('a search that does not know all pages is told', () => {
  expect(faults({ 'index.html': '' }, { pages: 3, known: 2 })).toEqual(['the search knows 2 of 3 pages']);
});
