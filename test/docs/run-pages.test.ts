/** How the commands of a page are found, and how what they print is compared with what the page shows. */
import { expect, it } from 'vitest';
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
  // A commit whose name looks like an age.
  expect(lasting('Deployed 1 change from commit 107d98d (main).')).toBe(
    lasting('Deployed 1 change from commit ac063a5 (main).'),
  );
});

it('a block in a list is run without the indentation, and gets it back', () => {
  const inList = '- one\n\n  ```sh\n  a\n    b\n  ```\n\n  ```text\n  x\n  ```\n';
  expect(stepsOf(inList)).toEqual([{ commands: 'a\n  b\n', shown: 'x\n' }]);
  expect(withOutput(inList, ['y\n\nz\n'])).toBe(inList.replace('  x\n', '  y\n\n  z\n'));
});

it('a page keeps what it shows of a block that was not run', () => {
  expect(withOutput(page, [null, 'x\n'])).toBe(page);
});
