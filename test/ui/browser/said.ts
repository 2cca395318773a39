/**
 * What a page announces, kept for longer than the page shows it: a test that is held up for some seconds hears of it all the
 * same. Invariant: of the page that is loaded, and each once.
 */
import type { BrowserContext, Page } from 'playwright-core';

/** Before a page of the context is loaded. */
export async function keepSaid(context: BrowserContext): Promise<void> {
  await context.addInitScript(`{
    window.said = [];
    new MutationObserver(records => {
      for (const { addedNodes } of records) {
        for (const node of addedNodes) {
          if (!(node instanceof Element)) continue;
          const announced = node.matches('.announcement') ? [node] : node.querySelectorAll('.announcement');
          for (const { textContent } of announced) window.said.push(textContent);
        }
      }
    }).observe(document, { childList: true, subtree: true });
  }`);
}

/** Whether it was announced since it was asked last; what was announced before it is not told any more. */
export function wasSaid(page: Page, what: string | RegExp): Promise<boolean> {
  const { source, flags } =
    typeof what === 'string' ? new RegExp(what.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')) : what;
  return page.evaluate<boolean>(`{
    const pattern = new RegExp(${JSON.stringify(source)}, ${JSON.stringify(flags)});
    const at = window.said.findIndex(text => pattern.test(text));
    window.said.splice(0, at + 1);
    at >= 0;
  }`);
}

/** All that was announced since it was asked last. */
export function takeSaid(page: Page): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>('window.said.splice(0)');
}
