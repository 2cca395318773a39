/**
 * What one walk over three trees carries along: the trees, and what it found so far. Invariant: a clash never
 * stops the walk, so one merge names every place at once.
 */

import { type Path, pointer } from '../text/path.ts';
import type { Entry, Node, Tree } from './node.ts';
import { Splices } from './splices.ts';
import { type Steps, stepsOf } from './steps.ts';
import { reindentLead } from './text.ts';
import { each, type Three } from './three.ts';
import type { ListPolicy, Notice, PlaceKind } from './types.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A clash in spans of the three views. */
export interface FoundPlace extends Three<Span | null> {
  readonly kind: PlaceKind;
  readonly path: Path;
  /** Where in current the place would be when current has nothing there. */
  readonly at: number;
  readonly detail?: string;
}

interface Mark {
  readonly splices: number;
  readonly places: number;
  readonly notices: number;
  readonly leads: number;
}

/** How often the text of current, all in all, may be walked again to try another identity. */
const triesPerLength = 8;

export class MergeContext implements Three<Tree> {
  readonly base: Tree;
  readonly current: Tree;
  readonly proposed: Tree;
  readonly policy: ListPolicy | undefined;
  readonly again: boolean;
  splices = new Splices();
  readonly places: FoundPlace[] = [];
  readonly notices: Notice[] = [];
  /** Leading comments for entries that share their line with a dash; `emit` finds them a line. */
  readonly firstLeads = new Map<Entry, string>();
  /** Whether some entries were told apart by a guess (guesses.ts, pairs.ts). */
  guessed = false;
  /** Whether that may be tried. */
  readonly guesses: boolean;

  #steps: Steps | null = null;
  #tries: number;

  /**
   * @param options.again current is the merge of the other two: what proposed removed is gone there, and an addition like it
   * has stood beside it before, so it is no sign of a rename
   */
  constructor(
    trees: Three<Tree>,
    policy: ListPolicy | undefined,
    { again = false, guesses = true }: { again?: boolean; guesses?: boolean } = {},
  ) {
    this.again = again;
    this.guesses = guesses;
    this.base = trees.base;
    this.current = trees.current;
    this.proposed = trees.proposed;
    this.policy = policy;
    this.#tries = triesPerLength * trees.current.text.length;
  }

  /** How current indents; looked up only where something comes in. */
  get steps(): Steps {
    this.#steps ??= stepsOf(this.current);
    return this.#steps;
  }

  /** Comment lines of proposed as they come to stand in current, at a column. */
  lines(comments: string, column: number): string {
    return this.current.flat ? comments : reindentLead(comments, column);
  }

  /** How far the walk has come, to come back to. */
  mark(): Mark {
    const { splices, places, notices, firstLeads } = this;
    return {
      splices: splices.all.length,
      places: places.length,
      notices: notices.length,
      leads: firstLeads.size,
    };
  }

  /** Whether no place was found since. */
  unclashed(mark: Mark): boolean {
    return this.places.length === mark.places;
  }

  /** Whether all places found since are of one kind. */
  clashesOnlyBy(kind: PlaceKind, mark: Mark): boolean {
    return this.places.slice(mark.places).every(place => place.kind === kind);
  }

  /** Forgets everything since. */
  undo(mark: Mark): void {
    this.splices.all.length = mark.splices;
    this.places.length = mark.places;
    this.notices.length = mark.notices;
    for (const entry of [...this.firstLeads.keys()].slice(mark.leads)) this.firstLeads.delete(entry);
  }

  /** Whether one more way through `length` characters may be tried; the tries of a whole walk are bounded. */
  spend(length: number): boolean {
    this.#tries -= length;
    return this.#tries >= 0;
  }

  splice(start: number, end: number, text: string, path: Path, rank = 0): void {
    if (this.current.text.slice(start, end) !== text) this.splices.add(start, end, text, pointer(path), rank);
  }

  /** `at`: where in current the place would be when current has nothing there. */
  clash(kind: PlaceKind, path: Path, spans: Three<Span | null>, at: number, detail?: string): void {
    const place = { kind, path, ...spans, at: spans.current?.start ?? at };
    this.places.push(detail === undefined ? place : { ...place, detail });
  }

  /** A clash about the values of an entry that all three sides have. */
  clashValues(kind: PlaceKind, path: Path, entries: Three<Entry>, detail?: string): void {
    this.clash(kind, path, each(entries, valueSpan), entries.current.start, detail);
  }

  notice(kind: Notice['kind'], path: Path, message: string): void {
    this.notices.push({ kind, pointer: pointer(path), message });
  }
}

export function wholeText({ text }: { readonly text: string }): Span {
  return { start: 0, end: text.length };
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
