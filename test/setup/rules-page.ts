/** docs/rules.md, for tests that apply what stands there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const rulesPage = readFileSync(join(import.meta.dirname, '../../docs/rules.md'), 'utf8');

/** The commands of `kubectl pawl` in a section, each as its arguments. */
export function commandsUnder(title: string): string[][] {
  const from = rulesPage.indexOf(`# ${title}\n`);
  if (from === -1) throw new Error(`docs/rules.md has no section ${title}`);
  const to = rulesPage.indexOf('\n## ', from);
  const section = rulesPage.slice(from, to === -1 ? undefined : to);
  return [...section.matchAll(/^kubectl pawl (.+)$/gm)].map(([, line]) =>
    [...line!.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word),
  );
}
