/**
 * Who is signed in. Invariant: when a session ends, the page stays as it is, and nothing takes the focus from a person who
 * types; they sign in again beside it, and refused requests are sent again.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { sessionQuery } from './api/queries.ts';
import { lookAtSession } from './api/query-client.ts';
import { Dialog } from './parts/dialog.tsx';
import { SignIn } from './parts/sign-in.tsx';
import { Failure, Waiting } from './parts/states.tsx';

const Signed = createContext({ user: '', canSignOut: false });
/** Between the tabs of one browser. */
const channel = 'pawl-session';

/** A session may end without anybody asking for anything. */
const everyMs = 60_000;

/** Whose page it is. */
export const useUser = (): string => useContext(Signed).user;

/** Behind `kubectl pawl ui` there is nothing to sign out of. */
export const useCanSignOut = (): boolean => useContext(Signed).canSignOut;

/** Another tab waits for it. */
export function tellSignedIn(): void {
  const others = new BroadcastChannel(channel);
  others.postMessage('signed-in');
  others.close();
}

export function WithSession({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    ...sessionQuery(),
    refetchInterval: everyMs,
  });
  const [user, setUser] = useState('');
  const [hidden, setHidden] = useState(false);
  const name = data?.user?.name ?? '';
  const isOut = data !== undefined && name === '';
  const wasOut = useRef(false);
  // Decided before the dialog is there, which takes the focus.
  const [knownOut, setKnownOut] = useState(isOut);
  if (knownOut !== isOut) {
    setKnownOut(isOut);
    if (isOut) setHidden(isTyping());
  }
  useEffect(() => {
    if (name !== '') setUser(name);
    if (name !== '' && wasOut.current)
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    wasOut.current = isOut;
  }, [name, isOut, client]);

  useEffect(() => {
    const others = new BroadcastChannel(channel);
    others.onmessage = lookAtSession;
    return () => others.close();
  }, []);

  const shown = name || user;
  const canSignOut = (data?.signIn.length ?? 0) > 0;
  const signed = useMemo(() => ({ user: shown, canSignOut }), [shown, canSignOut]);
  if (shown === '') {
    if (error) {
      return (
        <main className="door">
          <Failure error={error} onRetry={() => void refetch()} />
        </main>
      );
    }
    if (!data) return <Waiting for="the page" />;
    return (
      <main className="door">
        <div className="door-card">
          <Brand />
          <h1>Sign in to Pawl</h1>
          <SignIn session={data} />
        </div>
      </main>
    );
  }
  return (
    <Signed value={signed}>
      {children}
      {isOut && hidden && (
        <p className="note warn bar" role="status">
          Your session ended. Nothing you typed is lost.{' '}
          <button type="button" onClick={() => setHidden(false)}>
            Sign in again
          </button>
        </p>
      )}
      {isOut && !hidden && (
        <Dialog title="Your session ended" onClose={() => setHidden(true)}>
          <p>Nothing you typed is lost. Sign in again, and continue where you were.</p>
          <SignIn session={data} beside />
        </Dialog>
      )}
    </Signed>
  );
}

/** Into a text that is edited: a dialog would take the focus, and with it the next letters. */
const isTyping = () =>
  document.activeElement?.closest('.cm-editor') != null && document.querySelector('dialog[open]') === null;

export function Brand() {
  return (
    <span className="brand">
      <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
        <rect width="32" height="32" rx="8" className="brand-ground" />
        <path d="M9 24V8h8.2c3.6 0 5.8 2.1 5.8 5.2s-2.2 5.2-5.8 5.2H13V24z" fill="#fff" />
        <circle cx="22.5" cy="22.5" r="2.5" fill="#9fe3c4" />
      </svg>
      Pawl
    </span>
  );
}
