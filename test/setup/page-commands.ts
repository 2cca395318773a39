/** The commands of `kubectl pawl` in a section of docs/rules.md, each as its arguments: for tests that run them as they stand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(import.meta.dirname, '../../docs/rules.md'), 'utf8');

export function commandsUnder(title: string): string[][] {
  const from = page.indexOf(`# ${title}\n`);
  if (from === -1) throw new Error(`docs/rules.md has no section ${title}`);
  const to = page.indexOf('\n## ', from);
  const section = page.slice(from, to === -1 ? undefined : to);
  return [...section.matchAll(/^ {4}kubectl pawl (.+)$/gm)].map(([, line]) =>
    [...line!.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word),
  );
}
