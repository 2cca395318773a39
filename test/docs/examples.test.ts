/** The smaller examples of the pages mean what the pages say. */
import { expect, it } from 'vitest';
import { parseWorkspace } from '../../cli/workspace.ts';
import { searchSecrets } from '../../secret/search.ts';
import { blocks, type PageBlock } from '../setup/pages.ts';

const example = (page: string, name: string): PageBlock => {
  const found = blocks.find(block => block.page === page && block.name === name);
  if (found === undefined) throw new Error(`${page} has no block ${name}`);
  return found;
};

it('pawl.yaml of docs/cli.md says which folders hold what, and in which format', () => {
  const { text } = example('docs/cli.md', 'folders:');
  expect(parseWorkspace(text, 'pawl.yaml')).toMatchObject({
    folders: [
      { folder: 'config/payments', namespace: 'payments' },
      { folder: 'config/shared', namespace: 'shop', prefix: 'common/' },
    ],
  });
});

it('the comment of docs/rules.md allows the secret beside it, and is needed for that', () => {
  const { text } = example(
    'docs/rules.md',
    "# pawl:allow-secret the demo's own database, which is made anew each night",
  );
  expect(searchSecrets(text, 'yaml', null)).toEqual({ kind: 'clean' });
  expect(searchSecrets(text.replace(/^#.*\n/, ''), 'yaml', null)).toMatchObject({ kind: 'found' });
});
