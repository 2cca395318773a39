/**
 * Builds the tree of a text whose entries are whole lines: keys with values, perhaps below headers of sections. Shared by
 * properties, env, ini and the tables of TOML. Invariant: entries tile the lines. A key's span holds all that stands
 * before its value, indentation and separator included, so that no line has to be indented anew to be moved.
 */
import {
  type DocParts,
  type Entry,
  type Ids,
  makeDoc,
  makeNode,
  type Node,
  Repeated,
  type Tree,
  trimLines,
} from './node.ts';
import { nextLine } from './source.ts';
import { headOf, setLead } from './yaml-comments.ts';

interface Line {
  /** Where its first line begins. */
  readonly start: number;
  /** Where the value begins; of a header, where it ends. */
  readonly keyEnd: number;
  /** The comment on its line, and where that ends; it begins after the value or header. '' when none. */
  readonly tail: string;
  readonly tailEnd: number;
  /** Past its last line. */
  readonly end: number;
}

/** A key with its value. Offsets in the view. */
export interface KeyLine extends Line {
  /** The names it is made of: one, unless it is a dotted key. */
  readonly names: readonly string[];
  readonly value: Node;
}

/** The header of a section. */
export interface HeaderLine extends Line {
  readonly names: readonly string[];
  /** It begins an item of the list that it names. */
  readonly item: boolean;
  readonly value: null;
}

export type KeyedLine = KeyLine | HeaderLine;

/** The tree of a text that has these lines, in this order, and comments and blank lines between them. */
export function keyedTree(text: string, lines: readonly KeyedLine[], ids: Ids, unit = ''): Tree {
  const first = lines[0];
  const headEnd = first === undefined ? text.length : headOf(text, 0, first.start);
  const builder = new Builder(text, headEnd);
  for (const line of lines) {
    if (line.value === null) builder.header(line);
    else builder.key(line);
  }
  const top = builder.finish(first?.start ?? text.length);
  const doc = makeDoc(text, docOf(text, top, headEnd), ids);
  return { text, docs: [doc], unit, repeated: builder.repeated, flat: true };
}

/** A map whose end has not come: the top, an item of a list, or the section that takes the keys. */
interface Open {
  readonly path: readonly string[];
  readonly item: boolean;
  readonly entries: readonly Entry[];
  readonly node: Node;
  readonly keys: Set<string>;
  /** The list below it to which the next item may belong. */
  list: { readonly path: readonly string[]; readonly entry: Entry } | null;
}

