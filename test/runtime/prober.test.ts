/** Whether a dependency answers is known without anybody needing it, and a doubt is settled by a later probe. */
import { expect, it } from 'vitest';
import { Prober } from '../../runtime/prober.ts';
import { FakeClock } from './fake-clock.ts';

function make() {
  const clock = new FakeClock();
  const state = { answers: true, probes: 0, told: [] as boolean[], answered: 0 };
  const prober = new Prober({
    name: 'store',
    probe: async signal => {
      state.probes += 1;
      if (state.answers) return;
      await clock.sleep(60_000, signal);
    },
    clock,
    random: () => 0.5,
    everyMs: 10_000,
    timeoutMs: 5_000,
    onChange: up => state.told.push(up),
  });
  prober.onAnswer(() => {
    state.answered += 1;
  });
  const stop = new AbortController();
  const run = prober.run(stop.signal);
  const end = async () => {
    stop.abort();
    await run;
  };
  return { clock, state, prober, end };
}

it('an outage is told though nobody asks for anything, and so is its end', async () => {
  const { clock, state, prober, end } = make();
  expect(prober.isUp).toBeNull();
  await clock.advance(0);
  expect(state.told).toEqual([true]);
  state.answers = false;
  await clock.advance(15_000);
  expect(state.told).toEqual([true, false]);
  await clock.advance(200_000);
  state.answers = true;
  await clock.advance(10_000);
  expect(state.told).toEqual([true, false, true]);
  await end();
});

it('costs one probe in ten seconds while it is there, and a few while it is not', async () => {
  const { clock, state, end } = make();
  await clock.advance(100_000);
  expect(state.probes).toBeLessThanOrEqual(11);
  state.answers = false;
  const before = state.probes;
  await clock.advance(100_000);
  expect(state.probes - before).toBeLessThan(30);
  await end();
});

it('a doubt is asked about at once, and whoever waits is told by the probe that began after it', async () => {
  const { clock, state, prober, end } = make();
  await clock.advance(0);
  expect(state.answered).toBe(1);
  prober.suspect();
  expect([prober.isUp, state.answered]).toEqual([false, 1]);
  await clock.advance(500);
  expect([prober.isUp, state.answered]).toEqual([true, 2]);
  await end();
});

it('a probe under way when somebody was not answered does not settle the doubt', async () => {
  const clock = new FakeClock();
  const gates: PromiseWithResolvers<void>[] = [];
  const prober = new Prober({
    name: 'store',
    probe: () => {
      gates.push(Promise.withResolvers<void>());
      return gates.at(-1)!.promise;
    },
    ...{ clock, random: () => 0.5, everyMs: 10_000, timeoutMs: 5_000 },
  });
  const stop = new AbortController();
  const run = prober.run(stop.signal);
  prober.suspect();
  gates[0]!.resolve();
  await clock.advance(0);
  expect(prober.isUp).toBe(false);
  await clock.advance(500);
  gates[1]!.resolve();
  await clock.advance(0);
  expect(prober.isUp).toBe(true);
  stop.abort();
  await clock.advance(10_000);
  await run;
});
