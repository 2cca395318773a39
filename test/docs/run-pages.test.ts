/** How the commands of a page are found, and how what they print is compared with what the page shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../site/pages.ts';
import { lasting, stepsOf, withOutput } from '../../site/run-pages.ts';

const page = [
  ...['Run:', '', '```sh', 'echo one', '```', '', '```text', 'one', '```', '', '```', 'not run', '```', ''],
  ...['```sh', 'cat <<EOF', 'x', 'EOF', '```', '', 'Then.', ''],
].join('\n');

it('the blocks of commands are found with what they print', () => {
  expect(stepsOf(page)).toEqual([
    { commands: 'echo one\n', shown: 'one\n' },
    { commands: 'cat <<EOF\nx\nEOF\n', shown: null },
  ]);
});

it('what they printed is put where the page shows something', () => {
  expect(withOutput(page, ['two\n$&\n', 'x\n'])).toBe(page.replace('\none\n', () => '\ntwo\n$&\n'));
});

it('what differs from run to run is not compared, and everything else is', () => {
  const one = 'uk  8f3a12c  1 minute ago  2026-11-29 at 01:02 UTC\nversion 3  127.0.0.1:4000';
  const other = 'uk 91bb0c2 just now 2026-11-30 at 11:40 UTC\nversion 3 127.0.0.1:4001';
  expect(lasting(one)).toBe(lasting(other));
  expect(lasting(one)).not.toBe(lasting(other.replace('version 3', 'version 4')));
});

it.each([
  'docs/tutorial.md',
  'docs/tutorial-cluster.md',
  'docs/answers.md',
  'docs/review.md',
  'docs/verify.md',
])('%s has commands that are run', file => {
  const steps = stepsOf(readFileSync(join(root, file), 'utf8'));
  expect(steps.length).toBeGreaterThan(2);
  expect(steps.filter(({ shown }) => shown !== null && shown.trim() === '')).toEqual([]);
});
