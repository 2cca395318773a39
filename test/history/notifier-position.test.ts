/** Where a notifier is: read by this build and, where there were no renderings, by earlier ones. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatPosition, highest, type Point, parsePosition } from '../../history/store/notifier-position.ts';

const number = fc.bigInt({ min: 0n, max: 1n << 62n }).map(String);
const point: fc.Arbitrary<Point> = fc.record({
  ...{ system: number, snapshot: fc.constantFrom('7:7:', '3:9:4,5') },
  ...{ change: number, entry: number, rendering: fc.oneof(fc.constant('0'), number) },
});
const source = fc.constantFrom('c' as const, 'e' as const, 'r' as const);
const position = fc.record({
  seen: point,
  window: fc.option(fc.record({ until: point, source, after: number })),
});

it('what is written is read', () => {
  fc.assert(
    fc.property(position, each => {
      expect(parsePosition(formatPosition(each))).toEqual(each);
    }),
  );
});

it('where nothing was shown, it is as earlier builds write and read it', () => {
  const text = '71/3:9:4,5/20/4';
  expect(parsePosition(text)).toMatchObject({
    seen: { system: '71', entry: '4', rendering: '0' },
    window: null,
  });
  const inWindow = `${text}/71/9:9:/30/4/c/25`;
  expect(parsePosition(inWindow)).toMatchObject({
    window: { source: 'c', after: '25', until: { change: '30' } },
  });
  for (const each of [text, inWindow]) expect(formatPosition(parsePosition(each))).toBe(each);
});

it('never takes a number back', () => {
  fc.assert(
    fc.property(point, point, (seen, until) => {
      const { change, entry, rendering } = highest(seen, until);
      for (const [one, from] of [
        [change, 'change'],
        [entry, 'entry'],
        [rendering, 'rendering'],
      ] as const)
        expect(BigInt(one) >= BigInt(seen[from]) && BigInt(one) >= BigInt(until[from])).toBe(true);
    }),
  );
});
