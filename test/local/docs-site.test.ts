/** The site as `npm run docs` builds it, in a browser, from a server that does no more than hand out files. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { problemReasons, typeOf } from '../../server/problems.ts';
import { addressOf, allPages, root, siteUrl } from '../../site/pages.ts';
import { openBrowser } from '../ui/browser/browser.ts';

const built = join(root, 'dist', 'docs');
const stack = new AsyncDisposableStack();
let base: string;
let browser: Browser;
let page: Page;
/** What the browser complained of, and what it asked of others. */
const complaints: string[] = [];

const types: Record<string, string> = {
  ...{ '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' },
  ...{ '.json': 'application/json', '.wasm': 'application/wasm', '.png': 'image/png' },
};

beforeAll(async () => {
  // As a person's shell has it: a test's says that this is no production, and the site comes without search.
  const ofTests = /^(NODE_ENV|MODE|DEV|PROD|SSR|TEST|BASE_URL|VITEST.*)$/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofTests.test(name)));
  const build = { cwd: root, env };
  await promisify(execFile)(process.execPath, [join(root, 'site/build.ts')], build).catch(
    ({ stdout, stderr }: { stdout: string; stderr: string }) => expect.unreachable(`${stdout}${stderr}`),
  );
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site.invalid');
    let file = join(built, normalize(decodeURIComponent(pathname)));
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) file = join(file, 'index.html');
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end();
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
  });
  stack.defer(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openBrowser();
  stack.defer(() => browser.close());
  page = await browser.newPage();
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => {
    if (!request.url().startsWith(base) && !request.url().startsWith('data:')) complaints.push(request.url());
  });
  page.on('response', response => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
}, 900_000);
afterAll(() => stack.disposeAsync());

/** Opens an address of the site, follows where it sends the browser, and answers the heading it stands at. */
async function headingAt(url: string): Promise<string> {
  await page.goto(url.replace(siteUrl, base));
  await page.waitForFunction('document.querySelector("main h1") !== null');
  return page.evaluate(`(() => {
    const id = decodeURIComponent(location.hash.slice(1));
    return (id === '' ? document.querySelector('main h1') : document.getElementById(id))?.textContent ?? '';
  })()`);
}

describe('the search', () => {
  it.each([
    ['deadLetters', '/notifications/'],
    ['baseVersion', '/configversion/'],
    ['PAWL_TRASH_DAYS', '/reference/settings/'],
  ])('finds “%s”, and opens the page', async (word, address) => {
    await page.goto(`${base}/`);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('dialog input').first().fill(word);
    const found = page.locator(`dialog a[href^="${address}"]`).first();
    await found.waitFor({ timeout: 60_000 });
    await found.click();
    await page.waitForURL(`${base}${address}**`);
    await page.locator('main h1').waitFor();
    expect(await page.locator('main').innerText()).toContain(word);
  });
});

describe('an address that a program prints', () => {
  it('of a problem opens its section, for every reason', async () => {
    for (const reason of problemReasons)
      expect(await headingAt(typeOf(reason)), reason).toBe(typeOf(reason).split('/').at(-1));
  });

  it('of a runbook opens the section of its alert, for every alert', async () => {
    const { groups } = parse(readFileSync(join(root, 'charts/pawl/alerts/pawl.yaml'), 'utf8')) as {
      groups: { rules: { alert: string; annotations: { runbook_url: string } }[] }[];
    };
    const rules = groups.flatMap(group => group.rules);
    expect(rules.length).toBeGreaterThan(10);
    for (const { alert, annotations } of rules)
      expect(await headingAt(annotations.runbook_url), `${alert}: ${annotations.runbook_url}`).not.toBe('');
  });
});

it('every page is there, with a title, and nothing in it asks anybody else or fails', async () => {
  for (const each of allPages()) expect(await headingAt(`${base}${addressOf(each)}`), each).not.toBe('');
  expect(complaints).toEqual([]);
});
