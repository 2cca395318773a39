/**
 * A text being edited. Invariant: nothing but what the person does changes it: a newer version comes in only when they
 * ask for it, as one step that undo takes back, together with its base version.
 */
import { isolateHistory } from '@codemirror/commands';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import type { Format } from '../../text/format.ts';
import { basedOn, baseIn, rebase } from './based.ts';
import { setup, textIn } from './setup.ts';

export interface Mistake {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface EditorHandle {
  text(): string;
  /** A step of its own: undo takes it back. */
  carry(text: string, base: number): void;
  mark(mistake: Mistake | null): void;
  goTo(line: number, column: number): void;
  focus(): void;
}

export interface TextEditorProps {
  /** What it begins with; later changes of it are of no matter. */
  readonly start: { readonly text: string; readonly base: number };
  readonly format: Format;
  readonly label: string;
  readonly onChange: (text: string, base: number) => void;
  readonly onSave: () => void;
  readonly ref: Ref<EditorHandle>;
}

export function TextEditor({ start, format, label, onChange, onSave, ref }: TextEditorProps) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const ears = useRef({ onChange, onSave });
  ears.current = { onChange, onSave };
  const begin = useRef(start);
  useEffect(() => {
    const { text, base } = begin.current;
    const made = new EditorView({
      parent: parent.current!,
      state: EditorState.create({
        doc: text,
        extensions: [
          Prec.highest(
            keymap.of([
              {
                key: 'Mod-s',
                preventDefault: true,
                run: () => {
                  ears.current.onSave();
                  return true;
                },
              },
            ]),
          ),
          lintGutter(),
          placeholder('Write the text here, then save it: Ctrl-S.'),
          setup({ text, format, label }),
          basedOn(base),
          EditorView.updateListener.of(({ docChanged, transactions, state }) => {
            const rebased = transactions.some(({ effects }) => effects.some(effect => effect.is(rebase)));
            if (docChanged || rebased) ears.current.onChange(textIn(state), baseIn(state));
          }),
        ],
      }),
    });
    view.current = made;
    made.focus();
    return () => {
      // What a second effect of a development build begins with.
      begin.current = { text: textIn(made.state), base: baseIn(made.state) };
      made.destroy();
    };
  }, [format, label]);
  useImperativeHandle(
    ref,
    (): EditorHandle => ({
      text: () => textIn(view.current!.state),
      carry(text, base) {
        const { state } = view.current!;
        view.current!.dispatch({
          changes: { from: 0, to: state.doc.length, insert: state.toText(text) },
          effects: rebase.of(base),
          annotations: isolateHistory.of('full'),
        });
      },
      mark(mistake) {
        const { state } = view.current!;
        const at = mistake ? offsetOf(state, mistake.line, mistake.column) : 0;
        const line = state.doc.lineAt(at);
        const to = Math.min(line.to, Math.max(at + 1, line.to));
        const found = mistake ? [{ from: at, to, severity: 'error' as const, message: mistake.message }] : [];
        view.current!.dispatch(setDiagnostics(state, found));
      },
      goTo(line, column) {
        const anchor = offsetOf(view.current!.state, line, column);
        view.current!.dispatch({ selection: { anchor }, scrollIntoView: true });
        view.current!.focus();
      },
      focus: () => view.current!.focus(),
    }),
    [],
  );
  return <div className="editor editing" ref={parent} />;
}

function offsetOf({ doc }: EditorState, line: number, column: number): number {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(found.from + Math.max(column - 1, 0), found.to);
}
