/**
 * A component whose script is loaded when it is first needed. Invariant: once the script is there, the component is rendered
 * at once; a script that cannot be loaded is told of, and never empties the page.
 */
import { type ComponentType, useEffect, useState } from 'react';
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
  let Loaded: ComponentType<Props> | null = null;
  const begin = () => {
    loading ??= load().then(found => {
      Loaded = found;
    });
    loading.catch(() => {
      loading = null;
    });
    return loading;
  };
  function Later(props: Props) {
    const [state, setState] = useState<'loading' | 'loaded' | 'failed'>('loading');
    useEffect(() => {
      if (Loaded) return;
      let gone = false;
      const tell = (next: typeof state) => gone || setState(next);
      const start = () =>
        void begin().then(
          () => tell('loaded'),
          () => tell('failed'),
        );
      // After the frame that shows what is there meanwhile.
      if (Meanwhile) requestAnimationFrame(() => setTimeout(start));
      else start();
      return () => {
        gone = true;
      };
    }, []);
    if (Loaded) return <Loaded {...props} />;
    return (
      <>
        {state === 'failed' && <NotLoaded what={what} />}
        {Meanwhile ? <Meanwhile {...props} /> : state === 'loading' && <Waiting for={what} />}
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
