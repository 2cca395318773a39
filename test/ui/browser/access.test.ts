/**
 * For everybody: no violation of WCAG 2.2 AA that a program can find, on every page and in every dialog, in both themes, a
 * narrow window and at 200 %; and everything by the keyboard alone.
 */
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokens } from '../../secret/samples.ts';
import { until } from '../../setup/until.ts';
import { button, dialog, editorOf, saidLast, writeOver } from './hands.ts';
import { type Person, patienceMs, startWorld, type World } from './world.ts';

const stack = new AsyncDisposableStack();
let world: World;
const text = '# caps\ncap: 1000 # agreed\nfee: 0.5\n';

beforeAll(async () => {
  world = stack.use(await startWorld());
  await world.save('limits/eu.yaml', text, { comment: 'first\n\u202e' });
  await world.save('limits/eu.yaml', text.replace('1000', '1200'), { base: 1 });
  await world.save('gone.yaml', text);
  const { api } = world;
  expect((await api.ask(`/configs/${api.namespace}/gone.yaml`, { method: 'DELETE' })).status).toBe(204);
  await world.save('tokens.yaml', `token: ${tokens.github}\n`);
  const until = new Date(Date.now() + 86_400_000).toISOString();
  api.setPolicy({
    freezes: [
      { name: 'closing', paths: ['frozen', 'closed/**'], reason: 'Year-end closing', until },
      { name: 'incident', paths: ['tokens.yaml'], reason: 'Incident 12', until, by: 'ada@example.com' },
    ],
  });
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
      [`configs/${world.api.namespace}/`, '.row .warn'],
      [`violations/${world.api.namespace}`, '.card'],
      [`freezes/${world.api.namespace}`, '.row'],
      [`trash/${world.api.namespace}`, '.row'],
      [`configs/${world.api.namespace}/gone.yaml`, '.note'],
      [`configs/${world.api.namespace}/tokens.yaml?line=1`, '.note'],
      [`configs/${world.api.namespace}/limits/`, '.row'],
      [`configs/${of}`, '.cm-blame-mark'],
      [`versions/${of}`, '.timeline li'],
      [`compare/${of}?left=1&right=2`, '.cm-changedText'],
      [`usage/${of}`, '.empty'],
      ['search?path=eu', '.row'],
      ['search', '.empty'],
      ['deployments', '.card'],
      ['waiting', '.empty'],
      ['nothing/here', '.empty'],
      [`configs/${world.api.namespace}/none/`, '.empty'],
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
      // 640 is a window of 1280 at 200 %.
      for (const width of [360, 640]) {
        await who.page.setViewportSize({ width, height: 430 });
        const wide = await who.page.evaluate('document.documentElement.scrollWidth - innerWidth');
        if (Number(wide) > 0) found.push(`${path} is ${wide} pixels wider than a window of ${width}`);
      }
      await who.page.setViewportSize({ width: 1280, height: 860 });
    }
    await editorOf(who.page).waitFor();
    await writeOver(who.page, text.replace('1000', '1500'));
    await who.page.keyboard.press('Control+s');
    await dialog(who.page).getByRole('article').waitFor();
    await note('a clash');
    await who.page.keyboard.press('Escape');
    await button(who.page, 'Throw away …').click();
    await note('leaving');
    for (const [path, name] of [
      ['', 'New namespace'],
      ['', `Delete ${world.api.namespace}`],
      [`configs/${world.api.namespace}/`, 'New config'],
      [`freezes/${world.api.namespace}`, 'Freeze …'],
      [`trash/${world.api.namespace}`, 'Purge gone.yaml'],
      [`versions/${of}`, 'Save again version 1'],
      [`versions/${of}`, 'Delete version 1'],
    ] as const) {
      await who.open(path);
      await button(who.page, name).click();
      await dialog(who.page).getByRole('textbox').first().waitFor();
      await note(`the dialog of ${name}`);
    }
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

describe('a small window', () => {
  it('shows every difference in the save dialog in its whole height', async () => {
    const own = 'limits/small.yaml';
    await world.save(own, text);
    await world.save(own, text.replace('1000', '1200'), { base: 1 });
    const { page, open, context } = await world.person({ size: { width: 360, height: 480 } });
    await open(`edit/${world.api.namespace}/${own}?version=1`);
    await editorOf(page).waitFor();
    await writeOver(page, text.replace('0.5', '0.4'));
    await page.keyboard.press('Control+s');
    await dialog(page).getByText('What changed meanwhile').waitFor();
    const heights = await page.evaluate<number[]>(
      "[...document.querySelectorAll('dialog figure')].map(figure => figure.clientHeight)",
    );
    expect(heights.length).toBe(3);
    for (const height of heights) expect(height).toBeGreaterThan(100);
    await context.close();
  });
});

describe('the keyboard alone', () => {
  const of = (path: string) => world.api.ask(`/configs/${world.api.namespace}/${path}`);
  let who: Person;
  let page: Page;
  beforeAll(async () => {
    who = await world.person();
    ({ page } = who);
    await world.save('keys/eu.yaml', text);
  });

  /** With Tab, as far as it takes. */
  async function tabTo(wanted: Locator): Promise<void> {
    await wanted.waitFor();
    let left = 150;
    await until(`the focus on ${wanted}`, patienceMs, async () => {
      if (await wanted.and(page.locator(':focus')).isVisible()) return true;
      left -= 1;
      if (left < 0) throw new Error('Tab does not come there');
      await page.keyboard.press('Tab');
      return false;
    });
  }
  const press = async (wanted: Locator) => {
    await tabTo(wanted);
    await page.keyboard.press('Enter');
  };
  const link = (name: string) => page.getByRole('link', { name, exact: true });

  it('creates a config, and saves it', async () => {
    await who.open('');
    await press(link(world.api.namespace));
    await press(button(page, 'New config'));
    await dialog(page).getByLabel('Path').waitFor();
    await page.keyboard.type('keys/new.yaml');
    await page.keyboard.press('Enter');
    await editorOf(page).and(page.locator(':focus')).waitFor();
    await page.keyboard.type('cap: 1');
    await page.keyboard.press('Control+s');
    await press(button(page, 'Save version 1'));
    await saidLast(page, 'Saved as version 1.');
    expect((await of('keys/new.yaml')).json.latest.body_raw).toBe('cap: 1');
  });

  it('finds a config, edits it, decides a clash, and saves', async () => {
    await who.open('');
    await press(link(world.api.namespace));
    await press(link('keys/'));
    await press(link('eu.yaml'));
    await press(link('Edit'));
    await editorOf(page).and(page.locator(':focus')).waitFor();
    for (const key of ['Control+Home', 'ArrowDown', 'End', 'Backspace']) await page.keyboard.press(key);
    await page.keyboard.type('d by Ada');
    await world.save('keys/eu.yaml', text.replace('agreed', 'agreed upon'), { base: 1 });
    await page.keyboard.press('Control+s');
    await press(button(page, 'Keep mine at place 1'));
    await press(button(page, 'Save on version 2'));
    await saidLast(page, 'Saved as version 3.');
    expect((await of('keys/eu.yaml')).json.latest.body_raw).toBe(text.replace('agreed', 'agreed by Ada'));
  });

  it('compares, goes from change to change, copies one, leaves the editor, and saves', async () => {
    await press(link('Versions'));
    for (const version of [3, 1]) {
      await tabTo(page.getByLabel(`Version ${version}, to compare`));
      await page.keyboard.press('Space');
    }
    await press(button(page, 'Compare 1 with 3'));
    await page.getByText('1 change', { exact: true }).waitFor();
    await tabTo(page.getByRole('textbox', { name: /^Left: version 1/ }));
    await page.keyboard.press('F7');
    await page.keyboard.press('Control+Alt+ArrowRight');
    await page.getByText('The texts are the same.').waitFor();
    await page.keyboard.press('Escape');
    await tabTo(page.getByRole('textbox', { name: /^Right: version 3/ }));
    await page.keyboard.press('Control+s');
    await press(button(page, 'Save version 4'));
    await saidLast(page, 'Saved as version 4.');
    expect((await of('keys/eu.yaml')).json.latest.body_raw).toBe(text);
  });
});
