/**
 * The tree every format is read into. It holds no values, only spans of the source and two numbers per node:
 * `value`, equal for equal meaning, and `full`, equal for equal meaning and comments. Invariant: the entries of
 * a block collection tile its lines, so every comment and blank line belongs to exactly one entry or foot.
 */
import { lineStart } from './source.ts';

export type NodeKind = 'scalar' | 'map' | 'list' | 'alias' | 'opaque' | 'text';

export interface Node {
  /** Set where the node is one of another text, moved: the original, alike in all but its offsets. */
  readonly origin?: Node;
  readonly kind: NodeKind;
  /** First byte, anchor and tag included. */
  start: number;
  /** First byte after anchor and tag. */
  valueStart: number;
  /** End of the value; of a block collection the end of its last line. */
  end: number;
  /** Collections in brackets, and everything in JSON. */
  readonly flow: boolean;
  /** Written as whole lines: block collections and what stands for them. */
  readonly block: boolean;
  /** Anchor and tag, normalised; '' when none. */
  props: string;
  /** Column of the entries of a block collection. */
  readonly column: number;
  readonly entries: Entry[];
  /** Comment lines after the last entry, normalised. */
  foot: string;
  footStart: number;
  /** Canonical meaning of a scalar or alias: type and value, or type and spelling. */
  readonly meaning: string;
  /** The string a string scalar stands for; null for everything else. */
  readonly string: string | null;
  readonly value: number;
  readonly full: number;
}

export interface Entry {
  /** Identity of a map key; '' for list items. */
  readonly key: string;
  /** The key for people and pointers. */
  readonly name: string;
  /** The steps to it, where the key is more than one. */
  readonly names?: readonly string[];
  /** First line that belongs to the entry: its leading comments. Equals `start` in flow and on shared lines. */
  leadStart: number;
  /** First byte of the key, or of the dash. */
  readonly start: number;
  readonly keyEnd: number;
  /** Just after the colon or the dash; equals `start` for items of flow lists. */
  readonly colon: number;
  readonly node: Node;
  /** The comment on the entry's own line, '' when none. */
  readonly tail: string;
  /** Where that comment is, or would be: after the spaces before it. */
  readonly tailStart: number;
  readonly tailEnd: number;
  /** Past the last line in block, the end of the value in flow. */
  end: number;
  /** Leading comment lines, trimmed, blank lines kept. */
  lead: string;
  /** Where its comma is, or would be; of entries that stand on lines of their own between brackets. */
  readonly comma?: Comma;
  /** Shares its line with what comes before it: the first entry of `- a: 1`. */
  readonly compact: boolean;
}

/** From the end of the value to behind the comma; empty: there is none. */
export interface Comma {
  readonly from: number;
  readonly to: number;
}

/** One document of a stream. */
export interface Doc {
  readonly start: number;
  readonly end: number;
  /** Where comments and content begin, after directives and `---`. */
  readonly contentStart: number;
  /** Where `...` begins, or `end`. */
  readonly contentEnd: number;
  /** Leading comments that do not belong to the first entry, normalised. */
  readonly head: string;
  readonly headEnd: number;
  /** The whole content as one entry without a key. */
  readonly entry: Entry;
  readonly empty: boolean;
  readonly value: number;
  readonly full: number;
}

export interface Tree {
  readonly text: string;
  readonly docs: readonly Doc[];
  /** How far one level is indented, as written. */
  readonly unit: string;
  readonly repeated: Repeated;
  /** Entries are whole lines that nothing is indented below (keyed-tree.ts): text that moves is left as it is. */
  readonly flat?: true;
  /** Whether every entry means what it says, wherever it stands: no anchors, and no key twice in one map. */
  readonly plain?: true;
}

/** What it takes to number nodes: the text they are of, and the numbers given so far. */
interface Numbering {
  readonly text: string;
  readonly ids: Ids;
}

/** A node whose numbers are found when they are asked for: most of a text is the same on all sides, and nobody asks. */
class ReadNode implements Node {
  readonly kind: NodeKind;
  start: number;
  valueStart: number;
  end: number;
  readonly flow: boolean;
  readonly block: boolean;
  props: string;
  readonly column: number;
  readonly entries: Entry[];
  foot = '';
  footStart: number;
  readonly meaning: string;
  readonly string: string | null;
  numbering: Numbering | null = null;
  #value = 0;
  #full = 0;

  constructor(kind: NodeKind, start: number, end: number, rest: NodeRest) {
    // Field by field: a spread would make the most frequent object of a merge several times as dear.
    this.kind = kind;
    this.start = start;
    this.valueStart = start;
    this.end = end;
    this.flow = rest.flow ?? false;
    this.block = rest.block ?? false;
    this.props = rest.props ?? '';
    this.column = rest.column ?? 0;
    this.entries = rest.entries ?? [];
    this.footStart = rest.footStart ?? end;
    this.meaning = rest.meaning ?? '';
    this.string = rest.string ?? null;
  }

