import { spawnSync } from 'node:child_process';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { convert } from '../../text/convert/convert.ts';
import { aString, awkward, converted } from './convert-samples.ts';

/** The values env can say, each under a name of its own. */
function sayable(values: readonly string[]): Record<string, string> {
  const kept = values.filter(value => convert(JSON.stringify({ k: value }), 'json', 'env').ok);
  return Object.fromEntries(kept.map((value, index) => [`K${index}`, value]));
}

/** What a real `sh` has in its environment after sourcing a text. */
function sourced(text: string): Record<string, string> {
  const script = 'cat | { set -a && . /dev/stdin && exec "$SELF" -p "JSON.stringify(process.env)"; }';
  const run = spawnSync('sh', ['-c', script], {
    input: text,
    env: { PATH: process.env.PATH, SELF: process.execPath, a: 'expanded' },
  });
  expect(run.stderr.toString()).toBe('');
  const names = Object.entries(JSON.parse(run.stdout.toString()) as Record<string, string>);
  return Object.fromEntries(names.filter(([name]) => /^K\d/.test(name)));
}

describe('env', () => {
  const values = fc.array(aString, { minLength: 1, maxLength: 40 });

  test("is read by Node's parseEnv as it was meant", () => {
    fc.assert(
      fc.property(values, values => {
        const meant = sayable(values);
        expect({ ...parseEnv(converted(JSON.stringify(meant), 'json', 'env')) }).toEqual(meant);
      }),
      { numRuns: 300 },
    );
  });

  test('is read by sh as it was meant', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 10, maxLength: 20 }), lists => {
        const meant = sayable([...awkward, ...lists.flat()]);
        expect(sourced(converted(JSON.stringify(meant), 'json', 'env'))).toEqual(meant);
      }),
      { numRuns: 5 },
    );
  });

  test('is read by those that take quotes literally when the values need none', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[A-Za-z0-9_@%+=:,./-]*$/)), values => {
        const text = converted(JSON.stringify(sayable(values)), 'json', 'env');
        expect(text).toBe(values.map((value, index) => `K${index}=${value}\n`).join(''));
      }),
    );
  });

  test('can say every line without single quotes that does not end in a backslash', () => {
    fc.assert(
      fc.property(aString, value => {
        const line = value.replace(/['\x01-\x1f\x7f-\x9f\p{Noncharacter_Code_Point}]/gu, '');
        if (!line.endsWith('\\')) expect(Object.values(sayable([line]))).toEqual([line]);
      }),
    );
  });
});

/** java.util.Properties.load, from its documentation. */
function load(text: string): [string, string][] {
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => {
      const end = /(?<=^(?:[^\\]|\\.)*?)[=: \t\f]/.exec(line)?.index ?? line.length;
      const value = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
      return [unescaped(line.slice(0, end)), unescaped(value)];
    });
}

const named: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f' };
const unescaped = (text: string) =>
  text.replace(/\\(?:u([0-9a-f]{4})|(.))/g, (_, unit: string | undefined, other: string) =>
    unit === undefined ? (named[other] ?? other) : String.fromCharCode(Number.parseInt(unit, 16)),
  );

describe('properties', () => {
  test('are read by Java as they were meant, and are ASCII', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(aString, aString), { selector: ([key]) => key }), entries => {
        const text = converted(JSON.stringify(Object.fromEntries(entries)), 'json', 'properties');
        expect(text).toMatch(/^[\n -~]*$/);
        expect(load(text)).toEqual(Object.entries(Object.fromEntries(entries)));
      }),
    );
  });

  test('join keys by dots and number list items, as Spring does', () => {
    expect(converted('{"a b":{"c":[1,{"d=":"e: #!"}],"f.g":true}}', 'json', 'properties')).toBe(
      'a\\ b.c[0]=1\na\\ b.c[1].d\\==e: #!\na\\ b.f.g=true\n',
    );
  });
});
