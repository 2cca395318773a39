/**
 * Reads collections in brackets. Invariant: what cannot be spliced between brackets (comments, pairs without braces,
 * keys without a value, explicit keys) makes the whole collection one atom.
 */
import { type CST, isMap, isSeq, type YAMLMap, type YAMLSeq } from 'yaml';
import { type Entry, flowEntry, makeNode, type Node, type Repeated } from './node.ts';
import { type Any, type AnyPair, keyedPair, meaningOf } from './yaml-parse.ts';

/** Reads a value that stands between brackets; the reader of the text around them provides it. */
export interface ValueReader {
  readonly text: string;
  readonly repeated: Repeated;
  /** A value without its anchor and tag; null when it is too odd to splice. */
  bare(value: Any, depth: number): Node | null;
  /** Counts the anchors and aliases below a value that becomes one atom. */
  visit(value: Any | null, depth: number): void;
}

export function readFlow(reader: ValueReader, value: YAMLMap | YAMLSeq, depth: number): Node {
  const [start, end] = value.range!;
  const odd = (): Node => {
    reader.visit(value, depth);
    return makeNode('opaque', start, end, { flow: true });
  };
  const token = value.srcToken as CST.FlowCollection | undefined;
  if (token?.type !== 'flow-collection' || holdsComment(token)) return odd();
  const entries: Entry[] = [];
  if (isSeq(value)) {
    if (token.items.length !== value.items.length && token.items.length !== value.items.length + 1)
      return odd();
    for (const [index, item] of (value.items as Any[]).entries()) {
      const nested = item as Any;
      if (isMap(nested) && (nested.srcToken as CST.Token | undefined)?.type !== 'flow-collection')
        return odd();
      const tokens = token.items[index]!.start;
      const prop = tokens.find(t => t.type === 'anchor' || t.type === 'tag');
      const from = prop?.offset ?? nested.range![0];
      const built = flowValue(reader, nested, tokens, from, depth);
      if (built === null || built.end === built.start) return odd();
      entries.push(flowEntry('', '', built.start, built.start, built.start, built));
    }
    return makeNode('list', start, end, { flow: true, entries });
  }
  const seen = new Set<string>();
  for (const pair of value.items as AnyPair[]) {
    const keyed = keyedPair(pair);
    if (keyed === null || pair.value === null) return odd();
    const { item, colon, key, keyStart, keyEnd } = keyed;
    if (item.start.some(t => t.type === 'anchor' || t.type === 'tag')) return odd();
    const identity = reader.repeated.name(meaningOf(key), seen, keyStart);
    const built = flowValue(reader, pair.value, item.sep!, colon.offset + 1, depth);
    if (built === null) return odd();
    entries.push(flowEntry(identity, key.source ?? '', keyStart, keyEnd, colon.offset + 1, built));
  }
  return makeNode('map', start, end, { flow: true, entries });
}

/** A value inside brackets; line breaks before it do not matter there. */
function flowValue(
  reader: ValueReader,
  value: Any,
  tokens: readonly CST.SourceToken[],
  from: number,
  depth: number,
): Node | null {
  const props = tokens.filter(t => t.offset >= from && (t.type === 'anchor' || t.type === 'tag'));
  const node = reader.bare(value, depth + 1);
  if (node === null) return null;
  const empty = node.end === node.start;
  if (props.length > 0) {
    if (empty) return null;
    node.start = props[0]!.offset;
    node.props = props.map(t => t.source).join(' ');
  } else if (empty) {
    node.start = from;
    node.valueStart = from;
    node.end = from;
  }
  return node;
}

/** Whether a comment stands between the brackets, not counting what inner brackets hold. */
function holdsComment(token: CST.FlowCollection): boolean {
  const any = (tokens: readonly CST.SourceToken[] | undefined) =>
    tokens?.some(t => t.type === 'comment') ?? false;
  const after = (inner: CST.Token | null | undefined) =>
    inner != null && 'end' in inner ? any(inner.end) : false;
  return token.items.some(item => any(item.start) || any(item.sep) || after(item.key) || after(item.value));
}
