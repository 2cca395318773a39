/**
 * Where the keys and values of properties, env files and ini stand. Invariant: written from the rules of each format by
 * lines and patterns, and apart from the readers in text/, which go character by character: the verifier reads with
 * those, so that a slip of one is found by the other.
 */
import type { KeyedLine } from './keyed-tree.ts';
import { makeNode, Unreadable } from './node.ts';
import { nextLine } from './source.ts';

/** Begins and ends of lines that belong together: from `start` as long as `goesOn` says so. */
function endOf(text: string, start: number, goesOn: (line: string) => boolean): number {
  let end = nextLine(text, start);
  let line = text.slice(start, end);
  while (end < text.length && goesOn(line)) {
    const next = nextLine(text, end);
    line = text.slice(end, next);
    end = next;
  }
  return end;
}

const trailing = (text: string, from: number, to: number): number =>
  from + text.slice(from, to).trimEnd().length;

/** Java's whitespace; a line end after a backslash is no more than that. */
const blanks = '(?:\\\\\\n|[ \\t\\f])';
const propertyKey = /[ \t\f]*((?:\\\n[ \t\f]*|\\[^\n]|[^\\=: \t\f\n])*)/y;
const propertySeparator = new RegExp(`${blanks}*(?:[=:]${blanks}*)?`, 'y');

