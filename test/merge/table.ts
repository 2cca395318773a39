/**
 * Compares the engine with `git merge-file` on the corpus and writes the table into docs/merge.md, between its
 * markers. Invariant: both tools are judged by the expected texts of the corpus; for Git, other bytes of the same
 * value with the same comments count as right.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { merge } from '../../merge/merge.ts';
import { corpus, type Triple } from './corpus.ts';
import { canon, plain } from './oracle.ts';

type Verdict = 'right' | 'wrong' | 'falseClash' | 'rightClash';

const page = new URL('../../docs/merge.md', import.meta.url);
const [opening, closing] = ['<!-- table: begin -->', '<!-- table: end -->'];

/** What Git makes of a triple; null for a conflict. */
function gitMerge({ base, current, proposed }: Triple): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'merge-'));
  try {
    const file = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const files = [file('current', current), file('base', base), file('proposed', proposed)];
    return execFileSync('git', ['merge-file', '-p', ...files], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'status' in error && Number(error.status) > 0)
      return null;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ownMerge({ base, current, proposed, format, lists }: Triple): string | null {
  const result = merge(base, current, proposed, lists === undefined ? { format } : { format, lists });
  return result.kind === 'clean' ? result.text : null;
}

function judge(triple: Triple, text: string | null): Verdict {
  const { expected } = triple;
  if (expected.kind !== 'clean') return text === null ? 'rightClash' : 'wrong';
  if (text === null) return 'falseClash';
  return text === expected.text || same(text, expected.text) ? 'right' : 'wrong';
}

function same(a: string, b: string): boolean {
  const comments = (text: string) => (text.match(/(?<!\S)#.*/g) ?? []).sort().join('\n');
  try {
    return canon(plain(a)) === canon(plain(b)) && comments(a) === comments(b);
  } catch {
    return false;
  }
}

const triples = corpus().filter(triple => triple.expected.kind !== 'refused');
const verdicts = { own: [] as Verdict[], git: [] as Verdict[] };
const wrong: string[] = [];
for (const triple of triples) {
  verdicts.own.push(judge(triple, ownMerge(triple)));
  const git = judge(triple, gitMerge(triple));
  verdicts.git.push(git);
  if (git === 'wrong') wrong.push(`- ${triple.title}`);
}

const count = (list: readonly Verdict[], verdict: Verdict) => list.filter(found => found === verdict).length;
const row = (name: string, list: readonly Verdict[]) =>
  `| ${name} | ${count(list, 'right')} | ${count(list, 'wrong')} | ${count(list, 'falseClash')} | ${count(list, 'rightClash')} |`;

const table = [
  `${triples.length} triples:`,
  '',
  '| | clean and right | clean but **wrong** | false clash | right clash |',
  '|---|---|---|---|---|',
  row('`merge`', verdicts.own),
  row('`git merge-file`', verdicts.git),
  '',
  'What Git merges silently, and wrongly:',
  '',
  ...wrong,
].join('\n');

const text = readFileSync(page, 'utf8');
const [from, to] = [text.indexOf(opening), text.indexOf(closing)];
if (from === -1 || to === -1) throw new Error(`no markers in ${page.pathname}`);
writeFileSync(page, `${text.slice(0, from + opening.length)}\n\n${table}\n\n${text.slice(to)}`);
console.log(table);
