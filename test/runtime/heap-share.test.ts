import { expect, it } from 'vitest';
import { heapShareMiB } from '../../runtime/heap-share.ts';

it('a thread has its share of a pod’s memory, never less than it needs, and no more than it is worth', () => {
  const mib = 2 ** 20;
  const of = (memory: number) => heapShareMiB(memory, { share: 4, most: 512 });
  expect([of(512 * mib), of(128 * mib), of(2 ** 53), of(0)]).toEqual([128, 64, 512, 512]);
});