class Builder {
  readonly repeated = new Repeated();
  readonly #text: string;
  readonly #top = mapNode(0);
  readonly #open: Open[];
  /** Where the comments begin that the next entry has above it. */
  #from: number;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#from = from;
    this.#open = [{ path: [], item: true, entries: [], node: this.#top, keys: new Set(), list: null }];
  }

  key(line: KeyLine): void {
    const { node, keys } = this.#open.at(-1)!;
    const key = this.repeated.name(`s:${line.names.join('\0')}`, keys, line.start);
    const entry = this.#entry(line, key, line.names, line.value);
    node.entries.push(entry);
    this.#from = line.end;
  }

  header(line: HeaderLine): void {
    const within = ({ path, item }: Open) => item && isBelow(line.names, path);
    let stay = 1;
    while (stay < this.#open.length && within(this.#open[stay]!)) stay++;
    this.#close(stay, line.start);
    const holder = this.#open.at(-1)!;
    const names = line.names.slice(holder.path.length);
    const node = mapNode(line.end);
    const entries: Entry[] = [];
    if (line.item) {
      const item = this.#entry(line, '', [], node);
      if (holder.list === null || !isSame(holder.list.path, line.names)) {
        holder.list = { path: line.names, entry: this.#list(holder, names, item) };
      }
      holder.list.entry.node.entries.push(item);
      entries.push(holder.list.entry, item);
    } else {
      holder.list = null;
      const key = this.repeated.name(`[${names.join('\0')}]`, holder.keys, line.start);
      const entry = this.#entry(line, key, names, node);
      holder.node.entries.push(entry);
      entries.push(entry);
    }
    this.#open.push({ path: line.names, item: line.item, entries, node, keys: new Set(), list: null });
    this.#from = line.end;
  }

  /** @param start of the first entry */
  finish(start: number): Node {
    const { length } = this.#text;
    this.#close(1, length);
    const top = this.#top;
    top.start = top.valueStart = start;
    top.footStart = top.entries.at(-1)?.end ?? length;
    top.end = Math.max(top.footStart, length) - 1;
    top.foot = trimLines(this.#text.slice(top.footStart, Math.max(top.footStart, top.end)));
    return top;
  }

  /** All that is open beyond the first `stay` ends; comments that a blank line parts from what follows close it. */
  #close(stay: number, until: number): void {
    const closed = this.#open.splice(stay);
    const deepest = closed.at(-1);
    if (deepest === undefined) return;
    const { node } = deepest;
    const footStart = node.entries.at(-1)?.end ?? node.start;
    const end = until === this.#text.length ? until : footEnd(this.#text, footStart, until);
    for (const entry of closed.flatMap(({ entries }) => entries)) {
      entry.end = end;
      entry.node.end = end - 1;
      entry.node.footStart = end;
    }
    node.footStart = footStart;
    node.foot = trimLines(this.#text.slice(footStart, Math.max(footStart, end - 1)));
    this.#from = end;
  }

  /** A list is where its items are; one that goes on after something else is another list. */
  #list(holder: Open, names: readonly string[], { leadStart, end }: Entry): Entry {
    let key = `[[${names.join('\0')}]]`;
    for (let run = 2; holder.keys.has(key); run++) key = `[[${names.join('\0')}]] ${run}`;
    holder.keys.add(key);
    const node = makeNode('list', leadStart, end - 1, { block: true });
    const at = { leadStart, start: leadStart, keyEnd: leadStart, colon: leadStart };
    const tail = { tail: '', tailStart: leadStart, tailEnd: leadStart };
    const entry: Entry = { key, ...named(names), ...at, node, ...tail, end, lead: '', compact: false };
    holder.node.entries.push(entry);
    return entry;
  }

  #entry(line: KeyedLine, key: string, names: readonly string[], node: Node): Entry {
    const { start, keyEnd, tail, tailEnd, end } = line;
    const tailStart = line.value === null ? keyEnd : node.end;
    const spans = { leadStart: start, start, keyEnd, colon: keyEnd, tailStart, tailEnd, end };
    const entry: Entry = { key, ...named(names), ...spans, node, tail, lead: '', compact: false };
    setLead(this.#text, entry, this.#from);
    return entry;
  }
}

function named(names: readonly string[]): Pick<Entry, 'name' | 'names'> {
  return names.length > 1 ? { name: names.join('.'), names } : { name: names[0] ?? '' };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}

function isBelow(path: readonly string[], above: readonly string[]): boolean {
  return path.length > above.length && above.every((name, at) => name === path[at]);
}

/** Where closing comments end; the blank lines behind them belong to what follows. */
function footEnd(text: string, from: number, until: number): number {
  const said = text.slice(from, headOf(text, from, until)).trimEnd();
  return said === '' ? from : nextLine(text, from + said.length - 1);
}

function mapNode(start: number): Node {
  return makeNode('map', start, start - 1, { block: true });
}

function docOf(text: string, node: Node, headEnd: number): DocParts {
  const { length } = text;
  const spans = { leadStart: 0, start: node.start, keyEnd: node.start, colon: node.start };
  const tail = { tail: '', tailStart: length, tailEnd: length };
  const entry: Entry = { key: '', name: '', ...spans, node, ...tail, end: length, lead: '', compact: false };
  const ends = { start: 0, end: length, contentStart: 0, contentEnd: length };
  const head = trimLines(text.slice(0, headEnd));
  return { ...ends, head, headEnd, entry, empty: false };
}
