/**
 * The verifier is the last word, so it is tried with wrong results: every splice of a good merge dropped, doubled
 * or moved. `PAWL_DEEP_RUNS` and `PAWL_SEED` as in the other properties.
 */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { objection } from '../../merge/accept.ts';
import { type MergeEdit, merge } from '../../merge/merge.ts';
import { Ids } from '../../merge/node.ts';
import { read } from '../../merge/read.ts';
import { applyEdits, documents, edits, printJson, printYaml, styles } from './generate.ts';
import { canon, plain } from './oracle.ts';

vi.setConfig({ testTimeout: 1_800_000 });

const numRuns = Number(process.env.PAWL_DEEP_RUNS ?? 300);

const write = (current: string, list: readonly MergeEdit[]): string => {
  let at = 0;
  let text = '';
  for (const edit of list) {
    text += current.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + current.slice(at);
};

/** The list with one edit dropped, doubled, or put where another line begins. */
function mutate(
  current: string,
  list: readonly MergeEdit[],
  which: number,
  how: number,
  where: number,
): MergeEdit[] {
  const at = which % list.length;
  const edit = list[at]!;
  if (how === 0) return list.toSpliced(at, 1);
  if (how === 1) return list.toSpliced(at, 1, { ...edit, text: edit.text + edit.text });
  const starts = [0, ...[...current.matchAll(/\n/g)].map(match => match.index + 1)];
  const to = starts[where % starts.length]!;
  const moved = { ...edit, start: to, end: to };
  return [...list.toSpliced(at, 1, { ...edit, text: '', end: edit.end }), moved].toSorted(
    (a, b) => a.start - b.start || a.end - b.end,
  );
}

/** What a person would miss: the values and every word, in any order. */
function substance(text: string): string {
  if (/^\s*\{/.test(text)) return canon(plain(text), true);
  return `${canon(plain(text), true)}\n${text
    .split(/\s+/)
    .filter(word => word !== '')
    .sort()
    .join(' ')}`;
}

test('a result with one splice dropped, doubled or moved is noticed, or says the same', () => {
  let noticed = 0;
  fc.assert(
    fc.property(
      fc.constantFrom<'yaml' | 'json'>('yaml', 'json').chain(format =>
        fc.record({
          format: fc.constant(format),
          ast: documents({ json: format === 'json', comments: true }),
          style: styles,
          mine: edits(3),
          theirs: edits(4),
        }),
      ),
      fc.nat(20),
      fc.nat(2),
      fc.nat(100),
      ({ format, ast, style, mine, theirs }, which, how, where) => {
        const print = format === 'yaml' ? printYaml : printJson;
        const json = format === 'json';
        const [base, current, proposed] = [
          ast,
          applyEdits(ast, mine, 'c', json).ast,
          applyEdits(ast, theirs, 'p', json).ast,
        ].map(tree => print(tree, style)) as [string, string, string];
        const result = merge(base, current, proposed, { format });
        if (result.kind !== 'clean' || result.edits.length === 0 || current === base) return;
        const ids = new Ids();
        const inputs = {
          base: read('base', base, format, ids),
          current: read('current', current, format, ids),
          proposed: read('proposed', proposed, format, ids),
        };
        const judge = (list: readonly MergeEdit[], text: string) =>
          objection(inputs, list, text, { format }, ids);
        expect(judge(result.edits, result.text)).toBeNull();
        const wrong = mutate(current, result.edits, which, how, where);
        const text = write(current, wrong);
        if (text === result.text) return;
        const found = judge(wrong, text);
        if (found !== null) noticed++;
        else
          expect(
            substance(text),
            `base:\n${base}\ncurrent:\n${current}\nproposed:\n${proposed}\nwrong:\n${text}`,
          ).toBe(substance(result.text));
        // With the right edits and the wrong text, the bytes alone give it away.
        expect(judge(result.edits, text)).not.toBeNull();
      },
    ),
    { numRuns, endOnFailure: process.env.PAWL_FAST !== undefined },
  );
  expect(noticed).toBeGreaterThan(numRuns / 20);
});

test('dropping any one splice is always noticed', () => {
  fc.assert(
    fc.property(
      documents({ json: false, comments: true }),
      styles,
      edits(3),
      edits(4),
      fc.nat(20),
      (ast, style, mine, theirs, which) => {
        const [base, current, proposed] = [
          ast,
          applyEdits(ast, mine, 'c', false).ast,
          applyEdits(ast, theirs, 'p', false).ast,
        ].map(tree => printYaml(tree, style)) as [string, string, string];
        const result = merge(base, current, proposed, { format: 'yaml' });
        if (result.kind !== 'clean' || result.edits.length === 0 || current === base) return;
        const ids = new Ids();
        const inputs = {
          base: read('base', base, 'yaml', ids),
          current: read('current', current, 'yaml', ids),
          proposed: read('proposed', proposed, 'yaml', ids),
        };
        const wrong = result.edits.toSpliced(which % result.edits.length, 1);
        expect(
          objection(inputs, wrong, write(current, wrong), { format: 'yaml' }, ids),
          `${base}\n---\n${current}\n---\n${proposed}\n---\n${write(current, wrong)}`,
        ).not.toBeNull();
      },
    ),
    { numRuns, endOnFailure: process.env.PAWL_FAST !== undefined },
  );
});
