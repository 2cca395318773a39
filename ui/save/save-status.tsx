/** Whether it is saved, is not, or is not known yet: always shown in the same place, and read out. */
import type { ReactNode } from 'react';
import { Refusal } from '../api/client.ts';
import { Said } from '../parts/said.tsx';
import { mayRepeat, type WriteState } from '../parts/use-write.ts';
import { outlookOf } from '../pure/outlook.ts';

export interface SaveStatusProps {
  readonly state: WriteState;
  readonly onAgain: () => void;
}

export function SaveStatus({ state, onAgain }: SaveStatusProps) {
  return (
    <div className="save-status" role="status" aria-live="polite">
      {wordsOf(state, onAgain)}
    </div>
  );
}

function wordsOf(state: WriteState, onAgain: () => void): ReactNode {
  const again = (label: string) => (
    <button type="button" onClick={onAgain}>
      {label}
    </button>
  );
  switch (state.kind) {
    case 'idle':
      return null;
    case 'sending':
      if (!state.doubtful) return 'Saving …';
      return (
        <span className="warn-text">
          The server went away. Not known yet whether it was saved; asking again …
        </span>
      );
    case 'unknown':
      return (
        <span className="warn-text">
          <strong>Not known yet</strong> whether it was saved. Asking again does it once only.{' '}
          {again('Ask again')}
        </span>
      );
    case 'refused': {
      const { error } = state;
      if (error instanceof Refusal && ['merge', 'clash', 'mistake'].includes(outlookOf(error.problem).kind))
        return null;
      return (
        <span className="bad-text">
          <strong>Not saved.</strong> <Said text={error instanceof Error ? error.message : String(error)} />{' '}
          {mayRepeat(error) && again('Try again')}
        </span>
      );
    }
  }
}
