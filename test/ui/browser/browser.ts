/**
 * The browser of the page's tests: Chrome or Chromium of this machine, else the one that comes by npm. Invariant: it talks
 * to this machine only.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import bundled from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'];
const elsewhere = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

function installed(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = names.flatMap(name => folders.map(folder => join(folder, name)));
  return [...paths, ...elsewhere].find(path => existsSync(path));
}

/** @param more options of the browser itself */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  const found = installed();
  const executablePath = found ?? (await bundled.executablePath().catch(() => ''));
  if (!executablePath) {
    throw new Error(
      'There is no browser for the tests of the page: install Chrome or Chromium, so that it is on the PATH.',
    );
  }
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none', ...more];
  // Not all of its own: they would put two people's browsers into one process, and switch off what is to be tested.
  const own = bundled.args.filter(arg =>
    /^--(use-|enable-unsafe-swiftshader|ignore-gpu|in-process-gpu)/.test(arg),
  );
  const launch = () =>
    chromium.launch({
      executablePath,
      args: found ? args : [...own, ...args],
      headless: true,
      timeout: 120_000,
    });
  // Chromium itself has been seen to end with SIGSEGV before it had a page, which says nothing of ours. One that cannot
  // start twice is broken.
  return launch().catch((error: Error) => {
    console.warn(`the browser did not start, and is started once more: ${error.message.split('\n')[0]}`);
    return launch();
  });
}
