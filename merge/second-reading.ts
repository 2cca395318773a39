/**
 * What is new in a text is read by another parser, too. Invariant: where a text differs from the one it was read beside
 * (the sides from base, the result from current), no clean answer rests on one parser alone.
 */
import { readYamlEvents } from '../text/yaml-events.ts';
import { eventValues } from './event-values.ts';
import { maxExpanded } from './limits.ts';
import type { Entry, Node, Tree } from './node.ts';
import { NoValues, Values } from './values.ts';
import { parseYaml } from './yaml-parse.ts';

/**
 * Whether js-yaml and `yaml` read alike what is new in a text, or else the whole text.
 * @param known what stands in other texts of the same merge, unchanged or asked about before
 */
export function readAlike(tree: Tree, known: readonly KnownEntries[]): boolean {
  return alike(new NewText(tree, known).toString()) || alike(tree.text);
}

function alike(text: string): boolean {
  const events = readYamlEvents(text);
  if (events === null) return false;
  const values = new Values(maxExpanded);
  try {
    const [ours, theirs] = [eventValues(values, events, false), values.yaml(parseYaml(text, false), false)];
    return ours.length === theirs.length && ours.every(({ id }, at) => id === theirs[at]!.id);
  } catch (error) {
    if (error instanceof NoValues) return false;
    throw error;
  }
}

/** Longer entries are known by those below them. */
const longestKnown = 512;

/** The entries of a text by their bytes and their column, but for those that were taken from another text. */
export class KnownEntries {
  /** By the column that they begin in. */
  readonly #found: Set<string>[] = [];

  constructor({ text, docs, plain }: Tree) {
    const visit = ({ column, entries }: Node): void => {
      this.#found[column] ??= new Set();
      const found = this.#found[column];
      for (const entry of entries) {
        if (entry.node.origin !== undefined) continue;
        const said = bytesOf(text, entry);
        if (said !== null) found.add(said);
        if (!isLeaf(entry.node)) visit(entry.node);
      }
    };
    // What anchors mean hangs on what stands before them.
    if (plain) for (const { entry } of docs) if (entry.node.block) visit(entry.node);
  }

  has(column: number, said: string): boolean {
    return this.#found[column]?.has(said) ?? false;
  }
}

const isLeaf = ({ block, entries }: Node) => !block || entries.length === 0;

const bytesOf = (text: string, { start, end }: Entry): string | null =>
  end - start > longestKnown ? null : text.slice(start, end);

/** A text without the entries that are known; of each collection that stays, one entry does. */
class NewText {
  readonly #tree: Tree;
  readonly #known: readonly KnownEntries[];
  /** From start to end; null: it stays after all. */
  readonly #dropped: (readonly [number, number] | null)[] = [];

  constructor(tree: Tree, known: readonly KnownEntries[]) {
    this.#tree = tree;
    this.#known = tree.plain ? known : [];
  }

  toString(): string {
    const { text, docs } = this.#tree;
    for (const { entry } of docs) if (entry.node.block) this.#drop(entry.node);
    const parts: string[] = [];
    let at = 0;
    for (const span of this.#dropped) {
      if (span === null) continue;
      parts.push(text.slice(at, span[0]));
      at = span[1];
    }
    parts.push(text.slice(at));
    return parts.join('');
  }

  /** Whether all entries are known. Those that are go: all but one, and what shares a line with a dash. */
  #drop({ column, entries }: Node): boolean {
    let [all, first] = [true, -1];
    for (const entry of entries) {
      const at = this.#dropped.length;
      const isSilent = entry.lead === '' || this.#isSilent(entry.leadStart, entry.start);
      if (!isSilent || !this.#isKnown(entry, column)) {
        all = false;
        continue;
      }
      this.#dropped.length = at;
      if (entry.compact) continue;
      if (first === -1) first = at;
      this.#dropped.push([entry.leadStart, entry.end]);
    }
    if (all && first !== -1) this.#dropped[first] = null;
    return all;
  }

  #isKnown(entry: Entry, column: number): boolean {
    const { node, key } = entry;
    if (node.origin !== undefined) return true;
    if (this.#known.length > 0) {
      const said = bytesOf(this.#tree.text, entry);
      if (said !== null && this.#known.some(known => known.has(column, said))) return true;
    }
    if (isLeaf(node) || !this.#drop(node)) return false;
    // An item is known by all that it holds; a key may be new above what is not.
    const [first, last] = [node.entries[0]!, node.entries.at(-1)!];
    return key === '' && this.#isSilent(entry.colon, first.leadStart) && this.#isSilent(last.end, entry.end);
  }

  /** Whether nothing but comments and blank lines stands there: what a parser overlooked stays. */
  #isSilent(start: number, end: number): boolean {
    const { text } = this.#tree;
    let at = start;
    while (at < end && text[at] === ' ') at++;
    return at >= end || /^(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*$/.test(text.slice(start, end));
  }
}
