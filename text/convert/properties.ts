/**
 * Values as `name=value` lines for java.util.Properties. Invariant: the text is ASCII, so that readers of
 * ISO-8859-1 (before Java 9) and of UTF-8 read the same.
 *
 * Keys are joined by `.`, list items are `name[0]`, as in Spring; a dot inside a key stands as it is, so
 * `logging.level: {org.example: debug}` is `logging.level.org.example=debug`.
 */
import { flatten, type Naming } from './flat.ts';
import type { Output } from './output.ts';
import { escapeUnits, type Value } from './value.ts';

export function writeProperties(value: Value, output: Output): void {
  flatten(value, 'properties', naming, (name, text) => output.add(`${spellKey(name)}=${spellValue(text)}\n`));
}

const naming: Naming = {
  key: (parent, key) => (parent === null ? key : `${parent}.${key}`),
  item: (parent, index) => `${parent}[${index}]`,
};

function spellKey(key: string): string {
  return escaped(key).replace(/[ :=#!]/g, found => `\\${found}`);
}

function spellValue(text: string): string {
  // A space at the end is escaped by its number: the line would end in whitespace otherwise.
  return escaped(text).replace(/ $/, '\\u0020').replace(/^ /, '\\ ');
}

const named: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f' };

function escaped(text: string): string {
  return text.replace(/[^ -[\]-~]/g, found => named[found] ?? escapeUnits(found));
}
