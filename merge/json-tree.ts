/**
 * Reads strict JSON (RFC 8259) into spans. Invariant: accepts exactly what `JSON.parse` accepts, within the depth
 * limit, and never turns a number into a JavaScript number.
 */

import { maxDepth } from './limits.ts';
import {
  type DocParts,
  type Entry,
  flowEntry,
  type Ids,
  makeDoc,
  makeNode,
  type Node,
  Repeated,
  type Tree,
  Unreadable,
} from './node.ts';
import { lineStart } from './source.ts';

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const space = /[ \t\n\r]*/y;
const plainString = /"[^"\\\u0000-\u001f]*"/y;
const anyString = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

class Scanner {
  readonly text: string;
  readonly repeated = new Repeated();
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  fail(message: string): never {
    throw new Unreadable('Syntax', message, this.at);
  }

  skip(): void {
    space.lastIndex = this.at;
    space.test(this.text);
    this.at = space.lastIndex;
  }

  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return null;
    const found = this.text.slice(this.at, pattern.lastIndex);
    this.at = pattern.lastIndex;
    return found;
  }

  string(): string {
    const simple = this.match(plainString);
    if (simple !== null) return simple.slice(1, -1);
    const escaped = this.match(anyString);
    if (escaped === null) this.fail('expected a string that is closed and has no control characters');
    return JSON.parse(escaped) as string;
  }

  value(depth: number): Node {
    if (depth > maxDepth) throw new Unreadable('TooDeep', `nested more than ${maxDepth} levels`, this.at);
    const start = this.at;
    const first = this.text[start];
    if (first === '{' || first === '[') return this.collection(first, depth);
    if (first === '"') {
      const value = this.string();
      return makeNode('scalar', start, this.at, { meaning: `s:${value}`, string: value });
    }
    for (const word of ['true', 'false', 'null']) {
      if (this.text.startsWith(word, start)) {
        this.at += word.length;
        return makeNode('scalar', start, this.at, { meaning: `p:${word}` });
      }
    }
    const digits = this.match(number);
    if (digits === null) this.fail(first === undefined ? 'the text ends too early' : 'expected a value');
    return makeNode('scalar', start, this.at, { meaning: `p:${digits}` });
  }

  collection(open: '{' | '[', depth: number): Node {
    const start = this.at;
    const close = open === '{' ? '}' : ']';
    const entries: Entry[] = [];
    const seen = new Set<string>();
    this.at++;
    this.skip();
    while (this.text[this.at] !== close) {
      if (entries.length > 0) {
        if (this.text[this.at] !== ',') this.fail(`expected , or ${close}`);
        this.at++;
        this.skip();
      }
      const entryStart = this.at;
      let name = '';
      let keyEnd = entryStart;
      if (open === '{') {
        if (this.text[this.at] !== '"') this.fail('expected a key in double quotes');
        name = this.string();
        keyEnd = this.at;
        this.skip();
        if (this.text[this.at] !== ':') this.fail('expected : after the key');
        this.at++;
      }
      const colon = this.at;
      this.skip();
      const value = this.value(depth + 1);
      const key = open === '{' ? this.repeated.name(`s:${name}`, seen, entryStart) : '';
      entries.push(flowEntry(key, name, entryStart, keyEnd, colon, value));
      this.skip();
    }
    this.at++;
    return makeNode(open === '{' ? 'map' : 'list', start, this.at, { flow: true, entries });
  }
}

/** One level of indentation as the text writes it: the first indented line's. */
function unitOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
}

/** Reads one JSON text. Throws `Unreadable`. */
export function jsonTree(text: string, ids: Ids): Tree {
  const scanner = new Scanner(text);
  scanner.skip();
  const contentStart = scanner.at;
  const root = scanner.value(0);
  scanner.skip();
  if (scanner.at < text.length) scanner.fail('expected the end of the text');
  const entry: Entry = {
    ...flowEntry('', '', root.start, root.start, root.start, root),
    leadStart: lineStart(text, root.start),
  };
  const parts: DocParts = {
    start: 0,
    end: text.length,
    contentStart,
    contentEnd: text.length,
    head: '',
    headEnd: contentStart,
    entry,
    empty: false,
  };
  return { text, docs: [makeDoc(text, parts, ids)], unit: unitOf(text), repeated: scanner.repeated };
}
