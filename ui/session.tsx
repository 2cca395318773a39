/**
 * Who is signed in. Invariant: when a session ends, the page stays as it is; the person signs in again beside it, and
 * refused requests are sent again.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { readSession } from './api/calls.ts';
import { Dialog } from './parts/dialog.tsx';
import { SignIn } from './parts/sign-in.tsx';
import { Failure, Waiting } from './parts/states.tsx';

const User = createContext('');

/** A session may end without anybody asking for anything. */
const everyMs = 60_000;

/** Whose page it is. */
export const useUser = (): string => useContext(User);

export function WithSession({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => readSession(signal),
    refetchInterval: everyMs,
  });
  const [user, setUser] = useState('');
  const [hidden, setHidden] = useState(false);
  const name = data?.user?.name ?? '';
  const isOut = data !== undefined && name === '';
  const wasOut = useRef(false);
  useEffect(() => {
    if (name !== '') setUser(name);
    if (name !== '' && wasOut.current)
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    wasOut.current = isOut;
    if (isOut) setHidden(false);
  }, [name, isOut, client]);

  const shown = name || user;
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
    <User value={shown}>
      {children}
      {isOut && hidden && (
        <p className="note warn bar" role="status">
          You are signed out.{' '}
          <button type="button" onClick={() => setHidden(false)}>
            Sign in again
          </button>
        </p>
      )}
      {isOut && !hidden && (
        <Dialog title="Your session ended" onClose={() => setHidden(true)}>
          <p>Nothing you typed is lost. Sign in again, and go on where you were.</p>
          <SignIn session={data} beside />
        </Dialog>
      )}
    </User>
  );
}

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
