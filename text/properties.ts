/**
 * java.util.Properties as its `load` reads it, character by character. Invariant: what is read here, Java reads, to the
 * same keys and values. A carriage return alone, which ends a line for Java and for nothing else, is refused.
 */
import { BodyFault } from './body-problem.ts';
import type { Keyed, KeyedText } from './keyed.ts';

const isBlank = (unit: string): boolean => unit === ' ' || unit === '\t' || unit === '\f';
const isSeparator = (unit: string): boolean => unit === '=' || unit === ':';

/** The units of a logical line, and where each stands in the text. */
interface Logical {
  readonly units: string[];
  readonly places: number[];
}

/** @throws BodyFault */
export function readProperties(text: string): KeyedText {
  const alone = text.search(/\r(?!\n)/);
  if (alone !== -1)
    throw new BodyFault('ControlCharacter', alone, 'a carriage return alone; end lines with LF or CR LF');
  const comments: string[] = [];
  const entries: Keyed[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    while (at < text.length && (isBlank(text[at]!) || text[at] === '\r' || text[at] === '\n')) at += 1;
    if (at >= text.length) break;
    if (text[at] === '#' || text[at] === '!') {
      const end = text.indexOf('\n', at);
      comments.push(text.slice(at, end === -1 ? text.length : end).trimEnd());
      at = end === -1 ? text.length : end + 1;
      continue;
    }
    const line: Logical = { units: [], places: [] };
    at = readLine(text, at, line);
    if (line.units.length > 0) entries.push(entryOf(line));
  }
  return { sections: [{ name: null, at: 0, entries }], comments };
}

/** Reads one logical line; returns where the next begins. */
function readLine(text: string, start: number, { units, places }: Logical): number {
  let escaped = false;
  for (let at = start; at < text.length; at += 1) {
    const unit = text[at]!;
    if (unit === '\r' && text[at + 1] === '\n') continue;
    if (unit === '\n') {
      if (!escaped) return at + 1;
      units.pop();
      places.pop();
      escaped = false;
      // Nothing has been said yet: what follows is a line of its own, perhaps a comment.
      if (units.length === 0) return at + 1;
      while (at + 1 < text.length && isBlank(text[at + 1]!)) at += 1;
      continue;
    }
    units.push(unit);
    places.push(at);
    escaped = unit === '\\' && !escaped;
  }
  if (escaped) {
    units.pop();
    places.pop();
  }
  return text.length;
}

function entryOf({ units, places }: Logical): Keyed {
  let end = 0;
  for (let escaped = false; end < units.length; end += 1) {
    const unit = units[end]!;
    if (!escaped && (isSeparator(unit) || isBlank(unit))) break;
    escaped = unit === '\\' && !escaped;
  }
  let from = end;
  while (from < units.length && isBlank(units[from]!)) from += 1;
  if (from < units.length && isSeparator(units[from]!)) {
    from += 1;
    while (from < units.length && isBlank(units[from]!)) from += 1;
  }
  const say = (start: number, stop: number) => unescaped(units.slice(start, stop), places.slice(start, stop));
  return { key: say(0, end), at: places[0]!, value: say(from, units.length) };
}

const named: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', f: '\f' };

function unescaped(units: readonly string[], places: readonly number[]): string {
  let said = '';
  for (let at = 0; at < units.length; at += 1) {
    if (units[at] !== '\\') {
      said += units[at];
      continue;
    }
    at += 1;
    const kind = units[at] ?? '';
    if (kind !== 'u') {
      said += named[kind] ?? kind;
      continue;
    }
    const digits = units.slice(at + 1, at + 5).join('');
    if (!/^[0-9a-fA-F]{4}$/.test(digits))
      throw new BodyFault('Syntax', places[at - 1]!, 'write four hexadecimal digits after `\\u`');
    said += String.fromCharCode(Number.parseInt(digits, 16));
    at += 4;
  }
  return said;
}
