/**
 * The drafts on this computer, and which of them this tab holds. Invariant: a draft is held by one tab at a time, also when
 * the browser made this tab as a copy of another one.
 */
import { useSyncExternalStore } from 'react';
import { type Draft, Drafts, type Place } from './pure/drafts.ts';

export const draftsHere: Drafts = new Drafts(localStorage);
window.addEventListener('storage', ({ key }) => draftsHere.changedElsewhere(key));

const subscribe = (listener: () => void) => draftsHere.onChange(listener);
const changes = () => draftsHere.changes;

/**
 * Those of one config, the newest first. An editor keeps its last letters when it goes away, which is after the page that
 * comes next was first drawn.
 */
export function useDrafts(place: Place): readonly Draft[] {
  useSyncExternalStore(subscribe, changes);
  return draftsHere.of(place);
}

const lockOf = (id: string) => `pawl-draft/${id}`;

/**
 * What a tab held before it was loaded again is given back a moment after the new document has begun, and on a busy machine
 * later. Only a tab that the browser made as a copy waits in vain.
 */
const patienceMs = 5_000;

/** @returns null: another tab holds it. Else what gives it back */
export function hold(id: string): Promise<(() => void) | null> {
  return new Promise(resolve => {
    const asked = navigator.locks.request(
      lockOf(id),
      { signal: AbortSignal.timeout(patienceMs) },
      () => new Promise<void>(release => resolve(release)),
    );
    asked.catch(() => resolve(null));
  });
}

const tabKey = (namespace: string, path: string) => `pawl-editing/${namespace}/${path}`;

/** What this tab was typing here before it was loaded again. */
export const heldBefore = (namespace: string, path: string): string | null =>
  sessionStorage.getItem(tabKey(namespace, path));

export function remember(namespace: string, path: string, id: string | null): void {
  if (id === null) sessionStorage.removeItem(tabKey(namespace, path));
  else sessionStorage.setItem(tabKey(namespace, path), id);
}

export const newDraftId = (): string => crypto.randomUUID();
