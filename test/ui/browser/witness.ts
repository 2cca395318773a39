/**
 * What a page showed and heard, told when a test fails. Invariant: it is told of every page of every browser that a test
 * opens, and looking never fails or holds up a test.
 */
import type { BrowserContext, Page } from 'playwright-core';

/** The last of each kind are enough. */
const most = 12;
const textLetters = 3_000;
const lookMs = 5_000;

interface Heard {
  readonly page: Page;
  readonly errors: string[];
  readonly answers: string[];
}

let heard: Heard[] = [];

const keep = (list: string[], line: string) => {
  list.push(`${new Date().toISOString().slice(11, 23)} ${line}`);
  if (list.length > most) list.shift();
};

/** Of a context that has no page yet. */
export function witness(context: BrowserContext): void {
  context.on('page', page => {
    const of: Heard = { page, errors: [], answers: [] };
    heard.push(of);
    page.on('pageerror', error => keep(of.errors, `threw: ${error.message}`));
    page.on('console', message => {
      if (message.type() === 'error') keep(of.errors, message.text());
    });
    page.on('response', response => {
      if (response.status() < 400) return;
      const asked = `${response.status()} ${response.request().method()} ${response.url()}`;
      const after = response.headers()['retry-after'];
      const line = after === undefined ? asked : `${asked}, Retry-After ${after}`;
      response.text().then(
        text => keep(of.answers, `${line} ${text.slice(0, 400)}`),
        () => keep(of.answers, line),
      );
    });
    page.on('requestfailed', request => {
      const { errorText = '' } = request.failure() ?? {};
      keep(of.answers, `${errorText} ${request.method()} ${request.url()}`);
    });
  });
}

/** Of each page that is open, and of those that were closed with something to tell. */
export async function testimony(): Promise<string> {
  const told = await Promise.all(heard.map(tell));
  return told.filter(words => words !== '').join('\n\n');
}

/** What was heard before says nothing about the next test's failure. */
export function forget(): void {
  heard = heard.filter(({ page }) => !page.isClosed());
  for (const { errors, answers } of heard) {
    errors.length = 0;
    answers.length = 0;
  }
}

async function tell({ page, errors, answers }: Heard): Promise<string> {
  if (page.isClosed() && errors.length + answers.length === 0) return '';
  const shown = page.isClosed() ? '(closed)' : await textOf(page);
  return [
    `PAGE ${page.url()}`,
    shown.replace(/^/gm, '  | '),
    ...['errors of the console:', ...errors, 'answers that failed:', ...answers],
  ].join('\n');
}

async function textOf(page: Page): Promise<string> {
  const late = new Promise<string>(resolve => {
    setTimeout(resolve, lookMs, '(it does not say)').unref();
  });
  const looked = page.evaluate<string>('document.body.innerText').catch(error => `(${error})`);
  return (await Promise.race([looked, late])).slice(0, textLetters);
}
