/**
 * The web page in a browser: how much script it loads, and how long until a config's text is there to be read, compared with
 * an empty page that makes the same API call in the same browser. Loads of both take turns, so that a slow spell of the
 * machine slows both. Invariant: what is timed is what the browser itself says since the navigation began.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { BrowserContext, Page } from 'playwright-core';
import { prepareApi } from '../local/api.ts';
import { openBrowser } from '../test/ui/browser/browser.ts';
import { signIn } from '../test/ui/browser/people.ts';
import { buildPage } from '../ui/build.ts';
import { startMeasured } from './measured-operator.ts';
import type { Measure } from './measurement.ts';
import { percentile } from './statistics.ts';
import { bodyOf } from './workload.ts';

const namespace = 'page';
const path = 'limits/eu.yaml';
/** Not counted: the browser compiles scripts when it has seen them a few times. */
const warmUps = 5;

export const measureBrowser: Measure = async (parts, { n, bytes, progress }) => {
  await buildPage();
  const local = await prepareApi(parts.controlPlane);
  await parts.controlPlane.kubectl(['create', 'namespace', namespace]);
  const databaseUrl = await parts.postgres.createDatabase('browser');
  await using operator = await startMeasured(parts, databaseUrl, { ...local.operator, PAWL_UI: 'true' });
  await operator.ready();
  const { PAWL_SERVER: server, PAWL_TOKEN: token } = local.client;
  const browser = await openBrowser();
  try {
    const context = async () => {
      const made = await browser.newContext({ ignoreHTTPSErrors: true });
      await signIn(made, server, token);
      return made;
    };
    const known = await context();
    await save(known, server, { token, text: bodyOf(1, bytes) });
    const page = await known.newPage();
    await page.route('**/ui/empty', route => route.fulfill({ contentType: 'text/html', body: empty }));
    const [emptyMs, usableMs, firstMs]: [number[], number[], number[]] = [[], [], []];
    for (let load = -warmUps; load < n; load += 1) {
      if (load % 10 === 0) progress(`load ${load} of ${n} …`);
      const [without, ours] = [await emptyPage(page, server), await configPage(page, server)];
      if (load < 0) continue;
      emptyMs.push(without);
      usableMs.push(ours);
    }
    for (let visit = 0; visit < Math.ceil(n / 5); visit += 1) {
      progress(`first visit ${visit + 1} …`);
      const stranger = await context();
      firstMs.push(await configPage(await stranger.newPage(), server));
      await stranger.close();
    }
    const middle = (values: readonly number[]) => percentile(values, 0.5);
    const figures = {
      ...(await scripts()),
      ...{ emptyMs: middle(emptyMs), usableMs: middle(usableMs), firstMs: middle(firstMs) },
      ratio: middle(usableMs) / middle(emptyMs),
    };
    return [{ bench: 'browser', variant: '', n, bytes, figures }];
  } finally {
    await browser.close();
  }
};

const empty = `<!doctype html><meta charset="utf-8"><title>empty</title><script>
fetch('/configs/${namespace}/${path}', { headers: { accept: 'application/json' }, cache: 'no-store' })
  .then(answer => answer.json())
  .then(({ latest }) => { document.body.textContent = latest.body_raw; });
</script><body></body>`;

async function emptyPage(page: Page, server: string): Promise<number> {
  await page.goto(`${server}/ui/empty`, { waitUntil: 'commit' });
  await page.locator('body', { hasText: /./ }).waitFor();
  return page.evaluate<number>('performance.now()');
}

/** Until its text is there. */
async function configPage(page: Page, server: string): Promise<number> {
  await page.goto(`${server}/ui/configs/${namespace}/${path}`, { waitUntil: 'commit' });
  await page.locator('.cm-content .cm-line', { hasText: /./ }).first().waitFor();
  return page.evaluate<number>('performance.now()');
}

async function save(
  { request }: BrowserContext,
  server: string,
  { token, text }: { readonly token: string; readonly text: string },
): Promise<void> {
  const answer = await request.put(`${server}/configs/${namespace}/${path}`, {
    headers: { authorization: `Bearer ${token}` },
    data: { body_raw: text, base_version: 0 },
  });
  if (!answer.ok()) throw new Error(`saving was answered with ${answer.status()}: ${await answer.text()}`);
}

/** Compressed, as test/ui/build.test.ts counts them. */
async function scripts(): Promise<{ firstKiB: number; editorKiB: number }> {
  const folder = fileURLToPath(new URL('../dist/ui', import.meta.url));
  const index = await readFile(join(folder, 'index.html'), 'utf8');
  const names = (await readdir(join(folder, 'assets'))).filter(name => name.endsWith('.js'));
  let [firstKiB, editorKiB] = [0, 0];
  for (const name of names) {
    const kib = gzipSync(await readFile(join(folder, 'assets', name))).length / 1024;
    if (index.includes(name)) firstKiB += kib;
    else editorKiB += kib;
  }
  return { firstKiB, editorKiB };
}
