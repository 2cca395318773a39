/**
 * What one walk over three trees carries along: the trees, and what it found so far. Invariant: a clash never
 * stops the walk, so one merge names every place at once.
 */

import { type Path, pointer } from '../text/path.ts';
import type { Entry, Node, Tree } from './node.ts';
import { Splices } from './splices.ts';
import type { ListPolicy, Notice, PlaceKind } from './types.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A clash in spans of the three views. */
export interface FoundPlace {
  readonly kind: PlaceKind;
  readonly path: Path;
  readonly base: Span | null;
  readonly current: Span | null;
  readonly proposed: Span | null;
  /** Where in current the place would be when current has nothing there. */
  readonly at: number;
  readonly detail?: string;
}

export class Context {
  readonly base: Tree;
  readonly current: Tree;
  readonly proposed: Tree;
  readonly policy: ListPolicy | undefined;
  splices = new Splices();
  readonly places: FoundPlace[] = [];
  readonly notices: Notice[] = [];
  /** Leading comments for entries that share their line with a dash; `emit` finds them a line. */
  readonly firstLeads = new Map<Entry, string>();

  constructor(base: Tree, current: Tree, proposed: Tree, policy: ListPolicy | undefined) {
    this.base = base;
    this.current = current;
    this.proposed = proposed;
    this.policy = policy;
  }

  splice(start: number, end: number, text: string, path: Path, rank = 0): void {
    if (this.current.text.slice(start, end) !== text) this.splices.add(start, end, text, pointer(path), rank);
  }

  clash(
    kind: PlaceKind,
    path: Path,
    base: Span | null,
    current: Span | null,
    proposed: Span | null,
    at: number,
    detail?: string,
  ): void {
    const place = { kind, path, base, current, proposed, at: current?.start ?? at };
    this.places.push(detail === undefined ? place : { ...place, detail });
  }

  notice(kind: Notice['kind'], path: Path, message: string): void {
    this.notices.push({ kind, pointer: pointer(path), message });
  }
}

/** The bytes a person sees as the value. */
export function valueSpan(entry: Entry): Span {
  const { node } = entry;
  return { start: node.start, end: node.end };
}

/** Key and value, without leading comments and the last line end. */
export function entrySpan(entry: Entry): Span {
  return {
    start: entry.start,
    end: Math.max(entry.node.end, entry.tail === '' ? entry.start : entry.tailEnd),
  };
}

/** The leading comments; an empty span before the entry when there are none. */
export function leadSpan(entry: Entry): Span {
  return { start: entry.leadStart, end: Math.max(entry.leadStart, entry.start) };
}

export function isCollection(node: Node): boolean {
  return node.kind === 'map' || node.kind === 'list';
}
