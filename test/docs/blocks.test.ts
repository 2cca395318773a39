/**
 * Everything that a reader copies from a page is run by a test, or named in site/scenes.ts with the reason why not. So a
 * new block of commands, or a manifest, does not get into a page untried.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, indentedBlocks, nameOf } from '../../site/blocks.ts';
import { root } from '../../site/pages.ts';
import { stepsOf } from '../../site/run-pages.ts';
import { notRun, runElsewhere, sceneOf, worlds } from '../../site/scenes.ts';
import { blocks, handWritten, isListed, manifests, type PageBlock, textOf, values } from '../setup/pages.ts';

const shells = ['sh', 'bash', 'zsh', 'fish', 'powershell', 'console'];
const run = new Set(worlds.flatMap(({ pages }) => pages));

/** How it is known to work; null: it is not. */
function triedBy(block: PageBlock): string | null {
  const { language, page } = block;
  if (isListed(block)) return 'nothing, for a reason';
  if (language === 'text') return 'the commands above it';
  if (language === 'sh' && run.has(page)) return 'site/run-pages.ts';
  const elsewhere = runElsewhere[page]?.[block.name] ?? runElsewhere[page]?.[language];
  if (elsewhere !== undefined) return elsewhere;
  if (manifests.includes(block)) return 'test/integration/docs.test.ts';
  if (values.includes(block)) return 'test/chart/render.test.ts';
  return null;
}

describe('a block of a page', () => {
  it.each(handWritten)('of %s is tried, or named with the reason why not', page => {
    const untried = blocks
      .filter(block => block.page === page && triedBy(block) === null)
      .map(({ language, line, name }) => `${page}:${line} (${language}): ${name}`);
    expect(untried).toEqual([]);
  });

  it.each(handWritten)('of %s says its language, and stands between fences', page => {
    expect(blocks.filter(block => block.page === page && block.language === '')).toEqual([]);
    expect(indentedBlocks(textOf(page))).toEqual([]);
  });

  it('that shows text has no prompt, so that no command passes for output', () => {
    const prompts = blocks.filter(({ language, text }) => !shells.includes(language) && /^[$] /m.test(text));
    expect(prompts).toEqual([]);
  });

  it('that is named as not run, or run by another test, is there', () => {
    for (const [page, names] of [...Object.entries(notRun), ...Object.entries(runElsewhere)]) {
      for (const [name, reason] of Object.entries(names)) {
        const there = blocks.some(
          block => block.page === page && (block.name === name || block.language === name),
        );
        expect(there, `${page}: ${name}`).toBe(true);
        expect(reason.length).toBeGreaterThan(10);
        for (const [file] of reason.matchAll(/\btest\/[\w/.-]+\.ts\b/g))
          expect(existsSync(join(root, file)), file).toBe(true);
      }
    }
  });
});

describe('a page whose commands are run', () => {
  it.each([...run])('%s has commands, and shows no empty output', page => {
    const steps = stepsOf(textOf(page));
    expect(steps).toHaveLength(blocks.filter(block => block.page === page && block.language === 'sh').length);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter(({ shown }) => shown !== null && shown.trim() === '')).toEqual([]);
  });

  it.each([...run])('%s has a scene for blocks that are there only', page => {
    const names = new Set(blocks.filter(block => block.page === page).map(({ name }) => name));
    const known = ['before', 'after', ...[...names].flatMap(name => [`before: ${name}`, `after: ${name}`])];
    expect(known).toEqual(expect.arrayContaining([...sceneOf(page).keys()]));
  });
});

it('blocks are found in lists, too, and fences of another kind inside are text', () => {
  const page = [
    '```sh',
    'a',
    '```',
    '- one',
    '  ```text',
    '  b',
    '',
    '    c',
    '  ```',
    '~~~yaml',
    '```',
    '~~~',
  ];
  expect(blocksOf(page.join('\n'))).toEqual([
    { line: 1, language: 'sh', text: 'a\n' },
    { line: 5, language: 'text', text: 'b\n\n  c\n' },
    { line: 10, language: 'yaml', text: '```\n' },
  ]);
  expect(nameOf('  a \nb\n')).toBe('a');
  expect(indentedBlocks('x\n\n    code\n\n```\n\n    not\n```\n')).toEqual([3]);
});
