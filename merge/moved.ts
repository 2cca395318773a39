/**
 * Nodes that two texts have alike, byte for byte: the second text has the first one's, with other offsets. Invariant: a
 * moved node says of the second text what reading it there would have said; below it nothing is made until it is asked for.
 */
import type { Entry, Node, NodeKind } from './node.ts';

class Moved implements Node {
  readonly origin: Node;
  readonly kind: NodeKind;
  start: number;
  valueStart: number;
  end: number;
  readonly flow: boolean;
  readonly block: boolean;
  props: string;
  readonly column: number;
  foot: string;
  footStart: number;
  readonly meaning: string;
  readonly string: string | null;
  value: number;
  full: number;
  readonly #by: number;
  #entries: Entry[] | null = null;

  constructor(node: Node, by: number) {
    const origin = node.origin ?? node;
    this.origin = origin;
    this.kind = node.kind;
    this.start = node.start + by;
    this.valueStart = node.valueStart + by;
    this.end = node.end + by;
    this.flow = node.flow;
    this.block = node.block;
    this.props = node.props;
    this.column = node.column;
    this.foot = node.foot;
    this.footStart = node.footStart + by;
    this.meaning = node.meaning;
    this.string = node.string;
    this.value = node.value;
    this.full = node.full;
    this.#by = this.start - origin.start;
  }

  get entries(): Entry[] {
    this.#entries ??= this.origin.entries.map(entry => moveEntry(entry, this.#by, entry.key));
    return this.#entries;
  }
}

/** `entry` as it stands in a text that has it `by` further on, where its key is called `key`. */
export function moveEntry(entry: Entry, by: number, key: string): Entry {
  return {
    key,
    name: entry.name,
    leadStart: entry.leadStart + by,
    start: entry.start + by,
    keyEnd: entry.keyEnd + by,
    colon: entry.colon + by,
    node: new Moved(entry.node, by),
    tail: entry.tail,
    tailStart: entry.tailStart + by,
    tailEnd: entry.tailEnd + by,
    end: entry.end + by,
    lead: entry.lead,
    compact: entry.compact,
  };
}

/** The entries of a node where no offset is asked for: those of the original, if it is moved. */
export function entriesOf(node: Node): readonly Entry[] {
  return (node.origin ?? node).entries;
}
