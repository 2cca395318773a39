/** Parts of the page whose script is loaded when they are first needed, in a browser, whenever that script arrives. */
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from './browser.ts';
import { patienceMs } from './world.ts';

const root = fileURLToPath(new URL('../../../ui', import.meta.url));
let browser: Browser;
let script: string;

/** A component whose script is there after it was drawn and before its effects, which come in a task of their own. */
const entry = `
  import { createElement, useLayoutEffect } from 'react';
  import { createRoot } from 'react-dom/client';
  import { later } from ${JSON.stringify(`${root}/parts/later.tsx`)};
  const There = () => createElement('p', null, 'It is there.');
  const Later = later({ what: 'the part', load: async () => There });
  function Page() {
    useLayoutEffect(() => void Later.begin(), []);
    return createElement(Later);
  }
  createRoot(document.body).render(createElement(Page));
`;

beforeAll(async () => {
  browser = await openBrowser();
  const name = 'virtual:page';
  const made = await build({
    ...{ root, configFile: false, logLevel: 'silent' },
    plugins: [
      {
        name: 'page',
        resolveId: id => (id === name ? id : null),
        load: id => (id === name ? entry : null),
      },
    ],
    build: { write: false, minify: false, rolldownOptions: { input: name } },
  });
  const [first] = [made].flat();
  if (!first || !('output' in first)) throw new Error('Vite built nothing.');
  script = first.output.find(file => file.type === 'chunk')!.code;
});
afterAll(() => browser?.close());

it('is shown where its script came between its drawing and its effects', async () => {
  const page = await browser.newPage();
  await page.route('**/*', route =>
    route.fulfill(
      route.request().url().endsWith('.js')
        ? { contentType: 'text/javascript', body: script }
        : { contentType: 'text/html', body: '<body><script type="module" src="page.js"></script></body>' },
    ),
  );
  await page.goto('http://page.test/ui/');
  await page.getByText('It is there.').waitFor({ timeout: patienceMs });
  expect(await page.getByText('Loading').count()).toBe(0);
});
