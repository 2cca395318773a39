/** What people do with the page, by the names they see. */
import type { Locator, Page } from 'playwright-core';
import { until } from '../../setup/until.ts';
import { wasSaid } from './said.ts';

export const editorOf = (page: Page): Locator => page.getByRole('textbox', { name: /^Text of / });

export async function linesIn(page: Page): Promise<readonly string[]> {
  return page.locator('.editor .cm-line').allTextContents();
}

/** Pastes it over everything. @param then a script that runs in the same moment */
export async function writeOver(page: Page, text: string, then = ''): Promise<void> {
  await editorOf(page).focus();
  await page.keyboard.press('Control+a');
  // Not by the clipboard, which two browsers of one machine share.
  await page.evaluate(`{
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', ${JSON.stringify(text)});
    const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(paste);
    ${then}
  }`);
}

export const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name });

export const dialog = (page: Page): Locator => page.getByRole('dialog');

/** The session has ended in the middle of an edit: nothing took the focus, and the token is given beside the edit. */
export async function signInBeside(page: Page, token: string): Promise<void> {
  await page.getByText('Your session ended').waitFor();
  const ask = button(page, 'Sign in again');
  if (await ask.isVisible()) await ask.click();
  await dialog(page).last().getByLabel('Token').fill(token);
  await button(page, 'Sign in with the token').click();
  await page.getByText('Your session ended').waitFor({ state: 'detached' });
}

/** Waits until the page announces it. */
export async function saidLast(page: Page, what: string | RegExp): Promise<void> {
  await until(`the page to say ${what}`, 90_000, () => wasSaid(page, what));
}
