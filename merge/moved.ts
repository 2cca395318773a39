/**
 * Nodes that two texts have alike, byte for byte: the second text has the first one's, with other offsets. Invariant: a
 * moved node says of the second text what reading it there would have said; below it nothing is made until it is asked for.
 */
import type { Entry, Node, NodeKind } from './node.ts';

class Moved implements Node {
  readonly origin: Node;
  readonly #by: number;
  #entries: Entry[] | null = null;

  constructor(node: Node, by: number) {
    this.origin = node.origin ?? node;
    this.#by = node.start + by - this.origin.start;
  }

  get kind(): NodeKind {
    return this.origin.kind;
  }

  get start(): number {
    return this.origin.start + this.#by;
  }

  get valueStart(): number {
    return this.origin.valueStart + this.#by;
  }

  get end(): number {
    return this.origin.end + this.#by;
  }

  get flow(): boolean {
    return this.origin.flow;
  }

  get block(): boolean {
    return this.origin.block;
  }

  get props(): string {
    return this.origin.props;
  }

  get column(): number {
    return this.origin.column;
  }

  get foot(): string {
    return this.origin.foot;
  }

  get footStart(): number {
    return this.origin.footStart + this.#by;
  }

  get meaning(): string {
    return this.origin.meaning;
  }

  get string(): string | null {
    return this.origin.string;
  }

  get value(): number {
    return this.origin.value;
  }

  get full(): number {
    return this.origin.full;
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
