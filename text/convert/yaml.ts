/**
 * Values as YAML in block style, two spaces a level, lists indented, never folded. Invariant: readers of YAML 1.1
 * and of 1.2 read the same value.
 *
 * - A string stands plain only when it begins with a letter, `_`, `/` or `$` and is no word either version knows;
 *   so `no`, `012`, `1:20`, `~`, dates and versions are in double quotes. No text of several lines does: it is a
 *   literal block, or quoted where a block would end a line in whitespace or need escapes.
 * - `1e3` is written `1.0e+3`: without point and sign, YAML 1.1 takes it for a string.
 * - Keys that are numbers, booleans or null stay what they are.
 */
import type { Output } from './output.ts';
import { isEmpty, unshowable, type Value } from './value.ts';

export function writeYaml(documents: readonly Value[], output: Output): void {
  for (const [index, document] of documents.entries()) {
    if (index > 0) output.add('---\n');
    block(document, '', output);
  }
}

/** Readers give up on longer keys unless a `?` announces them. The limit is 1024, for some in bytes. */
const maxKeyBytes = 1000;

/** Writes from where the line stands to a line end; `indent` is that of the lines that follow. */
function block(value: Value, indent: string, output: Output): void {
  const inner = `${indent}  `;
  if (isEmpty(value) || (value.kind !== 'map' && value.kind !== 'list')) {
    // A literal block at the top is indented too: a `---` in it must not end the document.
    output.add(`${flow(value, indent || inner)}\n`);
  } else if (value.kind === 'list') {
    let before = '- ';
    for (const item of value.items) {
      output.add(before);
      block(item, inner, output);
      before = `${indent}- `;
    }
  } else {
    let before = '';
    for (const { key, value: child } of value.entries) {
      const spelled = key.kind === 'string' ? line(key.text) : flow(key, inner);
      const long = Buffer.byteLength(spelled) > maxKeyBytes;
      output.add(long ? `${before}? ${spelled}\n${indent}:` : `${before}${spelled}:`);
      const below = !long && (child.kind === 'map' || child.kind === 'list') && !isEmpty(child);
      output.add(below ? `\n${inner}` : ' ');
      block(child, inner, output);
      before = indent;
    }
  }
}

/** @param indent of the lines of a literal block */
function flow(value: Value, indent: string): string {
  switch (value.kind) {
    case 'map':
      return '{}';
    case 'list':
      return '[]';
    case 'null':
      return 'null';
    case 'number':
      return number(value.text);
    case 'string':
      return literal(value.text, indent) ?? line(value.text);
    default:
      return value.text;
  }
}

function number(text: string): string {
  return text.replace(
    /^(-?[0-9]+)(\.[0-9]+)?([eE])([-+]?)/,
    (_, whole: string, fraction: string | undefined, e: string, sign: string) =>
      `${whole}${fraction ?? '.0'}${e}${sign || '+'}`,
  );
}

/** A string of several lines as a literal block, or null where it must be quoted. */
function literal(text: string, indent: string): string | null {
  if (!text.includes('\n') || /^\s|[^\S\n]$|[^\S\n]\n/.test(text)) return null;
  if (text.replaceAll('\n', '').search(unshowable) !== -1) return null;
  const end = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-';
  const body = end === '-' ? text : text.slice(0, -1);
  return `|${end}\n${body.replace(/^(?=.)/gm, indent)}`;
}

/** Words that YAML 1.1 or 1.2 do not read as strings, in upper or lower case. */
const word = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const plainStart = /^[A-Za-z_/$\u00a1-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
/** What ends a plain string early, or is trimmed off it. */
const notPlain = /: |:$| #|^\s|\s$/;

/** A string on one line, plain or in double quotes. */
function line(text: string): string {
  const plain = plainStart.test(text) && !notPlain.test(text) && text.search(unshowable) === -1;
  return plain && !word.test(text) ? text : quoted(text);
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, found => `\\${found}`).replace(unshowable, escaped)}"`;
}

const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(found: string): string {
  const point = found.codePointAt(0)!;
  const hex = point.toString(16);
  if (point > 0xffff) return `\\U${hex.padStart(8, '0')}`;
  return named[found] ?? (point > 0xff ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`);
}
