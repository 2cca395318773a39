/** Properties, env files and INI, read strictly: what each text says, and where a refusal points. */
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { notesOf, readBody } from '../../text/body.ts';
import { convert } from '../../text/convert/convert.ts';
import type { Format } from '../../text/format.ts';

const value = (text: string, format: Format): unknown => {
  const read = readBody(text, format);
  if (!read.ok) throw new Error(read.problem.message);
  return JSON.parse(read.body.json);
};
const problem = (text: string, format: Format) => {
  const read = readBody(text, format);
  if (read.ok) throw new Error(`accepted as ${read.body.json}`);
  return `${read.problem.code} ${read.problem.line}:${read.problem.column}`;
};

describe('properties, by the words of java.util.Properties.load', () => {
  test.each([
    ['Truth = Beauty\n', { Truth: 'Beauty' }],
    [' Truth:Beauty', { Truth: 'Beauty' }],
    ['Truth                    :Beauty', { Truth: 'Beauty' }],
    [
      'fruits                           apple, banana, pear, \\\n                                  cantaloupe, watermelon, \\\n                                  kiwi, mango\n',
      { fruits: 'apple, banana, pear, cantaloupe, watermelon, kiwi, mango' },
    ],
    ['cheeses\n', { cheeses: '' }],
    ['\\:\\=\n', { ':=': '' }],
    ['# c\n! c\n\n   # c\na=1', { a: '1' }],
    ['a=1\\\n# not a comment', { a: '1# not a comment' }],
    ['# a comment goes on \\\nb=2', { b: '2' }],
    ['\\\n# a comment after nothing\na=1', { a: '1' }],
    ['a=1\\\\\nb=2', { a: '1\\', b: '2' }],
    ['a=1\\\\\\\nb=2', { a: '1\\b=2' }],
    ['a=\\u00e4\\t\\n\\q\\u0041', { a: 'ä\t\nqA' }],
    ['\\u0061b=1', { ab: '1' }],
    ['a b = c', { a: 'b = c' }],
    ['a\tb', { a: 'b' }],
    ['a = = b', { a: '= b' }],
    ['a\\ b=c\\ ', { 'a b': 'c ' }],
    ['a=1 \r\nb=2\r\n', { a: '1 ', b: '2' }],
    ['a=1\\\r\n  2', { a: '12' }],
    ['a=1\\', { a: '1' }],
    ['=x', { '': 'x' }],
    ['\ufeffa=1', { a: '1' }],
    ['__proto__=1', JSON.parse('{"__proto__":"1"}')],
    ['', {}],
  ])('%j', (text, meant) => {
    expect(value(text, 'properties')).toEqual(meant);
  });

  test.each([
    ['a=1\nb=2\na=3', 'DuplicateKey 3:1'],
    ['a=1\n\\u0061=3', 'DuplicateKey 2:1'],
    ['a=1\nb=\\u12', 'Syntax 2:3'],
    ['a=\\u12g4', 'Syntax 1:3'],
    ['a=1\rb=2', 'ControlCharacter 1:4'],
    ['a=1\nb=\\u0000', 'Nul 2:1'],
    ['a=\\ud83d', 'LoneSurrogate 1:1'],
    ['a=1\0', 'Nul 1:4'],
  ])('%j is refused where it is wrong', (text, where) => {
    expect(problem(text, 'properties')).toBe(where);
  });

  test('the pair of two escapes is one character', () => {
    expect(value('a=\\ud83d\\ude00', 'properties')).toEqual({ a: '😀' });
  });
});

const texts = fc.array(
  fc.string({ unit: 'binary', maxLength: 12 }).filter(one => !/[\0\p{Cs}]/u.test(one)),
  { maxLength: 6 },
);
const named = (list: readonly string[]) => Object.fromEntries(list.map((one, at) => [`K${at}`, one]));

test('what is written as properties is read as it was meant', () => {
  fc.assert(
    fc.property(texts, list => {
      const written = convert(JSON.stringify(named(list)), 'json', 'properties');
      if (!written.ok) throw new Error(written.message);
      expect(value(written.text, 'properties')).toEqual(named(list));
    }),
  );
});

