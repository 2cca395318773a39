/** Tells of what was typed and not saved, in a config's other tab or at another time. Invariant: it is thrown away only by the button that says so. */
import type { Draft } from '../pure/drafts.ts';
import { Link } from './link.tsx';
import { When } from './when.tsx';

export interface DraftNoteProps {
  readonly draft: Draft;
  readonly onDiscard: () => void;
}

export function DraftNote({ draft, onDiscard }: DraftNoteProps) {
  const { id, namespace, path, base, at } = draft;
  return (
    <p className="note">
      You typed something else here before, <When at={new Date(at).toISOString()} />
      {base > 0 && `, on version ${base}`}.{' '}
      <Link target="_blank" to={{ page: 'edit', namespace, path, draft: id }}>
        Open it beside this
      </Link>{' '}
      ·{' '}
      <button type="button" className="link" onClick={onDiscard}>
        Throw it away
      </button>
    </p>
  );
}
