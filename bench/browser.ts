/**
 * The web page in a browser: how much script it loads, and how long until a config's text and the link to edit it are on the
 * screen, compared with an empty page of the same server that makes the same API call and shows its text. Invariant: both are
 * loaded in turns, in the same browser, whose cache works as people's do, and what is timed is told by the browser itself,
 * from the beginning of the navigation to the frame that shows the text.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
/** The last line of the text's beginning, which is in sight. */
const sign = 'limit_5: 1005';
const built = fileURLToPath(new URL('../dist/ui', import.meta.url));
const pages = { empty: 'ui/empty.html', config: `ui/configs/${namespace}/${path}` } as const;
/** Not counted: the browser compiles scripts when it has seen them a few times. */
const warmUps = 5;

export const measureBrowser: Measure = async (parts, { n, bytes, progress }) => {
  await buildPage();
  await using folder = await withEmptyPage();
  const local = await prepareApi(parts.controlPlane);
  await parts.controlPlane.kubectl(['create', 'namespace', namespace]);
  const databaseUrl = await parts.postgres.createDatabase('browser');
  const settings = { ...local.operator, PAWL_UI: 'true', PAWL_UI_FOLDER: folder.path };
  await using operator = await startMeasured(parts, databaseUrl, settings);
  await operator.ready();
  const { PAWL_SERVER: server, PAWL_TOKEN: token } = local.client;
  const browser = await openBrowser([await trusting(local.operator.PAWL_API_CERT_FILE)]);
  try {
    const context = async () => {
      const made = await browser.newContext({ ignoreHTTPSErrors: true });
      await made.addInitScript(tellWhenShown);
      await signIn(made, server, token);
      return made;
    };
    const known = await context();
    await save(known, server, { token, text: bodyOf(1, bytes) });
    const page = await known.newPage();
    const again: Times = { empty: [], config: [] };
    for (let load = -warmUps; load < n; load += 1) {
      if (load % 10 === 0) progress(`load ${load} of ${n} …`);
      for (const name of inTurns(load)) {
        const ms = await loaded(page, `${server}/${pages[name]}`);
        if (load >= 0) again[name].push(ms);
      }
    }
    const first: Times = { empty: [], config: [] };
    for (let visit = 0; visit < Math.ceil(n / 3); visit += 1) {
      progress(`first visit ${visit + 1} …`);
      for (const name of inTurns(visit)) {
        const stranger = await context();
        first[name].push(await loaded(await stranger.newPage(), `${server}/${pages[name]}`));
        await stranger.close();
      }
    }
    const middle = (values: readonly number[]) => percentile(values, 0.5);
    const figures = {
      ...(await scripts()),
      ...{ emptyMs: middle(again.empty), usableMs: middle(again.config) },
      ratio: middle(again.config) / middle(again.empty),
      ...{ firstEmptyMs: middle(first.empty), firstMs: middle(first.config) },
    };
    return [{ bench: 'browser', variant: '', n, bytes, figures }];
  } finally {
    await browser.close();
  }
};

type Times = Record<keyof typeof pages, number[]>;

const inTurns = (round: number): readonly (keyof typeof pages)[] =>
  round % 2 === 0 ? ['empty', 'config'] : ['config', 'empty'];

/** Runs before each document's own scripts. The link to edit is asked for where the page has a `main`, as ours has. */
const tellWhenShown = `window.shownMs = new Promise(resolve => {
  const isThere = () => document.body?.textContent.includes(${JSON.stringify(sign)})
    && (document.querySelector('#page') === null || document.querySelector('main a.primary') !== null);
  const observer = new MutationObserver(() => {
    if (!isThere()) return;
    observer.disconnect();
    // After the frame that shows it.
    requestAnimationFrame(() => { setTimeout(() => resolve(performance.now())); });
  });
  observer.observe(document, { childList: true, subtree: true, characterData: true });
})`;

async function loaded(page: Page, url: string): Promise<number> {
  await page.goto(url, { waitUntil: 'commit' });
  return page.evaluate<number>('window.shownMs');
}

/** The built page, and beside it an empty one, so that the same server serves both by the same rules. */
async function withEmptyPage(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'pawl-bench-page-'));
  await cp(built, folder, { recursive: true });
  const html =
    '<!doctype html><meta charset="utf-8"><title>empty</title><script src="assets/empty-1.js"></script><pre></pre>';
  const script = `fetch('../configs/${namespace}/${path}', { headers: { accept: 'application/json' }, cache: 'no-store' })
  .then(answer => answer.json())
  .then(({ latest }) => { document.querySelector('pre').textContent = latest.body_raw; });`;
  await writeFile(join(folder, 'empty.html'), html);
  await writeFile(join(folder, 'assets', 'empty-1.js'), script);
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** An option of the browser: what comes with a certificate that is only forgiven is never cached. */
async function trusting(certificateFile: string): Promise<string> {
  const { publicKey } = new X509Certificate(await readFile(certificateFile));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  return `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`;
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
  const index = await readFile(join(built, 'index.html'), 'utf8');
  const names = (await readdir(join(built, 'assets'))).filter(name => name.endsWith('.js'));
  let [firstKiB, editorKiB] = [0, 0];
  for (const name of names) {
    const kib = gzipSync(await readFile(join(built, 'assets', name))).length / 1024;
    if (index.includes(name)) firstKiB += kib;
    else editorKiB += kib;
  }
  return { firstKiB, editorKiB };
}
