/**
 * Signing in, at the beginning and beside an edit whose session ended. Invariant: a token goes to the server and nowhere
 * else; the page keeps none.
 */
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { type Session, signInWith } from '../api/calls.ts';
import { apiUrl, patiently } from '../api/client.ts';
import { hrefOf } from '../route.ts';
import { Failure } from './states.tsx';
import { useGone } from './use-gone.ts';

export interface SignInProps {
  readonly session: Session | undefined;
  /** Beside an edit: another tab signs in, and this one goes on. */
  readonly beside?: boolean;
}

export function SignIn({ session, beside = false }: SignInProps) {
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const gone = useGone();
  const ways = session?.signIn ?? [];

  useEffect(() => {
    if (!beside) return;
    const look = () => void client.invalidateQueries({ queryKey: ['session'] });
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }, [beside, client]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const { signal } = gone.current;
      const begun = await patiently(() => signInWith(token.trim()), signal);
      setToken('');
      // An older answer, still on its way, must not come after this one.
      await client.cancelQueries({ queryKey: ['session'] });
      client.setQueryData(['session'], begun);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const back = beside
    ? hrefOf({ page: 'signed-in' })
    : `${window.location.pathname}${window.location.search}`;
  const failed = signInFailure();
  const start = apiUrl('ui/session/oidc/start', { return: back });
  return (
    <div className="sign-in">
      {ways.includes('oidc') && (
        <a className="button primary wide" href={start} {...(beside && { target: '_blank', rel: 'opener' })}>
          Sign in{beside && ' in a new tab'}
        </a>
      )}
      {ways.includes('oidc') && ways.includes('token') && <p className="or">or</p>}
      {ways.includes('token') && (
        <form onSubmit={event => void submit(event)}>
          <label>
            <span>Token</span>
            <input
              type="password"
              autoComplete="off"
              spellCheck={false}
              value={token}
              onChange={event => setToken(event.target.value)}
              required
            />
          </label>
          <p className="quiet small">
            Make one for a ServiceAccount: <code>kubectl create token NAME --audience pawl</code>
          </p>
          <button type="submit" className={ways.includes('oidc') ? 'wide' : 'primary wide'} disabled={busy}>
            Sign in with the token
          </button>
        </form>
      )}
      {failed !== null && error === null && (
        <p className="note bad" role="alert">
          <strong>Not signed in.</strong> The provider's answer: {failed}. Try again.
        </p>
      )}
      {ways.length === 0 && (
        <p>
          Nobody can sign in at this address. Open the page with: <code>kubectl pawl ui</code>
        </p>
      )}
      {error !== null && <SignInFailure error={error} />}
    </div>
  );
}

/** Why somebody came back from the provider without being signed in. */
export const signInFailure = (): string | null => new URLSearchParams(window.location.search).get('sign_in');

function SignInFailure({ error }: { readonly error: unknown }) {
  const refused = error instanceof Error && 'problem' in error;
  if (!refused) return <Failure error={error} />;
  return (
    <div className="note bad" role="alert">
      <p>
        <strong>Not signed in.</strong> {error.message}
      </p>
    </div>
  );
}
