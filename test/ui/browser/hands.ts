/** What people do with the page, by the names they see. */
import type { Locator, Page } from 'playwright-core';

export const editorOf = (page: Page): Locator => page.getByRole('textbox', { name: /^Text of / });

export async function linesIn(page: Page): Promise<readonly string[]> {
  return page.locator('.editor .cm-line').allTextContents();
}

/** Pastes it over everything. */
export async function writeOver(page: Page, text: string): Promise<void> {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  await editorOf(page).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Control+v');
}

export const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name });

export const dialog = (page: Page): Locator => page.getByRole('dialog');
