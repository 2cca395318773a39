import { expect, it } from 'vitest';
import { FirstSeen } from '../../observe/first-seen.ts';

it('tells how long the generation that was answered has waited, once, and forgets what waits for nothing', () => {
  let now = 0;
  const seen = new FirstSeen(() => now);
  seen.saw('a', 1);
  now = 5;
  seen.saw('a', 1);
  seen.saw('b', 1);
  now = 12;
  expect(seen.answered('a', 2)).toBeUndefined();
  expect(seen.answered('a', 1)).toBe(12);
  expect(seen.answered('a', 1)).toBeUndefined();
  seen.saw('b', 2);
  now = 20;
  expect(seen.answered('b', 2)).toBe(8);
  seen.saw('b', 3);
  seen.saw('b', null);
  expect(seen.answered('b', 3)).toBeUndefined();
});
