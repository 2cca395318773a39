/**
 * Reads YAML into spans, from events with offsets: what `yaml-tree.ts` makes of a text, in a fraction of the time.
 * Invariant: the tree is the one that `yaml-tree.ts` makes; a text that holds anything this reader is not made for
 * (explicit keys, tags, properties on lines of their own, empty items) is left to it whole.
 */
import {
  ALIAS,
  DOCUMENT,
  DOUBLE_QUOTED,
  type Event,
  FLOW,
  MAPPING,
  PLAIN,
  SCALAR,
  type ScalarEvent,
  SEQUENCE,
  scalarText,
  type YamlEvents,
} from '../text/yaml-events.ts';
import { EntryModel } from './entry-model.ts';
import { moveEntry } from './moved.ts';
import {
  type Doc,
  type Entry,
  flowEntry,
  type Ids,
  makeDoc,
  makeNode,
  type Node,
  Repeated,
  type Tree,
} from './node.ts';
import { lineStart, nextLine } from './source.ts';
import { type Built, blockNode, leadOf, pushEntry } from './yaml-block.ts';
import { readDoc, unitOf } from './yaml-documents.ts';
import { plainMeaning } from './yaml-parse.ts';

/** Thrown where a text is left to the other reader. */
class Odd extends Error {}

/**
 * Reads one stream; null: left to the other reader.
 * @param like a text of the same merge that has been read: what is the same in both is taken from there
 */
export function eventTree(events: YamlEvents, ids: Ids, like: Tree | null): Tree | null {
  const { text, all } = events;
  if (all.length === 0 || text.includes('\r')) return null;
  // What anchors and doubled keys mean depends on what stands before them.
  const shared = like?.plain && !events.anchors ? like : null;
  const reader = new EventReader(events, shared);
  const docs: Doc[] = [];
  try {
    let start = 0;
    for (let at = 0; at < all.length; at = events.after[at]!) {
      const next = events.after[at]!;
      const end = next < all.length ? reader.marker(next) : text.length;
      const first = reader.first(at + 1);
      const model = shared?.docs[docs.length]?.entry.node ?? null;
      const read = () => reader.root(at + 1, end, model);
      docs.push(makeDoc(text, readDoc(text, start, end, { first, end: first, read }), ids));
      start = end;
    }
  } catch (error) {
    if (error instanceof Odd) return null;
    throw error;
  }
  const { repeated } = reader;
  const tree: Tree = { text, docs, unit: unitOf(docs), repeated };
  return !events.anchors && repeated.none ? { ...tree, plain: true } : tree;
}

class EventReader {
  readonly repeated = new Repeated();
  readonly #text: string;
  readonly #events: YamlEvents;
  readonly #all: readonly Event[];
  readonly #like: Tree | null;
  #anchors = new Set<string>();

  constructor(events: YamlEvents, like: Tree | null) {
    this.#text = events.text;
    this.#events = events;
    this.#all = events.all;
    this.#like = like;
  }

  /** Where the document that opens at `index` begins: its `---`. */
  marker(index: number): number {
    const first = this.first(index + 1);
    const at = this.#text.lastIndexOf('\n---', first) + 1;
    const event = this.#all[index]!;
    if (at === 0 || event.type !== DOCUMENT || !event.explicitStart) throw new Odd();
    return at;
  }

  /** The first byte of the collection that is a whole document. */
  first(index: number): number {
    const event = this.#all[index]!;
    if ((event.type !== MAPPING && event.type !== SEQUENCE) || event.anchorStart !== -1) throw new Odd();
    return event.start;
  }

  root(index: number, end: number, model: Node | null): Node | null {
    this.#anchors = new Set();
    return this.#bare(index, this.#startOf(this.#all[index]!), 0, end, model);
  }

