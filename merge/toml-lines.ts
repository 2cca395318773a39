/**
 * Reads TOML into lines and spans, from the tree of toml-eslint-parser. Invariant: a value keeps its spelling — no number
 * or date becomes a JavaScript one — and an array that holds comments is one atom.
 */
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import type { HeaderLine, KeyedLine, KeyLine } from './keyed-tree.ts';
import { maxDepth } from './limits.ts';
import { type Entry, flowEntry, makeNode, type Node, Unreadable } from './node.ts';
import { lineStart, nextLine } from './source.ts';

export function tomlLines(text: string): KeyedLine[] {
  const program = parseToml(text);
  const reader = new Reader(text, program.comments);
  return program.body[0].body.flatMap(one =>
    one.type === 'TOMLTable'
      ? [reader.header(one), ...one.body.map(kv => reader.key(kv))]
      : [reader.key(one)],
  );
}

/** Every comment of a text. */
export function tomlComments(text: string): string[] {
  return parseToml(text).comments.map(({ value }) => `#${value}`.trimEnd());
}

/** One level of indentation, as the text writes it: the first indented line's. */
export function tomlUnit(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '    ';
}

/** Throws Unreadable. */
function parseToml(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: '1.0' });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new Unreadable('Syntax', error.message, Math.min(error.index, text.length), { cause: error });
  }
}

class Reader {
  readonly #text: string;
  readonly #comments: readonly AST.Comment[];

  constructor(text: string, comments: readonly AST.Comment[]) {
    this.#text = text;
    this.#comments = comments;
  }

  header({ kind, key, range }: AST.TOMLTable): HeaderLine {
    const close = kind === 'array' ? ']]' : ']';
    const keyEnd = this.#text.indexOf(close, key.range[1]) + close.length;
    const start = lineStart(this.#text, range[0]);
    return { names: namesOf(key), item: kind === 'array', start, keyEnd, value: null, ...this.#rest(keyEnd) };
  }

  key({ key, value, range }: AST.TOMLKeyValue): KeyLine {
    const node = this.#value(value, 0);
    const start = lineStart(this.#text, range[0]);
    return { names: namesOf(key), start, keyEnd: node.start, value: node, ...this.#rest(node.end) };
  }

  /** What follows on the line that `at` stands on. */
  #rest(at: number): Pick<KeyedLine, 'tail' | 'tailEnd' | 'end'> {
    const end = nextLine(this.#text, at);
    const tail = this.#text.slice(at, end).trim();
    const tailEnd = tail === '' ? at : at + this.#text.slice(at, end).trimEnd().length;
    return { tail, tailEnd, end };
  }

  #value(value: AST.TOMLContentNode, depth: number): Node {
    const [start, end] = value.range;
    if (depth > maxDepth) throw new Unreadable('TooDeep', `nested more than ${maxDepth} levels`, start);
    if (value.type === 'TOMLValue') {
      return value.kind === 'string'
        ? makeNode('scalar', start, end, { meaning: `s:${value.value}`, string: value.value })
        : makeNode('scalar', start, end, { meaning: `p:${this.#text.slice(start, end)}` });
    }
    if (this.#hasComment(start, end)) return makeNode('opaque', start, end, {});
    const entries = value.type === 'TOMLArray' ? this.#items(value, depth) : this.#pairs(value, depth);
    return makeNode(value.type === 'TOMLArray' ? 'list' : 'map', start, end, { flow: true, entries });
  }

  #items(value: AST.TOMLArray, depth: number): Entry[] {
    return value.elements.map(element => {
      const node = this.#value(element, depth + 1);
      return flowEntry('', '', node.start, node.start, node.start, node);
    });
  }

  #pairs(value: AST.TOMLInlineTable, depth: number): Entry[] {
    return value.body.map(pair => {
      const node = this.#value(pair.value, depth + 1);
      const names = namesOf(pair.key);
      const colon = this.#text.indexOf('=', pair.key.range[1]) + 1;
      const entry = flowEntry(
        `s:${names.join('\0')}`,
        names.join('.'),
        pair.range[0],
        pair.key.range[1],
        colon,
        node,
      );
      return names.length > 1 ? { ...entry, names } : entry;
    });
  }

  #hasComment(start: number, end: number): boolean {
    let [low, high] = [0, this.#comments.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#comments[middle]!.range[0] < start) low = middle + 1;
      else high = middle;
    }
    return low < this.#comments.length && this.#comments[low]!.range[0] < end;
  }
}

function namesOf({ keys }: AST.TOMLKey): string[] {
  return keys.map(key => (key.type === 'TOMLBare' ? key.name : key.value));
}
