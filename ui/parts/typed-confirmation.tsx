/** Asks to type a word before something is deleted for ever. */
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Dialog } from './dialog.tsx';
import { Failure } from './states.tsx';

export interface TypedConfirmationProps {
  readonly title: string;
  readonly word: string;
  readonly action: string;
  readonly busy: boolean;
  /** What else has to be filled in is. */
  readonly ready?: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function TypedConfirmation(props: TypedConfirmationProps) {
  const { title, word, action, busy, ready = true, error, onConfirm, onClose, children } = props;
  const [typed, setTyped] = useState('');
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === word && ready && !busy) onConfirm();
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={id} className="danger" disabled={typed !== word || !ready || busy}>
            {action}
          </button>
        </>
      }
    >
      {children}
      <form id={id} onSubmit={submit}>
        <label>
          <span>
            Type <strong>{word}</strong> to confirm
          </span>
          <input
            value={typed}
            onChange={event => setTyped(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        </label>
      </form>
      {error !== null && <Failure error={error} />}
    </Dialog>
  );
}
