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
import { type FlowReader, readEventFlow } from './event-flow.ts';
import { EventOffsets, Odd } from './event-offsets.ts';
import { moveEntry } from './moved.ts';
import { type Doc, type Entry, type Ids, makeDoc, makeNode, type Node, Repeated, type Tree } from './node.ts';
import { lineStart } from './source.ts';
import { type Built, blockNode, leadOf, pushEntry } from './yaml-block.ts';
import { readDoc, unitOf } from './yaml-documents.ts';
import { plainMeaning } from './yaml-parse.ts';

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

class EventReader implements FlowReader {
  readonly repeated = new Repeated();
  readonly events: YamlEvents;
  readonly offsets: EventOffsets;
  readonly #text: string;
  readonly #all: readonly Event[];
  readonly #like: Tree | null;
  #anchors = new Set<string>();

  constructor(events: YamlEvents, like: Tree | null) {
    this.events = events;
    this.offsets = new EventOffsets(events);
    this.#text = events.text;
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
    return this.bare(index, this.offsets.startOf(this.#all[index]!), 0, end, model);
  }

  /** Anchors and aliases of what becomes one atom. */
  visit(index: number): void {
    if (!this.events.anchors) return;
    const until = this.events.after[index]!;
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
    const start = isBlockText ? this.offsets.header(propEnd) : this.offsets.startOf(event);
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
    const node = this.bare(index, start, depth, bound, model);
    if (node === null || (line && !node.block && node.end > node.start)) {
      this.visit(index);
      return null;
    }
    if (anchored) {
      if (node.block || node.end === node.start) node.valueStart = propEnd;
      node.start = prop;
      node.props = text.slice(prop, propEnd);
    }
    return { node, tail };
  }

  bare(index: number, start: number, depth: number, bound: number, model: Node | null): Node | null {
    const event = this.#all[index]!;
    if (event.type === ALIAS)
      return makeNode('alias', start, event.anchorEnd, { meaning: this.#known(event) });
    if (event.type === SCALAR) {
      this.#note(event);
      return this.offsets.scalar(event, start);
    }
    if (event.type !== MAPPING && event.type !== SEQUENCE) throw new Odd();
    this.#note(event);
    if (event.style === FLOW) return readEventFlow(this, index, start, depth);
    return event.type === MAPPING
      ? this.#blockMap(index, depth, bound, model)
      : this.#blockList(index, start, depth, bound, model);
  }

  #blockMap(index: number, depth: number, bound: number, like: Node | null): Node {
    const { after } = this.events;
    const text = this.#text;
    const entries: Entry[] = [];
    const seen = new Set<string>();
    const until = after[index]! - 1;
    let model: EntryModel | null = null;
    let indent = 0;
    let start = this.offsets.keyStart(index + 1);
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
      const next = at < until ? this.offsets.keyStart(at) : -1;
      const nextBegin = next === -1 ? bound : next;
      const key = this.repeated.name(meaning, seen, start);
      const raw = next === -1 || model === null ? null : text.slice(start, lineStart(text, next));
      const found = model?.find(key, raw) ?? null;
      if (found?.same && found.entry.compact === this.offsets.compact(start, indent))
        this.#take(entries, found.entry, start, key, indent);
      else {
        const own = found?.entry.node ?? null;
        const built = this.offsets.isEmpty(value)
          ? this.offsets.missing(colon, next === -1 ? -1 : lineStart(text, next), bound, indent)
          : this.#value(value, colon, depth + 1, nextBegin, own);
        const valueEnd = built === null ? this.offsets.endOf(value, colon) : colon;
        pushEntry(text, entries, indent, { key, name, start, keyEnd, colon, built, valueEnd });
      }
      start = next;
    }
    return blockNode(text, 'map', entries);
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

  #blockList(index: number, start: number, depth: number, bound: number, like: Node | null): Node {
    const { after } = this.events;
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
      if (this.offsets.isEmpty(item)) throw new Odd();
      const next = at < until ? this.offsets.dashOf(at, indent, dash) : -1;
      const raw = next === -1 || model === null ? null : text.slice(dash, lineStart(text, next));
      const found = model?.find('', raw) ?? null;
      if (found?.same && found.entry.compact === this.offsets.compact(dash, indent))
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
        const valueEnd = built === null ? this.offsets.endOf(item, end) : end;
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
}
