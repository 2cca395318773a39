/**
 * What differs between two texts: by letters where they are short, else by lines, and by letters within short stretches of
 * lines. Invariant: the work is bounded by counts, never by time, so that no two texts stop the page, and the same two differ
 * in the same way each time; a stretch that is too long to be compared by letters is one change.
 */
import { Change, diff } from '@codemirror/merge';
import { keptLines } from '../../text/kept-lines.ts';

/** Of both sides together, compared by letters. */
const maxLetters = 8 * 1024;
/** Of all stretches together. */
const maxAllLetters = 256 * 1024;
/** Lines moved, added or removed, of those that both sides have. */
const maxEdits = 400;
const byLetters = { scanLimit: 1_000 };

export function changesBetween(a: string, b: string): Change[] {
  const whole = new Change(0, a.length, 0, b.length);
  if (lettersIn(whole) <= maxLetters) return [...diff(a, b, byLetters)];
  let left = maxAllLetters;
  return stretches(a, b).flatMap(stretch => {
    const letters = lettersIn(stretch);
    if (letters > maxLetters || letters > left || isOneSided(stretch)) return [stretch];
    left -= letters;
    const { fromA, toA, fromB, toB } = stretch;
    return diff(a.slice(fromA, toA), b.slice(fromB, toB), byLetters).map(
      one => new Change(one.fromA + fromA, one.toA + fromA, one.fromB + fromB, one.toB + fromB),
    );
  });
}

/** Whether it was too long to be looked into. */
export const isCoarse = (change: Change): boolean => !isOneSided(change) && lettersIn(change) > maxLetters;

const lettersIn = ({ fromA, toA, fromB, toB }: Change) => toA - fromA + toB - fromB;
const isOneSided = ({ fromA, toA, fromB, toB }: Change) => fromA === toA || fromB === toB;

/** What is between the lines that both texts have in the same order. */
function stretches(a: string, b: string): Change[] {
  const [head, tail] = sameEnds(a, b);
  const [left, right] = [linesOf(a, head, a.length - tail), linesOf(b, head, b.length - tail)];
  const both = new Set(left.ids).intersection(new Set(right.ids));
  const [inLeft, inRight] = [placesOf(left, both), placesOf(right, both)];
  const kept = keptLines(
    inLeft.map(place => left.ids[place]!),
    inRight.map(place => right.ids[place]!),
    maxEdits,
  );
  const found: Change[] = [];
  let [fromA, fromB] = [head, head];
  const until = (toA: number, toB: number) => {
    if (fromA < toA || fromB < toB) found.push(new Change(fromA, toA, fromB, toB));
  };
  for (const [placeB, placeA] of kept ?? []) {
    const [lineA, lineB] = [inLeft[placeA]!, inRight[placeB]!];
    const [startA, endA] = [left.starts[lineA]!, left.starts[lineA + 1]!];
    const [startB, endB] = [right.starts[lineB]!, right.starts[lineB + 1]!];
    if (a.slice(startA, endA) !== b.slice(startB, endB)) continue;
    until(startA, startB);
    [fromA, fromB] = [endA, endB];
  }
  until(a.length - tail, b.length - tail);
  return found;
}

/** Letters of whole lines that are the same at the beginning, and at the end of what is left. */
function sameEnds(a: string, b: string): [head: number, tail: number] {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a.charCodeAt(head) === b.charCodeAt(head)) head += 1;
  if (head < a.length || head < b.length) head = head === 0 ? 0 : a.lastIndexOf('\n', head - 1) + 1;
  let tail = 0;
  while (tail < most - head && a.charCodeAt(a.length - 1 - tail) === b.charCodeAt(b.length - 1 - tail))
    tail += 1;
  // Up to a line's beginning on both sides.
  const begins = (text: string) => text.length - tail === head || text[text.length - tail - 1] === '\n';
  while (tail > 0 && !(begins(a) && begins(b))) {
    const next = a.indexOf('\n', a.length - tail);
    tail = next === -1 ? 0 : a.length - next - 1;
  }
  return [head, tail];
}

interface Lines {
  /** The same number for equal lines; whether lines of one number are equal is still to be seen. */
  readonly ids: readonly number[];
  /** Where each begins, and where the last one ends. */
  readonly starts: readonly number[];
}

function linesOf(text: string, from: number, to: number): Lines {
  const [ids, starts]: [number[], number[]] = [[], []];
  let [hash, length] = [0, 0];
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (length === 0) starts.push(at);
    hash = (Math.imul(hash, 31) + code) | 0;
    length += 1;
    if (code !== lineFeed && at + 1 < to) continue;
    ids.push(hash + length * 2 ** 32);
    [hash, length] = [0, 0];
  }
  starts.push(to);
  return { ids, starts };
}

const lineFeed = 10;

const placesOf = ({ ids }: Lines, both: ReadonlySet<number>): readonly number[] =>
  ids.flatMap((id, place) => (both.has(id) ? [place] : []));
