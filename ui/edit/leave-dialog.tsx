/** Asks what becomes of what is typed and not saved. Invariant: it is thrown away only by the button that says so. */
import { Dialog } from '../parts/dialog.tsx';

export interface LeaveDialogProps {
  readonly onStay: () => void;
  readonly onKeep: () => void;
  readonly onThrowAway: () => void;
}

export function LeaveDialog({ onStay, onKeep, onThrowAway }: LeaveDialogProps) {
  return (
    <Dialog
      title="Throw away what you typed?"
      onClose={onStay}
      actions={
        <>
          <button type="button" onClick={onStay}>
            Go on editing
          </button>
          <button type="button" onClick={onKeep}>
            Leave, and keep it
          </button>
          <button type="button" className="danger" onClick={onThrowAway}>
            Throw it away
          </button>
        </>
      }
    >
      <p>What you typed is kept on this computer until you save it or throw it away.</p>
    </Dialog>
  );
}
