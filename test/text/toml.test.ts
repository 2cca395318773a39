/**
 * TOML 1.0, by the official toml-test suite: what it calls valid is read, to the values it names, and the rest refused.
 * The suite comes as a Go module, through the ordinary Go client; without it, these tests are skipped and say so.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBody } from '../../text/body.ts';
import { convert } from '../../text/convert/convert.ts';

const suite = 'github.com/toml-lang/toml-test@v1.6.0';

/** Where the suite's files are; null: the Go client cannot get it. */
function download(): string | null {
  try {
    const said = execFileSync('go', ['mod', 'download', '-json', suite], {
      cwd: tmpdir(),
      encoding: 'utf8',
      env: { ...process.env, GOFLAGS: '-mod=mod' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 120_000,
    });
    return join((JSON.parse(said) as { readonly Dir: string }).Dir, 'tests');
  } catch {
    return null;
  }
}

const folder = download();
const files = (kind: string): string[] =>
  folder === null
    ? []
    : readFileSync(join(folder, 'files-toml-1.0.0'), 'utf8')
        .split('\n')
        .filter(name => name.startsWith(`${kind}/`) && name.endsWith('.toml'));

const bytes = (name: string) => readFileSync(join(folder!, name));
const text = (name: string) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes(name));

/** Valid TOML, but no database holds U+0000. */
const withNul = new Set([
  'valid/key/quoted-unicode.toml',
  'valid/string/quoted-unicode.toml',
  'valid/string/unicode-escape.toml',
]);

interface Tagged {
  readonly type: string;
  readonly value: string;
}

const isTagged = (meant: object): meant is Tagged =>
  Object.keys(meant).sort().join() === 'type,value' && typeof (meant as Tagged).value === 'string';

/** Whether a value is the one that the suite's typed JSON names. */
function expectMeant(found: unknown, meant: unknown, where: string): void {
  if (Array.isArray(meant)) {
    expect(Array.isArray(found) && found.length, where).toBe(meant.length);
    for (const [at, one] of meant.entries()) expectMeant((found as unknown[])[at], one, `${where}/${at}`);
  } else if (typeof meant === 'object' && meant !== null && !isTagged(meant)) {
    expect(Object.keys(found as object).sort(), where).toEqual(Object.keys(meant).sort());
    for (const [key, one] of Object.entries(meant))
      expectMeant((found as Record<string, unknown>)[key], one, `${where}/${key}`);
  } else {
    const { type, value } = meant as Tagged;
    if (type === 'string') expect(found, where).toBe(value);
    else if (type === 'bool') expect(String(found), where).toBe(value);
    else if (/inf|nan/.test(value))
      expect(String(found).replace(/[+.]/g, ''), where).toBe(value.replace('+', ''));
    else if (type === 'integer' || type === 'float') expect(Number(found), where).toBe(Number(value));
    else
      expect(String(found).toUpperCase().replace(' ', 'T'), where).toMatch(value.slice(0, 8).toUpperCase());
  }
}

describe.skipIf(folder === null)(
  `the ${files('valid').length} valid and ${files('invalid').length} invalid texts of toml-test`,
  () => {
    test('there are as many as the suite of that version has', () => {
      expect([files('valid').length, files('invalid').length]).toEqual([185, 371]);
    });

    test.each(files('valid').filter(name => !withNul.has(name)))('%s is read to its value', name => {
      const read = readBody(text(name), 'toml');
      if (!read.ok) throw new Error(read.problem.message);
      const meant = JSON.parse(bytes(name.replace(/toml$/, 'json')).toString('utf8')) as unknown;
      expectMeant(JSON.parse(read.body.json), meant, '');
    });

    test.each([...withNul])('%s holds U+0000, and is refused for that alone', name => {
      expect(readBody(text(name), 'toml')).toMatchObject({ ok: false, problem: { code: 'Nul' } });
    });

    test.each(files('invalid'))('%s is refused, with a place', name => {
      let given: string;
      try {
        given = text(name);
      } catch {
        // Not UTF-8: no door lets it come this far.
        return;
      }
      const read = readBody(given, 'toml');
      expect(read.ok).toBe(false);
      if (!read.ok) expect(read.problem.line).toBeLessThanOrEqual(given.split('\n').length);
    });
  },
);

test.each([
  ['a = 1\na = 2\n', 'DuplicateKey 2:1'],
  ['[a]\nx = 1\n[a]\n', 'DuplicateKey 3:2'],
  ['a = 1\nb = \n', 'Syntax 2:5'],
  ['\ufeffa = yes\n', 'Syntax 1:5'],
  ['a = "\\u0000"\n', 'Nul 1:5'],
])('%j is refused where it is wrong', (given, where) => {
  const read = readBody(given, 'toml');
  expect(read.ok ? '' : `${read.problem.code} ${read.problem.line}:${read.problem.column}`).toBe(where);
});

test('nesting is bounded', () => {
  expect(readBody(`a = ${'['.repeat(300)}${']'.repeat(300)}\n`, 'toml')).toMatchObject({ ok: false });
  expect(readBody(`[${'a.'.repeat(300)}b]\n`, 'toml')).toMatchObject({
    ok: false,
    problem: { code: 'TooDeep' },
  });
});

test('numbers of any size keep their digits, in the value and in conversions', () => {
  const given =
    'big = 9_007_199_254_740_993\nhex = 0xFF\nrate = 1.10\nmore = +1e06\nday = 1979-05-27\nnot = nan\n';
  const read = readBody(given, 'toml');
  expect(read.ok && read.body.json).toBe(
    '{"big":9007199254740993,"hex":255,"rate":1.10,"more":1e06,"day":"1979-05-27","not":".nan"}',
  );
  expect(convert(given.replace('not = nan\n', ''), 'toml', 'env')).toEqual({
    ok: true,
    text: 'BIG=9007199254740993\nHEX=255\nRATE=1.10\nMORE=1e06\nDAY=1979-05-27\n',
  });
});
