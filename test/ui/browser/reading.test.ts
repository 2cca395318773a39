/** Finding one's way: signing in, browsing, reading, the history, searching; with texts that look like something else. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { everything } from '../../setup/api.ts';
import { until } from '../../setup/until.ts';
import { button, dialog, editorOf, linesIn } from './hands.ts';
import { type Person, patienceMs, startWorld, type World } from './world.ts';

const stack = new AsyncDisposableStack();
let world: World;
let ada: Person;
let namespace: string;
const path = 'limits/eu.yaml';
const text = '# caps are per customer and day\ncap: 1000     # agreed with risk\nfee: 0.5\n';

beforeAll(async () => {
  world = stack.use(await startWorld());
  ({ namespace } = world.api);
  ada = await world.person({ rights: [{ verbs: [...everything.verbs, 'purge'] }] });
  await world.save(path, text, { token: ada.token, comment: 'first caps' });
  await world.save(path, text.replace('1000', '1200'), { base: 1, comment: 'raise the EU cap' });
  await world.save(path, text.replace('1000', '1200').replace('0.5', '0.4'), {
    base: 2,
    comment: 'lower the fee',
  });
});
afterAll(() => stack.disposeAsync());
afterEach(() => expect(world.complaints()).toEqual([]));

describe('a stranger', () => {
  it('signs in where they are, with a token that the page does not keep', async () => {
    const page = await world.stranger();
    await page.goto(`${world.base}configs/${namespace}/${path}`);
    await page.getByLabel('Token').fill('nonsense');
    await button(page, 'Sign in with the token').click();
    await page.getByRole('alert').getByText('Not signed in.').waitFor();
    await page.getByLabel('Token').fill(ada.token);
    await button(page, 'Sign in with the token').click();
    await page.getByRole('heading', { name: 'eu.yaml' }).waitFor();
    const kept = await page.evaluate(
      'JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])',
    );
    expect(kept).not.toContain(ada.token.slice(0, 20));
    await page.context().close();
  });
});

describe('namespaces and folders', () => {
  it('are made, walked, filtered, and deleted only by their typed name', async () => {
    const { page } = ada;
    await ada.open('');
    await page.getByRole('link', { name: namespace }).click();
    await page.getByRole('link', { name: 'limits/', exact: true }).click();
    await page.waitForURL(`${world.base}configs/${namespace}/limits/`);
    await page.getByLabel('Filter by name').fill('zz');
    await page.getByText('Nothing here has “zz” in its name').waitFor();
    await page.getByLabel('Filter by name').fill('EU');
    await page.getByRole('link', { name: 'eu.yaml' }).click();
    await page.getByRole('heading', { name: 'eu.yaml' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'limits' }).waitFor();
    await ada.open('namespaces');
    await button(page, `Delete ${namespace}`).click();
    await dialog(page).getByText('only an empty namespace can be deleted').waitFor();
    const confirm = button(page, 'Delete namespace');
    expect(await confirm.isDisabled()).toBe(true);
    await dialog(page).getByRole('textbox').fill(namespace);
    await confirm.click();
    await dialog(page).getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
  });
});

describe('a folder', () => {
  it('shows what was saved after it was read and before it heard of changes', async () => {
    const { page } = ada;
    await world.save('opening/first.yaml', 'n: 1\n');
    const saved = Promise.withResolvers<void>();
    await page.route('**/watch/**', async route => {
      await saved.promise;
      await route.continue();
    });
    await ada.open(`configs/${namespace}/opening/`);
    await page.getByRole('link', { name: 'first.yaml' }).waitFor();
    await world.save('opening/second.yaml', 'n: 1\n');
    saved.resolve();
    await page.getByRole('link', { name: 'second.yaml' }).waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});

describe('a config', () => {
  it('shows its text, who made it, and who changed each line', async () => {
    const { page } = ada;
    await ada.open(`configs/${namespace}/${path}`);
    await page.locator('.cm-blame-mark').nth(2).waitFor();
    expect(await page.locator('.cm-blame-mark').allTextContents()).toEqual([
      expect.stringMatching(/^1 /),
      expect.stringMatching(/^2 /),
      expect.stringMatching(/^3 /),
    ]);
    await page.getByText('lower the fee').first().waitFor();
    await editorOf(page).focus();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowDown');
    await page.getByText(/^Line 2: version 2 by/).waitFor();
    await page.getByText('Copy', { exact: false }).first().click();
    await button(page, 'The text').click();
    await page.getByText('Copied the text.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      text.replace('1000', '1200').replace('0.5', '0.4'),
    );
  });

  it('has versions: two ticks compare, an old one is saved again, and deleted for ever by its typed number', async () => {
    const { page } = ada;
    const own = 'limits/history.yaml';
    for (const n of [1, 2, 3]) {
      await world.save(own, `n: ${n}\n`, { base: n - 1, comment: `number ${n}` });
    }
    await ada.open(`versions/${namespace}/${own}`);
    await page.getByLabel('Version 1, to compare').check();
    await page.getByLabel('Version 3, to compare').check();
    await button(page, 'Compare 1 with 3').click();
    await page.waitForURL(`${world.base}compare/${namespace}/${own}?left=1&right=3`);
    await page.goBack();
    await button(page, 'Save again version 1').click();
    await button(page, 'Save version 4').click();
    await page.getByText('saved again from an older version').waitFor();
    await button(page, 'Delete version 2').click();
    await dialog(page).getByRole('textbox').fill('2');
    await dialog(page).getByRole('button', { name: 'Delete version 2' }).click();
    await page.getByLabel('Version 2, to compare').waitFor({ state: 'detached' });
    const { json } = await world.api.ask(`/versions/${namespace}/${own}`);
    expect(json.items.map(({ version }: { version: number }) => version)).toEqual([4, 3, 1]);
    await button(page, 'Purge version 3').click();
    await dialog(page).getByRole('textbox').last().fill('3');
    await dialog(page).getByLabel('Reason, kept in the log').fill('it held a password');
    await dialog(page).getByRole('button', { name: 'Purge version 3' }).click();
    await page.getByLabel('Version 3, to compare').waitFor({ state: 'detached' });
    const { json: log } = await world.api.ask(
      `/deployments?namespace=${namespace}&path=${encodeURIComponent(own)}`,
    );
    expect(log.items[0].changes).toMatchObject([{ old_version: 3, note: 'Purged: it held a password' }]);
  });
});

describe('a text', () => {
  it('is there to be read before the editor is, and stays when the editor cannot be loaded', async () => {
    const page = await ada.context.newPage();
    await page.route('**/assets/text-view-*.js', route => route.abort());
    await page.goto(`${world.base}configs/${namespace}/${path}`);
    await page.locator('.plain pre', { hasText: 'cap: 1200     # agreed with risk' }).waitFor();
    await page.getByRole('alert').getByText('The page could not load the editor.').waitFor();
    await page.unrouteAll();
    await button(page, 'Load the page again').click();
    await page.locator('.cm-blame-mark').nth(2).waitFor();
    expect(await page.locator('.plain').count()).toBe(0);
    await page.close();
  });

  it('keeps its place when the editor takes the place of the plain one', async () => {
    const page = await ada.context.newPage();
    let go = () => {};
    const gate = new Promise<void>(resolve => {
      go = resolve;
    });
    await page.route('**/assets/text-view-*.js', async route => {
      await gate;
      await route.continue();
    });
    const own = 'limits/place.yaml';
    await world.save(own, `a: 1\n# \u202e\nb: 2\n${'# a line\n'.repeat(300)}c: 3\n`);
    await page.goto(`${world.base}configs/${namespace}/${own}`);
    const rangeOf = (selector: string, line: string) =>
      page.evaluate<{ x: number; y: number; height: number }>(`{
        const walker = document.createTreeWalker(document.querySelector('${selector}'), NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const at = node.data.indexOf('${line}');
          if (at < 0) continue;
          range.setStart(node, at);
          range.setEnd(node, at + 4);
          break;
        }
        const { x, y } = range.getBoundingClientRect();
        ({ x: Math.round(x), y: Math.round(y), height: document.documentElement.scrollHeight });
      }`);
    await page.locator('.plain').waitFor();
    // It comes below the text when the server has said who changed each line, and makes the page longer.
    await page.locator('.line-facts').waitFor();
    const before = await rangeOf('.plain pre', '# a ');
    go();
    await page.locator('.cm-blame-mark').first().waitFor();
    const after = await rangeOf('.cm-content', '# a ');
    expect(Math.abs(after.x - before.x)).toBeLessThanOrEqual(2);
    expect(Math.abs(after.y - before.y)).toBeLessThanOrEqual(2);
    // The editor guesses the height of lines that it has not drawn, and corrects itself.
    await until('the page is as long as it was', patienceMs, async () => {
      const { height } = await rangeOf('.cm-content', '# a ');
      return Math.abs(height - before.height) <= 24;
    });
    await page.close();
  });
});

