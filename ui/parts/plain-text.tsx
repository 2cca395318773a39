/**
 * The beginning of a text, without colours, for as long as the editor that will show the text is not there. Invariant: each
 * line stands where the editor will put it.
 */
import { useMemo } from 'react';
import { Said } from './said.tsx';

/** More than a screen holds. */
const firstLines = 120;
const firstLetters = 32 * 1024;

export function PlainText({ text }: { readonly text: string }) {
  const lines = text.slice(0, firstLetters).split('\n', firstLines);
  // With its whole height at once.
  const all = useMemo(() => text.split('\n').length, [text]);
  return (
    <div className="editor plain" style={{ minHeight: `calc(${all} * 1.6 * var(--code-size) + 18px)` }}>
      <div className="plain-blame" />
      <div className="plain-numbers" aria-hidden="true">
        {lines.map((_, index) => index + 1).join('\n')}
      </div>
      <pre>
        <Said text={lines.join('\n')} />
      </pre>
    </div>
  );
}
