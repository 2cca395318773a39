/**
 * Receives new versions as they are saved. Invariant: a broken stream resumes after its last id, by the browser where
 * it can and by this code where the browser gave up; after a gap that the server does not remember, `onGap` is called
 * to read again. A tab that nobody looks at has no stream: browsers open six connections to a server, for all tabs together.
 */
import { useEffect, useRef } from 'react';
import type { WatchEvent } from '../../api/types.gen.ts';
import { pathOf } from '../pure/addresses.ts';
import { apiUrl } from './client.ts';
import { lookAtSession } from './query-client.ts';

export interface Watching {
  readonly namespace: string;
  /** Absent: the whole namespace. */
  readonly path?: string;
}

export interface WatchEars {
  readonly onChange: (event: WatchEvent) => void;
  readonly onGap: () => void;
  /** What is read before the first stream is open may be older than the stream. */
  readonly onOpen: () => void;
}

const againMs = 3_000;
const longestMs = 60_000;
/** Going through tabs does not close their streams. */
const unseenMs = 5_000;

export function useWatch(watching: Watching | null, ears: WatchEars): void {
  const latest = useRef(ears);
  latest.current = ears;
  const { namespace, path } = watching ?? {};
  useEffect(() => {
    if (namespace === undefined) return;
    const where = path === undefined ? pathOf(namespace) : `${pathOf(namespace)}/${pathOf(path)}`;
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let refusals = 0;
    let isFirst = true;
    const open = () => {
      const opened = new EventSource(apiUrl(`watch/${where}`));
      source = opened;
      opened.addEventListener('open', () => {
        refusals = 0;
        // A stream that had no event yet has no id to resume after.
        if (isFirst) latest.current.onOpen();
        else latest.current.onGap();
        isFirst = false;
      });
      opened.addEventListener('change', event => {
        latest.current.onChange(JSON.parse((event as MessageEvent<string>).data) as WatchEvent);
      });
      opened.addEventListener('expired', () => latest.current.onGap());
      opened.addEventListener('error', () => {
        if (opened.readyState !== EventSource.CLOSED) return;
        // Refused, and nobody says why: the session may have ended. The browser does not come back by itself.
        lookAtSession();
        timer = setTimeout(openAgain, Math.min(againMs * 2 ** refusals, longestMs));
        refusals += 1;
      });
    };
    /** A new stream begins with now. */
    const openAgain = () => {
      latest.current.onGap();
      open();
    };
    const close = () => {
      clearTimeout(timer);
      source?.close();
      source = null;
    };
    const look = () => {
      if (document.hidden) {
        clearTimeout(timer);
        timer = setTimeout(close, unseenMs);
      } else if (source === null || source.readyState === EventSource.CLOSED) {
        close();
        openAgain();
      } else clearTimeout(timer);
    };
    if (!document.hidden) open();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      close();
    };
  }, [namespace, path]);
}
