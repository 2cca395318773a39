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
import { type Entry, makeNode, type Node, Repeated, Unreadable } from './node.ts';
import { type Built, blockNode, type Found, opaque, pushEntry } from './yaml-block.ts';
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
  value(value: Any | null, tokens: readonly CST.SourceToken[], from: number, depth: number): Built {
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
      this.#push(entries, token.indent, pair.value, {
        key: identity,
        name: key.source ?? '',
        start,
        keyEnd,
        colon: colon.offset + 1,
        built,
      });
    }
    if (odd)
      for (const pair of pairs) {
        this.visit(pair.key, depth);
        this.visit(pair.value, depth);
      }
    return this.#collection('map', entries, odd, token, map);
  }

  #push(entries: Entry[], indent: number, value: Any | null, found: Omit<Found, 'valueEnd'>): void {
    if (found.built === null && value !== null) this.visit(value, 0);
    pushEntry(this.text, entries, indent, { ...found, valueEnd: value?.range?.[1] ?? found.colon });
  }

  #blockList(list: YAMLSeq, token: BlockToken, depth: number): Node | null {
    const items = (token.items as Item[]).filter(item => item.start.some(t => t.type === 'seq-item-ind'));
    const entries: Entry[] = [];
    const odd = items.length !== list.items.length;
    for (const [index, item] of list.items.entries()) {
      if (odd) this.visit(item as Any, depth);
      else {
        const tokens = items[index]!.start;
        const dash = tokens.find(t => t.type === 'seq-item-ind')!;
        const built = this.value(item as Any, tokens, dash.offset + 1, depth + 1);
        const [start, end] = [dash.offset, dash.offset + 1];
        const found = { key: '', name: '', start, keyEnd: end, colon: end, built };
        this.#push(entries, token.indent, item as Any, found);
      }
    }
    return this.#collection('list', entries, odd, token, list);
  }

  #collection(
    kind: 'map' | 'list',
    entries: Entry[],
    odd: boolean,
    token: BlockToken,
    value: YAMLMap | YAMLSeq,
  ): Node | null {
    if (!odd && entries.length > 0) return blockNode(this.text, kind, entries);
    const [start, end] = value.range!;
    const from = Math.min(start, token.offset, entries[0]?.start ?? start);
    return opaque(this.text, from, end, true);
  }
}
