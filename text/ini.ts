/**
 * INI: sections, and keys with values. Invariant: where programs read INI differently, the text between two keys is
 * kept as one value, so that no merge can mix what some program takes for one thing.
 *
 * - `[name]` begins a section; what comes before the first one stands at the top.
 * - `key = value` or `key: value`; a key alone has no value. The value is the rest of the line, quotes and what may be
 *   a comment included: half of the programs take `a = b ; c` for `b`, and half for `b ; c`.
 * - A line indented deeper than the key above it, and a line after a backslash, go on with the value.
 * - Comments are lines that begin with `;` or `#`.
 */
import { BodyFault } from './body-problem.ts';
import type { Keyed, KeyedText, Section } from './keyed.ts';

const indentOf = (line: string): number => /^[ \t]*/.exec(line)![0].length;
const isComment = (line: string): boolean => /^[ \t]*[;#]/.test(line);

/** @throws BodyFault */
export function readIni(text: string): KeyedText {
  const comments: string[] = [];
  const sections: (Section & { entries: Keyed[] })[] = [{ name: null, at: 0, entries: [] }];
  let at = 0;
  const lines = text.split('\n').map(raw => {
    const line = { text: raw.replace(/\r$/, ''), at };
    at += raw.length + 1;
    return line;
  });
  if (text.startsWith('\ufeff')) lines[0] = { text: lines[0]!.text.slice(1), at: 1 };
  for (let index = 0; index < lines.length; index += 1) {
    const { text: line, at: start } = lines[index]!;
    const from = start + indentOf(line);
    if (line.trim() === '') continue;
    if (isComment(line)) {
      comments.push(line.trim());
      continue;
    }
    if (line.trimStart().startsWith('[')) {
      const header = /^[ \t]*\[([^\]]*)\][ \t]*([;#].*)?$/.exec(line);
      if (header === null)
        throw new BodyFault('Syntax', from, 'a section is [name] on a line of its own; close it with ]');
      if (header[2] !== undefined) comments.push(header[2].trimEnd());
      sections.push({ name: header[1]!.trim(), at: from, entries: [] });
      continue;
    }
    const { key, value } = split(line);
    if (key === '') throw new BodyFault('Syntax', from, 'a value without a key; write key = value');
    const parts = value === null ? [] : [value];
    const held: string[] = [];
    let last = line;
    for (let next = index + 1; next < lines.length; next += 1) {
      const { text: more } = lines[next]!;
      const goesOn = last.endsWith('\\');
      if (!goesOn && (more.trim() === '' || isComment(more))) {
        held.push(more.trim());
        continue;
      }
      if (!goesOn && indentOf(more) <= indentOf(line)) break;
      parts.push(...held.splice(0), more.trim());
      index = next;
      last = more;
    }
    sections.at(-1)!.entries.push({ key, at: from, value: parts.length === 0 ? null : parts.join('\n') });
  }
  return { sections, comments };
}

/** The first `=`, or `:` that a blank stands beside, or else any `:`, ends the key. */
function split(line: string): { readonly key: string; readonly value: string | null } {
  const at = [line.search(/=|(?<=[ \t]):|:(?=[ \t]|$)/), line.indexOf(':')].find(found => found !== -1);
  if (at === undefined) return { key: line.trim(), value: null };
  return { key: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
}
