/**
 * Reads collections in brackets from events: what `yaml-flow.ts` makes of them. Invariant: what cannot be spliced between
 * brackets (comments, pairs without braces, explicit keys, keys with an anchor) makes the whole collection one atom.
 */
import {
  ALIAS,
  PLAIN,
  SCALAR,
  type ScalarEvent,
  SEQUENCE,
  scalarText,
  type YamlEvents,
} from '../text/yaml-events.ts';
import type { EventOffsets } from './event-offsets.ts';
import { type Entry, flowEntry, makeNode, type Node, type Repeated } from './node.ts';
import { plainMeaning } from './yaml-parse.ts';

/** The reader of the text around the brackets. */
export interface FlowReader {
  readonly events: YamlEvents;
  readonly offsets: EventOffsets;
  readonly repeated: Repeated;
  /** A value without its anchor; null when it is too odd to splice. */
  bare(index: number, start: number, depth: number, bound: number, model: Node | null): Node | null;
  /** Counts the anchors and aliases below a value that becomes one atom. */
  visit(index: number): void;
}

export function readEventFlow(reader: FlowReader, index: number, start: number, depth: number): Node {
  const { text, all, after, ends, commented, pairs } = reader.events;
  const end = ends[index]!;
  const until = after[index]! - 1;
  const odd = (): Node => {
    reader.visit(index);
    return makeNode('opaque', start, end, { flow: true });
  };
  if (commented.has(index)) return odd();
  const entries: Entry[] = [];
  if (all[index]!.type === SEQUENCE) {
    for (let at = index + 1; at < until; at = after[at]!) {
      if (pairs.has(at)) return odd();
      const built = flowValue(reader, at, -1, depth);
      if (built === null || built.end === built.start) return odd();
      entries.push(flowEntry('', '', built.start, built.start, built.start, built));
    }
    return makeNode('list', start, end, { flow: true, entries });
  }
  const seen = new Set<string>();
  let last = start + 1;
  for (let at = index + 1; at < until; ) {
    const event = all[at]!;
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
    const key = reader.repeated.name(quoted ? `s:${name}` : plainMeaning(name), seen, keyStart);
    const built = flowValue(reader, value, colon, depth);
    if (built === null) return odd();
    entries.push(flowEntry(key, name, keyStart, keyEnd, colon, built));
    last = Math.max(colon, built.end);
  }
  return makeNode('map', start, end, { flow: true, entries });
}

/** A value inside brackets; `from` is where it would be if it is empty. */
function flowValue(reader: FlowReader, index: number, from: number, depth: number): Node | null {
  const { events, offsets } = reader;
  const { text, all } = events;
  const event = all[index]!;
  const anchored = event.type !== ALIAS && (event as ScalarEvent).anchorStart !== -1;
  if (event.type === SCALAR && event.valueStart === -1) {
    if (anchored) return null;
    return makeNode('scalar', from, from, { meaning: 'p:' });
  }
  const node = reader.bare(index, offsets.startOf(event), depth + 1, -1, null);
  if (node !== null && anchored) {
    const { anchorStart, anchorEnd } = event as ScalarEvent;
    node.start = anchorStart - 1;
    node.props = text.slice(anchorStart - 1, anchorEnd);
  }
  return node;
}
