/**
 * What settling needs from the store, in its own types; history/store fills this port without importing it (the wiring
 * ties the knot and the compiler checks it).
 */

import type { ImportedVersion, SaveImport } from '../words/imports.ts';
import type { ConfigId, Judgements, Source, Version, View } from '../words/model.ts';
import type { Quota } from '../words/policy.ts';
import type { Idempotency } from '../words/request.ts';
import type {
  Exceeded,
  ExceededQuota,
  FloorRaise,
  Keeping,
  LineMove,
  Look,
  Moved,
  ProposalToKeep,
  Raced,
  Recalled,
  Save,
  Saved,
  SavedTogether,
  SaveTogether,
  Taken,
  VersionRange,
  VersionText,
} from '../words/save.ts';

export interface Store {
  /** One round trip, one consistent snapshot: everything a decision needs but texts. */
  look(query: Look, signal: AbortSignal): Promise<View>;

  /** Texts of versions by number; a missing version is absent from the answer. */
  texts(config: ConfigId, versions: readonly Version[], signal: AbortSignal): Promise<Map<Version, string>>;

  /** Records and texts of the range, oldest first. */
  between(config: ConfigId, range: VersionRange, signal: AbortSignal): Promise<readonly VersionText[]>;

  /** The text last accepted from a source; null when the source has no line. */
  lineText(config: ConfigId, source: Source, signal: AbortSignal): Promise<string | null>;

  /**
   * Saves the next version and moves the source's line, in one transaction and one round trip,
   * if and only if the head still is the expected one, and what it is approved by still holds. Safe to call again after
   * any failure.
   */
  save(input: Save, signal: AbortSignal): Promise<Saved | Raced | Taken | Exceeded>;

  /** What people said to this generation of an object that waits for an approval. */
  judged(
    object: { readonly uid: string; readonly generation: bigint },
    signal: AbortSignal,
  ): Promise<Judgements>;

  /** Moves a source's line to a version that already says what was proposed; nothing is saved, but logged. */
  moveLine(input: LineMove, signal: AbortSignal): Promise<Moved | Raced>;

  /**
   * Numbers of this config up to `seen` are never used again, whatever versions the store has: it was restored to
   * an earlier moment. Creates the config's counter where there is none.
   */
  raiseFloor(input: FloorRaise, signal: AbortSignal): Promise<void>;
}

export interface ImportStore {
  /**
   * Saves all of them in their order, as one entry of the log, if and only if every head is the expected one. Commits that
   * are there already are answered as `known`, so it is safe to call again.
   */
  importVersions(
    input: SaveImport,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'saved'; readonly versions: readonly ImportedVersion[] } | Raced | Exceeded>;
}

export interface RequestStore {
  /** What was written under this key. `reused`: it came with another request. */
  recall(idempotency: Idempotency, signal: AbortSignal): Promise<Recalled>;

  /**
   * Saves all changes as one entry of the log in one transaction, and the answer under the idempotency key with
   * them, if and only if every head is the expected one. `raced`: one is not; nothing was written. `known`: the
   * key was used by this same request before; nothing was written now. Without a key not safe to call again
   * after a lost answer: the call says `raced` then, and a caller that looks again finds its own text.
   */
  saveTogether(input: SaveTogether, signal: AbortSignal): Promise<SavedTogether>;

  /** Keeps what waits for an approval. The same once more is the one that is there; another one of its proposer for the
   * same configs takes its place, and has no approvals. */
  keep(input: ProposalToKeep, signal: AbortSignal): Promise<Keeping>;

  /** What a namespace's quota says to so much more, as a save would find it now; null: it fits. */
  exceeded(
    question: { readonly quota: Quota; readonly versions: number; readonly bytes: number },
    signal: AbortSignal,
  ): Promise<ExceededQuota | null>;
}
