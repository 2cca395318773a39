/**
 * What reconcile needs from the outside, in its own words. kube/ and store/ fill these ports without
 * importing them (main.ts ties the knot and the compiler checks it), so that the deciding rooms can be
 * tested without an API server or a database.
 */
import type { ConfigId, NewVersion, ProposalRef, Source, Version, View } from '../api/model.ts';

export interface Store {
  /** One round trip, one consistent snapshot: everything a decision needs but texts. */
  look(
    query: { config: ConfigId; source: Source; baseVersion: Version | null },
    signal: AbortSignal,
  ): Promise<View>;

  /** Texts of versions by number; a missing version is absent from the answer. */
  texts(config: ConfigId, versions: readonly Version[], signal: AbortSignal): Promise<Map<Version, string>>;

  /** The text last accepted from a source; null when the source has no line. */
  lineText(config: ConfigId, source: Source, signal: AbortSignal): Promise<string | null>;

  /**
   * Saves the next version and moves the source's line, in one transaction and one round trip,
   * if and only if the head still is `expectedHead` (0n: the config has no version now).
   * `raced` also answers a proposal (uid, generation) already accepted: look again, the line says so.
   * Safe to call again after any failure.
   */
  save(
    input: { config: ConfigId; expectedHead: Version; proposal: ProposalRef; version: NewVersion },
    signal: AbortSignal,
  ): Promise<{ kind: 'saved'; version: Version; configId: string; createdAt: Date } | { kind: 'raced' }>;

  /** Moves a source's line to a version that already says what was proposed; nothing is saved. */
  moveLine(
    input: { config: ConfigId; expectedHead: Version; proposal: ProposalRef; version: Version },
    signal: AbortSignal,
  ): Promise<{ kind: 'moved' } | { kind: 'raced' }>;
}
