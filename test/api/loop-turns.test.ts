/** Large pieces of one tenant leave the event loop to others in between. */
import { expect, it } from 'vitest';
import { Shares } from '../../runtime/shares.ts';
import { LoopTurns } from '../../server/loop-turns.ts';
import { ProcessorTime } from '../../server/processor-time.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

const { signal } = new AbortController();

/** Time passes by advance(), and while something runs. */
class BusyClock extends FakeClock {
  spent = 0;

  override monotonic(): number {
    return super.monotonic() + this.spent;
  }
}

/** Each piece takes 10 ms; `done` is which were done, in order. */
function world() {
  const clock = new BusyClock();
  const shares = new Shares({ perSecond: 250, burst: 1_000 }, clock);
  const time = new ProcessorTime(shares, clock);
  const loop = new LoopTurns(time, clock);
  const done: string[] = [];
  const ask = (name: string, asked = signal) =>
    loop.run(name[0]!, asked, () => {
      clock.spent += 10;
      done.push(name);
      return name;
    });
  return { clock, shares, time, done, ask };
}

it('does one piece at a time, tenants in turn, and rests after each for three times as long as it took', async () => {
  const { clock, shares, time, done, ask } = world();
  time.sees('ada');
  const asked = ['e1', 'e2', 'e3', 'a1'].map(name => ask(name));
  expect(await asked[0]).toBe('e1');
  const steps: number[] = [];
  for (let ms = 0; ms < 100; ms++) {
    await clock.advance(1);
    steps.push(done.length);
  }
  expect(steps.map((count, ms) => (count > (steps[ms - 1] ?? 1) ? ms + 1 : 0)).filter(Boolean)).toEqual([
    30, 60, 90,
  ]);
  expect(await Promise.all(asked)).toEqual(['e1', 'e2', 'e3', 'a1']);
  expect(done).toEqual(['e1', 'e2', 'a1', 'e3']);
  expect(shares.takenBy('e')).toBeGreaterThan(shares.takenBy('a'));
});

it('does not rest for a tenant who is alone', async () => {
  const { clock, done, ask } = world();
  const asked = ['e1', 'e2', 'e3'].map(name => ask(name));
  await clock.advance(0);
  await Promise.all(asked);
  expect(done).toEqual(['e1', 'e2', 'e3']);
});

it('hands on what the work throws, and leaves out whoever has gone', async () => {
  const { clock, done, ask, time } = world();
  time.sees('ada');
  const gone = new AbortController();
  const first = ask('e1');
  const second = ask('e2', gone.signal);
  const third = ask('e3');
  second.catch(() => undefined);
  gone.abort(new Error('the client went away'));
  await expect(second).rejects.toThrow('the client went away');
  await clock.advance(100);
  await Promise.all([first, third]);
  expect(done).toEqual(['e1', 'e3']);
});
