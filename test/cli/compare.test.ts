/** How a file and its config stand to each other. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { baseAmong } from '../../cli/base.ts';
import { compare, hasMarkers, type Sides } from '../../cli/compare.ts';

const local = (sha256: string, text = sha256) => ({ sha256, text });
const base = (version: number, sha256: string) => ({ version, sha256 });
const head = (version: number, content_sha256: string) => ({ version, content_sha256 });

test.each<[string, Sides, string | null, number | null]>([
  ['the same text', { local: local('a'), base: null, head: head(3, 'a') }, 'in-sync', 3],
  [
    'the same text, whatever was remembered',
    { local: local('a'), base: base(1, 'x'), head: head(3, 'a') },
    'in-sync',
    3,
  ],
  ['an edit of the latest', { local: local('b'), base: base(3, 'a'), head: head(3, 'a') }, 'changed-here', 3],
  ['a newer version', { local: local('a'), base: base(1, 'a'), head: head(3, 'c') }, 'changed-there', 1],
  [
    'an edit, and a newer version',
    { local: local('b'), base: base(1, 'a'), head: head(3, 'c') },
    'changed-both',
    1,
  ],
  [
    'an edit, and a newer version with the old text',
    { local: local('b'), base: base(1, 'a'), head: head(3, 'a') },
    'changed-here',
    3,
  ],
  ['a file nobody has saved', { local: local('a'), base: null, head: null }, 'new-here', null],
  ['a config no file is of', { local: null, base: null, head: head(3, 'a') }, 'new-there', null],
  ['a file that was deleted', { local: null, base: base(3, 'a'), head: head(3, 'a') }, 'gone-here', 3],
  ['a config that was deleted', { local: local('a'), base: base(3, 'a'), head: null }, 'gone-there', 3],
  ['deleted on both sides', { local: null, base: base(3, 'a'), head: null }, null, null],
  ['nothing remembered', { local: local('b'), base: null, head: head(3, 'a') }, 'unknown-base', null],
  [
    'a base from the future',
    { local: local('a'), base: base(9, 'a'), head: head(3, 'c') },
    'unknown-base',
    null,
  ],
  [
    'a base with another text',
    { local: local('x'), base: base(3, 'x'), head: head(3, 'c') },
    'unknown-base',
    null,
  ],
  [
    'markers',
    { local: local('b', '<<<<<<< current\n'), base: base(3, 'a'), head: head(3, 'a') },
    'unresolved',
    3,
  ],
])('%s', (_, sides, standing, version) => {
  const compared = compare(sides);
  expect([compared?.standing ?? null, compared?.base?.version ?? null]).toEqual([standing, version]);
});

test('what may be replaced without a merge is a text that was remembered from the server', () => {
  const sha = fc.constantFrom('a', 'b', 'c');
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
  const version = fc.integer({ min: 1, max: 4 });
  fc.assert(
    fc.property(
      fc.record({
        local: maybe(sha.map(one => local(one))),
        base: maybe(fc.tuple(version, sha).map(([v, s]) => base(v, s))),
        head: maybe(fc.tuple(version, sha).map(([v, s]) => head(v, s))),
      }),
      sides => {
        const compared = compare(sides);
        if (compared?.standing === 'changed-there') expect(sides.local?.sha256).toBe(sides.base?.sha256);
        if (compared?.standing === 'new-there') expect(sides.local).toBeNull();
        // What is sent as the base is a version whose text was remembered or is the latest.
        if (compared?.base)
          expect([sides.base?.version, sides.head?.version]).toContain(compared.base.version);
      },
    ),
  );
});

test('markers are whole lines of seven, not whatever looks like them', () => {
  for (const text of ['a\n<<<<<<< current\n', '<<<<<<< x\r\n', 'a\n>>>>>>> proposed'])
    expect(hasMarkers(text)).toBe(true);
  for (const text of ['a: <<<<<<< x\n', '<<<<<<<<\n', '=======\n', '<<<<<<\n'])
    expect(hasMarkers(text)).toBe(false);
});

test('a base is found by equal text only: the file’s own first, then the newest commit’s', () => {
  const versions = [head(3, 'c'), head(2, 'b'), head(1, 'a')];
  expect(baseAmong(versions, ['x', 'a', 'b'])).toEqual(base(1, 'a'));
  expect(baseAmong(versions, ['b', 'a'])).toEqual(base(2, 'b'));
  expect(baseAmong([head(5, 'a'), ...versions], ['a'])).toEqual(base(5, 'a'));
  expect(baseAmong(versions, ['x'])).toBeNull();
});
