/**
 * Leaves out of three YAML texts what all of them have, so that a small edit of a large text costs what it changes: of a
 * run of entries of the outermost map that stand next to each other in all three, byte for byte, only the first and the
 * last are merged, and one entry stands for those between. Invariant: what is restored is what merging the whole texts
 * comes to; where that is not certain, nothing is left out, and no answer but a clean one is given for the whole.
 */
import { maxLength } from './limits.ts';
import { every, type Three } from './three.ts';
import type { Clean, MergeEdit, MergeResult } from './types.ts';
import { editsExplain } from './verify.ts';

/** When it is worth it: of texts of so many characters, where this part of base goes. */
const worthwhile = { length: 1_024, part: 0.5 };

export interface Shortened {
  readonly texts: Three<string>;
  /** The answer for the whole texts; null: only merging them can tell. */
  restore(result: MergeResult): Clean | null;
}

/** An entry of the outermost map, with all lines up to the next one's. */
interface Entry {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** Of one text. */
interface Outermost {
  readonly text: string;
  readonly entries: readonly Entry[];
  /** Where each key stands in them. */
  readonly places: ReadonlyMap<string, number>;
}

/** Of base, as indexes of its entries: from the first that is left out to the first that stays. */
interface Run {
  readonly from: number;
  readonly to: number;
  /** Of the first entry. */
  readonly key: string;
  /** What is left out. */
  readonly text: string;
}

/** Where a run was in current: in the short text, and in the whole one. */
interface Gap {
  readonly short: Pick<Entry, 'start' | 'end'>;
  readonly whole: Pick<Entry, 'start' | 'end'>;
}

/** Null: it is not worth it, or the texts are not of the plain kind of which this is safe to say. */
export function leaveOut(whole: Three<string>, least = worthwhile): Shortened | null {
  if (!every(whole, text => text.length >= least.length && text.length <= maxLength && isOrdinary(text)))
    return null;
  const [base, current, proposed] = [
    outermost(whole.base),
    outermost(whole.current),
    outermost(whole.proposed),
  ];
  if (base === null || current === null || proposed === null) return null;
  const runs = runsOf({ base, current, proposed });
  const name = unusedName(whole);
  const standIn = (index: number) => `${name}${index}: 0\n`;
  const saved = runs.reduce((sum, { text }, index) => sum + text.length - standIn(index).length, 0);
  if (runs.length === 0 || saved < least.part * base.text.length) return null;
  const gaps: Gap[] = [];
  const shorten = ({ text, entries, places }: Outermost, told?: Gap[]): string => {
    const own = runs
      .map((run, index) => ({ run, index, start: entries[places.get(run.key)!]!.start }))
      .sort((one, other) => one.start - other.start);
    let [short, at] = ['', 0];
    for (const { run, index, start } of own) {
      short += text.slice(at, start);
      at = start + run.text.length;
      const from = short.length;
      short += standIn(index);
      told?.push({ short: { start: from, end: short.length }, whole: { start, end: at } });
    }
    return short + text.slice(at);
  };
  const texts: Three<string> = {
    base: shorten(base),
    current: shorten(current, gaps),
    proposed: shorten(proposed),
  };
  return {
    texts,
    restore(result) {
      if (result.kind !== 'clean' || result.notices.length > 0) return null;
      const merged = outermost(result.text);
      if (merged === null || addsLeftOut(merged, base, runs)) return null;
      const text = filled(result.text, runs, name);
      const edits = moved(result.edits, gaps, name);
      if (text === null || edits === null || !editsExplain(current.text, edits, text)) return null;
      return { ...result, text, edits };
    },
  };
}

/** Whether a key that was added is one that was left out. */
function addsLeftOut(merged: Outermost, { entries, places }: Outermost, runs: readonly Run[]): boolean {
  const leftOut = new Uint8Array(entries.length);
  for (const { from, to } of runs) leftOut.fill(1, from, to);
  return merged.entries.some(({ key }) => {
    const at = places.get(key);
    return at !== undefined && leftOut[at] === 1;
  });
}

/** Line ends and marks that the readers of whole texts take care of. */
const isOrdinary = (text: string): boolean =>
  text.endsWith('\n') && !text.includes('\r') && text.charCodeAt(0) !== 0xfeff && text.isWellFormed();

/** A key that nothing but its own spelling names, and that begins a line. */
const plainKey = /(?!(?:true|false|null|yes|no|on|off|y|n):)[a-z_][\w./-]*:(?=[ \n])/iy;

/**
 * The entries of the outermost map, whose keys are all plain and all different. Null: the text may be something else.
 * What begins a line elsewhere cannot be inside of anything: a value goes on in lines that are indented, or with dashes.
 */
function outermost(text: string): Outermost | null {
  const entries: Entry[] = [];
  const places = new Map<string, number>();
  let [key, start] = ['', 0];
  for (let at = 0; at < text.length; ) {
    const first = text.charCodeAt(at);
    if (first === blank) {
      if (key === '' && !isSilentLine(text, at)) return null;
    } else if (first !== hash && first !== lineEnd && !isDash(text, at, key !== '')) {
      plainKey.lastIndex = at;
      if (!plainKey.test(text)) return null;
      if (key !== '') entries.push({ key, start, end: at });
      key = text.slice(at, plainKey.lastIndex);
      start = at;
      if (places.has(key)) return null;
      places.set(key, entries.length);
    }
    const end = text.indexOf('\n', at);
    at = end === -1 ? text.length : end + 1;
  }
  if (key !== '') entries.push({ key, start, end: text.length });
  return { text, entries, places };
}

const [blank, lineEnd, hash, dash] = [0x20, 0x0a, 0x23, 0x2d];

/** Of a list that is the value of a key above it; or the mark of the only document. */
function isDash(text: string, at: number, isBelowKey: boolean): boolean {
  if (text.charCodeAt(at) !== dash) return false;
  const next = text.charCodeAt(at + 1);
  return isBelowKey ? next === blank || next === lineEnd : at === 0 && text.startsWith('---\n');
}

function isSilentLine(text: string, start: number): boolean {
  let at = start;
  while (text.charCodeAt(at) === blank) at++;
  return at === text.length || text.charCodeAt(at) === lineEnd || text.charCodeAt(at) === hash;
}

function runsOf({ base, current, proposed }: Three<Outermost>): Run[] {
  const runs: Run[] = [];
  let [first, c, p] = [-1, -1, -1];
  const close = (end: number) => {
    // The first and the last of those that are alike stay.
    const [from, to] = [first + 1, end - 1];
    if (first !== -1 && to - from > 1) {
      const [{ start, key }, last] = [base.entries[from]!, base.entries[to - 1]!];
      runs.push({ from, to, key, text: base.text.slice(start, last.end) });
    }
    first = -1;
  };
  for (const [index, { key, start, end }] of base.entries.entries()) {
    const [inC, inP] = [current.places.get(key) ?? -2, proposed.places.get(key) ?? -2];
    const text = base.text.slice(start, end);
    const isAlike = isEntry(current, inC, text) && isEntry(proposed, inP, text) && isSelfContained(text);
    if (!isAlike || inC !== c + 1 || inP !== p + 1) close(index);
    if (isAlike && first === -1) first = index;
    [c, p] = [inC, inP];
  }
  close(base.entries.length);
  return runs;
}

const isEntry = ({ text, entries }: Outermost, at: number, said: string): boolean => {
  const entry = entries[at];
  return entry !== undefined && entry.end - entry.start === said.length && text.startsWith(said, entry.start);
};

/** Whether what an entry means hangs on nothing else in the text, and is certain to be read. */
const isSelfContained = (text: string): boolean =>
  text.endsWith('\n') && !odd.test(text) && !openBracket.test(text);

/** Anchors, aliases, tags; what no reader takes; and what is nested deep. */
const odd = /[&*!%@`\t]|[^\n -~\u{a0}-\u{fefe}\u{ff00}-\u{fffd}\u{10000}-\u{10ffff}]| {64}/u;
const openBracket = /[[{](?![^\n[\]{}]*[\]}])/;

/** The beginning of a key that is in no text. */
function unusedName(whole: Three<string>): string {
  for (let number = 0; ; number++) {
    const name = `left-out-${number}-`;
    if (every(whole, text => !text.includes(name))) return name;
  }
}

/** A merged text with all that was left out; null: a stand-in does not stand there once, as a line. */
function filled(short: string, runs: readonly Run[], name: string): string | null {
  const waiting = new Set(runs.keys());
  let isWhole = true;
  const text = short.replace(new RegExp(`^${name}(\\d+): 0\\n`, 'gm'), (_, number) => {
    isWhole &&= waiting.delete(Number(number));
    return runs[Number(number)]!.text;
  });
  return isWhole && waiting.size === 0 && !text.includes(name) ? text : null;
}

/** The same edits, in their order, of the whole text; null: one takes in what was left out. */
function moved(edits: readonly MergeEdit[], gaps: readonly Gap[], name: string): MergeEdit[] | null {
  const moves: MergeEdit[] = [];
  let [next, by] = [0, 0];
  for (const edit of edits) {
    for (let gap = gaps[next]; gap !== undefined && gap.short.end <= edit.start; gap = gaps[++next])
      by = gap.whole.end - gap.short.end;
    const ahead = gaps[next];
    if (edit.text.includes(name) || (ahead !== undefined && edit.end > ahead.short.start)) return null;
    moves.push({ ...edit, start: edit.start + by, end: edit.end + by });
  }
  return moves;
}