describe('a slow network', () => {
  it('shows what is being waited for, with a progress bar, and then the page', async () => {
    const page = await ada.context.newPage();
    await ada.page.goto('about:blank');
    await page.goto(`${world.base}namespaces`);
    await page.getByRole('link', { name: namespace }).waitFor();
    const network = await ada.context.newCDPSession(page);
    const slow = { offline: false, latency: 1_500, downloadThroughput: 20_000, uploadThroughput: 20_000 };
    await network.send('Network.emulateNetworkConditions', slow);
    await page.getByRole('link', { name: namespace }).click();
    await page.getByRole('progressbar', { name: 'Loading the configs' }).waitFor();
    await page.getByRole('link', { name: 'limits/', exact: true }).waitFor();
    await page.getByRole('progressbar').waitFor({ state: 'detached' });
    await page.close();
  });
});

describe('many tabs of one browser', () => {
  it('leave room for each other: a tab that nobody looks at holds no connection, and is up to date when it is looked at', async () => {
    const own = 'limits/tabs.yaml';
    await world.save(own, 'n: 1\n');
    const { context } = await world.person();
    await context.addInitScript(
      `Object.defineProperty(document, 'hidden', { get: () => window.isSeen !== true })`,
    );
    const tabs = [];
    // One more than the connections that a browser opens to a server.
    for (let n = 0; n < 7; n += 1) {
      const page = await context.newPage();
      await page.goto(`${world.base}configs/${namespace}/${own}`);
      await page.getByText('n: 1').waitFor();
      tabs.push(page);
    }
    await world.save(own, 'n: 2\n', { base: 1 });
    const [first] = tabs;
    await first!.evaluate(`window.isSeen = true; document.dispatchEvent(new Event('visibilitychange'))`);
    await first!.getByText('n: 2').waitFor();
    await world.save(own, 'n: 3\n', { base: 2 });
    await first!.getByText('n: 3').waitFor();
    await context.close();
  });
});

