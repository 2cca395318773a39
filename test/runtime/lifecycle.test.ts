import { describe, expect, test } from 'vitest';
import { Lifecycle } from '../../operator/runtime/lifecycle.ts';
import { FakeClock } from './fake-clock.ts';

function recorder() {
  const calls: string[] = [];
  const part = (name: string, fails: { start?: boolean; stop?: boolean } = {}) => ({
    name,
    async start() {
      calls.push(`start ${name}`);
      if (fails.start) throw new Error(`${name} does not start`);
    },
    async stop() {
      calls.push(`stop ${name}`);
      if (fails.stop) throw new Error(`${name} does not stop`);
    },
  });
  return { calls, part };
}

describe('the lifecycle', () => {
  test('starts in order and stops in the opposite order, once', async () => {
    const { calls, part } = recorder();
    const lifecycle = new Lifecycle(new FakeClock(), [part('a'), part('b')]);
    await lifecycle.start(new AbortController().signal);
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  test('stops what was started when a later part fails to start', async () => {
    const { calls, part } = recorder();
    const lifecycle = new Lifecycle(new FakeClock(), [part('a'), part('b', { start: true }), part('c')]);
    await expect(lifecycle.start(new AbortController().signal)).rejects.toThrow('b does not start');
    expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  test('goes on stopping when one part throws and another hangs, and tells of both', async () => {
    const clock = new FakeClock();
    const { calls, part } = recorder();
    const hanging = { name: 'hanging', stop: () => new Promise<void>(() => {}), stopTimeoutMs: 1_000 };
    const lifecycle = new Lifecycle(clock, [part('a'), hanging, part('b', { stop: true })]);
    await lifecycle.start(new AbortController().signal);
    const stopping = lifecycle.stop().catch((error: AggregateError) => error.errors.map(String));
    await clock.advance(1_000);
    expect(await stopping).toEqual([
      'Error: stopping b: Error: b does not stop',
      'Error: stopping hanging: DeadlineExceeded: stopping hanging took longer than 1000 ms',
    ]);
    expect(calls.at(-1)).toBe('stop a');
  });
});
