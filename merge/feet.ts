/**
 * The comment lines that close a collection, and comments that new entries were written below. Invariant: what both
 * sides wrote below stays there once; nobody's edit makes two of one comment.
 */

import type { Path } from '../text/path.ts';
import { commentCell } from './cell.ts';
import { mergeComments } from './comments.ts';
import type { MergeContext } from './context.ts';
import { type Entry, type Node, spoken } from './node.ts';
import { nextLine } from './source.ts';
import { each, type Three } from './three.ts';

/** The comment lines after the last entry. */
export function mergeFoot(context: MergeContext, at: Three<Entry>, path: Path): void {
  const { base, current, proposed } = at;
  const [b, c, p] = [base.node, current.node, proposed.node];
  const take = commentCell(b.foot, c.foot, p.foot);
  if (take === 'keep') return;
  if (take === 'take' && holdsFoot(c) && (holdsFoot(p) || p.foot === '')) {
    const indent = spoken(p.foot) === '' ? 0 : Math.max(0, c.column);
    const text = p.foot === '' ? '' : context.proposed.text.slice(p.footStart, footEnd(proposed));
    context.splice(c.footStart, Math.max(c.footStart, footEnd(current)), context.lines(text, indent), path);
    return;
  }
  if (take === 'take' && spoken(p.foot) === spoken(c.foot)) return;
  if (take === 'clash' && [base, current, proposed].every(entry => holdsFoot(entry.node))) {
    const own = context.current.text.slice(c.footStart, footEnd(current));
    const feet = each(at, ({ node }) => node.foot);
    const merged = mergeComments(feet, own, Math.max(0, c.column));
    if (merged !== null) return context.splice(c.footStart, footEnd(current), merged, path);
  }
  const span = ({ node }: Entry) => ({ start: node.footStart, end: Math.max(node.footStart, node.end) });
  context.clash('Comment', path, each(at, span), current.start);
}

/**
 * Closing comments that current has above an entry of its own, as it was written below them: proposed's edit of them goes
 * there. @returns whether nothing is left to do about them
 */
export function mergeTakenFoot(
  context: MergeContext,
  { base, current, proposed }: Three<Entry>,
  taken: ReadonlyMap<Entry, TakenLead>,
  path: Path,
): boolean {
  const [b, c, p] = [base.node, current.node, proposed.node];
  const [was, now] = [spoken(b.foot), spoken(p.foot)];
  if (was === now || now === '' || spoken(c.foot) !== '' || !c.block || !p.block) return false;
  const [entry, { said }] = [...taken].find(([, { from }]) => from === null) ?? [null, { said: '' }];
  if (entry === null || entry.compact) return false;
  if (said === now) return true;
  if (said !== was) return false;
  const { text } = context.current;
  const end = endOfSaid(text, entry, said);
  const lines = context.proposed.text.slice(p.footStart, footEnd(proposed));
  context.splice(entry.leadStart, end, context.lines(lines, Math.max(0, c.column)), path);
  return true;
}

/** Whether there are lines for closing comments: in block style, and after brackets that are the whole document. */
function holdsFoot(node: Node): boolean {
  return node.block || node.footStart > node.end;
}

function footEnd(entry: Entry): number {
  return entry.node.block ? entry.node.end + 1 : entry.end;
}

/** Comment lines a new entry took over by being written below them. */
export interface TakenLead {
  readonly said: string;
  /** Whose they were in base: the name of the entry they led, or null for the closing comments. */
  readonly from: string | null;
}

/**
 * An entry written between comments and the entry they speak of, or below the closing comments of its collection,
 * has them for its own leading comments when read. These are the new entries of `side` that did so.
 */
export function takenLeads(
  side: Node,
  names: readonly string[],
  base: Node,
  other: Node,
  inBase: ReadonlyMap<string, { entry: Entry }>,
): Map<Entry, TakenLead> {
  const taken = new Map<Entry, TakenLead>();
  let from: string | null = null;
  // Where the other side edited the closing comments, they may have been taken over as edited.
  let said = [spoken(other.foot), spoken(base.foot)];
  let left = spoken(side.foot);
  for (let index = side.entries.length - 1; index >= 0; index--) {
    const entry = side.entries[index]!;
    const before = inBase.get(names[index]!)?.entry;
    const lead = spoken(entry.lead);
    if (before !== undefined) {
      [from, said, left] = [names[index]!, [spoken(before.lead)], lead];
      continue;
    }
    const found = said.find(lines => lines !== '' && leads(lead, lines) && !leads(left, lines));
    if (found !== undefined) taken.set(entry, { said: found, from });
  }
  return taken;
}

function leads(lead: string, said: string): boolean {
  return lead === said || lead.startsWith(`${said}\n`);
}

/** An entry without the comments it took over. */
export function withoutTaken(entry: Entry, taken: TakenLead | undefined): Entry {
  return taken === undefined ? entry : { ...entry, lead: spoken(entry.lead).slice(taken.said.length + 1) };
}

/** The same for proposed's text: the lines taken over are left out. */
export function trimTaken(context: MergeContext, entry: Entry, taken: TakenLead): Entry {
  const leadStart = endOfSaid(context.proposed.text, entry, taken.said);
  return { ...withoutTaken(entry, taken), leadStart };
}

/** Where the lines end that an entry took over. */
function endOfSaid(text: string, { leadStart }: Entry, said: string): number {
  let left = said.split('\n').length;
  let from = leadStart;
  while (left > 0) {
    if (text.slice(from, nextLine(text, from)).trim() !== '') left--;
    from = nextLine(text, from);
  }
  return from;
}
