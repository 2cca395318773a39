/** What is read from a request's JSON is all that stands in it, and bounded by what the text says. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refused } from '../../server/problems.ts';
import { readLargeJson, readStrangersJson } from '../../server/strangers-json.ts';

function refusalOf(text: string): string {
  try {
    readStrangersJson(Buffer.from(text));
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
        expect(readStrangersJson(Buffer.from(JSON.stringify(value, null, space)))).toEqual(value);
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

/** Reads it as a large text is read. */
const readLarge = (text: string | Buffer, maxString = Number.POSITIVE_INFINITY) =>
  readLargeJson(Buffer.from(text), maxString, async work => work());

describe('large JSON from strangers', () => {
  const large = (length = 70_000) =>
    fc.constantFrom('x', '\\"', 'ä', '[{,"', '\\').map(one => one.repeat(length));

  it('is read as a whole text is, in whatever lists and objects its large elements stand', async () => {
    const element = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.tuple(fc.jsonValue({ maxDepth: 1 }), large()).map(([more, text]) => ({ more, text })),
      large(),
    );
    const name = fc.constantFrom('changes', '__proto__', 'a"b', '\u{feff}', '');
    const object = fc.uniqueArray(fc.tuple(name, fc.array(element, { maxLength: 4 })), {
      selector: ([one]) => one,
    });
    await fc.assert(
      fc.asyncProperty(object, fc.constantFrom(undefined, 1, '\t'), async (members, space) => {
        const value: unknown = Object.fromEntries(members);
        for (const sent of [value, [value], members.map(([, list]) => list)]) {
          const text = JSON.stringify(sent, null, space);
          // Told apart without printing them.
          expect(isDeepStrictEqual(await readLarge(text), JSON.parse(text))).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is refused wherever JSON.parse throws, whatever is broken', async () => {
    const text = JSON.stringify({
      a: 1,
      changes: [{ text: 'x'.repeat(70_000) }, { text: '\\"'.repeat(40_000) }, 3],
    });
    const places = [0, 1, 5, 16, 17, 20, 70_020, 70_036, 70_040, 190_000, text.length - 4, text.length - 2];
    const put = fc.constantFrom(
      '',
      ',',
      ']',
      '}',
      '[',
      '{',
      '"',
      ' ',
      '\\',
      '\u{feff}',
      '1',
      'null',
      ' '.repeat(70_000),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.nat(2), put, async (at, removed, added) => {
        const broken = text.slice(0, at) + added + text.slice(at + removed);
        const whole = (() => {
          try {
            return readStrangersJson(Buffer.from(broken));
          } catch {
            return 'refused';
          }
        })();
        expect(isDeepStrictEqual(await readLarge(broken).catch(() => 'refused'), whole)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is read where a list has nothing in it but white space', async () => {
    expect(await readLarge(`{"changes":[${' '.repeat(70_000)}]}`)).toEqual({ changes: [] });
  });

  it('is refused where a mark of the byte order stands inside it', async () => {
    const sent = `{"changes":[\u{feff}"${'x'.repeat(70_000)}"]}`;
    await expect(readLarge(sent)).rejects.toThrow('The body: is not JSON.');
    expect(await readLarge(`\u{feff}${sent.replace('\u{feff}', '')}`)).toHaveProperty('changes.length', 1);
  });

  it('is refused where a member of a large element is given twice', async () => {
    const twice = `{"changes":[1,{"text":"${'x'.repeat(70_000)}","path":"a","path":"b"}]}`;
    await expect(readLarge(twice)).rejects.toThrow('Body /changes/1/path: is given twice; send it once.');
  });

  it('is read one large element at a time', async () => {
    const sent = { changes: Array.from({ length: 5 }, (_, index) => ({ index, text: 'x'.repeat(100_000) })) };
    let turns = 0;
    const read = readLargeJson(Buffer.from(JSON.stringify(sent)), Number.POSITIVE_INFINITY, async work => {
      turns += 1;
      return work();
    });
    expect(await read).toEqual(sent);
    // To look through it, to read what is left without its elements, and each of those.
    expect(turns).toBe(1 + 1 + 5);
  });

  it('is refused where one string is longer than any text may be, before it is made', async () => {
    const sent = JSON.stringify({ changes: [{ path: 'a', body_raw: 'x'.repeat(2 << 20) }] });
    await expect(readLarge(sent, 1.5 * (1 << 20))).rejects.toThrow(
      'Body /changes/0/body_raw: has more than 1.5 MiB, as it stands here; no text may.',
    );
    expect(isDeepStrictEqual(await readLarge(sent, 3 << 20), JSON.parse(sent))).toBe(true);
  });

  it('that is not UTF-8 is refused, inside an element, too', async () => {
    const sent = Buffer.from(JSON.stringify({ changes: [{ text: 'x'.repeat(100_000) }] }));
    sent[50_000] = 0xff;
    await expect(readLarge(sent)).rejects.toThrow('The body: is not UTF-8.');
  });
});
