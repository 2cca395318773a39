/** What is read from a request's JSON is all that stands in it, and bounded by what the text says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refused } from '../../server/problems.ts';
import { readStrangersJson } from '../../server/strangers-json.ts';

function refusalOf(text: string): string {
  try {
    readStrangersJson(text);
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
  return 'read';
}

describe('JSON from strangers', () => {
  it('is read as JSON.parse reads it, where no member is given twice', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
        const value: unknown = JSON.parse(text);
        expect(readStrangersJson(JSON.stringify(value, null, space))).toEqual(value);
      }),
    );
  });

  it('is refused where any of its objects has a member twice, however its name is spelled', () => {
    const key = fc.string({ unit: fc.constantFrom('a', '"', '\\', '/', 'é', '\n', '{', ',', ':') });
    const escaped = (name: string) =>
      `"${[...name].map(one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;
    fc.assert(
      fc.property(key, fc.jsonValue({ maxDepth: 2 }), fc.boolean(), (name, value, isSpelled) => {
        const [member, again] = [JSON.stringify(name), isSpelled ? escaped(name) : JSON.stringify(name)];
        const twice = `{${member}: ${JSON.stringify(value)}, ${again} : 1}`;
        expect(refusalOf(`[{"x": []}, {"in": ${twice}}]`)).toMatch(/is given twice; send it once/);
        expect(JSON.parse(twice)).toEqual({ [name]: 1 });
      }),
    );
  });

  it('names the member that is given twice', () => {
    expect(refusalOf('{"changes":[{"path":"a"},{"a/b":{"path":"a","path":"b"}}]}')).toBe(
      'Body /changes/1/a~1b/path: is given twice; send it once.',
    );
    expect(refusalOf('{"__proto__":1,"__proto__":2}')).toBe('Body /__proto__: is given twice; send it once.');
  });

  it('is refused before it takes many times its length in memory', () => {
    expect(refusalOf(`[${'[],'.repeat(100_000)}[]]`)).toBe(
      'The body: has more than 100000 values; send them in several requests.',
    );
    expect(refusalOf(`[${'1,'.repeat(100_000)}1]`)).toMatch(/more than 100000 values/);
    expect(refusalOf('['.repeat(65) + ']'.repeat(65))).toBe(
      'The body: has more than 64 lists and objects inside one another.',
    );
    expect(refusalOf('['.repeat(64) + ']'.repeat(64))).toBe('read');
  });

  it.each(['{"a', '{"a\\', '{"a":1,', '"', '}', ']]', '{a:1}', '[1 2]', ''])(
    'that is not JSON is refused: %s',
    text => {
      expect(refusalOf(text)).toBe('The body: is not JSON.');
    },
  );
});
