/**
 * Compares the engine with `git merge-file` on the corpus and writes the table into docs/merge.md, between its
 * markers. Invariant: both tools are judged by the expected texts of the corpus; for Git, other bytes of the same
 * value with the same comments count as right.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Format, merge } from '../../merge/merge.ts';
import { openedBy } from '../../merge/verify-lines.ts';
import { readBody } from '../../text/body.ts';
import { formatNames } from '../../text/format.ts';
import { formats } from '../../text/formats.ts';
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
  return text === expected.text || same(triple.format, text, expected.text) ? 'right' : 'wrong';
}

/** Other bytes that say the same: equal values and equal comments, in whatever order. Lines of text are their bytes. */
function same(format: Format, a: string, b: string): boolean {
  const comments = (text: string) =>
    formats[format].lineComments
      .flatMap(opener => openedBy(opener, text))
      .sort()
      .join('\n');
  const values = (text: string) => {
    if (format === 'yaml' || format === 'json') return canon(plain(text));
    const read = readBody(text, format);
    return read.ok && read.body.json !== 'null' ? canon(plain(read.body.json)) : text;
  };
  try {
    return values(a) === values(b) && comments(a) === comments(b);
  } catch {
    return false;
  }
}

const triples = corpus().filter(triple => triple.expected.kind !== 'refused');
const wrong: string[] = [];
const judged = triples.map(triple => {
  const git = judge(triple, gitMerge(triple));
  if (git === 'wrong') wrong.push(`- ${triple.format}: ${triple.title}`);
  return { format: triple.format, merge: judge(triple, ownMerge(triple)), git };
});

const verdicts: readonly (readonly [Verdict, string])[] = [
  ['right', 'clean and right'],
  ['wrong', 'clean but **wrong**'],
  ['falseClash', 'false clash'],
  ['rightClash', 'right clash'],
];
const columns = formatNames.filter(format => judged.some(one => one.format === format));
const row = (title: string, counts: (one: (typeof judged)[number]) => boolean) => {
  const cells = [...columns, null].map(
    format => judged.filter(one => (format === null || one.format === format) && counts(one)).length,
  );
  return `| ${title} | ${cells.join(' | ')} |`;
};

const table = [
  `| | ${columns.join(' | ')} | all |`,
  `|---${'|---'.repeat(columns.length + 1)}|`,
  row('triples', () => true),
  ...(['merge', 'git'] as const).flatMap(tool =>
    verdicts.map(([verdict, title]) =>
      row(`\`${tool === 'git' ? 'git merge-file' : tool}\`: ${title}`, one => one[tool] === verdict),
    ),
  ),
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
