/** A moment: how long ago, and exactly on hover and for screen readers' details. */
import { useSyncExternalStore } from 'react';
import { ago, exact } from '../pure/when.ts';

const everyMs = 30_000;

function tick(listener: () => void): () => void {
  const timer = setInterval(listener, everyMs);
  return () => clearInterval(timer);
}

const now = () => Math.floor(Date.now() / everyMs) * everyMs + everyMs;

export function When({ at }: { readonly at: string }) {
  const moment = useSyncExternalStore(tick, now);
  return (
    <time dateTime={at} title={exact(at)}>
      {ago(at, Math.min(moment, Date.now() + everyMs))}
    </time>
  );
}