export function propertyLines(text: string): KeyedLine[] {
  const alone = text.indexOf('\r');
  if (alone !== -1) throw new Unreadable('Syntax', 'a carriage return alone', alone);
  const lines: KeyedLine[] = [];
  for (let start = 0; start < text.length; ) {
    const line = text.slice(start, nextLine(text, start));
    if (/^[ \t\f]*(?:[#!]|\\?\n?$)/.test(line)) {
      start = nextLine(text, start);
      continue;
    }
    const end = endOf(text, start, said => /(?<!\\)(?:\\\\)*\\\n$/.test(said));
    propertyKey.lastIndex = start;
    const raw = propertyKey.exec(text)?.[1] ?? '';
    propertySeparator.lastIndex = propertyKey.lastIndex;
    propertySeparator.test(text);
    const keyEnd = Math.min(propertySeparator.lastIndex, end - 1);
    const value = unescapeProperty(text.slice(keyEnd, end - 1));
    const node = makeNode('scalar', keyEnd, end - 1, { meaning: `s:${value}`, string: value });
    const name = unescapeProperty(raw);
    lines.push({ names: [name], start, keyEnd, value: node, tail: '', tailEnd: end - 1, end });
    start = end;
  }
  return lines;
}

function unescapeProperty(raw: string): string {
  const named: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };
  return raw.replace(
    /\\(?:\n[ \t\f]*|u([0-9a-fA-F]{4})|([^\n])|$)/g,
    (_, hex: string | undefined, one: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return one === undefined ? '' : (named[one] ?? one);
    },
  );
}

const variable = /[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*(=?)[ \t]*/y;
const quotedValue = /'[^']*'|"(?:[^"\\]|\\[\s\S])*"/y;

export function envLines(text: string): KeyedLine[] {
  const lines: KeyedLine[] = [];
  for (let start = 0; start < text.length; ) {
    if (/^[ \t]*(?:#|$)/.test(text.slice(start, nextLine(text, start)).trimEnd())) {
      start = nextLine(text, start);
      continue;
    }
    variable.lastIndex = start;
    const [, name, equals] = variable.exec(text) ?? [];
    if (name === undefined) throw new Unreadable('Syntax', 'expected NAME=value', start);
    const keyEnd = variable.lastIndex;
    const said = equals === '=' ? envValue(text, keyEnd) : '';
    const valueEnd = keyEnd + said.length;
    const end = nextLine(text, valueEnd);
    const tail = text.slice(valueEnd, end).trim();
    if (tail !== '' && !tail.startsWith('#'))
      throw new Unreadable('Syntax', 'expected the end of the line', valueEnd);
    const bare = said.replace(/^(['"])([\s\S]*)\1$/, (_, quote: string, inner: string) =>
      quote === "'" ? inner : inner.replace(/\\(["\\$])/g, '$1'),
    );
    const string = equals === '=' ? bare : null;
    const meaning = string === null ? 'alone' : `s:${string}`;
    const props = string === null ? 'alone' : '';
    const node = makeNode('scalar', keyEnd, valueEnd, { meaning, string, props });
    const tailEnd = tail === '' ? valueEnd : trailing(text, valueEnd, end);
    lines.push({ names: [name], start, keyEnd, value: node, tail, tailEnd, end });
    start = end;
  }
  return lines;
}

function envValue(text: string, from: number): string {
  quotedValue.lastIndex = from;
  const quoted = quotedValue.exec(text)?.[0];
  if (quoted !== undefined) return quoted;
  const line = text.slice(from, nextLine(text, from));
  return (/^.*?(?=(?:^|[ \t])#)/.exec(line)?.[0] ?? line).trimEnd();
}

const header = /^([ \t]*\[([^\]\n]*)\])[ \t]*([;#].*)?$/;

/** Where a line's key ends, and where its value begins; the same where the key stands alone. */
function iniKey(line: string): { readonly end: number; readonly value: number } {
  const equals = line.indexOf('=');
  const beside = (at: number) => at === line.length || line[at] === ' ' || line[at] === '\t';
  let colon = line.indexOf(':');
  while (colon !== -1 && !beside(colon - 1) && !beside(colon + 1)) colon = line.indexOf(':', colon + 1);
  const first = [equals, colon].filter(at => at !== -1);
  const at = first.length > 0 ? Math.min(...first) : line.indexOf(':');
  if (at === -1) return { end: line.length, value: line.length };
  let value = at + 1;
  while (line[value] === ' ' || line[value] === '\t') value++;
  return { end: at, value };
}

export function iniLines(text: string): KeyedLine[] {
  const lines: KeyedLine[] = [];
  for (let start = 0; start < text.length; ) {
    let end = nextLine(text, start);
    const line = text.slice(start, end).replace(/\n$/, '');
    if (/^[ \t]*(?:[;#]|$)/.test(line)) {
      start = end;
      continue;
    }
    const [, title, section, note = ''] = header.exec(line) ?? [];
    if (title !== undefined && section !== undefined) {
      const keyEnd = start + title.length;
      const tail = note.trimEnd();
      const name = section.trim();
      const tailEnd = tail === '' ? keyEnd : trailing(text, keyEnd, end);
      lines.push({ names: [name], item: false, start, keyEnd, value: null, tail, tailEnd, end });
      start = end;
      continue;
    }
    const found = iniKey(line);
    const name = line.slice(0, found.end).trim();
    if (name === '' || line.trimStart().startsWith('['))
      throw new Unreadable('Syntax', 'expected key = value, or [section]', start);
    const deep = /^[ \t]*/.exec(line)![0].length;
    let goesOn = line.endsWith('\\');
    for (let at = end; at < text.length; ) {
      const next = nextLine(text, at);
      const more = text.slice(at, next).replace(/\n$/, '');
      const skipped = /^[ \t]*(?:[;#]|$)/.test(more);
      if (!goesOn && !skipped && /^[ \t]*/.exec(more)![0].length <= deep) break;
      if (goesOn || !skipped) {
        goesOn = more.endsWith('\\');
        end = next;
      }
      at = next;
    }
    const keyEnd = start + (found.value > found.end ? found.value : line.trimEnd().length);
    const valueEnd = Math.max(keyEnd, trailing(text, keyEnd, end));
    const value = text.slice(keyEnd, valueEnd);
    const props = found.value > found.end || value !== '' ? '' : 'alone';
    const node = makeNode('scalar', keyEnd, valueEnd, { meaning: `s:${value}`, string: value, props });
    lines.push({ names: [name], start, keyEnd, value: node, tail: '', tailEnd: valueEnd, end });
    start = end;
  }
  return lines;
}
