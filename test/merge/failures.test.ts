/**
 * What goes wrong inside the engine is a doubt about one merge, never an exception for the program that asked.
 */
import { expect, test } from 'vitest';
import type { ListPolicy } from '../../merge/merge.ts';
import { merge } from '../../merge/merge.ts';

test('whatever is thrown inside is a clash that says so, with all three texts', () => {
  const lists = new Proxy({} as ListPolicy, {
    ownKeys: () => {
      throw new TypeError('the rules are gone');
    },
  });
  const result = merge('l: [a]\nz: 1\n', 'l: [b]\nz: 1\n', '\uFEFFl: [a]\r\nz: 2\r\n', {
    format: 'yaml',
    lists,
  });
  expect(result).toMatchObject({
    kind: 'clash',
    places: [{ kind: 'Unverified', path: '(whole text)', detail: 'the merge failed: the rules are gone' }],
  });
  expect(result.kind === 'clash' && result.marked).toBe(
    '<<<<<<< current\nl: [b]\nz: 1\n||||||| base\nl: [a]\nz: 1\n=======\nl: [a]\nz: 2\n>>>>>>> proposed\n',
  );
});

test.each(['!!omap', '!!pairs', '!!set', '!!binary', '!!timestamp', '!!merge', '!!python/tuple', '!own'])(
  '%s on any shape leaves its edits and its neighbours’ to be merged',
  tag => {
    const shapes = [
      '12',
      '[b: 1]',
      '[x, y]',
      '{a: 1}',
      '{a, b}',
      '\n  - a: 1\n  - b: 2',
      '\n  a: 1',
      '|\n  a\n  b',
    ];
    for (const head of ['', '%YAML 1.1\n---\n'])
      for (const shape of shapes) {
        const text = (value: string, y: number, z: number) => `${head}w: ${y}\nx: ${tag} ${value}\ny: ${z}\n`;
        const result = merge(text(shape, 1, 1), text(shape, 2, 1), text(shape, 1, 2), { format: 'yaml' });
        expect([head, shape, result.kind]).toEqual([head, shape, 'clean']);
        const edited = merge(text(shape, 1, 1), text(shape, 2, 1), text('other', 1, 1), { format: 'yaml' });
        expect([head, shape, edited.kind]).toEqual([head, shape, 'clean']);
      }
  },
);

test('a text that ends without a line end, and is no longer last, is noticed', () => {
  const notices = (base: string, current: string, proposed: string) => {
    const result = merge(base, current, proposed, { format: 'yaml' });
    return result.kind === 'clean' ? result.notices.map(({ kind }) => kind) : result.kind;
  };
  expect(notices('a: 1\nr: |\n  text', 'a: 2\nr: |\n  text', 'a: 1\nr: |\n  text\nz: 1')).toEqual([
    'line-ends',
  ]);
  expect(notices('a: 1\nr: | # c\n  text', 'a: 2\nr: | # c\n  text', 'a: 1\nr: | # c\n  text\nz: 1')).toEqual(
    ['line-ends'],
  );
  expect(notices('a: 1\nz: 1\n', 'a: 1\nz: 2\n', 'z: 1\na: 1\nr: |\n  text')).toEqual([
    'key-order',
    'line-ends',
  ]);
  expect(notices('a: 1\nr: |\n  text', 'a: 1\nb: 1\nr: |\n  text', 'a: 2\nr: |\n  text')).toEqual([]);
  expect(notices('a: 1\nr: |-\n  text', 'a: 2\nr: |-\n  text', 'a: 1\nr: |-\n  text\nz: 1')).toEqual([]);
  expect(notices('a: 1\nr: text', 'a: 2\nr: text', 'a: 1\nr: text\nz: 1')).toEqual([]);
});
