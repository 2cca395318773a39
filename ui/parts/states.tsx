/** What is shown while something is on its way, is not there, or was refused. Invariant: nothing flickers: what takes less than a fifth of a second shows no sign of waiting. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { askedToWaitMs, isPassing, isSignedOut, Refusal, Unreachable } from '../api/client.ts';
import { patienceMs } from '../pure/when.ts';
import { Said } from './said.tsx';

export function Waiting({ for: what }: { readonly for: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return <div className="waiting" />;
  return (
    <div className="waiting" role="status">
      <progress aria-label={`Loading ${what}`} />
      <span>Loading {what} …</span>
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

export interface FailureProps {
  readonly error: unknown;
  /** For what changes nothing: it is done by itself, too, where the failure is of the moment. */
  readonly onRetry?: () => void;
}

/** Between two tries of what nobody answers, or what was refused for the moment. */
const againMs = 3_000;

/** In the words of the API's problem, with the request's id, to be looked up in the server's log. */
export function Failure({ error, onRetry }: FailureProps) {
  const waitMs = onRetry && isPassing(error) ? Math.max(againMs, askedToWaitMs(error)) : null;
  const retry = useRef(onRetry);
  retry.current = onRetry;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each failure has its own wait
  useEffect(() => {
    if (waitMs === null) return;
    const timer = setTimeout(() => retry.current?.(), waitMs);
    return () => clearTimeout(timer);
  }, [error, waitMs]);
  if (isSignedOut(error)) {
    return (
      <div className="note bad" role="alert">
        <p>
          <strong>You are signed out.</strong> Sign in again; nothing you typed is lost.
        </p>
      </div>
    );
  }
  const refusal = error instanceof Refusal ? error.problem : null;
  const title = refusal?.title || (error instanceof Unreachable ? 'No answer' : 'This did not work');
  const detail = error instanceof Error ? error.message : String(error);
  return (
    <div className="note bad" role="alert">
      <p>
        <strong>{title}.</strong> <Said text={detail} />
      </p>
      {refusal?.errors?.map(({ in: where, name, detail: what }) => (
        <p key={`${where}${name}`}>
          <code>{name ?? where}</code>: <Said text={what} />
        </p>
      ))}
      {refusal?.request_id && <p className="quiet small">Request {refusal.request_id}</p>}
      {waitMs !== null && (
        <p className="quiet small">The page tries again in {Math.ceil(waitMs / 1000)} s.</p>
      )}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
