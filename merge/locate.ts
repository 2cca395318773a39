/**
 * Where a value stands in a text, for whatever has to point at it: by the tree that a merge reads, in any format.
 * Invariant: always an answer; what has no place of its own is where the nearest thing around it is.
 */
import { placeOf } from '../text/body-problem.ts';
import type { Format } from '../text/format.ts';
import { itemStep, keyStep, type Path, root } from '../text/path.ts';
import { locatedIn } from './formats.ts';
import { type Entry, Ids, type Node } from './node.ts';
import { InputRefused, type ReadInput, read } from './read.ts';

export interface Spot {
  /** From 1, in characters. */
  readonly line: number;
  readonly column: number;
}

export class Locator {
  readonly #text: string;
  readonly #input: ReadInput | null;

  constructor(text: string, format: Format) {
    this.#text = text;
    this.#input = readOrNull(text, format);
  }

  /**
   * @param document which of several, from 0
   * @param steps from the root of the document to the value: keys and indexes
   * @param at the value itself, or the key that it has
   */
  spotOf(document: number, steps: readonly string[], at: 'value' | 'key'): Spot {
    const tree = this.#input?.tree;
    // An empty document between markers has no value, and so no violation.
    const doc = tree?.docs[document] ?? tree?.docs.at(-1);
    if (!this.#input || !doc) return { line: 1, column: 1 };
    let node: Node = doc.entry.node;
    let offset = node.valueStart;
    let left = steps;
    while (left.length > 0) {
      const step = stepInto(node, left);
      if (!step) break;
      node = step.entry.node;
      left = left.slice(step.taken);
      const isKey = at === 'key' && left.length === 0;
      offset = isKey || node.kind === 'opaque' ? step.entry.start : node.valueStart;
    }
    return placeOf(this.#text, this.#input.source.raw(offset));
  }

  /**
   * What stands at an offset of the text: the way to the value; of a key, to what it is a key of. Of several documents,
   * the first step is which one.
   */
  pathAt(offset: number): Path {
    const tree = this.#input?.tree;
    const at = this.#input?.source.view(offset) ?? 0;
    const index = tree?.docs.findLastIndex(({ start }) => start <= at) ?? -1;
    if (!tree || index === -1) return root;
    let path = tree.docs.length > 1 ? itemStep(root, index, null) : root;
    let node: Node = tree.docs[index]!.entry.node;
    for (;;) {
      const item: number = node.entries.findIndex(({ start, end }) => start <= at && at < end);
      const entry = node.entries[item];
      if (!entry) return path;
      if (node.kind === 'list') path = itemStep(path, item, null);
      else if (at < entry.keyEnd) return path;
      else for (const name of entry.names ?? [entry.name]) path = keyStep(path, name);
      node = entry.node;
    }
  }
}

function stepInto(node: Node, steps: readonly string[]): { entry: Entry; taken: number } | null {
  if (node.kind === 'list') {
    const entry = node.entries[Number(steps[0])];
    return entry ? { entry, taken: 1 } : null;
  }
  for (const entry of node.entries) {
    if (entry.name === steps[0]) return { entry, taken: 1 };
    const { names = [] } = entry;
    if (names.length > 0 && names.every((name, index) => name === steps[index]))
      return { entry, taken: names.length };
  }
  // A table that stands as a line of its own, such as a TOML header: the first line below it.
  const below = node.entries.find(({ names }) => names?.[0] === steps[0]);
  return below ? { entry: below, taken: steps.length } : null;
}

function readOrNull(text: string, format: Format): ReadInput | null {
  try {
    const [seen, as] = locatedIn[format]?.(text) ?? [text, format];
    return read('proposed', seen, as, new Ids());
  } catch (error) {
    if (error instanceof InputRefused) return null;
    throw error;
  }
}
