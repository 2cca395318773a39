/** What the files are called that a program of the person's own is given. */
import { expect, test } from 'vitest';
import { fileNameOf } from '../../cli/external-diff.ts';

test('a file has the name of its config, if no file system refuses one so long', () => {
  const name = (path: string) => fileNameOf({ namespace: 'payments', path });
  expect(name('limits/eu.yaml')).toBe('payments:limits:eu.yaml');
  const longest = `${'a/'.repeat(120)}1.yaml`;
  expect(name(longest)).toBe(`payments:${longest.replaceAll('/', ':')}`);
  expect(name(longest)).toHaveLength(255);
  const [one, other] = ['b', 'c'].map(middle =>
    name(`${'a/'.repeat(120)}${middle}/${'a/'.repeat(120)}1.yaml`),
  );
  expect(one).toMatch(/^payments:a:.*:a:1\.yaml$/);
  expect(one!.length).toBeLessThanOrEqual(255);
  expect(one).not.toBe(other);
});
