/**
 * How far a text indents one level below another, and proposed's entries moved to that. Invariant: only the white
 * space that begins a line changes, and all lines of one level move alike.
 */
import { entriesOf } from './moved.ts';
import { column, type Entry, type Node, type Tree } from './node.ts';

/** Columns from a map to the map or list below its key, where the text always uses as many; null: it does not. */
export interface Steps {
  readonly map: number | null;
  readonly list: number | null;
}

export function stepsOf(tree: Tree): Steps {
  const found = { map: new Set<number>(), list: new Set<number>() };
  const visit = (node: Node): void => {
    for (const { node: inner, key } of entriesOf(node)) {
      if (!inner.block || (inner.kind !== 'map' && inner.kind !== 'list')) continue;
      if (node.kind === 'map' && key !== '') found[inner.kind].add(inner.column - node.column);
      visit(inner);
    }
  };
  for (const doc of tree.docs) visit(doc.entry.node);
  const only = (steps: Set<number>) => (steps.size === 1 ? [...steps][0]! : null);
  return { map: only(found.map), list: only(found.list) };
}

/** The lines of `[from, to)` after the first, of an entry that comes to stand `by` columns further right. */
export function moved(tree: Tree, entry: Entry, from: number, to: number, by: number, steps: Steps): string {
  const { text } = tree;
  const slice = text.slice(from, to);
  if (!slice.includes('\n')) return slice;
  const levels = levelsOf(text, entry, by, steps);
  let next = 0;
  let delta = by;
  return slice.replace(/\n( *)(?=[^\n])/g, (_, spaces: string, at: number) => {
    const line = from + at + 1;
    while (next < levels.length && levels[next]!.from <= line) delta = levels[next++]!.by;
    return delta > 0
      ? `\n${' '.repeat(delta)}${spaces}`
      : `\n${spaces.slice(Math.min(-delta, spaces.length))}`;
  });
}

/** From which offset on lines move by how much, in the order of the text. */
function levelsOf(text: string, entry: Entry, by: number, steps: Steps): { from: number; by: number }[] {
  const levels: { from: number; by: number }[] = [];
  const visit = (at: Entry, delta: number): void => {
    const { node } = at;
    const [first] = node.entries;
    if (!node.block || first === undefined) return;
    const own = node.kind === 'map' || node.kind === 'list' ? steps[node.kind] : null;
    const step = node.column - column(text, at.start);
    const inner = first.compact || at.key === '' || own === null ? delta : delta + own - step;
    for (const child of node.entries) {
      levels.push({ from: child.leadStart, by: inner });
      visit(child, inner);
    }
    levels.push({ from: node.footStart, by: inner });
  };
  visit(entry, by);
  return levels;
}
