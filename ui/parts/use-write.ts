/**
 * A write that the person asked for, until its outcome is known. Invariant: trying again after no answer sends the same
 * request with the same key, so it is done once.
 */
import { useRef, useState } from 'react';
import { isPassing, isSignedOut, Unreachable, type WriteOptions } from '../api/client.ts';
import { heardOf } from '../api/query-client.ts';
import { announce } from './announce.tsx';
import { useGone } from './use-gone.ts';

export type WriteState =
  | { readonly kind: 'idle' }
  /** `doubtful`: it was sent, and the server went away before it answered. */
  | { readonly kind: 'sending'; readonly doubtful: boolean }
  | { readonly kind: 'refused'; readonly error: unknown }
  /** Not known yet: it may have been done. */
  | { readonly kind: 'unknown'; readonly error: unknown };

export interface WriterOptions {
  /**
   * For what goes away by the news of its own write, which may come before the answer, such as the note of a deleted config:
   * the answer is waited for and told all the same. Otherwise the request ends with the component that asked.
   */
  readonly outlives?: boolean;
}

export interface Writer<T> {
  readonly state: WriteState;
  readonly busy: boolean;
  /** Why it was not done, or is not known to be; null: nothing is in the way. */
  readonly error: unknown;
  /** @returns null: it was not done, or nobody knows; the state says which */
  start(ask: (options: WriteOptions) => Promise<T>): Promise<T | null>;
  /** The same request again. */
  again(): Promise<T | null>;
  reset(): void;
  /** Whether the component is still shown: nobody is taken to another page by something they have left. */
  isShown(): boolean;
}

const never = new AbortController().signal;

export function useWrite<T>({ outlives = false }: WriterOptions = {}): Writer<T> {
  const [state, setState] = useState<WriteState>({ kind: 'idle' });
  const last = useRef<{ key: string; ask: (options: WriteOptions) => Promise<T> } | null>(null);
  const gone = useGone();

  const run = async (): Promise<T | null> => {
    const asked = last.current;
    if (!asked) return null;
    const { signal } = gone.current;
    setState({ kind: 'sending', doubtful: false });
    try {
      const done = await asked.ask({
        key: asked.key,
        signal: outlives ? never : signal,
        onDoubt: () => setState({ kind: 'sending', doubtful: true }),
      });
      last.current = null;
      setState({ kind: 'idle' });
      return done;
    } catch (error) {
      if (signal.aborted && !outlives) return null;
      heardOf(error);
      if (signal.aborted) announce(error instanceof Error ? error.message : String(error), 'bad');
      const unknown = error instanceof Unreachable && error.sent;
      setState({ kind: unknown ? 'unknown' : 'refused', error });
      return null;
    }
  };
  return {
    state,
    busy: state.kind === 'sending',
    error: state.kind === 'refused' || state.kind === 'unknown' ? state.error : null,
    start: ask => {
      last.current = { key: crypto.randomUUID(), ask };
      return run();
    },
    again: run,
    reset: () => setState({ kind: 'idle' }),
    isShown: () => !gone.current.signal.aborted,
  };
}

/** Signed out, or turned away for now: the same request may be sent again. */
export const mayRepeat = (error: unknown): boolean => isPassing(error) || isSignedOut(error);
