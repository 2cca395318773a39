/**
 * Current with everything that merged, and conflict markers around the lines of each place, for an editor.
 * Invariant: without its marker blocks the text is current with edits outside the places only, and each block
 * holds the three sides' whole lines.
 */
import type { FoundPlace, Span } from './context.ts';
import type { Sources } from './places.ts';
import { lineStart, nextLine, type Source } from './source.ts';
import { apply, type Splice } from './splices.ts';

interface Block extends Span {
  readonly places: FoundPlace[];
}

export function mark(sources: Sources, places: readonly FoundPlace[], splices: readonly Splice[]): string {
  const { text } = sources.current;
  const blocks: { start: number; end: number; places: FoundPlace[] }[] = [];
  for (const place of places) {
    const span =
      place.current === null
        ? { start: lineStart(text, place.at), end: lineStart(text, place.at) }
        : wholeLines(text, place.current);
    const last = blocks.at(-1);
    if (
      last !== undefined &&
      (span.start < last.end || (span.start === last.start && span.end === last.end))
    ) {
      last.end = Math.max(last.end, span.end);
      last.places.push(place);
    } else blocks.push({ ...span, places: [place] });
  }
  const parts: string[] = [];
  let at = 0;
  for (const block of blocks) {
    const outside = splices.filter(
      splice =>
        splice.start >= at &&
        splice.end <= block.start &&
        !(splice.start === block.start && splice.end === block.start && block.end > block.start),
    );
    parts.push(apply(text, outside, at, block.start), render(sources, block, splices));
    at = block.end;
  }
  parts.push(
    apply(
      text,
      splices.filter(splice => splice.start >= at),
      at,
      text.length,
    ),
  );
  const whole = parts.join('');
  const given = sources.current.eol === '\n' ? whole : whole.replaceAll('\n', sources.current.eol);
  return sources.current.bom ? `\uFEFF${given}` : given;
}

function render(sources: Sources, block: Block, splices: readonly Splice[]): string {
  const inside = splices.filter(
    splice => splice.start >= block.start && splice.end <= block.end && block.end > block.start,
  );
  const sides = (source: Source, side: 'base' | 'proposed') =>
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
    apply(sources.current.text, inside, block.start, block.end),
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
