/** A version's text, to be read: coloured, searchable, with who changed each line. */
import { EditorState } from '@codemirror/state';
import { EditorView, highlightActiveLine, highlightActiveLineGutter } from '@codemirror/view';
import { useEffect, useLayoutEffect, useRef } from 'react';
import type { Format } from '../../text/format.ts';
import { type BlameMark, blameMargin, showBlame } from './blame.ts';
import { setup } from './setup.ts';

export interface TextViewProps {
  readonly text: string;
  readonly format: Format;
  readonly label: string;
  /** null: not known yet. */
  readonly blame: readonly BlameMark[] | null;
  /** Of the cursor, from 1. */
  readonly onLine?: (line: number) => void;
  /** To be shown and marked at first, from 1. */
  readonly line?: number | undefined;
}

export function TextView({ text, format, label, blame, onLine, line }: TextViewProps) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const lineEar = useRef(onLine);
  lineEar.current = onLine;
  // In the place of the text that was there before it, within one frame.
  useLayoutEffect(() => {
    const extensions = [
      blameMargin,
      setup({ text, format, label, readOnly: true }),
      ...(line === undefined ? [] : [highlightActiveLine(), highlightActiveLineGutter()]),
      EditorView.updateListener.of(({ state, selectionSet }) => {
        if (selectionSet) lineEar.current?.(state.doc.lineAt(state.selection.main.head).number);
      }),
    ];
    const made = new EditorView({
      state: EditorState.create({ doc: text, extensions }),
      parent: parent.current!,
    });
    view.current = made;
    if (line !== undefined) {
      const { from } = made.state.doc.line(Math.min(line, made.state.doc.lines));
      made.dispatch({
        selection: { anchor: from },
        effects: EditorView.scrollIntoView(from, { y: 'center' }),
      });
    }
    return () => made.destroy();
  }, [text, format, label, line]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new view has no marks yet
  useEffect(() => {
    if (view.current && blame) showBlame(view.current, blame);
  }, [blame, text, format, label, line]);
  return <div className="editor" ref={parent} />;
}
