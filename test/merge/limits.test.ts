/**
 * Inputs made to hurt get an answer that says so. How long that takes is measured by bench/merge.ts.
 */
import { describe, expect, test, vi } from 'vitest';
import { maxDepth, maxLength } from '../../merge/limits.ts';
import { type Format, merge } from '../../merge/merge.ts';

vi.setConfig({ testTimeout: 1_800_000 });

const answer = (format: Format, make: (side: number) => string) =>
  merge(make(0), make(1), make(2), { format });

describe('refused', () => {
  test('texts longer than the limit', () => {
    const result = answer('json', side => `"${'x'.repeat(maxLength)}${side}"`);
    expect(result).toMatchObject({ kind: 'refused', reason: 'TooLarge', position: { input: 'base' } });
  });

  test.each([
    ['json', (side: number) => `${'['.repeat(maxDepth + 2)}${side}${']'.repeat(maxDepth + 2)}`],
    ['json', (side: number) => `${'['.repeat(100_000)}${side}`],
    ['yaml', (side: number) => `${'['.repeat(maxDepth + 2)}${side}${']'.repeat(maxDepth + 2)}\n`],
    ['yaml', (side: number) => `${'- '.repeat(maxDepth + 2)}${side}\n`],
    ['yaml', (side: number) => `${'- '.repeat(20_000)}${side}\n`],
    ['yaml', (side: number) => `${'{a: '.repeat(5_000)}${side}\n`],
    ['yaml', (side: number) => `${'? '.repeat(5_000)}${side}\n`],
    ['jsonc', (side: number) => `// deep\n${'['.repeat(100_000)}${side}`],
    ['toml', (side: number) => `a = ${'['.repeat(maxDepth + 2)}${side}${']'.repeat(maxDepth + 2)}\n`],
  ] as [Format, (side: number) => string][])('nesting deeper than the limit (%s, %#)', (format, make) => {
    expect(answer(format, make)).toMatchObject({ kind: 'refused', reason: 'TooDeep' });
  });

  test('text that is not Unicode, with its place', () => {
    const result = merge('a: 1\n', 'a: 2\n', 'a: 1\nb: \ud800\n', { format: 'yaml' });
    expect(result).toMatchObject({
      kind: 'refused',
      reason: 'Encoding',
      position: { input: 'proposed', offset: 8, line: 2, column: 4 },
    });
  });

  test('a syntax error, with its place in the text as given', () => {
    const result = merge('\uFEFF{"a": 1}\r\n', '{"a": 2}', '\uFEFF{\r\n"a": x}', { format: 'json' });
    expect(result).toMatchObject({
      kind: 'refused',
      reason: 'Syntax',
      position: { input: 'proposed', offset: 9, line: 2, column: 6 },
    });
  });
});

describe('answered', () => {
  test('a list of many equal items', () => {
    expect(
      answer('yaml', side => `a:\n${'- x\n'.repeat(5_000 + (side === 2 ? 1 : 0))}b: ${side === 1 ? 1 : 0}\n`)
        .kind,
    ).toBe('clean');
    expect(answer('yaml', side => `a:\n${'- x\n'.repeat(5_000 + side)}`).kind).toBe('clash');
  });

  test('a list changed in every item', () => {
    const make = (side: number) =>
      `[${Array.from({ length: 5_000 }, (_, at) => at * 3 + (side === 2 ? 1 : 0)).join()},${side === 1 ? '"end"' : '0'}]`;
    expect(['clean', 'clash']).toContain(answer('json', make).kind);
  });

  test('aliases that stand for a thousand million items', () => {
    const make = (side: number) => {
      const levels = Array.from(
        { length: 8 },
        (_, at) => `a${at + 1}: &a${at + 1} [${Array(10).fill(`*a${at}`).join(', ')}]\n`,
      );
      return `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${levels.join('')}y: ${side === 1 ? 1 : 0}\nz: ${side === 2 ? 1 : 0}\n`;
    };
    const result = answer('yaml', make);
    expect(result.kind).toBe('clean');
  });

  test('merge keys of merge keys', () => {
    const make = (side: number) => {
      const maps = Array.from({ length: 200 }, (_, at) =>
        at === 0 ? 'm0: &m0 {k: 1}\n' : `m${at}: &m${at}\n  <<: *m${at - 1}\n  k${at}: ${at}\n`,
      );
      return `${maps.join('')}y: ${side === 1 ? 1 : 0}\nz: ${side === 2 ? 1 : 0}\n`;
    };
    expect(answer('yaml', make).kind).toBe('clean');
  });

  test('comments and blank lines without end', () => {
    const make = (side: number) =>
      `a: ${side === 1 ? 1 : 0}\n${'# x\n\n'.repeat(5_000)}b: ${side === 2 ? 1 : 0}\n`;
    expect(answer('yaml', make).kind).toBe('clean');
  });
});

/** Long runs of what a pattern could try in many ways. */
const long = 300_000;
const blanks = ' '.repeat(long);
test.each([
  ['ini', (side: number) => `[s]\na${blanks}b = ${side}\n`],
  ['ini', (side: number) => `[s]\na${blanks}b${side}\n`],
  ['ini', (side: number) => `[s]\na${':b'.repeat(long)} = ${side}\n`],
  ['ini', (side: number) => `[s]\na = ${side}${'\n;'.repeat(long)}\n`],
  ['properties', (side: number) => `a${'\\'.repeat(long)} = ${side}\n`],
  ['properties', (side: number) => `a =${blanks}b${side}${blanks}\n`],
  ['properties', (side: number) => `a = ${side}${'\\\n'.repeat(long)}\n`],
  ['env', (side: number) => `A=${'$#'.repeat(long)}${side}\n`],
  ['env', (side: number) => `A="${'$'.repeat(long)}${side}"\n`],
  ['env', (side: number) => `A=b${blanks}c${side}\n`],
  ['toml', (side: number) => `a = "${'['.repeat(long)}${side}"\n`],
  ['toml', (side: number) => `a = ${side}${blanks}# ${blanks}b\n`],
  ['jsonc', (side: number) => `{${blanks}/**/${blanks}/**/${blanks}\n"a": ${side}\n}\n`],
  ['jsonc', (side: number) => `{\n/*${'*'.repeat(long)}*/ "a": ${side}\n}\n`],
  ['jsonc', (side: number) => `{\n${'// c\n'.repeat(long / 4)}"a": ${side}\n}\n`],
  ['text', (side: number) => `${'a\n'.repeat(long)}${side}\n${'a\n'.repeat(long)}`],
  [
    'text',
    (side: number) =>
      Array.from({ length: 60_000 }, (_, at) => `${(at * 7919 * (side + 1)) % 60_000}\n`).join(''),
  ],
] as [Format, (side: number) => string][])('a text made to hurt is answered (%s, %#)', (format, make) => {
  const result = answer(format, make);
  expect(['clash', 'refused', 'clean']).toContain(result.kind);
  if (result.kind === 'clash')
    for (const { detail = '' } of result.places) expect(detail).not.toContain('the merge failed');
});
