/** Who changed each line last, in the margin: shown once for lines of one version. */
import { RangeSetBuilder, StateEffect, StateField } from '@codemirror/state';
import { type EditorView, GutterMarker, gutter } from '@codemirror/view';

export interface BlameMark {
  readonly version: number;
  readonly author: string;
  /** For people, such as "3 days ago". */
  readonly when: string;
  readonly title: string;
  readonly href: string;
}

class Mark extends GutterMarker {
  readonly line: BlameMark;

  constructor(line: BlameMark) {
    super();
    this.line = line;
  }

  override eq(other: Mark): boolean {
    return other.line.version === this.line.version && other.line.when === this.line.when;
  }

  override toDOM(): Node {
    const { version, author, when, title, href } = this.line;
    const mark = document.createElement('span');
    mark.className = 'cm-blame-mark';
    mark.title = title;
    const link = document.createElement('a');
    link.href = href;
    // The same is said below the text for the line of the cursor, in the order of the keyboard.
    link.tabIndex = -1;
    link.textContent = `${version}`;
    mark.append(link, ` ${author}, ${when}`);
    return mark;
  }
}

const setBlame = StateEffect.define<readonly BlameMark[]>();

const field = StateField.define({
  create: () => new RangeSetBuilder<GutterMarker>().finish(),
  update(marks, { effects, state }) {
    for (const effect of effects) {
      if (!effect.is(setBlame)) continue;
      const builder = new RangeSetBuilder<GutterMarker>();
      let before = -1;
      for (const [index, line] of effect.value.slice(0, state.doc.lines).entries()) {
        if (line.version !== before) {
          const { from } = state.doc.line(index + 1);
          builder.add(from, from, new Mark(line));
        }
        before = line.version;
      }
      return builder.finish();
    }
    return marks;
  },
});

export const blameMargin = [field, gutter({ class: 'cm-blame', markers: view => view.state.field(field) })];

export function showBlame(view: EditorView, lines: readonly BlameMark[]): void {
  view.dispatch({ effects: setBlame.of(lines) });
}
