/** What one takes of something shared: a burst, then so much a second; and never at the cost of another. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Shares } from '../../runtime/shares.ts';
import { FakeClock } from './fake-clock.ts';

const limits = { perSecond: 10, burst: 100 };
const step = fc.record({
  who: fc.constantFrom('ada', 'eve'),
  amount: fc.integer({ min: 1, max: 60 }),
  waitedMs: fc.integer({ min: 0, max: 8_000 }),
});

/** @returns what was taken, by whom and when */
async function asTold(steps: readonly { who: string; amount: number; waitedMs: number }[]) {
  const clock = new FakeClock();
  const shares = new Shares(limits, clock);
  const taken: { who: string; amount: number; atMs: number; first: boolean }[] = [];
  for (const { who, amount, waitedMs } of steps) {
    await clock.advance(waitedMs);
    if (shares.secondsUntilRoom(who, amount) > 0) continue;
    const first = shares.takenBy(who) === 0;
    shares.take(who, amount);
    taken.push({ who, amount, atMs: clock.monotonic(), first });
  }
  return taken;
}

it('in any time, nobody who asks first takes more than the burst and what the time gives back', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
      const taken = await asTold(steps);
      for (const who of ['ada', 'eve']) {
        const own = taken.filter(one => one.who === who);
        for (const [index, from] of own.entries()) {
          let sum = 0;
          for (const to of own.slice(index)) {
            sum += to.amount;
            const given = ((to.atMs - from.atMs) / 1_000) * limits.perSecond;
            expect(sum).toBeLessThanOrEqual(limits.burst + given + 1e-6);
          }
        }
      }
    }),
  ));

it('what one takes changes nothing for another', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
      const alone = steps.map(one => (one.who === 'ada' ? one : { ...one, amount: 0 }));
      const clocks = [new FakeClock(), new FakeClock()];
      const both = clocks.map(clock => new Shares(limits, clock));
      for (const [at, { who, amount, waitedMs }] of steps.entries()) {
        await Promise.all(clocks.map(clock => clock.advance(waitedMs)));
        both[0]!.take(who, amount);
        if (alone[at]!.amount > 0) both[1]!.take(who, amount);
        expect(both[0]!.takenBy('ada')).toBe(both[1]!.takenBy('ada'));
      }
    }),
  ));

it('after the time that was told there is room, and not before', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 0, max: 100 }),
      async (amounts, amount) => {
        const clock = new FakeClock();
        const shares = new Shares(limits, clock);
        for (const one of amounts) shares.take('eve', one);
        const seconds = shares.secondsUntilRoom('eve', amount);
        if (seconds > 0.002) {
          await clock.advance((seconds - 0.001) * 1_000);
          expect(shares.secondsUntilRoom('eve', amount)).toBeGreaterThan(0);
        }
        await clock.advance(2);
        expect(shares.secondsUntilRoom('eve', amount)).toBe(0);
      },
    ),
  ));

it('who has taken nothing for long has room for more than the burst, and is in debt after it', async () => {
  const clock = new FakeClock();
  const shares = new Shares(limits, clock);
  expect(shares.secondsUntilRoom('eve', 1_000)).toBe(0);
  shares.take('eve', 150);
  expect(shares.secondsUntilRoom('eve')).toBe(5);
  expect(shares.secondsUntilRoom('eve', 1_000)).toBe(15);
  await clock.advance(15_000);
  expect(shares.takenBy('eve')).toBe(0);
});
