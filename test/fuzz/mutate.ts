/**
 * Makes another input of one: words put in, spans and lines taken out, doubled, moved and exchanged with those of other
 * inputs; and one text made the copy of another, for a merge asks for texts that have much in common. Invariant: the same
 * random numbers, the same input.
 */
import { separator } from './target.ts';

/** An integer from 0, below the bound. */
export type Draw = (bound: number) => number;

/** mulberry32. */
export function randomFrom(seed: number): Draw {
  let state = seed >>> 0;
  return bound => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, bound);
  };
}

export interface Around {
  readonly random: Draw;
  readonly words: readonly string[];
  /** Another input. */
  readonly other: string;
  readonly parts: number;
}

type Change = (text: string, around: Around) => string;

const pick = <T>(items: readonly T[], random: Draw): T => items[random(items.length)]!;

/** A piece of a text: mostly short. */
function span(text: string, random: Draw): [number, number] {
  const from = random(text.length + 1);
  const length =
    random(4) === 0 ? random(text.length - from + 1) : random(Math.min(12, text.length - from) + 1);
  return [from, from + length];
}

function lineSpan(text: string, random: Draw): [number, number] {
  const at = random(text.length + 1);
  const from = text.lastIndexOf('\n', at - 1) + 1;
  let to = from;
  for (let lines = random(3) + 1; lines > 0 && to < text.length; lines -= 1) {
    const end = text.indexOf('\n', to);
    to = end < 0 ? text.length : end + 1;
  }
  return [from, to];
}

const replaced = (text: string, [from, to]: [number, number], by: string) =>
  text.slice(0, from) + by + text.slice(to);

const letters = 'ab1 :-#,"\'[]{}|>&*!?%@`~=\\/\n\t.<x0é\u2028🙂\r\u0000';

const changes: readonly Change[] = [
  (text, { random, words }) => {
    const at = random(text.length + 1);
    return replaced(text, [at, at], pick(words, random));
  },
  (text, { random, words }) => replaced(text, span(text, random), pick(words, random)),
  (text, { random }) => replaced(text, span(text, random), ''),
  (text, { random }) => replaced(text, lineSpan(text, random), ''),
  (text, { random }) => {
    const lines = lineSpan(text, random);
    return replaced(text, [lines[1], lines[1]], text.slice(...lines));
  },
  (text, { random }) => {
    const lines = lineSpan(text, random);
    const [to] = lineSpan(text, random);
    const moved = text.slice(...lines);
    return to >= lines[0] && to <= lines[1]
      ? text
      : to < lines[0]
        ? replaced(replaced(text, lines, ''), [to, to], moved)
        : replaced(replaced(text, [to, to], moved), lines, '');
  },
  (text, { random }) => {
    const [from, to] = lineSpan(text, random);
    const indent = ' '.repeat(random(5));
    return replaced(
      text,
      [from, to],
      text.slice(from, to).replace(/^ */gm, was => (random(2) ? indent : was + indent)),
    );
  },
  (text, { random }) => {
    const at = random(text.length + 1);
    return replaced(text, [at, Math.min(text.length, at + random(2))], pick([...letters], random));
  },
  (text, { random }) => {
    const piece = text.slice(...span(text, random));
    const at = random(text.length + 1);
    return replaced(text, [at, at], piece.repeat(random(8) === 0 ? random(40) : 1));
  },
  (text, { random, other }) =>
    replaced(text, lineSpan(text, random), other.slice(...lineSpan(other, random))),
  (text, { random, other }) => {
    const at = random(text.length + 1);
    return replaced(text, [at, at], other.slice(...span(other, random)));
  },
  (text, { random }) => {
    // An edit as people make one: another value, under the same key.
    const values = [...text.matchAll(/[\w.]+(?=\s*$)/gm)];
    if (values.length === 0) return text;
    const { 0: value, index } = pick(values, random);
    return replaced(text, [index, index + value.length], pick(['2', 'x', 'true', '1.5', '"q"', ''], random));
  },
];

export function mutated(input: string, around: Around): string {
  const { random, parts } = around;
  const texts = input.split(separator);
  const others = around.other.split(separator);
  for (let times = 1 + random(4); times > 0; times -= 1) {
    const at = random(Math.min(parts, texts.length));
    if (parts > 2 && random(6) === 0) texts[at] = texts[random(texts.length)]!;
    const other = others[Math.min(at, others.length - 1)]!;
    texts[at] = pick(changes, random)(texts[at]!, { ...around, other });
  }
  return texts.join(separator);
}
