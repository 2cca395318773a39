/**
 * The reader by events makes of a text what the reader by the `yaml` library makes of it, with and without another text
 * to take equal parts from; and it reads no text that the library refuses. `PAWL_DEEP_RUNS` and `PAWL_SEED` as in the
 * other properties; `npm run attack:readers` asks the same of thousands of files from packages.
 */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { eventValues } from '../../merge/event-values.ts';
import { Values } from '../../merge/values.ts';
import { parseYaml } from '../../merge/yaml-parse.ts';
import { readYamlEvents } from '../../text/yaml-events.ts';
import { corpus } from './corpus.ts';
import { applyEdits, documents, edits, printYaml, styles } from './generate.ts';
import { readBoth } from './shapes.ts';

vi.setConfig({ testTimeout: 1_800_000 });

const numRuns = Number(process.env.PAWL_DEEP_RUNS ?? 300);
const run = { numRuns, endOnFailure: process.env.PAWL_FAST !== undefined };

const view = (text: string) => {
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return plain === '' || plain.endsWith('\n') ? plain : `${plain}\n`;
};
const texts = corpus()
  .filter(({ format }) => format === 'yaml')
  .map(({ base, current, proposed }) => [base, current, proposed].map(view) as [string, string, string]);

let read = 0;

function expectAlike(text: string, like: string | null): void {
  const both = readBoth(text, like, error => expect.unreachable(`only events: ${error}\n${text}`));
  if (both === null) return;
  read++;
  expect(both.fast, `--- like\n${like}\n--- text\n${text}`).toEqual(both.slow);
}

test('the corpus’s texts are read alike', () => {
  read = 0;
  for (const [base, current, proposed] of texts) {
    for (const text of [base, current, proposed]) expectAlike(text, null);
    expectAlike(current, base);
    expectAlike(proposed, base);
    expectAlike(proposed, current);
  }
  expect(read).toBeGreaterThan(texts.length * 4);
});

test('generated texts and their edits are read alike', () => {
  read = 0;
  fc.assert(
    fc.property(documents({ json: false, comments: true }), styles, edits(4), (ast, style, list) => {
      const base = view(printYaml(ast, style));
      const text = view(printYaml(applyEdits(ast, list, 'p', false).ast, style));
      expectAlike(base, null);
      expectAlike(text, base);
    }),
    run,
  );
  expect(read).toBeGreaterThan(numRuns);
});

test('an item of one key is another value than the entry of a map that has the same bytes', () => {
  const entry = 'reload the service after all changes:\n      command: systemctl reload\n';
  const values = new Values(Number.POSITIVE_INFINITY);
  const [both, alone] = [`l:\n  - ${entry}    when: x\n  - y\n`, `l:\n  - ${entry}  - y\n`].map(text => [
    eventValues(values, readYamlEvents(text)!, false)[0]!.id,
    values.yaml(parseYaml(text, false), false)[0]!.id,
  ]);
  expect(both![0]).toBe(both![1]);
  expect(alone![0]).toBe(alone![1]);
});

test('what only the reader by events would take is left to the library', () => {
  for (const text of [
    'l:\n- {a "} x: b}\n',
    '{b # c\n:a}\n',
    '{---\n# c\n:a}\n',
    'l:\n- {"1", x: a}\n- {&!t a "} x: b}\n',
  ])
    expectAlike(text, null);
});

test('a text in block style whose indentation is stated is left to the library', () => {
  for (const text of ['m:\n  |1\n  \n', 'm: |2\n    a\nb: 1\n', '- >-1\n  a\n']) expectAlike(text, null);
});

/** Characters that mean something, put where they may break what stands there. */
const strokes = fc.array(
  fc.record({
    at: fc.nat(400),
    drop: fc.nat(3),
    put: fc.constantFrom(
      '',
      ' ',
      '\n',
      '\n  ',
      '#',
      ' # c',
      '- ',
      ': ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '&a ',
      '*a',
      '|',
      '>',
      '? ',
      '!t ',
      '\t',
      '---\n',
      '...\n',
      '%',
      '\r',
      '~',
      '0x1F',
      '\\',
      '<<',
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

test('texts with characters out of place are read alike, or by the library alone', () => {
  read = 0;
  const all = texts.flat();
  fc.assert(
    fc.property(fc.constantFrom(...all), strokes, (base, list) => {
      let text = base;
      for (const { at, drop, put } of list) {
        const from = at % (text.length + 1);
        text = text.slice(0, from) + put + text.slice(from + drop);
      }
      expectAlike(view(text), null);
      expectAlike(view(text), base);
    }),
    { ...run, numRuns: numRuns * 4 },
  );
  expect(read).toBeGreaterThan(numRuns);
});

/** What starts, divides or ends something, in any order. */
const marks = fc.array(
  fc.constantFrom(
    ...[
      'a',
      'b',
      ':',
      ': ',
      '- ',
      '-',
      ' ',
      '  ',
      '\n',
      '\n',
      '# c',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '? ',
    ],
    ...['|\n', '>\n', '&x ', '*x', '---\n', '1', '~', '!t '],
  ),
  { maxLength: 12 },
);

test('texts of little but marks are read alike, or by the library alone', () => {
  read = 0;
  fc.assert(
    fc.property(marks, list => expectAlike(view(list.join('')), null)),
    { ...run, numRuns: numRuns * 10 },
  );
  expect(read).toBeGreaterThan(numRuns / 10);
});
