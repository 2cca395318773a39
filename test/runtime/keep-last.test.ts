import { expect, it } from 'vitest';
import { keepLast } from '../../runtime/keep-last.ts';

it('forgets the key that was set longest ago, and setting one again makes it the newest', () => {
  const map = new Map<string, number>();
  for (const key of ['a', 'b', 'a', 'c']) keepLast(map, key, 1, 2);
  expect([...map.keys()]).toEqual(['a', 'c']);
});
