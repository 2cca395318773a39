/**
 * The page's address in the browser. Invariant: the address is the only place where that is kept. A page's address is a
 * value (pure/addresses.ts); links are real ones, so that a new tab, the history and copying work.
 */
import { useSyncExternalStore } from 'react';
import { type Address, readAddress, writeAddress } from './pure/addresses.ts';

const base = new URL('./', document.baseURI);

export const hrefOf = (address: Address): string =>
  new URL(writeAddress(address), base).pathname + new URL(writeAddress(address), base).search;

const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};
window.addEventListener('popstate', tell);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const current = () => window.location.pathname + window.location.search;

export function useAddress(): Address {
  return addressOf(useSyncExternalStore(subscribe, current));
}

export const currentAddress = (): Address => addressOf(current());

function addressOf(here: string): Address {
  const url = new URL(here, window.location.origin);
  if (!url.pathname.startsWith(base.pathname)) return { page: 'namespaces' };
  return readAddress(url.pathname.slice(base.pathname.length), url.search);
}

export interface GoOptions {
  /** Instead of a new entry in the history, such as for filters. */
  readonly replace?: boolean;
}

export function go(address: Address, { replace = false }: GoOptions = {}): void {
  const href = hrefOf(address);
  if (href === current()) return;
  if (replace) window.history.replaceState(null, '', href);
  else window.history.pushState(null, '', href);
  tell();
  if (!replace) window.scrollTo(0, 0);
}