describe('search', () => {
  it('begins with a slash, finds by key and value, and its address holds what was asked', async () => {
    const { page } = ada;
    await ada.open('namespaces');
    await page.getByRole('heading', { name: 'Namespaces' }).waitFor();
    await page.keyboard.press('/');
    await page.getByLabel('Path contains').fill('eu');
    await page.getByLabel('Key').fill('cap');
    await page.getByLabel('Value').fill('1200');
    await page.waitForURL(/search\?path=eu&key=cap&value=1200$/);
    await page.getByRole('link', { name: `${namespace}/${path}` }).click();
    await page.waitForURL(`${world.base}configs/${namespace}/${path}`);
  });
});

describe('what looks like something else', () => {
  it('is shown as text, and what cannot be seen is marked', async () => {
    const { page } = ada;
    const own = 'limits/hostile.yaml';
    const comment = '<img src=x onerror=alert(1)> \u202egnp.exe\u001b[31m';
    await world.save(own, '# <script>alert(1)</script> \u202e\u200b\na: "</pre><b>x"\n', { comment });
    let asked = false;
    page.on('dialog', box => {
      asked = true;
      void box.dismiss();
    });
    for (const where of [
      `configs/${namespace}/${own}`,
      `versions/${namespace}/${own}`,
      `configs/${namespace}/limits/`,
    ]) {
      await ada.open(where);
      await page.getByText('<img src=x onerror=alert(1)>').first().waitFor();
      await page.locator('.odd', { hasText: 'U+202E' }).first().waitFor();
      await page.locator('.odd', { hasText: 'U+001B' }).first().waitFor();
      expect(await page.locator('img[src]').count()).toBe(0);
    }
    await world.save(own, '# <script>alert(1)</script> \u202e\u200b\na: "</pre><b>y"\n', {
      base: 1,
      comment,
    });
    await ada.open(`compare/${namespace}/${own}?left=1&right=2`);
    await page.locator('.cm-changedText').first().waitFor();
    expect(await page.locator('.cm-specialChar').count()).toBeGreaterThan(1);
    await button(page, 'Ignore order and layout').click();
    await page.getByLabel('What differs in meaning').getByText('</pre><b>y').waitFor();
    await ada.open(`edit/${namespace}/${own}`);
    await editorOf(page).waitFor();
    expect(await linesIn(page)).toContain('a: "</pre><b>y"');
    expect(await page.locator('.cm-specialChar').count()).toBe(2);
    expect(asked).toBe(false);
  });
});

describe('the deployment log', () => {
  it('tells who sent what, and its address holds the filters', async () => {
    const { page } = ada;
    await ada.open(`deployments?namespace=${namespace}&path=${encodeURIComponent(path)}`);
    await page.getByRole('article').first().waitFor();
    expect(await page.getByRole('article').count()).toBe(3);
    await page.getByRole('link', { name: 'compare with 1' }).click();
    await page.waitForURL(/left=1&right=2$/);
  });
});
