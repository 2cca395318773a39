/** Where memory is small, several Offloads have one thread between them, and each has its turn. */
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import { oneThreadIn } from '../../runtime/heap-share.ts';
import { Offload } from '../../runtime/offload.ts';

const module = new URL('./offload-thread.ts', import.meta.url);
const open: Offload[] = [];
const pair = () => {
  const oneThread = oneThreadIn(512 << 20);
  const make = () =>
    new Offload({ module, clock: systemClock, taskCpuMs: 20_000, maxHeapMiB: 64, idleMs: 20_000, oneThread });
  const both = [make(), make()] as const;
  open.push(...both);
  return both;
};
const threads = (offload: Offload) => offload.run('threads', []) as Promise<number>;

afterEach(async () => {
  await Promise.all(open.splice(0).map(offload => offload.close()));
});

it('they work in turn, a task of one and then a task of the other', async () => {
  const [a, b] = pair();
  const done: string[] = [];
  const task = (offload: Offload, name: string) => offload.run('echo', [name]).then(() => done.push(name));
  await Promise.all([task(a, 'a1'), task(a, 'a2'), task(b, 'b1'), task(b, 'b2'), task(a, 'a3')]);
  expect(done).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
});

it('the thread of one has ended before the other begins', async () => {
  const [a, b] = pair();
  const alone = await threads(a);
  for (const offload of [b, a, b]) expect(await threads(offload)).toBe(alone);
});

it('one whose tasks fail, take too much or are given up keeps the other from nothing', async () => {
  const [a, b] = pair();
  const gone = new AbortController();
  const tasks = [
    ...[a.run('fail', []), a.run('hoard', []), a.run('die', [])],
    a.run('sleep', [60_000], { signal: gone.signal }),
    ...[b.run('echo', [1]), b.run('sleep', [60_000], { signal: gone.signal }), b.run('echo', [2])],
  ];
  const ended = Promise.allSettled(tasks);
  await tasks[4];
  gone.abort(new Error('given up'));
  const kinds = (await ended).map(({ status }) => status);
  const [failed, done] = ['rejected', 'fulfilled'];
  expect(kinds).toEqual([failed, failed, failed, failed, done, failed, done]);
  expect(await a.run('echo', [3])).toBe(3);
});

it('there is one thread only in a small pod', () => {
  expect([0, 2 ** 30, 2 ** 60].map(oneThreadIn)).toEqual([undefined, undefined, undefined]);
  expect(oneThreadIn(2 ** 29)).toBeDefined();
});