  /** The first byte of a value without its properties; of a text in block style, its first line. */
  #startOf(event: Event): number {
    if (event.type === SCALAR)
      return event.style === PLAIN || event.style > DOUBLE_QUOTED ? event.valueStart : event.valueStart - 1;
    if (event.type === ALIAS) return event.anchorStart - 1;
    return (event as { start: number }).start;
  }

  /** The first byte of a value with its properties, or for a text in block style of its first line's last. */
  #firstOf(index: number): number {
    const event = this.#all[index]!;
    if (event.type === SCALAR || event.type === MAPPING || event.type === SEQUENCE) {
      if (event.anchorStart !== -1) return event.anchorStart - 1;
      if (event.type === SCALAR && event.valueStart === -1) throw new Odd();
      if (event.type === SCALAR && event.style > DOUBLE_QUOTED) return event.valueStart - 1;
    }
    return this.#startOf(event);
  }

  /** Anchors and aliases of what becomes one atom. */
  #visit(index: number): void {
    if (!this.#events.anchors) return;
    const until = this.#events.after[index]!;
    for (let at = index; at < until; at++) {
      const event = this.#all[at]!;
      if (event.type === ALIAS) this.#known(event);
      else if (event.type !== DOCUMENT && 'anchorStart' in event) this.#note(event);
    }
  }

  #note(event: { readonly anchorStart: number; readonly anchorEnd: number }): void {
    if (event.anchorStart !== -1) this.#anchors.add(this.#text.slice(event.anchorStart, event.anchorEnd));
  }

  #known(event: { readonly anchorStart: number; readonly anchorEnd: number }): string {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    // The other reader says where.
    if (!this.#anchors.has(name)) throw new Odd();
    return name;
  }

  /**
   * A value after the colon or dash that ends at `from`. The next thing in the text stands at `bound`.
   * @param quiet whether nothing but the colon's own line may have a comment, or the value is no longer empty
   */
  #value(index: number, from: number, depth: number, bound: number, model: Node | null): Built {
    const text = this.#text;
    const event = this.#all[index]!;
    const anchored = event.type !== ALIAS && (event as ScalarEvent).anchorStart !== -1;
    if (event.type === SCALAR && event.valueStart === -1) {
      if (anchored) throw new Odd();
      return { node: makeNode('scalar', from, from, { meaning: 'p:' }), tail: '' };
    }
    const prop = anchored ? (event as ScalarEvent).anchorStart - 1 : -1;
    const propEnd = anchored ? (event as ScalarEvent).anchorEnd : from;
    if (anchored && text.slice(from, prop).includes('\n')) throw new Odd();
    const isBlockText = event.type === SCALAR && event.style > DOUBLE_QUOTED;
    const start = isBlockText ? this.#header(propEnd) : this.#startOf(event);
    const isBlock =
      isBlockText || ((event.type === MAPPING || event.type === SEQUENCE) && event.style !== FLOW);
    let tail = '';
    let line = false;
    if (start - propEnd > 1) {
      const gap = text.slice(propEnd, start);
      const firstBreak = gap.indexOf('\n');
      line = firstBreak !== -1;
      const comment = gap.indexOf('#');
      if (comment !== -1) {
        if (comment < firstBreak) tail = gap.slice(comment, firstBreak).trimEnd();
        if (gap.indexOf('#', firstBreak) !== -1 && (!isBlock || isBlockText)) throw new Odd();
      }
    }
    const node = this.#bare(index, start, depth, bound, model);
    if (node === null || (line && !node.block && node.end > node.start)) {
      this.#visit(index);
      return null;
    }
    if (anchored) {
      if (node.block || node.end === node.start) node.valueStart = propEnd;
      node.start = prop;
      node.props = text.slice(prop, propEnd);
    }
    return { node, tail };
  }

  /** Where the header of a text in block style is, from the colon, dash or anchor before it. */
  #header(from: number): number {
    const text = this.#text;
    let at = from;
    for (; text[at] !== '|' && text[at] !== '>'; at++) {
      if (text[at] === '#') at = text.indexOf('\n', at);
      else if (text[at] !== ' ' && text[at] !== '\n' && text[at] !== '\t') throw new Odd();
      if (at === -1) throw new Odd();
    }
    return at;
  }

  #bare(index: number, start: number, depth: number, bound: number, model: Node | null): Node | null {
    const event = this.#all[index]!;
    if (event.type === ALIAS)
      return makeNode('alias', start, event.anchorEnd, { meaning: this.#known(event) });
    if (event.type === SCALAR) {
      this.#note(event);
      return this.#scalar(event, start);
    }
    if (event.type !== MAPPING && event.type !== SEQUENCE) throw new Odd();
    this.#note(event);
    if (event.style === FLOW) return this.#flow(index, start, depth);
    return event.type === MAPPING
      ? this.#blockMap(index, depth, bound, model)
      : this.#blockList(index, start, depth, bound, model);
  }

  #scalar(event: ScalarEvent, start: number): Node | null {
    const text = this.#text;
    const said = event.fast ? text.slice(event.valueStart, event.valueEnd) : scalarText(text, event);
    if (event.style === PLAIN) {
      const meaning = plainMeaning(said);
      return makeNode('scalar', start, event.valueEnd, { meaning, string: meaning[0] === 's' ? said : null });
    }
    const meaning = `s:${said}`;
    if (event.style <= DOUBLE_QUOTED)
      return makeNode('scalar', start, event.valueEnd + 1, { meaning, string: said });
    const header = text.slice(start, event.valueStart);
    if (header.includes('#')) return null;
    // Of blank lines below a stated indentation, the two libraries make different texts.
    if (/\d/.test(header)) throw new Odd();
    return makeNode('scalar', start, this.#blockTextEnd(event) - 1, { block: true, meaning, string: said });
  }

  /** After the last line end of a text in block style; empty lines below it are its own only where it keeps them. */
  #blockTextEnd({ valueStart, valueEnd, chomping }: ScalarEvent): number {
    const text = this.#text;
    if (text[valueEnd - 1] !== '\n' || valueEnd <= valueStart) throw new Odd();
    if (chomping === 3) return valueEnd;
    let indent = 0;
    for (let at = valueStart; text[at] === ' ' || text[at] === '\n'; at++)
      indent = text[at] === ' ' ? indent + 1 : 0;
    let last = valueEnd - 1;
    for (;;) {
      let at = last - 1;
      const lastChar = at;
      while (text[at] === ' ') at--;
      if (text[at] !== '\n' || at < valueStart || at + 1 + indent <= lastChar) return last + 1;
      last = at;
    }
  }

  #blockMap(index: number, depth: number, bound: number, like: Node | null): Node {
    const { after } = this.#events;
    const text = this.#text;
    const entries: Entry[] = [];
    const seen = new Set<string>();
    const until = after[index]! - 1;
    let model: EntryModel | null = null;
    let indent = 0;
    let start = this.#keyStart(index + 1);
    for (let at = index + 1; at < until; ) {
      const event = this.#all[at] as ScalarEvent;
      const quoted = event.style !== PLAIN;
      const keyEnd = quoted ? event.valueEnd + 1 : event.valueEnd;
      let colon = keyEnd;
      while (text[colon] === ' ' || text[colon] === '\t') colon++;
      if (text[colon++] !== ':') throw new Odd();
      if (entries.length === 0) {
        indent = start - lineStart(text, start);
        if (like?.kind === 'map' && like.block && like.column === indent)
          model = new EntryModel(this.#like!.text, like);
      }
      const name = event.fast ? text.slice(event.valueStart, event.valueEnd) : scalarText(text, event);
      const meaning = quoted ? `s:${name}` : plainMeaning(name);
      const value = at + 1;
      at = after[value]!;
      const next = at < until ? this.#keyStart(at) : -1;
      const nextBegin = next === -1 ? bound : next;
      const key = this.repeated.name(meaning, seen, start);
      const raw = next === -1 || model === null ? null : text.slice(start, lineStart(text, next));
      const found = model?.find(key, raw) ?? null;
      if (found?.same && found.entry.compact === this.#compact(start, indent))
        this.#take(entries, found.entry, start, key, indent);
      else {
        const own = found?.entry.node ?? null;
        const built = this.#isEmpty(value)
          ? this.#empty(colon, next === -1 ? -1 : lineStart(text, next), bound, indent)
          : this.#value(value, colon, depth + 1, nextBegin, own);
        const valueEnd = built === null ? this.#endOf(value, colon) : colon;
        pushEntry(text, entries, indent, { key, name, start, keyEnd, colon, built, valueEnd });
      }
      start = next;
    }
    return blockNode(text, 'map', entries);
  }

  #compact(start: number, indent: number): boolean {
    const text = this.#text;
    for (let at = start - indent; at < start; at++) if (text[at] !== ' ' && text[at] !== '\t') return true;
    return false;
  }

  /** An entry that the other text has byte for byte. */
  #take(entries: Entry[], entry: Entry, start: number, key: string, indent: number): void {
    const taken = moveEntry(entry, start - entry.start, key);
    const line = lineStart(this.#text, start);
    const { leadStart, lead, compact } = leadOf(this.#text, entries, indent, start, line);
    taken.leadStart = leadStart;
    taken.lead = lead;
    if (compact !== taken.compact) throw new Odd();
    entries.push(taken);
  }

  #isEmpty(index: number): boolean {
    const event = this.#all[index]!;
    return event.type === SCALAR && event.valueStart === -1 && event.anchorStart === -1;
  }

  /**
   * What stands for a value that is missing. A comment below it makes it an atom, but for those that a line without
   * one divides from it and that are not indented.
   * @param next the line of the next entry; -1: it is the last
   */
  #empty(colon: number, next: number, bound: number, indent: number): Built {
    const text = this.#text;
    const below = nextLine(text, colon);
    const until = next === -1 ? lineStart(text, bound) : next;
    // `yaml` gives the line end after such a value to the next document.
    if (next === -1 && text.startsWith('---', until)) throw new Odd();
    let odd = false;
    if (below < until) {
      if (next === -1) odd = text.slice(below, until).includes('#');
      else {
        for (let at = below; at < until && !odd; at = nextLine(text, at)) {
          let column = 0;
          while (text[at + column] === ' ') column++;
          if (text[at + column] === '\t') throw new Odd();
          odd = text[at + column] === '#' && (at === below || column > indent);
        }
      }
    }
    return odd ? null : { node: makeNode('scalar', colon, colon, { meaning: 'p:' }), tail: '' };
  }

  #keyStart(index: number): number {
    const event = this.#all[index]!;
    if (
      event.type !== SCALAR ||
      event.valueStart === -1 ||
      event.anchorStart !== -1 ||
      event.style > DOUBLE_QUOTED
    )
      throw new Odd();
    return event.style === PLAIN ? event.valueStart : event.valueStart - 1;
  }

  /** Where a value ends that is too odd to splice. */
  #endOf(index: number, colon: number): number {
    const event = this.#all[index]!;
    if (event.type === ALIAS) return event.anchorEnd;
    if (event.type === SCALAR) {
      if (event.valueStart === -1) return colon;
      if (event.style === PLAIN) return event.valueEnd;
      return event.style <= DOUBLE_QUOTED ? event.valueEnd + 1 : this.#blockTextEnd(event);
    }
    if ((event.type === MAPPING || event.type === SEQUENCE) && event.style === FLOW)
      return this.#events.ends[index]!;
    throw new Odd();
  }

  #blockList(index: number, start: number, depth: number, bound: number, like: Node | null): Node {
    const { after } = this.#events;
    const text = this.#text;
    const entries: Entry[] = [];
    const until = after[index]! - 1;
    const indent = start - lineStart(text, start);
    const model =
      like?.kind === 'list' && like.block && like.column === indent
        ? new EntryModel(this.#like!.text, like)
        : null;
    let dash = start;
    for (let at = index + 1; at < until; ) {
      const item = at;
      at = after[item]!;
      if (this.#isEmpty(item)) throw new Odd();
      const next = at < until ? this.#dashOf(at, indent, dash) : -1;
      const raw = next === -1 || model === null ? null : text.slice(dash, lineStart(text, next));
      const found = model?.find('', raw) ?? null;
      if (found?.same && found.entry.compact === this.#compact(dash, indent))
        this.#take(entries, found.entry, dash, '', indent);
      else {
        const end = dash + 1;
        const built = this.#value(
          item,
          end,
          depth + 1,
          next === -1 ? bound : next,
          found?.entry.node ?? null,
        );
        const valueEnd = built === null ? this.#endOf(item, end) : end;
        pushEntry(text, entries, indent, {
          key: '',
          name: '',
          start: dash,
          keyEnd: end,
          colon: end,
          built,
          valueEnd,
        });
      }
      dash = next;
    }
    if (entries.length === 0) throw new Odd();
    return blockNode(text, 'list', entries);
  }

  /** The dash of an item that is not the first: it opens its line, and what it holds may begin lines below. */
  #dashOf(item: number, indent: number, previous: number): number {
    const text = this.#text;
    for (let line = lineStart(text, this.#firstOf(item)); line > previous; line = lineStart(text, line - 1)) {
      const dash = line + indent;
      const after = text[dash + 1];
      if (text[dash] !== '-' || (after !== ' ' && after !== '\n' && after !== '\t')) continue;
      let at = line;
      while (text[at] === ' ') at++;
      if (at === dash) return dash;
    }
    throw new Odd();
  }

  #flow(index: number, start: number, depth: number): Node {
    const { after, ends, commented, pairs } = this.#events;
    const text = this.#text;
    const end = ends[index]!;
    const until = after[index]! - 1;
    const odd = (): Node => {
      this.#visit(index);
      return makeNode('opaque', start, end, { flow: true });
    };
    if (commented.has(index)) return odd();
    const entries: Entry[] = [];
    if (this.#all[index]!.type === SEQUENCE) {
      for (let at = index + 1; at < until; at = after[at]!) {
        if (pairs.has(at)) return odd();
        const built = this.#flowValue(at, -1, depth);
        if (built === null || built.end === built.start) return odd();
        entries.push(flowEntry('', '', built.start, built.start, built.start, built));
      }
      return makeNode('list', start, end, { flow: true, entries });
    }
    const seen = new Set<string>();
    let last = start + 1;
    for (let at = index + 1; at < until; ) {
      const event = this.#all[at]!;
      const value = at + 1;
      if (event.type !== SCALAR || event.valueStart === -1 || event.anchorStart !== -1) return odd();
      const quoted = event.style !== PLAIN;
      const keyStart = quoted ? event.valueStart - 1 : event.valueStart;
      const keyEnd = quoted ? event.valueEnd + 1 : event.valueEnd;
      if (text.slice(last, keyStart).includes('?')) return odd();
      let colon = keyEnd;
      while (' \n\t'.includes(text[colon]!)) colon++;
      if (text[colon++] !== ':') return odd();
      at = after[value]!;
      const name = scalarText(text, event);
      const key = this.repeated.name(quoted ? `s:${name}` : plainMeaning(name), seen, keyStart);
      const built = this.#flowValue(value, colon, depth);
      if (built === null) return odd();
      entries.push(flowEntry(key, name, keyStart, keyEnd, colon, built));
      last = Math.max(colon, built.end);
    }
    return makeNode('map', start, end, { flow: true, entries });
  }

  /** A value inside brackets; `from` is where it would be if it is empty. */
  #flowValue(index: number, from: number, depth: number): Node | null {
    const event = this.#all[index]!;
    const anchored = event.type !== ALIAS && (event as ScalarEvent).anchorStart !== -1;
    if (event.type === SCALAR && event.valueStart === -1) {
      if (anchored) return null;
      return makeNode('scalar', from, from, { meaning: 'p:' });
    }
    const node = this.#bare(index, this.#startOf(event), depth + 1, -1, null);
    if (node !== null && anchored) {
      const { anchorStart, anchorEnd } = event as ScalarEvent;
      node.start = anchorStart - 1;
      node.props = this.#text.slice(anchorStart - 1, anchorEnd);
    }
    return node;
  }
}
