/** What differs between two texts, as it is shown side by side. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesBetween, isCoarse } from '../../../ui/editor/difference.ts';

/** Puts the right side's parts into the left side. */
function applied(a: string, b: string): string {
  let [text, at] = ['', 0];
  for (const { fromA, toA, fromB, toB } of changesBetween(a, b)) {
    expect(fromA).toBeGreaterThanOrEqual(at);
    text += a.slice(at, fromA) + b.slice(fromB, toB);
    at = toA;
  }
  return text + a.slice(at);
}

const line = (n: number, word = 'value') => `key_${n}: ${word} ${n}  # a line of some length\n`;
const lines = (count: number, of = line) => Array.from({ length: count }, (_, n) => of(n)).join('');

describe('what differs between two texts', () => {
  it('makes the right one of the left one, whatever they are', () => {
    const words = fc.array(fc.constantFrom('a\n', 'b\n', '\n', 'c: 1\n', 'd', '😀\n', '\r\n'), {
      maxLength: 60,
    });
    const long = fc
      .tuple(words, fc.boolean())
      .map(([some, many]) => some.join('') + (many ? lines(400) : ''));
    fc.assert(
      fc.property(long, long, (a, b) => {
        expect(applied(a, b)).toBe(b);
      }),
    );
  });

  it('is a letter where a letter was changed in a text of 1 MiB', () => {
    const a = lines(24_000);
    const b = a.replace('key_12000: value', 'key_12000: valve');
    const changes = changesBetween(a, b);
    expect(changes.map(({ fromB, toB }) => b.slice(fromB, toB))).toEqual(['v']);
    expect(changes.some(isCoarse)).toBe(false);
  });

  it('is coarse between two unrelated texts of 1 MiB', () => {
    const [a, b] = [lines(24_000), lines(24_000, n => line(n, 'other'))];
    expect(changesBetween(a, b).map(isCoarse)).toEqual([true]);
    expect(applied(a, b)).toBe(b);
  });

  it('is coarse where the same lines are in another order, but for what is the same at both ends', () => {
    const some = Array.from({ length: 20_000 }, (_, n) => line(n));
    const mixed = some.toSorted((x, y) =>
      x.split('').toReversed().join('') < y.split('').toReversed().join('') ? -1 : 1,
    );
    const [a, b] = [`first\n${some.join('')}last\n`, `first\n${mixed.join('')}last\n`];
    const changes = changesBetween(a, b);
    expect(changes.some(isCoarse)).toBe(true);
    expect(changes[0]!.fromA).toBeGreaterThanOrEqual('first\n'.length);
    expect(applied(a, b)).toBe(b);
  });

  it('tells lines apart whose numbers are the same', () => {
    // 31 × 'a' + 'B' is 31 × 'b' + '#'.
    const [a, b] = [`${lines(400)}aB\n${lines(400)}`, `${lines(400)}x\nb#\n${lines(300)}`];
    expect(applied(a, b)).toBe(b);
  });

  it('is not coarse where lines were only added', () => {
    expect(changesBetween('a\n', `a\n${lines(1_000)}`).some(isCoarse)).toBe(false);
  });
});
