/** A page whose own files do not arrive, because the network changed or the server went away: it is never blank for good. */
import type { Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { until } from '../../setup/until.ts';
import { button } from './hands.ts';
import { type Person, patienceMs, startWorld, type World } from './world.ts';

const stack = new AsyncDisposableStack();
let world: World;
let ada: Person;

beforeAll(async () => {
  world = stack.use(await startWorld());
  ada = await world.person();
  await world.save('limits/eu.yaml', 'cap: 1\n');
  await world.save('limits/eu.yaml', 'cap: 2\n', { base: 1 });
});
afterAll(() => stack.disposeAsync());
afterEach(() => expect(world.complaints()).toEqual([]));

const first = () => `configs/${world.api.namespace}/limits/eu.yaml?version=1`;
const notLoaded = (page: Page) => page.getByText('The page did not load.');

/** A window whose cache is empty. */
async function newPage(): Promise<Page> {
  const page = await ada.context.newPage();
  // Files that another window has are asked for all the same.
  await page.route('**/ui/assets/**', route => route.fallback());
  return page;
}

/** @returns how often the document was asked for */
function loadsOf(page: Page): () => number {
  let loads = 0;
  page.on('request', request => {
    if (request.isNavigationRequest()) loads += 1;
  });
  return () => loads;
}

const files = {
  'its script': /\/assets\/index-[^/]*\.js$/,
  'a part of its script': /\/assets\/jsx-runtime-[^/]*\.js$/,
  'its style': /\/assets\/index-[^/]*\.css$/,
};

it.each(Object.entries(files))('is loaded once more by itself where %s did not arrive', async (_, file) => {
  const page = await newPage();
  const loads = loadsOf(page);
  let refused = 0;
  await page.route(file, (route: Route) => {
    refused += 1;
    return refused === 1 ? route.abort('internetdisconnected') : route.fallback();
  });
  await page.goto(world.base + first());
  await until('the document to be asked for again', patienceMs, async () => loads() === 2);
  await page.getByText('This is version 1').waitFor();
  expect([refused > 1, loads()]).toEqual([true, 2]);
  expect(await notLoaded(page).count()).toBe(0);
  // What came is no reason not to try again the next time.
  refused = 0;
  await page.reload();
  await until('the document to be asked for again', patienceMs, async () => loads() === 4);
  await page.getByText('This is version 1').waitFor();
  await page.close();
});

it('says so where its script never arrives, asks no further by itself, and comes where it was when it is asked to', async () => {
  const page = await newPage();
  const loads = loadsOf(page);
  await page.route(files['its script'], route => route.abort('internetdisconnected'));
  await page.goto(world.base + first());
  await notLoaded(page).waitFor();
  expect(loads()).toBe(2);
  await button(page, 'Load the page again').click();
  await notLoaded(page).waitFor();
  expect(loads()).toBe(3);
  await page.unroute(files['its script']);
  await button(page, 'Load the page again').click();
  await page.getByText('This is version 1').waitFor();
  await page.close();
});

it('says so where not one of its scripts arrives', async () => {
  const page = await newPage();
  await page.route(/\.js$/, route => route.abort('internetdisconnected'));
  await page.goto(world.base + first());
  await notLoaded(page).waitFor();
  await page.unroute(/\.js$/);
  await button(page, 'Load the page again').click();
  await page.getByText('cap: 2').waitFor();
  await page.close();
});
