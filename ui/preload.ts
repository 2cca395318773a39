/**
 * What the page at an address will need, asked for at once when the document is loaded: who is signed in, the editor, the
 * text. Invariant: it only asks earlier what the pages ask anyway, so whatever fails here is told by them.
 */
import { configQuery, sessionQuery } from './api/queries.ts';
import { queryClient } from './api/query-client.ts';
import { later } from './parts/later.tsx';
import type { Address } from './pure/addresses.ts';

/** What few people open, and what comes with the editor, which is larger than all the rest. */
export const laterPages = {
  compare: later({
    what: 'the editor',
    load: () => import('./pages/compare.tsx').then(({ Compare }) => Compare),
  }),
  edit: later({ what: 'the editor', load: () => import('./pages/edit.tsx').then(({ Edit }) => Edit) }),
  violations: later({
    what: 'the violations',
    load: () => import('./pages/violations.tsx').then(({ Violations }) => Violations),
  }),
  freezes: later({
    what: 'the freezes',
    load: () => import('./pages/freezes.tsx').then(({ Freezes }) => Freezes),
  }),
  trash: later({ what: 'the trash', load: () => import('./pages/trash.tsx').then(({ Trash }) => Trash) }),
};

/** Fulfilled when all of it is there, or has failed. */
export async function preload(address: Address): Promise<void> {
  const { page } = address;
  await Promise.all([
    queryClient.prefetchQuery(sessionQuery()),
    page === 'config' && queryClient.prefetchQuery(configQuery(address, address.version)),
    page in laterPages && laterPages[page as keyof typeof laterPages].begin().catch(() => undefined),
  ]);
}
