/** What ends when a component goes away. Invariant: its signal is aborted then, and not before. */
import { type RefObject, useEffect, useRef } from 'react';

export function useGone(): RefObject<AbortController> {
  const gone = useRef(new AbortController());
  useEffect(() => {
    gone.current = new AbortController();
    return () => gone.current.abort();
  }, []);
  return gone;
}
