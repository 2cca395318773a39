import { getPriority } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import { Offload, OffloadBusy, OffloadLimit } from '../../runtime/offload.ts';

const module = new URL('./offload-thread.ts', import.meta.url);
const open: Offload[] = [];
const make = (taskCpuMs = 20_000, idleMs = 20_000) => {
  const offload = new Offload({ module, clock: systemClock, taskCpuMs, maxHeapMiB: 64, idleMs });
  open.push(offload);
  return offload;
};

afterEach(async () => {
  await Promise.all(open.splice(0).map(offload => offload.close()));
});

describe('offload', () => {
  it('answers every call with its own value, whatever was asked before', async () => {
    const offload = make();
    const values = [1, 'two', { three: 3n }, new Date(4)];
    expect(await Promise.all(values.map(value => offload.run('echo', [value])))).toEqual(values);
  });

  it.runIf(process.platform === 'linux')('leaves the processor to the event loop first', async () => {
    const before = getPriority();
    expect(await make().run('priority', [])).toBeGreaterThan(before);
    expect(getPriority()).toBe(before);
  });

  it('hands on an error and goes on', async () => {
    const offload = make();
    await expect(offload.run('fail', [])).rejects.toThrow('on purpose');
    expect(await offload.run('echo', [1])).toBe(1);
  });

  it('counts nothing of the start of its thread, nor charges anybody for it', async () => {
    const offload = new Offload({
      ...{ module: new URL('./slow-thread.ts', import.meta.url), clock: systemClock },
      ...{ taskCpuMs: 1_000, maxHeapMiB: 64, idleMs: 20_000 },
    });
    open.push(offload);
    const charged: number[] = [];
    const place = { charge: (ms: number) => charged.push(ms) };
    expect(await offload.run('echo', [1], place)).toBe(1);
    expect(await offload.run('echo', [2], place)).toBe(2);
    expect(charged.map(ms => ms < 1_000)).toEqual([true, true]);
  });

  it('ends a task that takes too long, and answers the ones behind it', async () => {
    const offload = make(2_000);
    const spinning = offload.run('spin', []);
    const behind = offload.run('echo', ['behind']);
    await expect(spinning).rejects.toThrow(OffloadLimit);
    expect(await behind).toBe('behind');
  });

  it('waits for a task that takes long only because the processor is somebody else’s', async () => {
    const offload = make(1_000);
    expect(await offload.run('sleep', [2_500])).toBe('timed-out');
    expect(await offload.run('echo', ['behind'])).toBe('behind');
  });

  it('ends a task that takes too long by the clock, whoever has the processor', async () => {
    const offload = make(1_500);
    await expect(offload.run('sleep', [60_000])).rejects.toThrow('more than 9 s');
    expect(await offload.run('echo', ['behind'])).toBe('behind');
  });

  it('counts what each task takes by itself, however much the thread has taken before', async () => {
    const offload = make(4_000);
    for (let task = 0; task < 3; task++) expect(await offload.run('work', [1_500])).toBe('done');
  });

  it('ends a task that takes too much memory, and goes on', async () => {
    const offload = make();
    await expect(offload.run('hoard', [])).rejects.toThrow(OffloadLimit);
    expect(await offload.run('echo', [3])).toBe(3);
  });

  it('survives the death of its thread', async () => {
    const offload = make();
    await expect(offload.run('die', [])).rejects.toThrow('ended with 3');
    expect(await offload.run('echo', [2])).toBe(2);
  });

  it('answers after it was idle long enough to end its thread', async () => {
    const offload = make(20_000, 1);
    for (const value of [1, 2, 3]) expect(await offload.run('echo', [value])).toBe(value);
  });

  it('serves one tenant after another, so that many tasks of one hold up nobody else', async () => {
    const offload = make();
    const served: string[] = [];
    const ask = (line: string, value: string) =>
      offload.run('echo', [value], { line }).then(() => served.push(value));
    await Promise.all([
      ...['a1', 'a2', 'a3', 'a4'].map(value => ask('a', value)),
      ...['b1', 'b2'].map(value => ask('b', value)),
      ask('c', 'c1'),
    ]);
    expect(served).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('takes no more of one tenant than may wait, and the others all the same', async () => {
    const offload = make();
    const place = { line: 'a', maxWaiting: 1 };
    const first = [offload.run('echo', [1], place), offload.run('echo', [2], place)];
    await expect(offload.run('echo', [3], place)).rejects.toThrow(OffloadBusy);
    expect(await offload.run('echo', [4], { line: 'b', maxWaiting: 1 })).toBe(4);
    expect(await Promise.all(first)).toEqual([1, 2]);
    expect(await offload.run('echo', [5], place)).toBe(5);
  });

  it('tells who was refused of each place that gets free, one after another, and nobody twice', async () => {
    const offload = make();
    const place = { line: 'a', maxWaiting: 1 };
    const done: number[] = [];
    const told: number[] = [];
    const ask = async (value: number): Promise<void> => {
      try {
        await offload.run('echo', [value], place);
        done.push(value);
      } catch (error) {
        if (!(error instanceof OffloadBusy)) throw error;
        const { promise, resolve } = Promise.withResolvers<void>();
        error.onRoom(resolve);
        await promise;
        told.push(value);
        await ask(value);
      }
    };
    await Promise.all([1, 2, 3, 4, 5, 6].map(ask));
    expect(done).toEqual([1, 2, 3, 4, 5, 6]);
    expect(told).toEqual([3, 4, 5, 6]);
  });

  it('tells the next one where who was told of a place does not take it', async () => {
    const offload = make();
    const place = { line: 'a', maxWaiting: 1 };
    const first = [offload.run('echo', [1], place), offload.run('echo', [2], place)];
    const { promise, resolve } = Promise.withResolvers<string>();
    for (const told of [() => {}, () => {}, () => resolve('told')]) {
      await offload.run('echo', [3], place).catch((error: OffloadBusy) => error.onRoom(told));
    }
    await Promise.all(first);
    expect(await promise).toBe('told');
  });

  it('tells what each task took: by the thread’s own count, or by the clock where that is gone', async () => {
    const offload = make(3_000);
    const charged: number[] = [];
    const place = { charge: (ms: number) => charged.push(ms) };
    await offload.run('echo', ['it starts'], place);
    await offload.run('work', [100], place);
    expect(charged[1]).toBeGreaterThanOrEqual(100);
    await expect(offload.run('spin', [], place)).rejects.toThrow(OffloadLimit);
    expect(charged[2]).toBe(3_000);
    const gone = new AbortController();
    const abandoned = offload.run('spin', [], { ...place, signal: gone.signal });
    gone.abort(new Error('hung up'));
    await expect(abandoned).rejects.toThrow('hung up');
    expect(charged).toHaveLength(4);
  });

  it('gives up what nobody waits for any more, running or waiting, and answers the rest', async () => {
    const offload = make();
    const gone = new AbortController();
    const abandoned = Promise.allSettled([
      offload.run('spin', [], { signal: gone.signal }),
      offload.run('spin', [], { signal: gone.signal }),
    ]);
    const behind = offload.run('echo', ['behind']);
    gone.abort(new Error('hung up'));
    expect((await abandoned).map(each => (each as PromiseRejectedResult).reason.message)).toEqual([
      'hung up',
      'hung up',
    ]);
    expect(await behind).toBe('behind');
    await expect(offload.run('echo', [1], { signal: gone.signal })).rejects.toThrow('hung up');
  });

  it('fails what waits when it is closed, and does not hang', async () => {
    const offload = make();
    const waiting = Promise.allSettled([offload.run('spin', []), offload.run('echo', [1])]);
    await offload.close();
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
