/**
 * Builds the tree of a text whose entries are whole lines: keys with values, perhaps below section headers. Shared by
 * properties, env, ini and the tables of TOML. Invariant: entries tile the lines. A key's span holds all that stands
 * before its value, indentation and separator included, so that no line has to be indented anew to be moved.
 */
import {
  type Doc,
  type Entry,
  type Ids,
  identifyDoc,
  makeNode,
  type Node,
  Repeated,
  type Tree,
  trimLines,
} from './node.ts';
import { nextLine } from './source.ts';
import { headOf, setLead } from './yaml-comments.ts';

/** A key with its value, or the header of a section. Offsets in the view. */
export interface KeyedLine {
  /** Unique for what it names, unless it stands there twice. */
  readonly key: string;
  /** The key for people and pointers. */
  readonly name: string;
  /** Where its first line begins. */
  readonly start: number;
  /** Where the value begins; of a header, where it ends. */
  readonly keyEnd: number;
  /** null: the header of a section. */
  readonly value: Node | null;
  /** The comment on its line: where it ends; and it begins after the value or header. '' when none. */
  readonly tail: string;
  readonly tailEnd: number;
  /** Past its last line. */
  readonly end: number;
}

/** The tree of a text that has these lines, in this order, and comments and blank lines between them. */
export function keyedTree(text: string, lines: readonly KeyedLine[], ids: Ids): Tree {
  const repeated = new Repeated();
  const top = mapNode(0);
  const seen = new Set<string>();
  let section: { readonly entry: Entry; readonly seen: Set<string> } | null = null;
  const first = lines[0];
  const headEnd = first === undefined ? text.length : headOf(text, 0, first.start);
  let from = headEnd;
  const close = (until: number): void => {
    if (section === null) return;
    const { entry } = section;
    // Comments that a blank line parts from the next header close the section.
    const footStart = entry.node.entries.at(-1)?.end ?? entry.node.start;
    const end = until === text.length ? until : footEnd(text, footStart, until);
    entry.node.footStart = footStart;
    entry.node.end = end - 1;
    entry.node.foot = trimLines(text.slice(footStart, Math.max(footStart, end - 1)));
    entry.end = end;
    from = end;
  };
  for (const line of lines) {
    if (line.value === null) close(line.start);
    const [holder, own] =
      line.value === null || section === null ? [top, seen] : [section.entry.node, section.seen];
    const entry = entryOf(line, repeated.name(line.key, own, line.start));
    setLead(text, entry, from);
    holder.entries.push(entry);
    from = line.end;
    if (line.value === null) section = { entry, seen: new Set() };
  }
  close(text.length);
  const last = top.entries.at(-1);
  top.start = top.valueStart = first?.start ?? text.length;
  top.footStart = last?.end ?? text.length;
  top.end = Math.max(top.footStart, text.length) - 1;
  top.foot = trimLines(text.slice(top.footStart, Math.max(top.footStart, top.end)));
  const doc = docOf(text, top, headEnd);
  identifyDoc(text, doc, ids);
  return { text, docs: [doc], unit: '', repeated, flat: true };
}

/** Where closing comments end; the blank lines behind them belong to what follows. */
function footEnd(text: string, from: number, until: number): number {
  const said = text.slice(from, headOf(text, from, until)).trimEnd();
  return said === '' ? from : nextLine(text, from + said.length - 1);
}

function mapNode(start: number): Node {
  return makeNode('map', start, start - 1, { block: true });
}

function entryOf(line: KeyedLine, key: string): Entry {
  const { name, start, keyEnd, tail, tailEnd, end } = line;
  const node = line.value ?? mapNode(end);
  const tailStart = line.value === null ? keyEnd : node.end;
  const spans = { leadStart: start, start, keyEnd, colon: keyEnd, tailStart, tailEnd, end };
  return { key, name, ...spans, node, tail, lead: '', compact: false };
}

function docOf(text: string, node: Node, headEnd: number): Doc {
  const { length } = text;
  const spans = { leadStart: 0, start: node.start, keyEnd: node.start, colon: node.start };
  const tail = { tail: '', tailStart: length, tailEnd: length };
  const entry: Entry = { key: '', name: '', ...spans, node, ...tail, end: length, lead: '', compact: false };
  const ends = { start: 0, end: length, contentStart: 0, contentEnd: length };
  const head = trimLines(text.slice(0, headEnd));
  return { ...ends, head, headEnd, entry, empty: false, value: 0, full: 0 };
}
