import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import { Offload, OffloadLimit } from '../../runtime/offload.ts';

const module = new URL('./offload-thread.ts', import.meta.url);
const open: Offload[] = [];
const make = (taskTimeoutMs = 20_000, idleMs = 20_000) => {
  const offload = new Offload({ module, clock: systemClock, taskTimeoutMs, maxHeapMiB: 64, idleMs });
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

  it('hands on an error and goes on', async () => {
    const offload = make();
    await expect(offload.run('fail', [])).rejects.toThrow('on purpose');
    expect(await offload.run('echo', [1])).toBe(1);
  });

  it('ends a task that takes too long, and answers the ones behind it', async () => {
    // Starting a thread counts, too.
    const offload = make(5_000);
    const spinning = offload.run('spin', []);
    const behind = offload.run('echo', ['behind']);
    await expect(spinning).rejects.toThrow(OffloadLimit);
    expect(await behind).toBe('behind');
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

  it('fails what waits when it is closed, and does not hang', async () => {
    const offload = make();
    const waiting = Promise.allSettled([offload.run('spin', []), offload.run('echo', [1])]);
    await offload.close();
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
