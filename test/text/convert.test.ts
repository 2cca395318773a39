import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { readBody } from '../../text/body.ts';
import { type ConfigMapFormat, convert } from '../../text/convert/convert.ts';
import type { Format } from '../../text/format.ts';
import { aString, awkward, converted, lexeme, refusal, value } from './convert-samples.ts';

const format = fc.constantFrom<Format>('json', 'yaml');
const target = fc.constantFrom<ConfigMapFormat>('json', 'yaml', 'env', 'properties');
/** A value as a source that readBody accepts. */
function written(value: unknown, from: Format): string {
  if (from === 'json') return JSON.stringify(value);
  const text = stringify(value, { defaultStringType: 'QUOTE_DOUBLE', blockQuote: false });
  return text.replace(
    /[\x7f-\x9f\ufeff\ufffe\uffff]/g,
    found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}

/** Whether go-yaml, which kubectl prints with, writes this text as a block: its own rule. */
function isBlock(text: string): boolean {
  const printable = /^[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/.test(text);
  return printable && !/ [\n\x85\u2028\u2029]| $/.test(text);
}

describe('any accepted text', () => {
  const snippets = fc
    .array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ': ',
        '- ',
        '\n',
        '\n  ',
        '&a ',
        '*a',
        '!x ',
        '!!int ',
        '"',
        "'",
        '|',
        '#',
        '1',
        'k',
        '<<',
        '---\n',
      ),
    )
    .map(parts => parts.join(''));
  const anyText = fc.oneof(
    snippets,
    value.map(each => written(each, 'json')),
    value.map(each => written(each, 'yaml')),
  );

  test('is converted or refused with a path, always the same way, and ends no line in whitespace', () => {
    fc.assert(
      fc.property(anyText, format, target, (text, from, to) => {
        const result = convert(text, from, to);
        expect(convert(text, from, to)).toEqual(result);
        if (!readBody(text, from).ok) return;
        if (result.ok) expect(result.text).not.toMatch(/[^\S\n]\n|[^\S\n]$/);
        else {
          expect(result.path).not.toBe('');
          expect(result.message).toMatch(/; |: /);
          expect(result.message).not.toMatch(/cannot be converted/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('is kept byte for byte as Source', () => {
    fc.assert(
      fc.property(anyText, format, (text, from) => {
        expect(converted(text, from, 'Source')).toBe(text);
      }),
    );
  });

  test('converted is what kubectl prints as a block, in the formats that have escapes', () => {
    fc.assert(
      fc.property(value, fc.constantFrom<ConfigMapFormat>('json', 'yaml', 'properties'), (value, to) => {
        const result = convert(JSON.stringify({ value }), 'json', to);
        if (result.ok) expect(result.text).toSatisfy(isBlock);
      }),
    );
  });

  test('over the limit when converted is refused, before aliases or indentation fill the memory', () => {
    expect(converted('[1]', 'json', 'json')).toHaveLength(8);
    expect(convert('[1]', 'json', 'json', 8)).toMatchObject({ ok: true });
    expect(convert('[1]', 'json', 'json', 7)).toMatchObject({ ok: false, path: '(whole text)' });
    expect(convert('["ä"]', 'json', 'Source', 5)).toMatchObject({ ok: false });
    const deep = `${'['.repeat(199)}${Array(250_000).fill('1')}${']'.repeat(199)}`;
    expect(refusal(deep, 'json', 'yaml')).toMatch(/more than 1048576 bytes/);
    const wide = `a: &a [${Array(9_000).fill('x'.repeat(40))}]\nb: [${Array(60).fill('*a')}]`;
    expect(refusal(wide, 'yaml', 'json')).toMatch(/more than 1048576 bytes/);
  });
});

describe('json', () => {
  test('says what the source says, to JSON.parse', () => {
    fc.assert(
      fc.property(value, format, (value, from) => {
        const text = written(value, from);
        // To JSON.stringify -0 is 0, so that neither side keeps the sign.
        const plain = (read: unknown) => JSON.parse(JSON.stringify(read));
        expectSame(plain(JSON.parse(converted(text, from, 'json'))), plain(value));
      }),
    );
  });

  test('has two spaces a level, the order of the source and a line end', () => {
    expect(converted('{"b":{"2":[1,[]],"1":{}},"a":null}', 'json', 'json')).toBe(
      '{\n  "b": {\n    "2": [\n      1,\n      []\n    ],\n    "1": {}\n  },\n  "a": null\n}\n',
    );
  });

  test('has no .inf, no second document and no foreign tag', () => {
    expect(refusal('a: [1, -.Inf]', 'yaml', 'json')).toMatch(/^a\[1\]: JSON has no -\.inf/);
    expect(refusal('a: 1\n---\nb: 1', 'yaml', 'json')).toMatch(
      /^\(whole text\): the text has 2 YAML documents/,
    );
    expect(refusal('a: {b: !Ref x}', 'yaml', 'json')).toMatch(/^a\.b: the tag `!Ref`/);
  });
});

describe('yaml', () => {
  test.each(['1.1', '1.2'] as const)('says what the source says, to a reader of YAML %s', version => {
    fc.assert(
      fc.property(value, format, (value, from) => {
        const text = converted(written(value, from), from, 'yaml');
        // Both by way of JSON, which has no sign on zero.
        const plain = (read: unknown) => JSON.parse(JSON.stringify(read));
        expectSame(plain(parse(text, { version })), plain(value));
      }),
      { numRuns: 400 },
    );
  });

  test('converted again is the same', () => {
    fc.assert(
      fc.property(value, value => {
        const once = converted(JSON.stringify(value), 'json', 'yaml');
        expect(converted(once, 'yaml', 'yaml')).toBe(once);
      }),
    );
  });

  test.each(awkward.map(text => [text.slice(0, 20), text] as const))(
    'has %j as a value, a key and an item',
    (_, text) => {
      const source = { [text]: text, list: [text, [text, { [text]: text }]] };
      const yaml = converted(JSON.stringify(source), 'json', 'yaml');
      for (const version of ['1.1', '1.2'] as const)
        expectSame(parse(yaml, { version }), JSON.parse(JSON.stringify(source)));
      const alone = converted(JSON.stringify(text), 'json', 'yaml');
      expect(parse(alone)).toBe(text);
    },
  );

  test('is in block style, with strings quoted only where readers could disagree', () => {
    const source =
      '{a: [yes, no thanks, "on", 1:20, ~, x], t: "one\\n two\\n", b: [{c: 1, d: {}}, [2, []]], n: 0x1F, e: 1E3}';
    expect(converted(source, 'yaml', 'yaml')).toBe(
      `a:\n  - "yes"\n  - no thanks\n  - "on"\n  - "1:20"\n  - null\n  - x\nt: |\n  one\n   two\nb:\n  - c: 1\n    d: {}\n  - - 2\n    - []\n"n": 31\ne: 1.0e+3\n`,
    );
  });

  test('keeps every document, keys that are no strings, and numbers that are not finite', () => {
    const text = converted('1: .Inf\n---\n# nothing\n---\n"1": +.inf\nnull: -.INF\n', 'yaml', 'yaml');
    expect(text).toBe('1: .inf\n---\nnull\n---\n"1": .inf\nnull: -.inf\n');
    expect(parseAllDocuments(text)).toHaveLength(3);
  });

  test('merges `<<`: own entries win wherever they stand, then the first mapping named', () => {
    const anchors = 'a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\n';
    const merged = (map: string) => JSON.parse(converted(`${anchors}c: ${map}`, 'yaml', 'json')).c;
    expect(merged('{<<: *a, x: 3}')).toEqual({ x: 3, y: 1 });
    expect(merged('{x: 3, <<: *a}')).toEqual({ x: 3, y: 1 });
    expect(merged('{<<: [*b, *a]}')).toEqual({ x: 1, y: 2, z: 2 });
    expect(merged('{&k <<: *a, z: *k}')).toEqual({ x: 1, y: 1, z: '<<' });
    expect(merged('{"<<": *a}')).toEqual({ '<<': { x: 1, y: 1 } });
    expect(refusal(`${anchors}c: {<<: [*a, 1]}`, 'yaml', 'yaml')).toMatch(/^c\["<<"\]: `<<` merges mappings/);
  });
});

describe('numbers', () => {
  test('keep every character in json, env and properties', () => {
    fc.assert(
      fc.property(lexeme, format, (number, from) => {
        const text = `{"a": [${number}]}`;
        const exact = from === 'json' ? number : number.replace('E', 'e').replace(/^-?0+(?=\d)/, '');
        expect(converted(text, from, 'json')).toBe(`{\n  "a": [\n    ${exact}\n  ]\n}\n`);
        expect(converted(text, from, 'env')).toBe(`A_0=${number}\n`);
        expect(converted(text, from, 'properties')).toBe(`a[0]=${number}\n`);
      }),
    );
  });

  test('keep the spelling of the source in env and properties, whatever JSON would make of it', () => {
    for (const spelled of ['01234', '0xFF', '+49', '0744', '0o17', '.5', '1.', '+1e3', '-0']) {
      expect(converted(`a: ${spelled}`, 'yaml', 'properties')).toBe(`a=${spelled}\n`);
      const env = converted(`a: ${spelled}`, 'yaml', 'env');
      expect([`A=${spelled}\n`, `A='${spelled}'\n`]).toContain(env);
      expect(converted(`? ${spelled}\n: 1`, 'yaml', 'properties')).toBe(`${spelled}=1\n`);
    }
  });

  test('are refused in json and yaml where readers of YAML 1.1 and of 1.2 read different values', () => {
    for (const to of ['json', 'yaml'] as const) {
      for (const spelled of ['0744', '01234', '08', '-010', '+012', '0o17'])
        expect(refusal(`a: [${spelled}]`, 'yaml', to)).toMatch(/^a\[0\]: .* another value .* quotes/);
      expect(refusal('0744: 1', 'yaml', to)).toMatch(/^744: 0744 is another value/);
      for (const [spelled, value] of [
        ['07', 7],
        ['00', 0],
        ['0xFF', 255],
        ['+49', 49],
        ['0.5', 0.5],
      ] as const) {
        const text = converted(`a: ${spelled}`, 'yaml', to);
        for (const version of ['1.1', '1.2'] as const) {
          expect(parse(text, { version })).toEqual({ a: value });
          expect(parse(`a: ${spelled}`, { version })).toEqual({ a: value });
        }
      }
      expect(converted('a: "0744"', 'yaml', to)).toContain('"0744"');
    }
  });

  test('are not converted by the rules of YAML 1.2 where the text asks for others', () => {
    expect(refusal('%YAML 1.1\n---\na: 0744\n', 'yaml', 'json')).toMatch(/%YAML 1\.1/);
    expect(converted('%YAML 1.2\n---\na: 1\n', 'yaml', 'properties')).toBe('a=1\n');
  });

  test('keep every digit in yaml, where only an exponent gets its point and sign', () => {
    fc.assert(
      fc.property(lexeme, number => {
        const yaml = converted(number, 'json', 'yaml').trimEnd();
        expect(yaml.replace(/\.0(?=[eE])/, '').replace(/([eE])\+/, '$1')).toBe(
          number.replace(/\.0(?=[eE])/, '').replace(/([eE])\+/, '$1'),
        );
        for (const version of ['1.1', '1.2'] as const) expect(parse(yaml, { version })).toBe(Number(number));
      }),
    );
  });
});

describe('flat formats', () => {
  const flat = fc.constantFrom<ConfigMapFormat>('env', 'properties');

  test('write every leaf once under a name of its own, or refuse with both paths', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.stringMatching(/^[aA][-_.]?b?$/),
          fc.oneof(fc.constant(1), fc.dictionary(fc.constantFrom('b', 'B'), fc.constant(1))),
        ),
        flat,
        (value, to) => {
          const result = convert(JSON.stringify(value), 'json', to);
          if (result.ok) {
            const names = result.text
              .split('\n')
              .slice(0, -1)
              .map(line => line.split('=')[0]);
            expect(new Set(names).size).toBe(names.length);
          } else expect(result.message).toMatch(/^it becomes (\S+) in (env|properties), as \S+ does; rename/);
        },
      ),
    );
  });

  test('have empty values for null, {} and [], and nothing for an empty text', () => {
    expect(converted('{"a":null,"b":{},"c":[],"d":""}', 'json', 'env')).toBe('A=\nB=\nC=\nD=\n');
    for (const empty of ['', '# only a comment\n', '{}', 'null'])
      expect(converted(empty, 'yaml', 'properties')).toBe('');
  });

  test.each([
    ['[1]', /^\(whole text\): env needs names/],
    ['{"a": {"ä": 1}}', /^a\["ä"\]: names of environment variables/],
    ['{"1a": 1}', /^1a: the name of an environment variable cannot begin with a digit/],
    ['{"": 1}', /^\[""\]: names of/],
    ['{"a": {"b-c": 1, "b": {"c": 2}}}', /^a\.b\.c: it becomes A_B_C in env, as a\["?b-c"?\]|a\.b-c does/],
    ['{"a": "x\\ny"}', /^a: readers of env files disagree about a value of several lines/],
    ['{"a": "\\u0007"}', /^a: not all readers of env files accept a control character/],
    ['{"a": ["it\'s $5"]}', /^a\[0\]: readers of env files disagree about every way to quote this value/],
    ['{"a": "b c\\\\"}', /^a: readers of env files disagree about every way to quote this value/],
  ])('%s is refused as env', (text, message) => expect(refusal(text, 'json', 'env')).toMatch(message));

  test('a message stays short and on one line whatever the keys are', () => {
    fc.assert(
      fc.property(aString, key => {
        const said = refusal(JSON.stringify({ [key]: { [`${key}\n`]: '\n' } }), 'json', 'env');
        expect(said).not.toMatch(/[\n\r\u2028]/);
        expect(said.length).toBeLessThan(400);
      }),
    );
  });
});
