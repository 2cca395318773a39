/** A unified diff, line by line, never by colour alone. Invariant: a long one is shown in parts, not left out. */
import { useState } from 'react';
import { countOf, readUnified } from '../pure/unified.ts';
import { Said } from './said.tsx';

const shownLines = 400;
const signs = { added: '+', removed: '−', same: ' ', hunk: '', note: '' } as const;
const words = { added: 'added', removed: 'removed' } as const;

export interface DiffViewProps {
  readonly diff: string;
  readonly label: string;
  readonly leftOut?: number | undefined;
}

export function DiffView({ diff, label, leftOut }: DiffViewProps) {
  const [all, setAll] = useState(false);
  const lines = readUnified(diff);
  const { added, removed } = countOf(lines);
  const shown = all ? lines : lines.slice(0, shownLines);
  return (
    <figure className="diff">
      <figcaption>
        {label}
        <span className="counts">
          <span className="plus">+{added}</span> <span className="minus">−{removed}</span>
          <span className="unseen"> lines</span>
        </span>
      </figcaption>
      {lines.length === 0 ? (
        <p className="quiet pad">No difference.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className="diff-lines" tabIndex={0} aria-label={label}>
          {shown.map(({ kind, text, left, right }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
            <div key={index} className={`diff-line ${kind}`}>
              <span className="number" aria-hidden="true">
                {left}
              </span>
              <span className="number" aria-hidden="true">
                {right}
              </span>
              <span className="sign" aria-hidden="true">
                {signs[kind]}
              </span>
              {(kind === 'added' || kind === 'removed') && <span className="unseen">{words[kind]}: </span>}
              <code>{text === '' ? '\u200a' : <Said text={text} />}</code>
            </div>
          ))}
        </section>
      )}
      {shown.length < lines.length && (
        <button type="button" className="link pad" onClick={() => setAll(true)}>
          Show {lines.length - shown.length} more lines
        </button>
      )}
      {leftOut !== undefined && <p className="quiet pad">{leftOut} more lines are too many to show.</p>}
    </figure>
  );
}
