/** Lines of a text that is accepted, but that the programs for its format do not read alike. */
import type { BodyNote } from '../../api/types.gen.ts';
import { Said } from './said.tsx';

export function BodyNotes({ notes }: { readonly notes: readonly BodyNote[] }) {
  if (notes.length === 0) return null;
  return (
    <div className="note" role="status">
      <p>Programs do not read these lines alike:</p>
      <ul className="body-notes">
        {notes.map(({ line, message }) => (
          <li key={`${line} ${message}`}>
            Line {line}: <Said text={message} />
          </li>
        ))}
      </ul>
    </div>
  );
}
