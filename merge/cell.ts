/**
 * The rule of a cell, the smallest place of a merge: what only one side changed is taken, what both changed alike is
 * kept, anything else is a clash. Invariant: the rule looks at nothing but what the three sides have there.
 */
import { type Entry, spoken } from './node.ts';

export type Take = 'keep' | 'take' | 'clash';

/** The rule of a cell. */
export function cell(base: string | number, current: string | number, proposed: string | number): Take {
  if (proposed === base || proposed === current) return 'keep';
  return current === base ? 'take' : 'clash';
}

/** The rule of a comment cell: spelling first, then what it says without blank lines. */
export function commentCell(base: string, current: string, proposed: string): Take {
  const exact = cell(base, current, proposed);
  return exact === 'clash' ? cell(spoken(base), spoken(current), spoken(proposed)) : exact;
}

/** Whether an entry says the same on two sides: value and comments, not layout. */
export function sameEntry(a: Entry, b: Entry): boolean {
  return a.node.full === b.node.full && a.tail === b.tail && spoken(a.lead) === spoken(b.lead);
}
