/** Names and paths by pattern, as ConfigSchemas and freezes select configs. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { coversName, coversPath } from '../../text/glob.ts';

it.each([
  ['limits', 'limits', true],
  ['limits', 'limits/eu.yaml', true],
  ['limits', 'limits2', false],
  ['limits/*.yaml', 'limits/eu.yaml', true],
  ['limits/*.yaml', 'limits/deep/eu.yaml', false],
  ['limits/**', 'limits/deep/eu.yaml', true],
  ['limits/**', 'limits', true],
  ['**/eu.yaml', 'eu.yaml', true],
  ['**/eu.yaml', 'a/b/eu.yaml', true],
  ['**', 'a/b', true],
  ['a/**/c/*.json', 'a/b/b/c/d.json', true],
  ['a/**/c/*.json', 'a/b/b/c/d/e.json', false],
  ['*', 'a/b', false],
  ['a.b', 'axb', false],
])('the pattern %s covers the path %s: %s', (pattern, path, covered) => {
  expect(coversPath(pattern, path)).toBe(covered);
});

it.each([
  ['payments', 'payments', true],
  ['payments', 'payments-eu', false],
  ['payments-*', 'payments-eu', true],
  ['*-eu', 'payments-eu', true],
  ['p*t*s', 'payments', true],
  ['*', 'anything', true],
])('the pattern %s covers the name %s: %s', (pattern, name, covered) => {
  expect(coversName(pattern, name)).toBe(covered);
});

it('covers every path made from the pattern itself, and says so at once however many wildcards there are', () => {
  const segment = fc.stringMatching(/^[a-c*]{1,6}$/);
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), segments => {
      const pattern = segments.join('/');
      const path = segments
        .flatMap(one => (one === '**' ? ['a', 'b'] : [one.replaceAll('*', 'x')]))
        .join('/');
      return coversPath(pattern, path);
    }),
  );
  expect(coversPath(Array(200).fill('**').join('/'), Array(200).fill('a').join('/'))).toBe(true);
  expect(coversName('*a'.repeat(30), 'a'.repeat(63))).toBe(true);
  expect(coversName(`${'*a'.repeat(30)}b`, 'a'.repeat(63))).toBe(false);
});
