/** For everybody: no violation of WCAG 2.2 AA that a program can find, on every page, in both themes and a narrow window. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialog, editorOf, writeOver } from './hands.ts';
import { startWorld, type World } from './world.ts';

const stack = new AsyncDisposableStack();
let world: World;
const text = '# caps\ncap: 1000 # agreed\nfee: 0.5\n';

beforeAll(async () => {
  world = stack.use(await startWorld());
  await world.save('limits/eu.yaml', text, { comment: 'first\n\u202e' });
  await world.save('limits/eu.yaml', text.replace('1000', '1200'), { base: 1 });
});
afterAll(() => stack.disposeAsync());

async function violations(page: Page): Promise<readonly string[]> {
  const builder = new AxeBuilder({ page }).withTags([
    'wcag2a',
    'wcag2aa',
    'wcag21a',
    'wcag21aa',
    'wcag22aa',
    'best-practice',
  ]);
  const found = (await builder.analyze()).violations;
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

describe.each(['light', 'dark'] as const)('in the %s theme', theme => {
  it('every page, and a clash, has no violation, and fits a narrow window', async () => {
    const who = await world.person({ theme });
    const of = `${world.api.namespace}/limits/eu.yaml`;
    const pages: readonly (readonly [path: string, sign: string])[] = [
      ['', '.row'],
      [`configs/${world.api.namespace}/limits/`, '.row'],
      [`configs/${of}`, '.cm-blame-mark'],
      [`versions/${of}`, '.timeline li'],
      [`compare/${of}?left=1&right=2`, '.cm-changedText'],
      ['search?path=eu', '.row'],
      ['deployments', '.card'],
      [`edit/${of}?version=1`, '.banner'],
    ];
    const found: string[] = [];
    const note = async (where: string) => {
      for (const one of await violations(who.page)) found.push(`${where}: ${one}`);
    };
    for (const [path, sign] of pages) {
      await who.open(path);
      await who.page.locator(sign).first().waitFor();
      await note(path);
      await who.page.setViewportSize({ width: 360, height: 740 });
      const wide = await who.page.evaluate('document.documentElement.scrollWidth - innerWidth');
      if (Number(wide) > 0) found.push(`${path} is ${wide} pixels wider than a narrow window`);
      await who.page.setViewportSize({ width: 1280, height: 860 });
    }
    await editorOf(who.page).waitFor();
    await writeOver(who.page, text.replace('1000', '1500'));
    await who.page.keyboard.press('Control+s');
    await dialog(who.page).getByRole('article').waitFor();
    await note('a clash');
    await who.context.close();
    expect(found).toEqual([]);
  });

  it('signing in has no violation', async () => {
    const page = await world.stranger();
    await page.emulateMedia({ colorScheme: theme });
    await page.goto(world.base);
    await page.getByLabel('Token').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });
});
