/**
 * A modal dialog: the browser's own, which keeps the focus inside, gives it back, and closes with Escape. Invariant: it
 * keeps nothing of what is typed; that is kept by the page that shows it, so closing loses nothing.
 */
import { type ReactNode, useEffect, useId, useRef } from 'react';

export interface DialogProps {
  readonly title: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** At the foot: what can be done. */
  readonly actions?: ReactNode;
  readonly size?: 'small' | 'large';
}

export function Dialog({ title, onClose, children, actions, size = 'small' }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    if (!dialog) return;
    const before = document.activeElement;
    dialog.showModal();
    // Where somebody goes on: what is to be typed, else the title, which says what this is about.
    const first = dialog.querySelector<HTMLElement>('.dialog-body :is(input, textarea)');
    (first ?? dialog.querySelector<HTMLElement>('h2'))?.focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      className={`dialog ${size}`}
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog-head">
        <h2 id={id} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" className="icon" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </div>
      <div className="dialog-body">{children}</div>
      {actions && <div className="dialog-foot">{actions}</div>}
    </dialog>
  );
}
