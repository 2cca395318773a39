/**
 * Reads YAML into spans, from the documents and source tokens of the `yaml` library. Invariant: what the engine
 * cannot splice safely (explicit keys, keys that are collections or aliases, pairs inside a flow list, comments
 * inside brackets, values split from their key by a comment) becomes one opaque node, compared and replaced
 * whole. Nothing is guessed.
 */
import {
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { maxDepth } from './limits.ts';
import { column, type Entry, makeNode, type Node, Repeated, trimLines, Unreadable } from './node.ts';
import { lineStart, nextLine } from './source.ts';
import { setLead, settle } from './yaml-comments.ts';
import { readFlow, type ValueReader } from './yaml-flow.ts';
import { type Any, type AnyPair, type BlockToken, type Item, keyedPair, meaningOf } from './yaml-parse.ts';

/** Reads the values of one text, document after document. */
export class Reader implements ValueReader {
  readonly text: string;
  readonly repeated = new Repeated();
  #anchors = new Set<string>();

  constructor(text: string) {
    this.text = text;
  }

  startDocument(): void {
    this.#anchors = new Set();
  }

  /** The span from `start` to `end`, as one atom. */
  opaque(start: number, end: number): Node {
    let from = start;
    while (this.text[from] === ' ' || this.text[from] === '\t') from++;
    let to = Math.max(from, end);
    while (to > from && /\s/.test(this.text[to - 1]!)) to--;
    const block = this.text.slice(from, to).includes('\n') || this.text[from] === '\n';
    return makeNode('opaque', from, to, { block });
  }

  /** Every alias and anchor below a node that became opaque still counts. */
  visit(value: Any | null, depth: number): void {
    if (depth > maxDepth)
      throw new Unreadable('TooDeep', `nested more than ${maxDepth} levels`, value?.range?.[0] ?? 0);
    if (value === null) return;
    if (isAlias(value)) {
      if (!this.#anchors.has(value.source)) {
        throw new Unreadable(
          'UnknownAlias',
          `no anchor ${value.source} before this alias`,
          value.range?.[0] ?? 0,
        );
      }
      return;
    }
    if (value.anchor !== undefined) this.#anchors.add(value.anchor);
    if (isMap(value)) {
      for (const pair of value.items as Pair[]) {
        this.visit(pair.key as Any | null, depth + 1);
        this.visit(pair.value as Any | null, depth + 1);
      }
    } else if (isSeq(value)) {
      for (const item of value.items) this.visit(item as Any, depth + 1);
    }
  }

  /**
   * A value whose properties and comments stand in `tokens` after `from`. Null when it is too odd to splice.
   */
  value(
    value: Any | null,
    tokens: readonly CST.SourceToken[],
    from: number,
    depth: number,
  ): { node: Node; tail: string } | null {
    const parts: string[] = [];
    let start = -1;
    let tail = '';
    let line = 0;
    for (const token of tokens) {
      if (token.offset < from) continue;
      if (token.type === 'newline') line++;
      else if (token.type === 'anchor' || token.type === 'tag') {
        if (line > 0) return null;
        if (start === -1) start = token.offset;
        parts.push(token.source);
      } else if (token.type === 'comment') {
        if (line > 0) {
          if (!(isMap(value) || isSeq(value)) || value.flow === true) return null;
        } else tail = token.source.trimEnd();
      }
    }
    const props = parts.join(' ');
    if (value === null) return null;
    const node = this.bare(value, depth);
    if (node === null) return null;
    if (line > 0 && !node.block && node.end > node.start) return null;
    if (start !== -1) {
      const empty = node.end === node.start;
      if (empty || node.block) {
        const last = tokens.findLast(token => token.type === 'anchor' || token.type === 'tag');
        node.valueStart = last!.offset + last!.source.length;
        if (empty) node.end = node.valueStart;
      }
      node.start = start;
      node.props = props;
    } else if (node.end === node.start) {
      node.start = from;
      node.valueStart = from;
      node.end = from;
    }
    return { node, tail };
  }

  bare(value: Any, depth: number): Node | null {
    if (depth > maxDepth)
      throw new Unreadable('TooDeep', `nested more than ${maxDepth} levels`, value.range?.[0] ?? 0);
    const [start, end] = value.range!;
    if (isAlias(value)) {
      this.visit(value, depth);
      return makeNode('alias', start, end, { meaning: value.source });
    }
    if (value.anchor !== undefined) this.#anchors.add(value.anchor);
    if (isScalar(value)) return this.#scalar(value, start, end);
    if (value.flow === true) return readFlow(this, value, depth);
    const token = value.srcToken as BlockToken | undefined;
    if (token === undefined || (token.type !== 'block-map' && token.type !== 'block-seq')) return null;
    return isMap(value) ? this.#blockMap(value, token, depth) : this.#blockList(value, token, depth);
  }

  #scalar(scalar: Scalar, start: number, end: number): Node | null {
    const block = scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED';
    if (block && /^[^\n]*#/.test(this.text.slice(start, end))) return null;
    const meaning = meaningOf(scalar);
    return makeNode('scalar', start, block && this.text[end - 1] === '\n' ? end - 1 : end, {
      block,
      meaning,
      string: meaning.startsWith('s:') ? meaning.slice(2) : null,
    });
  }

  #blockMap(map: YAMLMap, token: BlockToken, depth: number): Node | null {
    const entries: Entry[] = [];
    const seen = new Set<string>();
    let odd = false;
    const pairs = map.items as AnyPair[];
    let previousEnd = -1;
    const indent = token.indent;
    for (const pair of pairs) {
      const keyed = keyedPair(pair);
      if (keyed === null) {
        odd = true;
        break;
      }
      const { item, colon, key, keyStart, keyEnd } = keyed;
      const prop = item.start.find(t => t.type === 'anchor' || t.type === 'tag');
      const start = prop?.offset ?? keyStart;
      const identity = this.repeated.name(meaningOf(key), seen, keyStart);
      if (key.anchor !== undefined) this.#anchors.add(key.anchor);
      const built = this.value(pair.value, item.sep!, colon.offset + 1, depth + 1);
      const entry = this.#entry(entries, previousEnd, indent, {
        key: identity,
        name: key.source ?? '',
        start,
        keyEnd,
        colon: colon.offset + 1,
        built,
        value: pair.value,
      });
      previousEnd = entry.end;
    }
    if (odd)
      for (const pair of pairs) {
        this.visit(pair.key, depth);
        this.visit(pair.value, depth);
      }
    return this.#collection('map', entries, odd, token, map);
  }

  #blockList(list: YAMLSeq, token: BlockToken, depth: number): Node | null {
    const items = (token.items as Item[]).filter(item => item.start.some(t => t.type === 'seq-item-ind'));
    const entries: Entry[] = [];
    const odd = items.length !== list.items.length;
    let previousEnd = -1;
    for (const [index, item] of list.items.entries()) {
      if (odd) this.visit(item as Any, depth);
      else {
        const tokens = items[index]!.start;
        const dash = tokens.find(t => t.type === 'seq-item-ind')!;
        const built = this.value(item as Any, tokens, dash.offset + 1, depth + 1);
        const entry = this.#entry(entries, previousEnd, token.indent, {
          key: '',
          name: '',
          start: dash.offset,
          keyEnd: dash.offset + 1,
          colon: dash.offset + 1,
          built,
          value: item as Any,
        });
        previousEnd = entry.end;
      }
    }
    return this.#collection('list', entries, odd, token, list);
  }

  #collection(
    kind: 'map' | 'list',
    entries: Entry[],
    opaque: boolean,
    token: BlockToken,
    value: YAMLMap | YAMLSeq,
  ): Node | null {
    const last = entries.at(-1);
    if (opaque || last === undefined) {
      const [start, end] = value.range!;
      const from = Math.min(start, token.offset, entries[0]?.start ?? start);
      const node = this.opaque(from, end);
      return { ...node, block: true };
    }
    const first = entries[0]!;
    return makeNode(kind, first.start, last.end - 1, {
      block: true,
      column: column(this.text, first.start),
      entries,
      footStart: last.end,
    });
  }

  #entry(
    siblings: Entry[],
    previousEnd: number,
    indent: number,
    given: {
      key: string;
      name: string;
      start: number;
      keyEnd: number;
      colon: number;
      built: { node: Node; tail: string } | null;
      value: Any | null;
    },
  ): Entry {
    const { start, colon, built } = given;
    const line = lineStart(this.text, start);
    const compact = this.text.slice(line, start).trim() !== '';
    let leadStart = compact ? start : line;
    if (previousEnd !== -1) leadStart = settle(this.text, siblings.at(-1)!, line, indent);
    let node: Node;
    let tail = '';
    let tailStart: number;
    let tailEnd: number;
    let end: number;
    if (built === null) {
      node = this.opaque(colon, nextLine(this.text, Math.max(colon, (given.value?.range?.[1] ?? colon) - 1)));
      if (given.value !== null) this.visit(given.value, 0);
      tailStart = node.end;
      tailEnd = node.end;
      end = nextLine(this.text, node.end);
    } else {
      node = built.node;
      if (node.block) {
        // The comment on the line of the key; block scalars and opaque values hold theirs inside.
        tail = built.tail;
        tailStart = node.props === '' ? colon : node.valueStart;
        tailEnd = node.kind === 'map' || node.kind === 'list' ? this.text.indexOf('\n', colon) : tailStart;
        if (tail === '') tailEnd = tailStart;
        end = this.text[node.end] === '\n' ? node.end + 1 : nextLine(this.text, node.end);
      } else {
        tailStart = node.end;
        tailEnd = nextLine(this.text, node.end) - 1;
        tail = this.text.slice(tailStart, tailEnd).trim();
        end = tailEnd + 1;
      }
    }
    const lead = trimLines(this.text.slice(leadStart, compact ? start : line).replace(/\n$/, ''));
    const entry: Entry = {
      key: given.key,
      name: given.name,
      leadStart,
      start,
      keyEnd: given.keyEnd,
      colon,
      node,
      tail,
      tailStart,
      tailEnd,
      end,
      lead: leadStart === line || compact ? '' : lead === '' ? '\n' : lead,
      compact,
    };
    if (node.block && node.entries.length > 0) this.#firstLead(entry);
    siblings.push(entry);
    return entry;
  }

  /** Lines between a key and the first entry below it belong to that entry. */
  #firstLead(entry: Entry): void {
    const first = entry.node.entries[0]!;
    if (first.compact) return;
    const from = nextLine(this.text, entry.colon);
    setLead(this.text, first, from);
  }
}
