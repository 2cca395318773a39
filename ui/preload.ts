/**
 * What the page at an address will need, asked for at once when the document is loaded: who is signed in, the editor, the
 * text. Invariant: it only asks earlier what the pages ask anyway, so whatever fails here is told by them.
 */
import { configQuery, sessionQuery } from './api/queries.ts';
import { queryClient } from './api/query-client.ts';
import type { Address } from './pure/addresses.ts';

// With the editor, which is larger than all the rest.
export const editorPages = {
  config: () => import('./pages/config.tsx').then(({ Config }) => ({ default: Config })),
  compare: () => import('./pages/compare.tsx').then(({ Compare }) => ({ default: Compare })),
  edit: () => import('./pages/edit.tsx').then(({ Edit }) => ({ default: Edit })),
};

export function preload(address: Address): void {
  void queryClient.prefetchQuery(sessionQuery());
  if (address.page === 'config') void queryClient.prefetchQuery(configQuery(address, address.version));
  if (!(address.page in editorPages)) return;
  editorPages[address.page as keyof typeof editorPages]().catch(() => undefined);
}
