import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { readBody } from '../../text/body.ts';
import type { Format } from '../../text/format.ts';

const json = (text: string, format: Format = 'yaml') => {
  const read = readBody(text, format);
  if (!read.ok) throw new Error(read.problem.message);
  return read.body.json;
};
const problem = (text: string, format: Format = 'yaml') => {
  const read = readBody(text, format);
  if (read.ok) throw new Error(`accepted as ${read.body.json}`);
  return `${read.problem.code} ${read.problem.line}:${read.problem.column}`;
};
const format = fc.constantFrom<Format>('json', 'yaml');
const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const snippets = fc
  .array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      ': ',
      '- ',
      '? ',
      '\n',
      '\n  ',
      '\t',
      '&a ',
      '*a',
      '!x ',
      '"',
      "'",
      '|',
      '>',
      '#',
      '\\',
      '1',
      'k',
      '<<',
      '%',
      '---\n',
      '...\n',
      '\0',
      '\ud800',
      '\r',
      '\ufeff',
    ),
    { maxLength: 30 },
  )
  .map(parts => parts.join(''));
const value = fc.jsonValue({ maxDepth: 4 }).filter(v => {
  const text = JSON.stringify(v);
  return text.isWellFormed() && !/\\u0000|\\ud[89a-f]/i.test(text);
});

describe('any text', () => {
  test('is answered without a throw, with a place inside the text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, snippets), format, (text, format) => {
        const read = readBody(text, format);
        if (read.ok) {
          JSON.parse(read.body.json);
          expect(read.body.text).toBe(text);
          expect(read.body.sha256).toBe(createHash('sha256').update(text).digest('hex'));
        } else {
          expect(read.problem.line).toBeGreaterThan(0);
          expect(read.problem.line).toBeLessThanOrEqual(text.split('\n').length);
          expect(read.problem.column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1500 },
    );
  });

  test.each(['<', '>', '&'])('refuses what %s makes too heavy for the API server', letter => {
    const text = (count: number) => `"${letter.repeat(count)}"`;
    const heavy = readBody(text(600 * 1024), 'json');
    expect(heavy).toMatchObject({ ok: false, problem: { reason: 'BodyTooLarge' } });
    expect(heavy.ok ? '' : heavy.problem.message).toContain('weighs 3686404 ');
    expect(readBody(text(240 * 1024), 'json').ok).toBe(true);
    expect(readBody(`"${'a'.repeat(1_000_000)}"`, 'json').ok).toBe(true);
  });

  test('over the limit is refused with its size and the limit', () => {
    const read = readBody('"äää"', 'json', { maxBytes: 7 });
    expect(read).toMatchObject({ ok: false, problem: { reason: 'BodyTooLarge' } });
    expect(!read.ok && read.problem.message).toMatch(/8 bytes, at most 7/);
  });
});

describe('JSON', () => {
  test('is accepted exactly when JSON.parse accepts it, but for what is refused by name', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          value.map(v => JSON.stringify(v, null, 1)),
          snippets,
        ),
        text => {
          const read = readBody(text, 'json');
          if (read.ok) expect(JSON.parse(read.body.json)).toEqual(JSON.parse(text.replace(/^\ufeff/, '')));
          else if (read.problem.code === 'Syntax') expect(() => JSON.parse(text)).toThrow();
        },
      ),
    );
  });

  test.each([
    ['{"a":1,\n "\\u0061":2}', 'DuplicateKey 2:2'],
    ['', 'Empty 1:1'],
    ['[1,]', 'Syntax 1:3'],
    ['[01]', 'Syntax 1:2'],
    ['["a\\u0000"]', 'Nul 1:4'],
    ['["\\ud800"]', 'LoneSurrogate 1:3'],
    ['["\\udc00\\ud800"]', 'LoneSurrogate 1:3'],
    ['{} x', 'Syntax 1:4'],
    ['[NaN]', 'Syntax 1:2'],
    ['["\t"]', 'Syntax 1:3'],
    ['["\\x"]', 'Syntax 1:3'],
    ['{"😀": 1, "😀": 2}', 'DuplicateKey 1:10'],
    ['['.repeat(100_000), 'TooDeep 1:201'],
    ['[{"":'.repeat(50_000), 'TooDeep 1:501'],
  ])('%.30j is refused as %s', (text, expected) => expect(problem(text, 'json')).toBe(expected));

  test('numbers keep their spelling; those no database should hold become strings', () => {
    expect(json('[9007199254740993,0.10,1e400,1e1001,-1E-2000,-0]', 'json')).toBe(
      '[9007199254740993,0.10,1e400,"1e1001","-1E-2000",-0]',
    );
  });

  test('keys that name prototypes are data', () => {
    expect(json('{"__proto__":{"constructor":1}}', 'json')).toBe('{"__proto__":{"constructor":1}}');
  });
});

