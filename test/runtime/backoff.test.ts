import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backoff, exponential, jitter } from '../../runtime/backoff.ts';
import { systemClock } from '../../runtime/clock.ts';
import { deadline } from '../../runtime/deadline.ts';
import { FakeClock } from './fake-clock.ts';

describe('the back-off', () => {
  test('waits at most min(cap, base·2^failures), for any number of failures', () => {
    fc.assert(
      fc.property(
        fc.nat(3_000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const backoff = new Backoff({ baseMs: 800, capMs: 30_000 }, () => random);
          for (let i = 0; i < failures; i += 1) backoff.next();
          const delay = backoff.next();
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(Math.min(30_000, 800 * 2 ** failures));
          backoff.reset();
          expect(backoff.next()).toBe(800 * random);
        },
      ),
    );
  });

  test('spreads evenly to both sides', () => {
    expect([0, 0.5, 1].map(random => jitter(1_000, 0.2, () => random))).toEqual([800, 1_000, 1_200]);
    expect(exponential({ baseMs: 200, capMs: 300_000 }, 5_000)).toBe(300_000);
  });
});

describe('a deadline', () => {
  test('aborts with its own reason when time is up, and with the parent’s when that is first', async () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    const late = deadline(clock, 'reading', 100, parent.signal);
    await clock.advance(100);
    expect(late.signal.reason).toMatchObject({
      name: 'DeadlineExceeded',
      message: 'reading took longer than 100 ms',
    });
    const early = deadline(clock, 'reading', 100, parent.signal);
    parent.abort('stop');
    expect(early.signal.reason).toBe('stop');
    expect(deadline(clock, 'reading', 100, parent.signal).signal.reason).toBe('stop');
    expect(clock.pendingTimers).toBe(0);
  });

  test('leaves nothing behind once disposed', () => {
    const clock = new FakeClock();
    {
      using limit = deadline(clock, 'reading', 100);
      expect(limit.remaining()).toBe(100);
    }
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the system clock', () => {
  test('wakes a sleeper with the reason of its signal', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(3_600_000, stop.signal);
    stop.abort(new Error('stop'));
    await expect(sleeping).rejects.toThrow('stop');
    await expect(systemClock.sleep(0, stop.signal)).rejects.toThrow('stop');
  });
});
