import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AttemptOutcome, runController } from '../../runtime/controller.ts';
import { DeadlineExceeded } from '../../runtime/deadline.ts';
import { WorkQueue } from '../../runtime/work-queue.ts';
import { FakeClock, settle } from './fake-clock.ts';

function setup() {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, random: () => 0.5 });
  const stop = new AbortController();
  const outcomes: [string, AttemptOutcome][] = [];
  const hooks = { finished: (key: string, outcome: AttemptOutcome) => void outcomes.push([key, outcome]) };
  return { clock, queue, stop, outcomes, hooks };
}

describe('the controller', () => {
  test('runs no key twice at once and runs every key once more after its last wake-up, whatever the timing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        async (scheduler, wakeUps, workers) => {
          const { clock, queue, stop } = setup();
          const running = new Set<string>();
          const wanted = new Map<string, number>();
          const done = new Map<string, number>();
          const controller = runController(
            {
              queue,
              clock,
              workers,
              async reconcile(key) {
                expect(running.has(key)).toBe(false);
                running.add(key);
                const sees = wanted.get(key)!;
                await scheduler.schedule(Promise.resolve());
                running.delete(key);
                done.set(key, sees);
              },
            },
            stop.signal,
          );
          const adding = scheduler.scheduleSequence(
            wakeUps.map((key, i) => async () => {
              wanted.set(key, i);
              queue.add(key, i % 2 === 0 ? 'new' : 'resync');
            }),
          );
          while (scheduler.count() > 0 || running.size > 0) {
            if (scheduler.count() > 0) await scheduler.waitOne();
            await settle();
          }
          await adding.task;
          expect(done).toEqual(wanted);
          stop.abort();
          expect(await controller).toEqual({ abandoned: 0 });
        },
      ),
      { numRuns: 100 },
    );
  });

  test('tries a key again, later each time, after reconcile threw, and goes on with others', async () => {
    const { clock, queue, stop, outcomes, hooks } = setup();
    let failing = 3;
    const controller = runController(
      {
        queue,
        clock,
        workers: 1,
        hooks,
        async reconcile(key) {
          if (key === 'bad' && failing-- > 0) throw new Error('not now');
        },
      },
      stop.signal,
    );
    queue.add('bad');
    queue.add('good');
    await clock.advance(10_000);
    expect(
      outcomes.map(([key, { result, ...rest }]) => [key, result, 'delayMs' in rest ? rest.delayMs : null]),
    ).toEqual([
      ['bad', 'error', 200],
      ['good', 'success', null],
      ['bad', 'error', 400],
      ['bad', 'error', 800],
      ['bad', 'success', null],
    ]);
    expect(queue.failures('bad')).toBe(0);
    stop.abort();
    await controller;
  });

  test('survives a synchronous throw and hooks that throw', async () => {
    const { clock, queue, stop } = setup();
    let calls = 0;
    const broken = () => {
      throw new Error('hook');
    };
    const controller = runController(
      {
        queue,
        clock,
        workers: 1,
        hooks: { started: broken, finished: broken },
        reconcile() {
          calls += 1;
          throw new Error('synchronous');
        },
      },
      stop.signal,
    );
    queue.add('a');
    await clock.advance(250);
    expect(calls).toBe(2);
    stop.abort();
    expect(await controller).toEqual({ abandoned: 0 });
  });

  test('looks again when reconcile asks for it', async () => {
    const { clock, queue, stop, outcomes, hooks } = setup();
    const controller = runController(
      { queue, clock, workers: 1, hooks, reconcile: async () => ({ requeueAfterMs: 60_000 }) },
      stop.signal,
    );
    queue.add('a');
    await clock.advance(59_999);
    expect(outcomes).toHaveLength(1);
    await clock.advance(1);
    expect(outcomes).toHaveLength(2);
    stop.abort();
    await controller;
  });

  test('aborts an attempt that takes too long, and retries it', async () => {
    const { clock, queue, stop, outcomes, hooks } = setup();
    const controller = runController(
      {
        queue,
        clock,
        workers: 1,
        attemptTimeoutMs: 1_000,
        hooks,
        reconcile: (_, signal) => clock.sleep(3_600_000, signal),
      },
      stop.signal,
    );
    queue.add('a');
    await clock.advance(1_000);
    expect(outcomes[0]![1]).toMatchObject({ result: 'error', error: expect.any(DeadlineExceeded) });
    stop.abort();
    await clock.advance(20_000);
    await controller;
  });

  test('on stop lets running work end in peace, and aborts it only after the drain deadline', async () => {
    const { clock, queue, stop } = setup();
    const ends: string[] = [];
    const controller = runController(
      {
        queue,
        clock,
        workers: 3,
        drainMs: 10_000,
        abandonMs: 2_000,
        async reconcile(key, signal) {
          if (key === 'deaf') return new Promise(() => {});
          await clock.sleep(key === 'short' ? 9_000 : 50_000, signal).then(
            () => ends.push(`${key} ended`),
            () => ends.push(`${key} aborted`),
          );
        },
      },
      stop.signal,
    );
    for (const key of ['short', 'long', 'deaf', 'waiting']) queue.add(key);
    await settle();
    stop.abort();
    await clock.advance(9_000);
    expect(ends).toEqual(['short ended']);
    await clock.advance(1_000);
    expect(ends).toEqual(['short ended', 'long aborted']);
    await clock.advance(2_000);
    expect(await controller).toEqual({ abandoned: 1 });
  });
});