  get value(): number {
    if (this.#value === 0) this.#number();
    return this.#value;
  }

  get full(): number {
    if (this.#full === 0) this.#number();
    return this.#full;
  }

  #number(): void {
    if (this.numbering === null) throw new Error('a node is compared before its document was read');
    const { ids, text } = this.numbering;
    const { props, kind } = this;
    if (kind !== 'map' && kind !== 'list') {
      const meaning = kind === 'opaque' ? trimLines(text.slice(this.start, this.end)) : this.meaning;
      this.#value = ids.of(`${kind} ${props} ${meaning}`);
      this.#full = this.#value;
      return;
    }
    const values: string[] = [];
    const fulls: string[] = [];
    const foot = spoken(this.foot);
    let silent = foot === '';
    for (const { key, node, lead, tail } of this.entries) {
      const [value, full] = [node.value, node.full];
      values.push(`${key}\0${value}`);
      const said = lead === '' ? '' : spoken(lead);
      silent &&= said === '' && tail === '' && full === value;
      fulls.push(`${key}\0${said}\0${tail}\0${full}`);
    }
    if (kind === 'map') values.sort();
    this.#value = ids.of(`${kind} ${props}\0${values.join('\0')}`);
    if (silent) {
      this.#full = this.#value;
      return;
    }
    if (kind === 'map') fulls.sort();
    this.#full = ids.of(`full ${kind} ${props}\0${fulls.join('\0')}\0${foot}`);
  }
}

type NodeRest = Partial<
  Omit<Node, 'kind' | 'start' | 'valueStart' | 'end' | 'foot' | 'value' | 'full' | 'origin'>
>;

/** A node of which `rest` says what is out of the ordinary. */
export function makeNode(kind: NodeKind, start: number, end: number, rest: NodeRest): Node {
  return new ReadNode(kind, start, end, rest);
}

/** An entry of a flow collection: it owns no comments, so most of its spans coincide. */
export function flowEntry(
  key: string,
  name: string,
  start: number,
  keyEnd: number,
  colon: number,
  value: Node,
): Entry {
  return {
    key,
    name,
    leadStart: start,
    start,
    keyEnd,
    colon,
    node: value,
    tail: '',
    tailStart: value.end,
    tailEnd: value.end,
    end: value.end,
    lead: '',
    compact: true,
  };
}

/** A text an engine cannot read. Offset counts in the normalised view. */
export class Unreadable extends Error {
  readonly reason: 'Syntax' | 'DuplicateKey' | 'UnknownAlias' | 'TooLarge' | 'TooDeep';
  readonly offset: number;
  constructor(reason: Unreadable['reason'], message: string, offset: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unreadable';
    this.reason = reason;
    this.offset = offset;
  }
}

/**
 * Keys that stand in a map more than once. The second and later ones get an identity of their own, so that each is
 * merged with its like.
 */
export class Repeated {
  readonly #found = new Map<string, { times: number; readonly offset: number }>();

  /** The identity of `key` in a map that already holds the identities in `seen`. */
  name(key: string, seen: Set<string>, offset: number): string {
    let identity = key;
    for (let nth = 2; seen.has(identity); nth++) identity = `${key}${again}${nth}`;
    seen.add(identity);
    if (identity !== key) {
      const known = this.#found.get(key);
      if (known === undefined) this.#found.set(key, { times: 1, offset });
      else known.times++;
    }
    return identity;
  }

  get none(): boolean {
    return this.#found.size === 0;
  }

  /** How often `key` stands in a map that has it already. */
  times(key: string): number {
    return this.#found.get(key)?.times ?? 0;
  }

  /** Each key that repeats, and where it does so first. */
  *keys(): IterableIterator<[key: string, offset: number]> {
    for (const [key, { offset }] of this.#found) yield [key, offset];
  }
}

const again = '\0again ';

/** The key that an identity repeats; null: it stands for itself. */
export function repeats(identity: string): string | null {
  const at = identity.indexOf(again);
  return at === -1 ? null : identity.slice(0, at);
}

/** Gives equal strings equal numbers, so that comparing subtrees is comparing two numbers. */
export class Ids {
  readonly #known = new Map<string, number>();
  of(text: string): number {
    let id = this.#known.get(text);
    if (id === undefined) {
      id = this.#known.size + 1;
      this.#known.set(text, id);
    }
    return id;
  }
}

/** Lines trimmed on both sides: comments compare without their indentation. */
export function trimLines(text: string): string {
  if (text === '') return '';
  return text
    .split('\n')
    .map(line => line.trim())
    .join('\n');
}

/** The comment lines of a lead or foot, without the blank ones. */
export function spoken(lead: string): string {
  if (!/\S/.test(lead)) return '';
  return lead
    .split('\n')
    .filter(line => line !== '')
    .join('\n');
}

/** Text of a node such that two equal strings mean the same however deep they are indented. */
export function spelling(text: string, node: Node): string {
  const slice = text.slice(node.start, node.end);
  if (!slice.includes('\n')) return slice;
  if (node.kind === 'scalar' && node.string !== null) {
    return `${slice.slice(0, slice.indexOf('\n'))}\n${JSON.stringify(node.string)}`;
  }
  return trimLines(slice);
}

/** What a reader says of a document. */
export type DocParts = Omit<Doc, 'value' | 'full'>;

/** A document, read: its nodes can be compared with those of other texts that `ids` numbers. */
export function makeDoc(text: string, parts: DocParts, ids: Ids): Doc {
  const { head, entry } = parts;
  const numbering: Numbering = { text, ids };
  const visit = (node: Node): void => {
    // What was taken from another text is numbered there.
    if (!(node instanceof ReadNode)) return;
    node.numbering = numbering;
    for (const inner of node.entries) visit(inner.node);
  };
  visit(entry.node);
  let full = 0;
  return {
    ...parts,
    get value() {
      return entry.node.value;
    },
    get full() {
      if (full === 0)
        full = ids.of(
          `doc ${entry.node.full} ${JSON.stringify([spoken(head), entry.tail, spoken(entry.lead)])}`,
        );
      return full;
    },
  };
}

/** The column, from 0, of an offset. */
export function column(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}
