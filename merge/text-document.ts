/**
 * Merges texts that are lines and nothing else. Invariant: changes of the two sides merge only where at least one line
 * stands between them that is unchanged, and unique on all three sides; everything else is a clash. Takes time in
 * proportion to the texts.
 */
import { lineStep, type Path } from '../text/path.ts';
import type { MergeContext, Span } from './context.ts';
import { type Ids, makeDoc, makeNode, Repeated, type Tree } from './node.ts';
import { each, type Three } from './three.ts';
import type { PlaceKind } from './types.ts';

/** The whole text as one node of kind `text`. */
export function textTree(text: string, ids: Ids): Tree {
  const node = makeNode('text', 0, text.length, { block: true, meaning: text, string: text });
  const spans = { leadStart: 0, start: 0, keyEnd: 0, colon: 0, tailStart: text.length, tailEnd: text.length };
  const entry = { key: '', name: '', ...spans, node, tail: '', end: text.length, lead: '', compact: false };
  const ends = { start: 0, end: text.length, contentStart: 0, contentEnd: text.length };
  const doc = makeDoc(text, { ...ends, head: '', headEnd: 0, entry, empty: false }, ids);
  return { text, docs: [doc], unit: '', repeated: new Repeated() };
}

/** Lines with their line ends, and where each begins. */
interface Lines {
  readonly lines: readonly string[];
  /** One more than lines: the last is the end of the text. */
  readonly starts: readonly number[];
}

type Segment = Three<readonly [from: number, to: number]>;

/** Merges three documents that are nodes of kind `text`. */
export function mergeText(context: MergeContext, path: Path): void {
  const sides = each(context, ({ text }) => linesOf(text));
  let from: Three<number> = { base: 0, current: 0, proposed: 0 };
  const close = (to: Three<number>): void => {
    mergeSegment(context, sides, segmentOf(from, to), path);
    from = each(to, at => at + 1);
  };
  for (const anchor of anchors(sides)) close(anchor);
  close(each(sides, ({ lines }) => lines.length));
}

function segmentOf(from: Three<number>, to: Three<number>): Segment {
  return {
    base: [from.base, to.base],
    current: [from.current, to.current],
    proposed: [from.proposed, to.proposed],
  };
}

function linesOf(text: string): Lines {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const starts = [0];
  for (const line of lines) starts.push(starts.at(-1)! + line.length);
  return { lines, starts };
}

function mergeSegment(context: MergeContext, sides: Three<Lines>, segment: Segment, path: Path): void {
  const span = (side: keyof Segment): Span => {
    const [from, to] = segment[side];
    return { start: sides[side].starts[from]!, end: sides[side].starts[to]! };
  };
  const spans: Three<Span> = { base: span('base'), current: span('current'), proposed: span('proposed') };
  const textOf = (side: keyof Segment) => context[side].text.slice(spans[side].start, spans[side].end);
  const [before, here, there] = [textOf('base'), textOf('current'), textOf('proposed')];
  if (there === before || there === here) return;
  const { start } = spans.current;
  if (here !== before) {
    const nothing = (side: Span) => (side.end > side.start ? side : null);
    const line = lineStep(path, segment.current[0] + 1);
    return context.clash(kindOf(before, here, there), line, each(spans, nothing), start);
  }
  const { lines } = sides.proposed;
  const own = sides.current.lines;
  let [from, to] = segment.current;
  let [comesFrom, comesTo] = segment.proposed;
  while (from < to && comesFrom < comesTo && own[from] === lines[comesFrom]) {
    from++;
    comesFrom++;
  }
  while (to > from && comesTo > comesFrom && own[to - 1] === lines[comesTo - 1]) {
    to--;
    comesTo--;
  }
  context.splice(
    sides.current.starts[from]!,
    sides.current.starts[to]!,
    lines.slice(comesFrom, comesTo).join(''),
    lineStep(path, from + 1),
  );
}

function kindOf(before: string, here: string, there: string): PlaceKind {
  if (before === '') return 'AddAdd';
  return here === '' || there === '' ? 'EditDelete' : 'EditEdit';
}

/** Where lines that are unchanged and unique stand on each side, in the order that all three have them in. */
function anchors({ base, current, proposed }: Three<Lines>): Three<number>[] {
  const [inCurrent, inProposed] = [uniques(current.lines), uniques(proposed.lines)];
  const common: Three<number>[] = [];
  for (const [line, at] of uniques(base.lines)) {
    const [here, there] = [inCurrent.get(line), inProposed.get(line)];
    if (at < 0 || here === undefined || there === undefined || here < 0 || there < 0) continue;
    if (line.trim() !== '') common.push({ base: at, current: here, proposed: there });
  }
  // Each side by itself, so that the answer does not hang on which of them is current.
  const stays = rising(common.map(({ current }) => current));
  const staysThere = rising(common.map(({ proposed }) => proposed));
  return common.filter((_, index) => stays.has(index) && staysThere.has(index));
}

/** Each line and where it stands; -1: in several places. In the order of the text. */
function uniques(lines: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [at, line] of lines.entries()) found.set(line, found.has(line) ? -1 : at);
  return found;
}

/** The indices of a longest rising part of a list of different numbers. */
function rising(numbers: readonly number[]): Set<number> {
  const tails: number[] = [];
  const before: number[] = [];
  for (const [index, number] of numbers.entries()) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (numbers[tails[middle]!]! < number) low = middle + 1;
      else high = middle;
    }
    before.push(low === 0 ? -1 : tails[low - 1]!);
    tails[low] = index;
  }
  const found = new Set<number>();
  for (let at = tails.at(-1) ?? -1; at !== -1; at = before[at]!) found.add(at);
  return found;
}
