/**
 * Two texts side by side, old left and new right, both to be edited. Invariant: everything the mouse can do here, keys can:
 * going from change to change, copying one to the other side, and showing what is collapsed.
 */
import { getChunks, goToNextChunk, goToPreviousChunk, MergeView } from '@codemirror/merge';
import { Prec, type TransactionSpec } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import type { Format } from '../../text/format.ts';
import { changesBetween, isCoarse } from './difference.ts';
import { setup, textIn } from './setup.ts';

export type Side = 'left' | 'right';

export interface Difference {
  readonly changes: number;
  /** The texts are too large to be compared letter by letter. */
  readonly coarse: boolean;
}

export interface SideBySideHandle {
  next(): void;
  previous(): void;
  /** Copies the change at the cursor (or the next one) to that side. @returns false: there is none */
  copy(to: Side): boolean;
}

export interface SideBySideProps {
  readonly left: { readonly text: string; readonly label: string };
  readonly right: { readonly text: string; readonly label: string };
  readonly format: Format;
  readonly collapsed: boolean;
  readonly readOnly?: boolean;
  readonly onChange?: (side: Side, text: string) => void;
  readonly onDifference?: (difference: Difference) => void;
  readonly onSave?: (side: Side) => void;
  readonly ref?: Ref<SideBySideHandle>;
}

const diffConfig = { override: changesBetween };
const collapse = { margin: 3, minSize: 5 };

export function SideBySide(props: SideBySideProps) {
  const { left, right, format, collapsed, readOnly = false, ref } = props;
  const parent = useRef<HTMLDivElement>(null);
  const merge = useRef<MergeView>(null);
  const ears = useRef(props);
  ears.current = props;
  const start = useRef({ left, right });
  useEffect(() => {
    const [a, b] = [start.current.left, start.current.right];
    const tell = () => {
      const chunks = merge.current?.chunks ?? [];
      const coarse = chunks.some(({ changes }) => changes.some(isCoarse));
      ears.current.onDifference?.({ changes: chunks.length, coarse });
    };
    const extensions = (side: Side, { text, label }: typeof a) => [
      Prec.highest(keymap.of(keysOf(side))),
      setup({ text, format, label, readOnly }),
      EditorView.updateListener.of(({ docChanged, state }) => {
        if (!docChanged) return;
        ears.current.onChange?.(side, textIn(state));
        queueMicrotask(tell);
      }),
    ];
    const keysOf = (side: Side) => [
      { key: 'F7', run: goToNextChunk, preventDefault: true },
      { key: 'Shift-F7', run: goToPreviousChunk, preventDefault: true },
      { key: 'Alt-ArrowDown', run: goToNextChunk, preventDefault: true },
      { key: 'Alt-ArrowUp', run: goToPreviousChunk, preventDefault: true },
      {
        key: 'Ctrl-Alt-ArrowRight',
        run: () => copyChunk(merge.current, side, 'right'),
        preventDefault: true,
      },
      { key: 'Ctrl-Alt-ArrowLeft', run: () => copyChunk(merge.current, side, 'left'), preventDefault: true },
      {
        key: 'Mod-s',
        preventDefault: true,
        run: () => {
          ears.current.onSave?.(side);
          return true;
        },
      },
    ];
    const made = new MergeView({
      a: { doc: a.text, extensions: extensions('left', a) },
      b: { doc: b.text, extensions: extensions('right', b) },
      parent: parent.current!,
      gutter: true,
      highlightChanges: true,
      diffConfig,
      collapseUnchanged: collapse,
    });
    merge.current = made;
    tell();
    return () => {
      const { left: l, right: r } = start.current;
      start.current = {
        left: { ...l, text: textIn(made.a.state) },
        right: { ...r, text: textIn(made.b.state) },
      };
      made.destroy();
      merge.current = null;
    };
  }, [format, readOnly]);
  useEffect(() => {
    merge.current?.reconfigure({ collapseUnchanged: collapsed ? collapse : undefined } as never);
  }, [collapsed]);
  useImperativeHandle(ref, (): SideBySideHandle => {
    const active = () => (merge.current!.a.hasFocus ? merge.current!.a : merge.current!.b);
    const go = (command: typeof goToNextChunk) => {
      const view = active();
      command(view);
      view.focus();
    };
    return {
      next: () => go(goToNextChunk),
      previous: () => go(goToPreviousChunk),
      copy: to => copyChunk(merge.current, merge.current!.a.hasFocus ? 'left' : 'right', to),
    };
  }, []);
  return <div className="side-by-side" ref={parent} />;
}

/** The change at that side's cursor, or the next one after it. */
function copyChunk(merge: MergeView | null, at: Side, to: Side): boolean {
  if (!merge) return false;
  const { a, b } = merge;
  const chunks = getChunks(b.state)?.chunks ?? [];
  const view = at === 'left' ? a : b;
  const { head } = view.state.selection.main;
  const chunk = chunks.find(one => (at === 'left' ? one.endA : one.endB) >= head) ?? chunks.at(-1);
  if (!chunk) return false;
  const { fromA, toA, fromB, toB } = chunk;
  const [from, target] = to === 'right' ? [a, b] : [b, a];
  const source = to === 'right' ? { from: fromA, to: toA } : { from: fromB, to: toB };
  const place = to === 'right' ? { from: fromB, to: toB } : { from: fromA, to: toA };
  // As the library's own buttons: a change ends behind its last line end, which a text's last line does not have.
  let insert = from.state.sliceDoc(source.from, Math.max(source.from, source.to - 1));
  if (source.from !== source.to && place.to <= target.state.doc.length) insert += from.state.lineBreak;
  const spec: TransactionSpec = {
    changes: {
      from: Math.min(place.from, target.state.doc.length),
      to: Math.min(place.to, target.state.doc.length),
      insert: from.state.toText(insert),
    },
    userEvent: 'copy.chunk',
    scrollIntoView: true,
  };
  target.dispatch(spec);
  return true;
}
