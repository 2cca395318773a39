/**
 * One text that is to become the latest, in the form in which every door hands it to the decision. Invariant: all
 * differences between doors are data here, so that the decision has one list of checks and never asks which door it
 * was.
 */
import type { Format } from '../../text/format.ts';
import type { DiffLimits } from '../../text/text-diff.ts';
import type { Actor, ConfigId, GitOrigin, Version } from '../words/model.ts';
import type { OnStale } from '../words/policy.ts';

export interface Edit {
  readonly config: ConfigId;
  /** null: the config's own format; for a new config, the one its path's extension names. */
  readonly format: Format | null;
  readonly text: string;
  /** 0n: it must not exist yet. null: none stated. */
  readonly baseVersion: Version | null;
  /** What an edit that states no base was made on, as far as its door can tell. */
  readonly unstated: Unstated;
  /** Whether it may only change what exists: without a latest version it creates nothing. */
  readonly mustExist: boolean;
  /** As the author stated; null: not stated. */
  readonly onStale: OnStale | null;
  /** Token of a result that was shown before; null: none. */
  readonly confirm: string | null;
  readonly git: GitOrigin;
  readonly actor: Actor;
  /** The generation of an object that carries it, which is answered once; null: a request. */
  readonly carrier: Carrier | null;
  /** A version as the author was shown it; null: none was shown. */
  readonly known: { readonly version: Version; readonly sha256: string } | null;
  /** How much of a difference fits where a refusal is shown. */
  readonly diffLimits: DiffLimits;
}

/**
 * `line`: on what its source last said. `latest`: on whatever is the latest, where the policy lets it say so.
 * `overwrite`: on nothing; it is to take the place of the latest, and is kept as that.
 */
export type Unstated = 'line' | 'latest' | 'overwrite';

export interface Carrier {
  readonly uid: string;
  readonly generation: bigint;
  /** Of the text. Lower-case hex. */
  readonly sha256: string;
}

/** Whether two actors are one person; false for unverified names, which prove nothing. */
export function isSamePerson(a: Actor | null, b: Actor | null): boolean {
  return a !== null && b !== null && a.verified && b.verified && a.name === b.name;
}
