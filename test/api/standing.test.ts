/** Somebody who watches is looked at again and again: a no ends the watch, and so does too long a silence. */
import { expect, it } from 'vitest';
import { Refused } from '../../server/problems.ts';
import { whileStanding } from '../../server/standing.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

function watching(answer: () => Error | null, maxMs?: number) {
  const clock = new FakeClock();
  const gone = new AbortController();
  let asked = 0;
  const ask = async () => {
    asked += 1;
    const error = answer();
    if (error) throw error;
  };
  const limits = { clock, everyMs: 45_000, patienceMs: 60_000, ...(maxMs !== undefined && { maxMs }) };
  const signal = whileStanding(ask, limits, gone.signal);
  return { clock, gone, signal, asked: () => asked };
}

it('goes on for as long as the answer is yes, and asks at least every minute', async () => {
  const { clock, signal, asked } = watching(() => null);
  await clock.advance(60 * 60_000);
  expect(signal.aborted).toBe(false);
  expect(asked()).toBeGreaterThanOrEqual(60);
});

it('ends within a minute of a right that was taken away', async () => {
  let right = true;
  const { clock, signal } = watching(() => (right ? null : new Refused('Forbidden', 'no')));
  await clock.advance(100_000);
  right = false;
  await clock.advance(60_000);
  expect(signal.aborted).toBe(true);
});

it('outlives one question that cannot be asked, and not a long silence', async () => {
  const away = new Refused('ApiUnavailable', 'away');
  let silent = false;
  const { clock, signal } = watching(() => (silent ? away : null));
  await clock.advance(45_000);
  silent = true;
  await clock.advance(60_000);
  expect(signal.aborted).toBe(true);
});

it('ends after a while where only others can see whether the credentials still hold', async () => {
  const { clock, signal } = watching(() => null, 600_000);
  await clock.advance(500_000);
  expect(signal.aborted).toBe(false);
  await clock.advance(145_000);
  expect(signal.aborted).toBe(true);
});

it('asks no more once the watcher has gone', async () => {
  const { clock, gone, signal, asked } = watching(() => null);
  gone.abort(new Error('gone'));
  await clock.advance(500_000);
  expect([signal.aborted, asked(), clock.pendingTimers]).toEqual([true, 0, 0]);
});
