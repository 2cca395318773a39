/**
 * The words of the merge engine: what goes in, what comes out. Nothing here runs. Invariant: every offset,
 * line and column in these types counts in the text as the caller gave it, byte order mark and CRLF included
 * (offsets in UTF-16 units from 0, lines and columns from 1).
 */

import type { Format } from '../text/format.ts';
import type { Three } from './three.ts';

export type { Format };

/**
 * How the items of a list are told apart.
 * `atomic`: the list is one value. `ordered`: whole items, order matters, no identity is inferred.
 * `set`: unique scalars. `{keys}`: maps identified by these keys together.
 */
export type ListRule = 'atomic' | 'ordered' | 'set' | { readonly keys: readonly string[] };

/** List rules by JSON Pointer. `*` stands for one step, `**` for any number; the first match wins. */
export type ListPolicy = Readonly<Record<string, ListRule>>;

export interface MergeOptions {
  readonly format: Format;
  readonly lists?: ListPolicy;
}

/** One replacement in the current text: `[start, end)` becomes `text`. */
export interface MergeEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** JSON Pointer of what changed; with several documents the first step is the document's number. */
  readonly pointer: string;
}

export type PlaceKind =
  | 'EditEdit'
  | 'EditDelete'
  | 'AddAdd'
  | 'TypeChange'
  | 'ListOverlap'
  | 'MoveMove'
  | 'MoveDelete'
  | 'Identity'
  | 'Comment'
  | 'Anchor'
  | 'Document'
  | 'DuplicateKey'
  | 'Encoding'
  | 'Unverified';

/** What one side has at a place, and where. */
export interface Side {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** A place two people changed in different ways. A side is null when it has nothing there. */
export interface Place extends Three<Side | null> {
  readonly kind: PlaceKind;
  readonly pointer: string;
  /** The same for people: `steps[name=lint].run`. */
  readonly path: string;
  /** What the verifier found, for kind `Unverified`. */
  readonly detail?: string;
}

/** Something the merge decided that changes no value and blocks nobody. */
export interface Notice {
  readonly kind: 'key-order' | 'line-ends' | 'style';
  readonly pointer: string;
  readonly message: string;
}

export type RefusedReason = 'Syntax' | 'DuplicateKey' | 'UnknownAlias' | 'TooLarge' | 'TooDeep' | 'Encoding';

export interface Position {
  readonly input: 'base' | 'current' | 'proposed';
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

export interface Clean {
  readonly kind: 'clean';
  readonly text: string;
  readonly edits: readonly MergeEdit[];
  readonly notices: readonly Notice[];
}

export interface Clash {
  readonly kind: 'clash';
  readonly places: readonly Place[];
  /** Current with everything that merged, and conflict markers around the lines of each place. */
  readonly marked: string;
}

export interface MergeRefused {
  readonly kind: 'refused';
  readonly reason: RefusedReason;
  readonly message: string;
  readonly position: Position;
}

export type MergeResult = Clean | Clash | MergeRefused;
