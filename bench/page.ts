/**
 * `node bench/page.ts`: puts what bench/results/ holds into docs/performance.md, between the two marks there, so
 * that no number in the page was typed by hand. Touches nothing else of it.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { pageWith } from './page-text.ts';
import type { Result } from './report.ts';

const results = new URL('./results/', import.meta.url);
const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

const files = await readdir(results).catch(() => []);
const read = await Promise.all(
  files
    .filter(file => file.endsWith('.json'))
    .map(async file => JSON.parse(await readFile(new URL(file, results), 'utf8')) as Result),
);
if (read.length === 0) {
  console.error('bench/results/ is empty: run `npm run bench` first');
  process.exitCode = 1;
} else {
  await writeFile(page, pageWith(await readFile(page, 'utf8'), read));
  console.log(`${page}: ${read.length} results`);
}
