/**
 * Current with everything that merged, and conflict markers around the lines of each place, for an editor.
 * Invariant: without its marker blocks the text is current with edits outside the places only, and each block
 * holds the three sides' whole lines.
 */
import type { FoundPlace, Span } from './context.ts';
import type { Sources } from './places.ts';
import { BOM, lineStart, nextLine, type SourceText } from './source.ts';
import { apply, type Splice } from './splices.ts';

interface Block {
  start: number;
  end: number;
  readonly places: FoundPlace[];
}

export function mark(sources: Sources, places: readonly FoundPlace[], all: readonly Splice[]): string {
  const { text } = sources.current;
  const splices = all.filter((splice, index) => index === 0 || splice.start >= all[index - 1]!.end);
  const blocks = places.map(place => blockOf(text, place));
  // A replacement that crosses the edge of a block belongs to it.
  for (const block of blocks) {
    for (const { start, end } of splices) {
      if (start < block.start && end > block.start) block.start = lineStart(text, start);
      if (start < block.end && end > block.end) block.end = nextLine(text, end - 1);
    }
  }
  const merged: Block[] = [];
  for (const block of blocks.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    const meets =
      last !== undefined &&
      (block.start < last.end || (block.start === last.start && block.end === last.end));
    if (meets) {
      last.end = Math.max(last.end, block.end);
      last.places.push(...block.places);
    } else merged.push(block);
  }
  const parts: string[] = [];
  let at = 0;
  let next = 0;
  const upTo = (end: number, inclusive: boolean): string => {
    const own: Splice[] = [];
    while (next < splices.length) {
      const splice = splices[next]!;
      if (splice.start >= at && (splice.end > end || (splice.start === end && !inclusive))) break;
      if (splice.start >= at) own.push(splice);
      next++;
    }
    const part = apply(text, own, at, end);
    at = end;
    return part;
  };
  for (const block of merged) {
    parts.push(upTo(block.start, block.start === block.end));
    parts.push(render(sources, block, block.end > block.start ? upTo(block.end, false) : ''));
  }
  parts.push(upTo(text.length, true));
  const whole = parts.join('');
  const given = sources.current.eol === '\n' ? whole : whole.replaceAll('\n', sources.current.eol);
  return sources.current.bom ? `${BOM}${given}` : given;
}

function blockOf(text: string, place: FoundPlace): Block {
  if (place.current !== null) return { ...wholeLines(text, place.current), places: [place] };
  const start = lineStart(text, place.at);
  return { start, end: start, places: [place] };
}

function render(sources: Sources, block: Block, current: string): string {
  const sides = (source: SourceText, side: 'base' | 'proposed') =>
    block.places
      .map(place => place[side])
      .filter(span => span !== null)
      .map(span => {
        const lines = wholeLines(source.text, span);
        return source.text.slice(lines.start, lines.end);
      })
      .filter((lines, index, all) => index === 0 || all[index - 1] !== lines)
      .join('');
  return [
    '<<<<<<< current\n',
    current,
    '||||||| base\n',
    sides(sources.base, 'base'),
    '=======\n',
    sides(sources.proposed, 'proposed'),
    '>>>>>>> proposed\n',
  ].join('');
}

function wholeLines(text: string, span: Span): Span {
  const start = lineStart(text, span.start);
  if (span.end <= span.start)
    return { start, end: span.start === start ? start : nextLine(text, span.start) };
  return { start, end: nextLine(text, span.end - 1) };
}