describe('YAML', () => {
  test('reads as the yaml package reads it', () => {
    fc.assert(
      fc.property(value, value => {
        const text = stringify(value);
        // The package's way to JSON loses the sign of zero, which ours keeps.
        const plain = (read: unknown) => JSON.parse(JSON.stringify(read));
        expect(plain(JSON.parse(json(text)))).toEqual(plain(parse(text)));
      }),
    );
  });

  test.each([`a:\n  b: 'x{\n  }'\nc: 1\n`, `a:\n  b: "x\n  y"\n`, `a: 'x\n`])(
    'quoted text whose last line is not indented enough is not said to lack a quote only: %j',
    text => {
      const read = readBody(text, 'yaml');
      expect(read.ok ? '' : read.problem.message).toMatch(
        /does not end; close it with ['"], and indent its further lines more than the key it belongs to;/,
      );
    },
  );

  test('two `<<` in one mapping are told how both are merged', () => {
    const read = readBody('a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n', 'yaml');
    expect(read.ok ? '' : read.problem.message).toContain('merge both at once: `<<: [*a, *b]`');
  });

  test('a list as a key is told as that, also where it is given twice', () => {
    for (const text of ['[a]: a\n', '[a]: a\n[a]: b\n']) {
      const read = readBody(text, 'yaml');
      expect(read.ok ? '' : read.problem.message).toBe(
        'line 1, column 1: a list or mapping cannot be a key here; use text as the key',
      );
    }
  });

  test('a key given twice is always found, in blocks and in flows', () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}_$/), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(keys, fc.nat(), (keys, pick) => {
        const lines = [...keys, keys[pick % keys.length]].map(key => `${key}: 1`);
        expect(problem(lines.join('\n'))).toBe(`DuplicateKey ${lines.length}:1`);
        expect(problem(`{${lines.join(',\n')}}`)).toMatch(/^DuplicateKey/);
      }),
    );
  });

  test.each([
    ['a:\n\tb: 1', 'Tab 2:1'],
    ['1: a\n"1": b', 'DuplicateKey 2:1'],
    ['a: "x\\0"', 'Nul 1:6'],
    ['a: "\\\\0 \\ud800"', 'LoneSurrogate 1:9'],
    ['a: \0', 'Nul 1:4'],
    ['a: *x', 'UnknownAlias 1:4'],
    ['&a [*a]', 'RecursiveAlias 1:5'],
    ['? [a]\n: 1', 'ComplexKey 1:3'],
    ['a: \x07', 'ControlCharacter 1:4'],
    ['\uFEFF\uFEFFa: 1', 'ControlCharacter 1:1'],
    ['- '.repeat(100_000), 'TooDeep 1:401'],
    ['a: @x', 'Syntax 1:4'],
    [
      `a0: &a0 [x]\n${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`).join('\n')}`,
      'AliasBomb 8:27',
    ],
  ])('%.30j is refused as %s', (text, expected) => {
    if (expected.startsWith('AliasBomb') || expected.startsWith('TooDeep'))
      expect(problem(text)).toMatch(expected.split(' ')[0]!);
    else expect(problem(text)).toBe(expected);
  });

  test.each([
    ['', 'null'],
    ['---\na\n---\n', '["a",null]'],
    [
      '[yes, 0o17, 0x1F, 1:20, 1_000, .inf, +1.50, .5, 1., 007, 12345678901234567890]',
      '["yes",15,31,"1:20","1_000",".inf",1.50,0.5,1,7,12345678901234567890]',
    ],
    ['a: !foo 1\nb: !!js/function x\nc: !!str 1\nd: !!int "1"', '{"a":"1","b":"x","c":"1","d":1}'],
    ['a: &a {x: 1}\nb: {<<: *a}', '{"a":{"x":1},"b":{"<<":{"x":1}}}'],
    ['__proto__: 1\n~: 2', '{"__proto__":1,"null":2}'],
    ['\ufeffa: 1\r\nb: 2\r\n', '{"a":1,"b":2}'],
    ['%YAML 1.1\n---\nyes', '"yes"'],
  ])('%.40j is %s', (text, expected) => expect(json(text)).toBe(expected));

  test('a megabyte of faults is answered with the first', () => {
    for (const text of [']', '""', '&a ', '['.concat(',')]) {
      expect(problem(text.repeat(200_000))).toMatch(/^(Syntax|TooDeep)/);
    }
  });
});
