/**
 * Writes docs/reference/*.md from what they describe. With --check it writes nothing and exits 1 when a checked-in file
 * differs. Invariant: nothing in those pages was written by hand.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from './pages.ts';
import { commandLinePage } from './reference/command-line.ts';
import { httpPage } from './reference/http.ts';
import { licencesPage } from './reference/licences.ts';
import { metricsPage } from './reference/metrics.ts';
import { objectsPage } from './reference/objects.ts';
import { settingsPage } from './reference/settings.ts';

/** Path in the project → what has to be in it. */
export function referencePages(): Map<string, string> {
  const pages = {
    'command-line': commandLinePage(),
    http: httpPage(),
    licences: licencesPage(),
    metrics: metricsPage(),
    objects: objectsPage(),
    settings: settingsPage(),
  };
  return new Map(Object.entries(pages).map(([name, text]) => [`docs/reference/${name}.md`, text]));
}

if (import.meta.main) {
  for (const [page, text] of referencePages()) {
    const path = join(root, page);
    if (!process.argv.includes('--check')) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    } else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
      console.error(`${page} differs from what it describes; run \`npm run generate\`.`);
      process.exitCode = 1;
    }
  }
}
