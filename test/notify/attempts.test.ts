/** When a notification is tried again: later and later, spread, and not for ever. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterFailure } from '../../operator/notify/attempts.ts';

const reason = 'it answered 503';
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

it('waits at least half of what doubles from a second to ten minutes, and at most all of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 15 }), random, (attempts, drawn) => {
      const ceiling = Math.min(600_000, 1_000 * 2 ** (attempts - 1));
      const again = afterFailure({ attempts, ageMs: 0, reason }, () => drawn);
      if (again.kind !== 'later') throw new Error(again.kind);
      expect(again.waitMs).toBeGreaterThanOrEqual(Math.floor(ceiling / 2));
      expect(again.waitMs).toBeLessThanOrEqual(ceiling);
    }),
  );
});

it('is given up after 16 attempts or a day, with the reason of the last one', () => {
  expect(afterFailure({ attempts: 16, ageMs: 0, reason }, Math.random)).toEqual({ kind: 'dead', reason });
  const old = { attempts: 1, ageMs: 86_400_000, reason };
  expect(afterFailure(old, Math.random)).toEqual({ kind: 'dead', reason });
});

it('ends for every notification within two hours of trying', () => {
  let waited = 0;
  for (let attempts = 1; ; attempts += 1) {
    const again = afterFailure({ attempts, ageMs: waited, reason }, () => 0.999);
    if (again.kind === 'dead') break;
    waited += again.waitMs;
  }
  expect(waited).toBeLessThan(7_200_000);
});
