/**
 * Receives new versions as they are saved. Invariant: a broken stream resumes after its last id, by the browser where
 * it can and by this code where the browser gave up; after a gap that the server does not remember, `onGap` is called
 * to read again.
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
}

const againMs = 3_000;
const longestMs = 60_000;

export function useWatch(watching: Watching | null, ears: WatchEars): void {
  const latest = useRef(ears);
  latest.current = ears;
  const { namespace, path } = watching ?? {};
  useEffect(() => {
    if (namespace === undefined) return;
    const where = path === undefined ? pathOf(namespace) : `${pathOf(namespace)}/${pathOf(path)}`;
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let refusals = 0;
    const open = () => {
      source = new EventSource(apiUrl(`watch/${where}`));
      source.addEventListener('open', () => {
        refusals = 0;
      });
      source.addEventListener('change', event => {
        latest.current.onChange(JSON.parse((event as MessageEvent<string>).data) as WatchEvent);
      });
      source.addEventListener('expired', () => latest.current.onGap());
      source.addEventListener('error', () => {
        if (source.readyState !== EventSource.CLOSED) return;
        // Refused, and nobody says why: the session may have ended. The browser does not come back by itself, and a new
        // stream begins with now.
        lookAtSession();
        timer = setTimeout(
          () => {
            latest.current.onGap();
            open();
          },
          Math.min(againMs * 2 ** refusals, longestMs),
        );
        refusals += 1;
      });
    };
    open();
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [namespace, path]);
}
