/** Somebody who watches is looked at again and again: a no ends the watch, and so does too long a silence. */
import { expect, it } from 'vitest';
import { Gate } from '../../server/gate.ts';
import { Refused } from '../../server/problems.ts';
import { watchLimits, whileStanding } from '../../server/standing.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

/** As the server has it where nothing else is set. */
function watching(
  answer: () => Promise<Error | null> | Error | null,
  maxMs?: number,
  clock = new FakeClock(),
) {
  const gone = new AbortController();
  let asked = 0;
  const ask = async () => {
    asked += 1;
    const error = await answer();
    if (error) throw error;
  };
  const { everyMs, patienceMs } = watchLimits;
  const limits = { clock, everyMs, patienceMs, ...(maxMs !== undefined && { maxMs }) };
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

it('ends within a minute also where the last yes is remembered from another request', async () => {
  const clock = new FakeClock();
  let right = true;
  const reviews = { token: async () => null, access: async () => right };
  const gate = new Gate(reviews, clock);
  const somebody = { name: 'ada', uid: '1', groups: [], extra: {} };
  const ask = () => gate.demand(somebody, { verb: 'list', namespace: 'payments', path: null });
  const { signal } = watching(() => ask().then(() => null), undefined, clock);
  await clock.advance(44_000);
  await ask();
  right = false;
  await clock.advance(30_000);
  expect(signal.aborted).toBe(false);
  await clock.advance(30_000);
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
  const { clock, signal } = watching(() => null, watchLimits.forwardedMs);
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
