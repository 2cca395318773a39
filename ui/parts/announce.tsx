/**
 * Results of actions, announced to everybody: shown for a while at the foot of the page, and read out by screen
 * readers. Invariant: the region that is read out is in the document from the start, and what matters stays on the page
 * as well.
 */
import { useSyncExternalStore } from 'react';

interface Said {
  readonly id: number;
  readonly text: string;
  readonly tone: 'good' | 'bad';
}

let said: readonly Said[] = [];
let ids = 0;
const listeners = new Set<() => void>();

function change(next: readonly Said[]): void {
  said = next;
  for (const listener of listeners) listener();
}

const shownMs = 8_000;

export function announce(text: string, tone: Said['tone'] = 'good'): void {
  ids += 1;
  const id = ids;
  change([...said.slice(-2), { id, text, tone }]);
  setTimeout(() => change(said.filter(one => one.id !== id)), shownMs);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Announcements() {
  const now = useSyncExternalStore(subscribe, () => said);
  return (
    <div className="announcements" role="status" aria-live="polite">
      {now.map(({ id, text, tone }) => (
        <p key={id} className={`announcement ${tone}`}>
          {text}
        </p>
      ))}
    </div>
  );
}
