/**
 * Literal values of keys that are named for secrets (`password: hunter2`, `"apiKey": "…"`, `DB_PASS=…`), in any format,
 * by looking at the characters around what separates them. Invariant: what is read for one key is bounded.
 */
import { isReference, type Suspect } from './suspect.ts';

/** What the name of a key ends in. One that goes on, such as `password_file`, is another name. */
const names =
  /(?:passw(?:or)?d|pass(?:phrase|code)?|pwd|secret|token|credentials?|(?:api|access|private|secret|encryption|signing|master|shared|auth|account|client)[-_. ]?key)$/i;
/** Longer than any of these. */
const maxName = 24;
/** The last letters that they have, of either case. */
const lasts = new Set(
  [...'desntly'].flatMap(letter => [letter, letter.toUpperCase()].map(one => one.charCodeAt(0))),
);

const maxKey = 128;
/** Of longer values, this much is read. */
const maxValue = 200;
const ofKey = /[A-Za-z0-9_.-]/;
const [space, tab] = [0x20, 0x09] as const;

/** @param separator where the colon or the equals sign is; null: no such value stands behind it */
export function literalAt(text: string, separator: number): Suspect | null {
  let last = separator - 1;
  while (separator - last < 8 && (text.charCodeAt(last) === space || text.charCodeAt(last) === tab))
    last -= 1;
  if (text[last] === '"' || text[last] === "'") last -= 1;
  if (!lasts.has(text.charCodeAt(last))) return null;
  const found = names.exec(text.slice(Math.max(0, last + 1 - maxName), last + 1));
  if (!found) return null;
  const word = found[0].toLowerCase();
  const index = last + 1 - word.length;
  if (word === 'pass' && !standsAlone(text, index)) return null;
  const isLong = /[=>]/.test(text[separator + 1] ?? '') && text[separator] !== text[separator + 1];
  const after = separator + (isLong ? 2 : 1);
  const span = text[after] === '=' ? null : valueAt(text, after, isInUrl(text, index));
  if (span === null) return null;
  const isPassword = /^(?:pass|pwd)/.test(word);
  return isLiteral(text.slice(span.start, span.end), isPassword) ? { rule: 'known-key', ...span } : null;
}

/** `pass` of `dbPass` and `DB_PASS`, not of `bypass`. */
function standsAlone(text: string, index: number): boolean {
  const before = text[index - 1] ?? '';
  return !/[A-Za-z]/.test(before) || (/[a-z]/.test(before) && text[index] === 'P');
}

/** Whether the key is a parameter of an address: its value ends with the next one. */
function isInUrl(text: string, index: number): boolean {
  let at = index;
  while (at > 0 && index - at < maxKey && ofKey.test(text[at - 1]!)) at -= 1;
  return text[at - 1] === '?' || text[at - 1] === '&';
}

/** Where the value is, without quotes, tags and comments; null: there is none, or it is not one word. */
function valueAt(text: string, from: number, inUrl: boolean): { start: number; end: number } | null {
  let start = skipSpaces(text, from);
  // A tag and an anchor of YAML.
  for (let n = 0; n < 2 && (text[start] === '!' || text[start] === '&') && !inUrl; n += 1)
    start = skipSpaces(text, endOfWord(text, start));
  if (text[start] === '|' || text[start] === '>') {
    const header = /^[|>][-+0-9]{0,2}[ \t]{0,80}(?:#[^\n]{0,400})?\r?\n\s{0,400}/.exec(
      text.slice(start, start + 1_000),
    );
    if (!header) return null;
    start += header[0].length;
  }
  const quote = text[start];
  if (quote === '"' || quote === "'" || quote === '`') {
    start += 1;
    let end = start;
    while (end < text.length && end - start < maxValue && text[end] !== quote && text[end] !== '\n')
      end += text[end] === '\\' ? 2 : 1;
    return { start, end: Math.min(end, text.length) };
  }
  let end = endOfWord(text, start);
  if (inUrl) {
    const next = text.slice(start, end).search(/["'&#]/);
    return next === 0 ? null : { start, end: next === -1 ? end : start + next };
  }
  const rest = skipSpaces(text, end);
  const isEnd = rest >= text.length || /[\r\n#;]/.test(text[rest]!) || /[,}\]]/.test(text[end - 1] ?? '');
  if (!isEnd && end - start < maxValue) return null;
  // In brackets, what follows the value is not its own.
  while (end > start && /[,;}\])]/.test(text[end - 1]!)) end -= 1;
  return end > start ? { start, end } : null;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (at - from < maxValue && (text.charCodeAt(at) === space || text.charCodeAt(at) === tab)) at += 1;
  return at;
}

function endOfWord(text: string, from: number): number {
  let at = from;
  // Up to the first space, tab, line end or end of the text.
  while (at - from < maxValue && text.charCodeAt(at) > space) at += 1;
  return at;
}

const placeholder =
  /^(?:change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|this)|example|placeholder|redacted|dummy|todo|tbd|xxx+|\*+|[.…]+|-+|_+|(?:your|my|the)[-_ ].*|password|passwd|pwd|secret|token|credentials?|key|string|none|null|nil|~|undefined|unset|empty|true|false|yes|no|on|off)$/i;

/** Whether it says the secret itself, and not where it is, what it is for, or that there is none. */
function isLiteral(value: string, isPassword: boolean): boolean {
  if (value.length < 3 || /\s/.test(value) || placeholder.test(value)) return false;
  // A reference, a path, an address, a structure, an alias, a hash of a password.
  if (isReference(value) || /^(?:[~.]{0,2}\/|[a-z][a-z0-9+.-]{0,20}:\/\/|[{[*<(]|\$\d)/i.test(value))
    return false;
  if (/^[-+0-9.,_]+$/.test(value)) return isPassword && value.length >= 6;
  if (isPassword) return true;
  if (value.length < 8) return false;
  // `db-credentials`, `eu.payments.v2`: the name of something else.
  return !/^[a-z]{2,}\d{0,3}(?:[-_./:]+(?:[a-z]+\d{0,3}|\d{1,3}))*$/i.test(value);
}
