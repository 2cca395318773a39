/**
 * Collects replacements in current's text and turns them into edits of the text as it was given. Invariant:
 * replacements are disjoint; overlapping ones are a defect of the engine and throw instead of being guessed at.
 */
import type { SourceText } from './source.ts';
import type { MergeEdit } from './types.ts';

/** A replacement in the normalised view of current. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly pointer: string;
  /** Who comes first of several insertions at one position: what closes a value, new entries, the next lead. */
  readonly rank: number;
}

export class Splices {
  readonly all: Splice[] = [];

  add(start: number, end: number, text: string, pointer: string, rank = 0): void {
    this.all.push({ start, end, text, pointer, rank });
  }

  /** The text that was to replace exactly this span; it no longer does. Null: nothing was to. */
  take(start: number, end: number): string | null {
    const at = this.all.findLastIndex(splice => splice.start === start && splice.end === end && end > start);
    return at === -1 ? null : this.all.splice(at, 1)[0]!.text;
  }

  /** By position; at one position insertions before replacements, by rank, then in the order they were added. */
  sorted(): Splice[] {
    return this.all
      .map((splice, order) => ({ splice, order }))
      .sort(
        (a, b) =>
          a.splice.start - b.splice.start ||
          width(a.splice) - width(b.splice) ||
          a.splice.rank - b.splice.rank ||
          a.order - b.order,
      )
      .map(({ splice }) => splice);
  }
}

function width(splice: Splice): number {
  return splice.end > splice.start ? 1 : 0;
}

/** Applies sorted splices to `text` between `from` and `to`. */
export function apply(
  text: string,
  splices: readonly Pick<Splice, 'start' | 'end' | 'text'>[],
  from = 0,
  to = text.length,
): string {
  const parts: string[] = [];
  let at = from;
  for (const splice of splices) {
    if (splice.start < at || splice.end > to) throw new RangeError('splices overlap');
    parts.push(text.slice(at, splice.start), splice.text);
    at = splice.end;
  }
  parts.push(text.slice(at, to));
  return parts.join('');
}

/** Edits of the given text for sorted splices of the view; `bom` and `ended` say how the result begins and ends. */
export function toEdits(
  source: SourceText,
  splices: readonly Splice[],
  bom: boolean,
  ended: boolean,
): MergeEdit[] {
  const length = source.text.length;
  let first = splices.length;
  for (let edge = length; first > 0 && splices[first - 1]!.end >= edge; first--)
    edge = splices[first - 1]!.start;
  const inner = splices.slice(0, first);
  const last = splices.slice(first);
  const edits: MergeEdit[] = [];
  if (bom !== source.bom) {
    edits.push({ start: 0, end: source.bom ? 1 : 0, text: bom ? '\uFEFF' : '', pointer: '' });
  }
  for (const splice of inner)
    edits.push(toEdit(source, splice.start, splice.end, splice.text, splice.pointer));
  const ending = atTheEnd(source, last, ended);
  if (ending !== null) edits.push(ending);
  return edits.filter(edit => edit.end > edit.start || edit.text !== '');
}

function atTheEnd(source: SourceText, last: readonly Splice[], ended: boolean): MergeEdit | null {
  const length = source.text.length;
  let start = last.length === 0 ? length : last[0]!.start;
  const pointer = last[0]?.pointer ?? '';
  let text = last.length === 0 ? '' : apply(source.text, last, start, length);
  if (text === '' && start === length) {
    if (source.ended === ended || length === 0) return null;
    return ended
      ? toEdit(source, length, length, '\n', '')
      : { ...toEdit(source, length - 1, length, '', ''), end: source.given.length };
  }
  if (text === '' && !ended && start > 0) start -= 1;
  if (text !== '' && !ended && text.endsWith('\n')) text = text.slice(0, -1);
  if (start === length && !source.ended) text = `\n${text}`;
  return { ...toEdit(source, start, length, text, pointer), end: source.given.length };
}

function toEdit(source: SourceText, start: number, end: number, text: string, pointer: string): MergeEdit {
  return {
    start: source.raw(start),
    end: source.raw(end),
    text: source.eol === '\n' ? text : text.replaceAll('\n', source.eol),
    pointer,
  };
}
