/** The pages of docs/ and README.md, for tests that run what stands there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blocksOf, nameOf } from '../../site/blocks.ts';
import { root } from '../../site/pages.ts';
import { story } from '../../site/recording.ts';
import { notRun } from '../../site/scenes.ts';

export const handWritten = [
  ...['README.md', story],
  ...readdirSync(join(root, 'docs'))
    .filter(file => file.endsWith('.md'))
    .map(file => `docs/${file}`),
];

export const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

export interface PageBlock extends Block {
  readonly page: string;
  readonly name: string;
}

export const blocks: readonly PageBlock[] = handWritten.flatMap(page =>
  blocksOf(textOf(page)).map(block => ({ ...block, page, name: nameOf(block.text) })),
);

export const isListed = ({ page, name }: PageBlock): boolean => notRun[page]?.[name] !== undefined;

/** What test/integration/docs.test.ts shows to an API server. */
export const manifests = blocks.filter(
  block => block.language === 'yaml' && block.text.startsWith('apiVersion:') && !isListed(block),
);
/** What test/chart/render.test.ts gives to the chart. */
export const values = blocks.filter(({ language, name }) => language === 'yaml' && name === '# values.yaml');