describe('env', () => {
  test.each([
    ['A=1\nB = two words  \n', { A: '1', B: 'two words' }],
    ['# c\n\n  # c\nA=', { A: '' }],
    ["A='one $B \\n # not'\n", { A: 'one $B \\n # not' }],
    ['A="x \\" \\\\ \\$"', { A: 'x " \\ $' }],
    ['A="one\ntwo=2\n# three"\nB=1', { A: 'one\ntwo=2\n# three', B: '1' }],
    ['A=a#b', { A: 'a#b' }],
    ['A=a #b', { A: 'a' }],
    ['A=#b', { A: '' }],
    ['export A=1', { A: '1' }],
    ['A', { A: null }],
    ["A='x' # y", { A: 'x' }],
    ['A=it\'s "here"', { A: 'it\'s "here"' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['\ufeffA=1', { A: '1' }],
  ])('%j', (text, meant) => {
    expect(value(text, 'env')).toEqual(meant);
  });

  test.each([
    ['A=1\n  ; note', 'Syntax 2:3'],
    ['A=1\nB: 2', 'Syntax 2:2'],
    ['A=1\nB="x', 'Syntax 2:3'],
    ['A="x"y', 'Syntax 1:6'],
    ["A='x\\'", 'Syntax 1:5'],
    ['1A=2', 'Syntax 1:1'],
    ['=2', 'Syntax 1:1'],
    ['A B=2', 'Syntax 1:3'],
    ['A=1\nA=2', 'DuplicateKey 2:1'],
  ])('%j is refused where it is wrong', (text, where) => {
    expect(problem(text, 'env')).toBe(where);
  });

  test.each([
    ['A=1\nB=\'a\\b$C\'\nC="x \\" \\\\"\nD=two words', []],
    ['A=1\nexport B=1', [2]],
    ['A', [1]],
    ['A=x # y', [1]],
    ['A=x$B\nC="$D"', [1, 2]],
    ['A=a\\b\nC="\\n"', [1, 2]],
    ['a.b=1', [1]],
  ])('of %j, what Compose and systemd do not read alike is noted with its line', (text, noted) => {
    expect(notesOf(text, 'env').map(({ line }) => line)).toEqual(noted);
  });

  test('what is written as env is read as it was meant, with nothing to note', () => {
    fc.assert(
      fc.property(texts, list => {
        const written = convert(JSON.stringify(named(list)), 'json', 'env');
        if (!written.ok) return;
        expect(value(written.text, 'env')).toEqual(named(list));
        if (!list.some(one => one.includes('$') && one.includes("'")))
          expect(notesOf(written.text, 'env')).toEqual([]);
      }),
    );
  });

  test('Node reads the same where nothing is noted', () => {
    const parts = fc.constantFrom('A', 'B', 'C', '=', '=', ' ', '\n', "'", '"', '#', 'x', '1');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 14 }), list => {
        const text = list.join('');
        const read = readBody(text, 'env');
        if (!read.ok || notesOf(text, 'env').length > 0 || /\S#|^[ \t]+#|[^\n'"=]['"]/m.test(text)) return;
        // After blanks Node takes the next line for the value.
        if (/=[ \t]+$/m.test(text)) return;
        expect({ ...parseEnv(text) }).toEqual(JSON.parse(read.body.json));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('INI', () => {
  test.each([
    ['a = 1\n[b]\nc=2\nd: 3\n', { a: '1', b: { c: '2', d: '3' } }],
    ['; c\n# c\n[ a ] ; note\nx = 1 ; kept', { a: { x: '1 ; kept' } }],
    ['[a]\nx = "1"\n', { a: { x: '"1"' } }],
    ['[a]\nskip-networking\n', { a: { 'skip-networking': null } }],
    ['[a]\n[b]\n', { a: {}, b: {} }],
    ['[a]\ndeps =\n  one\n  two\nx = 1\n', { a: { deps: '\none\ntwo', x: '1' } }],
    ['[a]\n\tx = 1\n\ty = 2\n', { a: { x: '1', y: '2' } }],
    ['[a]\nx = 1 \\\n  2\ny = 3', { a: { x: '1 \\\n2', y: '3' } }],
    ['[remote "origin"]\nurl = a:b', { 'remote "origin"': { url: 'a:b' } }],
    ['http://x = 1\nkey:value', { 'http://x': '1', key: 'value' }],
    ['[a]\r\nx=1\r\n', { a: { x: '1' } }],
  ])('%j', (text, meant) => {
    expect(value(text, 'ini')).toEqual(meant);
  });

  test.each([
    ['[a]\nx=1\n[b', 'Syntax 3:1'],
    ['[a] x', 'Syntax 1:1'],
    ['[a]\n = 1', 'Syntax 2:2'],
    ['[a]\nx=1\nx=2', 'DuplicateKey 3:1'],
    ['[a]\nx=1\n[b]\n[a]', 'DuplicateKey 4:1'],
    ['a=1\n[a]', 'DuplicateKey 2:1'],
  ])('%j is refused where it is wrong', (text, where) => {
    expect(problem(text, 'ini')).toBe(where);
  });
});

describe('plain text', () => {
  test('is anything that is UTF-8, and has no value', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter(one => one.isWellFormed() && !one.includes('\0')),
        text => {
          expect(readBody(text, 'text')).toMatchObject({
            ok: true,
            body: { text, json: 'null', documents: 1 },
          });
        },
      ),
    );
  });

  test('is not binary, and the refusal says so', () => {
    const read = readBody('\u007fELF\u0002\u0000', 'text');
    expect(read).toMatchObject({ ok: false, problem: { code: 'Nul', line: 1, column: 6 } });
    expect(!read.ok && read.problem.message).toContain('binary');
  });

  test('is shown as it is, and the other renderings are refused by name', () => {
    expect(convert('a: {{ b }}\n', 'text', 'Source')).toEqual({ ok: true, text: 'a: {{ b }}\n' });
    expect(convert('a: 1\n', 'text', 'json')).toMatchObject({
      ok: false,
      message: 'plain text has no rendering as json; use configMap.format: Source',
    });
  });
});

test.each([
  ['a: {{ .Values.a }}\n', 'a template is not YAML yet: use format: text for it'],
  ['a: b: c\n', 'if it is not meant to be YAML, use format: text'],
])('what does not read as YAML is advised to be text: %j', (text, advice) => {
  const read = readBody(text, 'yaml');
  expect(read.ok ? '' : read.problem.message).toContain(advice);
  expect(read.ok ? 0 : read.problem.message.length).toBeLessThanOrEqual(240);
});
