import { describe, expect, it } from 'vitest';
import { randomOf } from './random.ts';

const drawn = (seed: number) => {
  const random = randomOf(seed);
  return Array.from({ length: 200 }, () => random(1_000_000));
};

describe('random choices', () => {
  it('are the same again for the same seed', () => {
    expect(drawn(1_507_147)).toEqual(drawn(1_507_147));
  });

  it('have nothing in common with those of the seeds around, from which the other writers draw', () => {
    for (const seed of [0, 1, 1_507_147, 1_507_148, 2 ** 31 - 2]) {
      const own = new Set(drawn(seed));
      expect(own.size).toBeGreaterThan(190);
      for (const other of [seed + 1, seed + 2, seed + 49]) {
        // By chance, one number in some 25 pairs of seeds.
        expect(drawn(other).filter(number => own.has(number)).length, `${seed} and ${other}`).toBeLessThan(5);
      }
    }
  });
});
