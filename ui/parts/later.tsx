/**
 * A component whose script is loaded when it is first needed. Invariant: once the script is there, the component is rendered
 * at once, also where it came between a drawing and its effects; a script that cannot be loaded is told of, and never
 * empties the page.
 */
import { type ComponentType, useEffect, useSyncExternalStore } from 'react';
import { Waiting } from './states.tsx';

export interface LaterOptions<Props> {
  /** For people, such as "the editor". */
  readonly what: string;
  readonly load: () => Promise<ComponentType<Props>>;
  /** Shown until then; it is in sight before its successor's script is asked for. */
  readonly Meanwhile?: ComponentType<Props>;
}

export function later<Props extends object>({ what, load, Meanwhile }: LaterOptions<Props>) {
  let loading: Promise<void> | null = null;
  let state: 'loading' | 'failed' | ComponentType<Props> = 'loading';
  const listeners = new Set<() => void>();
  const become = (next: typeof state) => {
    state = next;
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const begin = () => {
    if (loading !== null) return loading;
    become('loading');
    loading = load().then(become, error => {
      loading = null;
      become('failed');
      throw error;
    });
    return loading;
  };
  function Later(props: Props) {
    const Known = useSyncExternalStore(subscribe, () => state);
    useEffect(() => {
      const start = () => void begin().catch(() => undefined);
      // After the frame that shows what is there meanwhile.
      if (Meanwhile) requestAnimationFrame(() => setTimeout(start));
      else start();
    }, []);
    if (typeof Known !== 'string') return <Known {...props} />;
    return (
      <>
        {Known === 'failed' && <NotLoaded what={what} />}
        {Meanwhile ? <Meanwhile {...props} /> : Known === 'loading' && <Waiting for={what} />}
      </>
    );
  }
  return Object.assign(Later, { begin });
}

function NotLoaded({ what }: { readonly what: string }) {
  return (
    <div className="note bad" role="alert">
      <p>
        <strong>The page could not load {what}.</strong> The server is away, or has a newer page. What you
        typed is kept on this computer.
      </p>
      <button type="button" onClick={() => window.location.reload()}>
        Load the page again
      </button>
    </div>
  );
}
