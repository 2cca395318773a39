/** JSON with comments: what is read, to what, and where a refusal points; with Microsoft's own parser as the judge. */
import fc from 'fast-check';
import { type ParseError, parse } from 'jsonc-parser';
import { expect, test } from 'vitest';
import { readBody } from '../../text/body.ts';
import { convert } from '../../text/convert/convert.ts';

const problem = (text: string) => {
  const read = readBody(text, 'jsonc');
  if (read.ok) throw new Error(`accepted as ${read.body.json}`);
  return `${read.problem.code} ${read.problem.line}:${read.problem.column}`;
};

test.each([
  ['{"a": 1, /* b */ "b": [1, 2,], // c\n}', { a: 1, b: [1, 2] }],
  ['// head\n{}\n// foot', {}],
  ['/**/[/**/]/**/', []],
  ['{"url": "http://a//b", "glob": "/*"}', { url: 'http://a//b', glob: '/*' }],
  ['"\\"//"', '"//'],
  ['\ufeff// a\r\n1', 1],
  ['{"a": 12345678901234567890}', { a: 12345678901234567890n }],
])('%j', (text, meant) => {
  const read = readBody(text, 'jsonc');
  if (!read.ok) throw new Error(read.problem.message);
  const shown = (value: unknown) =>
    JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `big ${inner}` : inner));
  expect(read.body.json.replace(/\s+/g, '')).toBe(
    shown(meant)
      .replace(/"big (\d+)"/, '$1')
      .replace(/\s+/g, ''),
  );
});

test.each([
  ['{"a": 1,, }', 'Syntax 1:9'],
  ['[,]', 'Syntax 1:2'],
  ['{,}', 'Syntax 1:2'],
  ['[1 2]', 'Syntax 1:4'],
  ['{"a": // c\n}', 'Syntax 2:1'],
  ['{"a": 1 /* c', 'Syntax 1:9'],
  ['{"a": 1,\n // c\n "a": 2}', 'DuplicateKey 3:2'],
  ['// only', 'Empty 1:8'],
  ['{"a": 1} / 2', 'Syntax 1:10'],
])('%j is refused where it is wrong', (text, where) => {
  expect(problem(text)).toBe(where);
});

test('strict JSON names the way out', () => {
  for (const text of ['{"a": 1 // c\n}', '// c\n{}', '{"a": 1,}', '[1,\n]']) {
    const read = readBody(text, 'json');
    expect(read.ok ? '' : read.problem.message).toContain('use format: jsonc');
  }
});

test('what is accepted, the parser of VS Code accepts, to the same value; and the other way round', () => {
  const parts = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b//"',
    '1',
    'true',
    ' ',
    '\n',
    '// c\n',
    '/* c */',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 14 }), list => {
      const text = list.join('');
      const errors: ParseError[] = [];
      const value = parse(text, errors, { allowTrailingComma: true }) as unknown;
      const read = readBody(text, 'jsonc');
      // A key that stands twice is refused here, and left to the last one there.
      if (!read.ok && read.problem.code === 'DuplicateKey') return;
      expect(read.ok, text).toBe(errors.length === 0);
      if (read.ok) expect(JSON.parse(read.body.json)).toEqual(value);
    }),
    { numRuns: 5_000 },
  );
});

test('is shown as JSON without its comments', () => {
  expect(convert('{\n  // c\n  "a": 1.10,\n}', 'jsonc', 'json')).toMatchObject({ ok: true });
  expect(convert('{\n  // c\n  "a": 1.10,\n}', 'jsonc', 'properties')).toEqual({
    ok: true,
    text: 'a=1.10\n',
  });
});
