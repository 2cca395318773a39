/**
 * Entries and collections in block style, whoever found them. Invariant: the entries of a collection tile its lines: what
 * stands between two of them belongs to exactly one.
 */
import { column, type Entry, makeNode, type Node, trimLines } from './node.ts';
import { lineStart, nextLine } from './source.ts';
import { setLead, settle } from './yaml-comments.ts';

/** The span from `start` to `end`, as one atom. @param asBlock whether it is one even where it is one line */
export function opaque(text: string, start: number, end: number, asBlock = false): Node {
  let from = start;
  while (text[from] === ' ' || text[from] === '\t') from++;
  let to = Math.max(from, end);
  while (to > from && /\s/.test(text[to - 1]!)) to--;
  const block = asBlock || text.slice(from, to).includes('\n') || text[from] === '\n';
  return makeNode('opaque', from, to, { block });
}

/** A value and the comment on the line before it; null: too odd to splice. */
export type Built = { readonly node: Node; readonly tail: string } | null;

export interface Found {
  readonly key: string;
  readonly name: string;
  readonly start: number;
  readonly keyEnd: number;
  readonly colon: number;
  readonly built: Built;
  /** Where a value that is too odd to splice ends. */
  readonly valueEnd: number;
}

/** Adds the next entry to its siblings, which all begin at the column `indent`. */
export function pushEntry(text: string, siblings: Entry[], indent: number, found: Found): Entry {
  const { start, colon, built } = found;
  const line = lineStart(text, start);
  let node: Node;
  let tail = '';
  let tailStart: number;
  let tailEnd: number;
  let end: number;
  if (built === null) {
    node = opaque(text, colon, nextLine(text, Math.max(colon, found.valueEnd - 1)));
    tailStart = node.end;
    tailEnd = node.end;
    end = nextLine(text, node.end);
  } else {
    node = built.node;
    if (node.block) {
      // The comment on the line of the key; block scalars and opaque values hold theirs inside.
      tail = built.tail;
      tailStart = node.props === '' ? colon : node.valueStart;
      tailEnd = tailStart;
      if (tail !== '' && (node.kind === 'map' || node.kind === 'list')) tailEnd = text.indexOf('\n', colon);
      end = text[node.end] === '\n' ? node.end + 1 : nextLine(text, node.end);
    } else {
      tailStart = node.end;
      tailEnd = nextLine(text, node.end) - 1;
      tail = text.slice(tailStart, tailEnd).trim();
      end = tailEnd + 1;
    }
  }
  const { compact, leadStart, lead } = leadOf(text, siblings, indent, start, line);
  const { key, name, keyEnd } = found;
  const entry: Entry = {
    key,
    name,
    leadStart,
    start,
    keyEnd,
    colon,
    node,
    tail,
    tailStart,
    tailEnd,
    end,
    lead,
    compact,
  };
  if (node.block && node.entries.length > 0) firstLead(text, entry);
  siblings.push(entry);
  return entry;
}

/** The lines above an entry that are its own. What is not is given to the entry before it. */
export function leadOf(
  text: string,
  siblings: readonly Entry[],
  indent: number,
  start: number,
  line: number,
): Pick<Entry, 'leadStart' | 'lead' | 'compact'> {
  const compact = text.slice(line, start).trim() !== '';
  let leadStart = compact ? start : line;
  const before = siblings.at(-1);
  // What was taken from another text has its feet.
  if (before?.node.origin !== undefined) leadStart = before.end;
  else if (before !== undefined) leadStart = settle(text, before, line, indent);
  if (leadStart === line || compact) return { leadStart, lead: '', compact };
  const lead = trimLines(text.slice(leadStart, line).replace(/\n$/, ''));
  return { leadStart, lead: lead === '' ? '\n' : lead, compact };
}

/** Lines between a key and the first entry below it belong to that entry. */
function firstLead(text: string, entry: Entry): void {
  const first = entry.node.entries[0]!;
  if (!first.compact) setLead(text, first, nextLine(text, entry.colon));
}

/** The collection of these entries, of which there is at least one. */
export function blockNode(text: string, kind: 'map' | 'list', entries: Entry[]): Node {
  const [first, last] = [entries[0]!, entries.at(-1)!];
  return makeNode(kind, first.start, last.end - 1, {
    block: true,
    column: column(text, first.start),
    entries,
    footStart: last.end,
  });
}
