/**
 * Reads JSON with comments into spans. Invariant: brackets whose entries stand on lines of their own are read as lines, so
 * that comments belong to entries and can come and go with them; brackets that hold comments in any other way are one
 * atom, compared and replaced whole.
 */
import { maxDepth } from './limits.ts';
import {
  type Entry,
  flowEntry,
  type Ids,
  makeDoc,
  makeNode,
  type Node,
  Repeated,
  type Tree,
  trimLines,
  Unreadable,
} from './node.ts';
import { lineStart, nextLine } from './source.ts';
import { setLead } from './yaml-comments.ts';

const token = /[{}[\]:,]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|[^\s{}[\]:,"/]+/y;
const scalar = /^(?:".*"|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/s;
const blank = /[ \t\n\r]*/y;
const blanks = /^[ \t]*$/;

/** Where the comment that begins at `at` ends; -1: none does. */
function endOfComment(text: string, at: number): number {
  if (text.startsWith('//', at)) return nextLine(text, at) - (text.includes('\n', at) ? 1 : 0);
  const end = text.startsWith('/*', at) ? text.indexOf('*/', at + 2) : -1;
  return end === -1 ? -1 : end + 2;
}

/** Whether lines are blank or hold one comment each; the first may be the rest of a line. */
function areWholeLines(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    while (text[at] === ' ' || text[at] === '\t') at++;
    const end = endOfComment(text, at);
    if (end !== -1) at = end;
    while (text[at] === ' ' || text[at] === '\t') at++;
    if (text[at] !== '\n') return false;
  }
  return text !== '';
}

/** A value before it is decided how it is merged. */
interface Raw {
  readonly start: number;
  readonly end: number;
  readonly kind: 'scalar' | 'map' | 'list';
  readonly entries: readonly RawEntry[];
  /** Whether a comment stands in it, at any depth. */
  readonly commented: boolean;
}

interface RawEntry {
  readonly start: number;
  readonly keyEnd: number;
  readonly colon: number;
  readonly name: string;
  readonly value: Raw;
  /** Where its comma stands; -1: it has none. */
  readonly comma: number;
}

class Scanner {
  readonly text: string;
  at = 0;
  comments = 0;

  constructor(text: string) {
    this.text = text;
  }

  fail(message: string): never {
    throw new Unreadable('Syntax', message, this.at);
  }

  skip(): void {
    for (;;) {
      blank.lastIndex = this.at;
      blank.test(this.text);
      this.at = blank.lastIndex;
      const end = endOfComment(this.text, this.at);
      if (end === -1) return;
      this.comments++;
      this.at = end;
    }
  }

  next(): string {
    token.lastIndex = this.at;
    const found = token.exec(this.text)?.[0];
    if (found === undefined) this.fail('expected a value');
    this.at += found.length;
    return found;
  }

  value(depth: number): Raw {
    if (depth > maxDepth) throw new Unreadable('TooDeep', `nested more than ${maxDepth} levels`, this.at);
    const start = this.at;
    const before = this.comments;
    const open = this.next();
    if (open !== '{' && open !== '[') {
      if (!scalar.test(open)) {
        this.at = start;
        this.fail('expected a value');
      }
      return { start, end: this.at, kind: 'scalar', entries: [], commented: false };
    }
    const close = open === '{' ? '}' : ']';
    const entries: RawEntry[] = [];
    this.skip();
    while (this.text[this.at] !== close) {
      if (entries.length > 0 && entries.at(-1)!.comma === -1) this.fail(`expected , or ${close}`);
      entries.push(this.#entry(open === '{', depth));
      this.skip();
    }
    this.at++;
    const kind = open === '{' ? 'map' : 'list';
    return { start, end: this.at, kind, entries, commented: this.comments > before };
  }

  #entry(keyed: boolean, depth: number): RawEntry {
    const start = this.at;
    let [name, keyEnd, colon] = ['', start, start];
    if (keyed) {
      const key = this.next();
      if (key[0] !== '"') this.fail('expected a key in double quotes');
      name = JSON.parse(key) as string;
      keyEnd = this.at;
      this.skip();
      if (this.text[this.at] !== ':') this.fail('expected : after the key');
      this.at++;
      colon = this.at;
      this.skip();
    }
    const value = this.value(depth + 1);
    this.skip();
    const comma = this.text[this.at] === ',' ? this.at++ : -1;
    return { start, keyEnd, colon, name, value, comma };
  }
}

/** Reads one text. Throws `Unreadable`. */
export function jsoncTree(text: string, ids: Ids): Tree {
  const scanner = new Scanner(text);
  scanner.skip();
  const root = scanner.value(0);
  const behind = scanner.at;
  scanner.skip();
  if (scanner.at < text.length) scanner.fail('expected the end of the text');
  const builder = new Builder(text);
  // Comments behind the last bracket belong to no entry: then the whole is one atom.
  const rest = text.slice(behind).trim();
  const node =
    rest === ''
      ? builder.node(root, true)
      : makeNode('opaque', root.start, root.start + text.slice(root.start).trimEnd().length, {});
  const headEnd = lineStart(text, root.start);
  const spans = { leadStart: headEnd, start: node.start, keyEnd: node.start, colon: node.start };
  const tail = node.block ? builder.opening(root) : { tail: '', tailStart: node.end, tailEnd: node.end };
  const entry: Entry = {
    ...{ key: '', name: '', ...spans, node, ...tail, end: text.length, lead: '', compact: false },
    comma: { from: rest === '' ? root.end : node.end, to: rest === '' ? root.end : node.end },
  };
  const ends = { start: 0, end: text.length, contentStart: 0, contentEnd: text.length };
  const head = trimLines(text.slice(0, headEnd));
  const doc = makeDoc(text, { ...ends, head, headEnd, entry, empty: false }, ids);
  const unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return { text, docs: [doc], unit, repeated: builder.repeated, flat: true };
}

class Builder {
  readonly repeated = new Repeated();
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** @param lined whether it stands where lines can come and go */
  node(raw: Raw, lined: boolean): Node {
    const { start, end, kind, commented } = raw;
    if (kind === 'scalar') {
      const said = this.#text.slice(start, end);
      if (said[0] !== '"') return makeNode('scalar', start, end, { meaning: `p:${said}` });
      const string = JSON.parse(said) as string;
      return makeNode('scalar', start, end, { meaning: `s:${string}`, string });
    }
    if (lined && this.#isLined(raw)) return this.#lines(raw);
    if (commented) return makeNode('opaque', start, end, {});
    const seen = new Set<string>();
    const entries = raw.entries.map(({ start, keyEnd, colon, name, value }) => {
      const key = kind === 'map' ? this.repeated.name(`s:${name}`, seen, start) : '';
      return flowEntry(key, name, start, keyEnd, colon, this.node(value, false));
    });
    return makeNode(kind, start, end, { flow: true, entries });
  }

  /** The comment on the line of an opening bracket. */
  opening({ start }: Raw): Pick<Entry, 'tail' | 'tailStart' | 'tailEnd'> {
    return this.#tailAt(start + 1);
  }

  #tailAt(tailStart: number): Pick<Entry, 'tail' | 'tailStart' | 'tailEnd'> {
    const line = this.#text.slice(tailStart, nextLine(this.#text, tailStart)).trimEnd();
    return {
      tail: line.trim(),
      tailStart,
      tailEnd: line.trim() === '' ? tailStart : tailStart + line.length,
    };
  }

  /** Whether each entry has lines of its own, with comments above it or at the end of its line. */
  #isLined({ start, end, entries }: Raw): boolean {
    if (entries.length === 0) return false;
    let from = start + 1;
    for (const { start, keyEnd, colon, value, comma } of entries) {
      const line = lineStart(this.#text, start);
      if (line < from || !areWholeLines(this.#text.slice(from, line))) return false;
      if (!blanks.test(this.#text.slice(line, start))) return false;
      if (keyEnd > start && !/^[ \t]*:[ \t]*$/.test(this.#text.slice(keyEnd, value.start))) return false;
      if (comma !== -1 && !blanks.test(this.#text.slice(value.end, comma))) return false;
      if (colon > value.start) return false;
      from = comma === -1 ? value.end : comma + 1;
      // A comment behind a closing bracket would be a second one of its entry.
      if (this.#text.slice(value.start, value.end).includes('\n') && this.#tailAt(from).tail !== '')
        return false;
    }
    const close = lineStart(this.#text, end - 1);
    return (
      close >= from &&
      areWholeLines(this.#text.slice(from, close)) &&
      blanks.test(this.#text.slice(close, end - 1))
    );
  }

  #lines({ start, end, kind, entries: raws }: Raw): Node {
    const entries: Entry[] = [];
    const seen = new Set<string>();
    let from = nextLine(this.#text, start);
    for (const { start, name, value, comma } of raws) {
      const node = this.node(value, true);
      const line = lineStart(this.#text, start);
      const key = kind === 'map' ? this.repeated.name(`s:${name}`, seen, start) : '';
      const behind = comma === -1 ? value.end : comma + 1;
      const entry: Entry = {
        ...{ key, name, leadStart: line, start: line, keyEnd: value.start, colon: value.start, node },
        ...(node.block ? this.opening(value) : this.#tailAt(behind)),
        ...{ end: nextLine(this.#text, behind), lead: '', compact: false },
        comma: { from: value.end, to: behind },
      };
      setLead(this.#text, entry, from);
      entries.push(entry);
      from = entry.end;
    }
    const last = lineStart(this.#text, end - 1) - 1;
    const foot = trimLines(this.#text.slice(from, Math.max(from, last)));
    const node = makeNode(kind, start, last, { block: true, entries, footStart: from });
    node.foot = foot;
    return node;
  }
}
