/**
 * How much two nodes hold alike, counted in leaves: scalars with the keys above them, and the lines of texts. Invariant:
 * where an entry stands, and how it is written, never counts.
 */
import { entriesOf } from './moved.ts';
import type { Entry, Node } from './node.ts';

/** Less than so many leaves alike are chance. */
const leastShared = 2;

/** `rest`: alike in all but one scalar; `most`: alike in more than half. */
export const closeness = { none: 0, most: 1, rest: 2 } as const;
export type Closeness = (typeof closeness)[keyof typeof closeness];

interface Bag {
  readonly leaves: ReadonlyMap<string, number>;
  readonly size: number;
}

export class Likeness {
  readonly #bags = new Map<Node, Bag>();

  between({ node: a }: Entry, { node: b }: Entry): Closeness {
    if (a.kind !== b.kind || (a.kind !== 'map' && a.kind !== 'list') || a.props !== b.props)
      return closeness.none;
    const shared = this.#shared(a, b);
    if (shared < leastShared) return closeness.none;
    if (a.value === b.value || allButOne(a, b)) return closeness.rest;
    return shared * 2 > Math.max(this.#of(a).size, this.#of(b).size) ? closeness.most : closeness.none;
  }

  #shared(a: Node, b: Node): number {
    const [some, others] = [this.#of(a), this.#of(b)];
    let shared = 0;
    for (const [leaf, times] of some.leaves) shared += Math.min(times, others.leaves.get(leaf) ?? 0);
    return shared;
  }

  #of(node: Node): Bag {
    const key = node.origin ?? node;
    let bag = this.#bags.get(key);
    if (bag === undefined) {
      bag = bagOf(key);
      this.#bags.set(key, bag);
    }
    return bag;
  }
}

function bagOf(node: Node): Bag {
  const leaves = new Map<string, number>();
  let size = 0;
  const add = (leaf: string) => {
    leaves.set(leaf, (leaves.get(leaf) ?? 0) + 1);
    size++;
  };
  const visit = (at: Node, path: string): void => {
    const entries = entriesOf(at);
    if (entries.length > 0) for (const entry of entries) visit(entry.node, `${path}\0${entry.key}`);
    // An empty map or list is not a sign of anything.
    else if (at.kind === 'map' || at.kind === 'list') return;
    else if (at.string?.includes('\n')) for (const line of at.string.split('\n')) add(`${path}\n${line}`);
    else add(`${path}\0${at.value}`);
  };
  visit(node, '');
  return { leaves, size };
}

/** Whether two maps have the same keys, and one scalar alone differs. */
function allButOne(a: Node, b: Node): boolean {
  const [ours, theirs] = [entriesOf(a), entriesOf(b)];
  if (a.kind !== 'map' || ours.length !== theirs.length) return false;
  const values = new Map(theirs.map(({ key, node }) => [key, node]));
  const different = ours.filter(({ key, node }) => values.get(key)?.value !== node.value);
  const [only] = different;
  return different.length === 1 && only!.node.kind === 'scalar' && values.get(only!.key)?.kind === 'scalar';
}
