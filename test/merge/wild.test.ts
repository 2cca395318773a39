/**
 * The corpus's own texts, edited the way people and tools edit files: lines removed, doubled, swapped, commented out,
 * words changed. Whatever comes of it, a clean answer must be what the rules say.
 */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Format, merge } from '../../merge/merge.ts';
import { corpus } from './corpus.ts';
import { canon, expected, expectSameAgain, type Plain, plain, scalars } from './oracle.ts';

vi.setConfig({ testTimeout: 1_800_000 });

const numRuns = Number(process.env.PAWL_DEEP_RUNS ?? 300);

const texts = corpus()
  .filter(triple => triple.expected.kind !== 'refused')
  .flatMap(({ format, base, current, proposed }) =>
    [base, current, proposed].map(text => ({ format, text })),
  );
const joined = (['yaml', 'json'] as const).map(format => ({
  format,
  all: [
    ...new Set(
      texts.filter(entry => entry.format === format && entry.text.length > 20).map(entry => entry.text),
    ),
  ],
}));

interface Stroke {
  how: 'drop' | 'double' | 'swap' | 'comment' | 'word' | 'blank' | 'indent' | 'graft';
  at: number;
  word: number;
}

const strokes = fc.array(
  fc.record({
    how: fc.constantFrom<Stroke['how']>(
      'drop',
      'double',
      'swap',
      'comment',
      'word',
      'word',
      'word',
      'blank',
      'indent',
      'graft',
    ),
    at: fc.nat(60),
    word: fc.nat(60),
  }),
  { minLength: 1, maxLength: 3 },
);

function edit(text: string, list: readonly Stroke[], who: string, others: readonly string[]): string {
  const lines = text.split('\n');
  for (const { how, at, word } of list) {
    const index = at % lines.length;
    const line = lines[index]!;
    if (how === 'drop') lines.splice(index, 1);
    else if (how === 'double') lines.splice(index, 0, line.replace(/[\w.]+/, `${who}${word}`));
    else if (how === 'swap' && index > 0) [lines[index - 1], lines[index]] = [line, lines[index - 1]!];
    else if (how === 'comment') lines[index] = line.replace(/\S/, '# $&');
    else if (how === 'word') {
      let seen = 0;
      const words = line.match(/[\w.]+/g)?.length ?? 1;
      lines[index] = line.replace(/[\w.]+/g, found => (seen++ === word % words ? `${who}${word}` : found));
    } else if (how === 'blank') lines.splice(index, 0, '');
    else if (how === 'indent') lines[index] = `  ${line}`;
    else if (how === 'graft') {
      const source = others[word % others.length]!.split('\n');
      lines.splice(index, 0, source[at % source.length]!);
    }
    if (lines.length === 0) lines.push('');
  }
  return lines.join('\n');
}

const layout = fc.record({ crlf: fc.boolean(), ended: fc.boolean(), bom: fc.boolean() });

/** One side in a layout of its own, most often the common one. */
function lay(text: string, layouts: readonly { crlf: boolean; ended: boolean; bom: boolean }[]): string {
  const [own] = layouts;
  if (own === undefined) return text;
  const cut = own.ended ? text : text.replace(/\n+$/, '');
  return (own.bom ? '\uFEFF' : '') + (own.crlf ? cut.replaceAll('\n', '\r\n') : cut);
}

const wild = fc.constantFrom(...joined).chain(({ format, all }) =>
  fc
    .record({
      parts: fc.array(fc.constantFrom(...all), { minLength: 1, maxLength: format === 'yaml' ? 3 : 1 }),
      stream: fc.boolean(),
      mine: strokes,
      theirs: strokes,
      layouts: fc.tuple(...[0, 1, 2].map(() => fc.array(layout, { maxLength: 1, size: 'xsmall' }))),
    })
    .map(({ parts, mine, theirs, layouts, stream }) => {
      const base = parts
        .map(part => (part.endsWith('\n') ? part : `${part}\n`))
        .join(stream ? '---\n' : '')
        .replaceAll('\uFEFF', '')
        .replaceAll('\r', '');
      const [current, proposed] = [edit(base, mine, 'c', all), edit(base, theirs, 'p', all)].map(text =>
        text.replaceAll('\r', ''),
      );
      return {
        format: format as Format,
        base: lay(base, layouts[0]!),
        current: lay(current!, layouts[1]!),
        proposed: lay(proposed!, layouts[2]!),
      };
    }),
);

function values(text: string): Plain | null {
  try {
    return plain(text);
  } catch {
    return null;
  }
}

const comments = (text: string): string[] =>
  text.match(/(?<!\S)#[^\r\n]*/g)?.map(comment => comment.trimEnd()) ?? [];

test('files edited line by line: a clean answer is what the rules say, keeps every comment, and is stable', () => {
  let clean = 0;
  fc.assert(
    fc.property(wild, ({ format, base, current, proposed }) => {
      const [b, c, p] = [base, current, proposed].map(values);
      const result = merge(base, current, proposed, { format });
      if (result.kind !== 'clean' || b == null || c == null || p == null) return;
      if (current === base || proposed === base || current === proposed) return;
      clean++;
      const say = `--- base\n${base}\n--- current\n${current}\n--- proposed\n${proposed}\n--- result\n${result.text}`;
      // With another number of documents, what is compared with what is a matter of their names.
      // To the engine, emptying a document removes it.
      const documents = [base, current, proposed].map(text => [
        text.match(/^---/gm)?.length ?? 0,
        parseAllDocuments(text).filter(({ contents }) => contents !== null).length,
      ]);
      const paired = documents.every(counts => counts.join() === documents[0]!.join());
      const want = paired ? expected(b, c, p) : ({ kind: 'unknown' } as const);
      expect(want.kind, say).not.toBe('clash');
      const got = plain(result.text);
      if (want.kind === 'value') expect(canon(got, true), say).toBe(want.canon);
      const known = new Set([...scalars(b), ...scalars(c), ...scalars(p)]);
      for (const scalar of scalars(got))
        expect(known.has(scalar) || scalar.includes('\n'), `${scalar}\n${say}`).toBe(true);
      const [before, here, there] = [base, current, proposed].map(comments) as [string[], string[], string[]];
      for (const comment of comments(result.text))
        expect([...before, ...here, ...there].includes(comment), `${comment}\n${say}`).toBe(true);
      for (const comment of [...here, ...there]) {
        if (!before.includes(comment))
          expect(comments(result.text).includes(comment) || /["']/.test(comment), `${comment}\n${say}`).toBe(
            true,
          );
      }
      expectSameAgain(merge(base, result.text, proposed, { format }), result.text, say);
    }),
    { numRuns: numRuns * 2, endOnFailure: process.env.PAWL_FAST !== undefined },
  );
  expect(clean).toBeGreaterThan(numRuns / 20);
});
