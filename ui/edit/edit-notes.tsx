/** What somebody who edits is told above the text: what is newer, what was typed before. Invariant: nothing here changes the text. */
import type { ReactNode } from 'react';
import { Link } from '../parts/link.tsx';
import { Said } from '../parts/said.tsx';
import { When } from '../parts/when.tsx';
import type { ConfigName } from '../pure/names.ts';
import type { Newer } from './use-newer.ts';

interface NewerNoteProps {
  readonly config: ConfigName;
  readonly newer: Newer;
  readonly base: number;
  readonly carrying: boolean;
  readonly onCarry: () => void;
}

export function NewerNote({ config, newer, base, carrying, onCarry }: NewerNoteProps) {
  const { version, who, when } = newer;
  return (
    <div className="note warn banner">
      <p>
        <strong>Version {version} was saved</strong>
        {who !== null && (
          <>
            {' '}
            by <Said text={who} />
          </>
        )}
        {when !== null && (
          <>
            {' '}
            <When at={when} />
          </>
        )}
        . Your text is as you typed it, on {base === 0 ? 'nothing' : `version ${base}`}.
      </p>
      <div className="actions">
        {base > 0 && (
          <Link
            className="button"
            target="_blank"
            to={{ page: 'compare', ...config, left: base, right: version }}
          >
            What changed
          </Link>
        )}
        <button type="button" disabled={carrying} onClick={onCarry}>
          Carry my edit onto it
        </button>
      </div>
    </div>
  );
}

export function RestoredNote({ at }: { readonly at: number }): ReactNode {
  return (
    <p className="note">
      This is what you typed, from <When at={new Date(at).toISOString()} />. It is not saved yet.
    </p>
  );
}
