/**
 * Whose comments are whose. Invariant: the lines between two entries are divided between what ends before them and
 * what begins after them, none twice and none left over.
 */
import { type Entry, trimLines } from './node.ts';
import { lineStart, nextLine } from './source.ts';

/** Gives an entry the lines from `from` up to its own as leading comments. */
export function setLead(text: string, entry: Entry, from: number): void {
  const line = lineStart(text, entry.start);
  entry.leadStart = from;
  if (from >= line) {
    entry.leadStart = line;
    entry.lead = '';
    return;
  }
  const lead = trimLines(text.slice(from, line - 1));
  entry.lead = lead === '' ? '\n' : lead;
}

/**
 * Gives the comment lines between an entry and `until` to the deepest collection that ends there and is not
 * indented deeper than they are; returns where the lines begin that belong to what follows.
 */
export function settle(text: string, entry: Entry, until: number, indent: number): number {
  // Nothing stands between the two: what is inside has its feet.
  if (entry.end >= until) return entry.end;
  const owners: Entry[] = [];
  for (let owner: Entry | undefined = entry; owner !== undefined; owner = owner.node.entries.at(-1)) {
    if (!owner.node.block || owner.node.entries.length === 0) break;
    owners.push(owner);
  }
  let from = entry.end;
  let deepest = owners.length - 1;
  for (let at = from; at < until && deepest >= 0; ) {
    const next = Math.min(nextLine(text, at), until);
    const line = text.slice(at, next);
    at = next;
    if (line.trim() === '') continue;
    const depth = line.length - line.trimStart().length;
    let index = deepest;
    while (index >= 0 && owners[index]!.node.column > depth) index--;
    if (index < 0 || owners[index]!.node.column <= indent) break;
    // A list flush with its key: the comment belongs to the map that holds both.
    while (index > 0 && owners[index - 1]!.node.column === owners[index]!.node.column) index--;
    deepest = index;
    for (let up = 0; up <= index; up++) {
      owners[up]!.end = next;
      owners[up]!.node.end = next - 1;
    }
    from = next;
  }
  for (const owner of owners) {
    const node = owner.node;
    node.footStart = node.entries.at(-1)!.end;
    node.foot = trimLines(text.slice(node.footStart, Math.max(node.footStart, node.end)));
  }
  return from;
}

/** Comments that a blank line separates from the first entry speak of the whole document: where they end. */
export function headOf(text: string, from: number, until: number): number {
  let spoke = false;
  let end = from;
  for (let at = from; at < until; ) {
    const next = Math.min(nextLine(text, at), until);
    if (text.slice(at, next).trim() !== '') spoke = true;
    else if (spoke) end = next;
    at = next;
  }
  return end;
}
