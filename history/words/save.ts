/**
 * A save and a line's move, as whoever decides hands them to the store, and what the store says to them. Data only:
 * the words that both sides of that arrow share.
 */
import type { Actor, ConfigId, GitOrigin, NewVersion, ProposalRef, Version } from './model.ts';

export interface Save {
  readonly config: ConfigId;
  /** 0n: the config has no version now. */
  readonly expectedHead: Version;
  /** Hexadecimal, of the head's text, too, for who knows its number from elsewhere than the store. */
  readonly expectedSha256?: string | undefined;
  readonly proposal: ProposalRef;
  readonly version: NewVersion;
}

export interface LineMove {
  readonly config: ConfigId;
  readonly expectedHead: Version;
  readonly proposal: ProposalRef;
  /** The one that says what was proposed already. */
  readonly version: Version;
  readonly actor: Actor;
  readonly git: GitOrigin;
  readonly deploymentId: string | null;
}

/** The proposal is the head, by this call or by an earlier one of the same content whose answer got lost. */
export interface Saved {
  readonly kind: 'saved';
  readonly version: Version;
  readonly configId: string;
  readonly createdAt: Date;
}

/** It is not, or not any more: look again, the line says what became of it. */
export interface Raced {
  readonly kind: 'raced';
}

/** Saved once, and the source is another object by now: the view is old, or its cluster was restored. */
export interface Taken {
  readonly kind: 'taken';
}

export interface Moved {
  readonly kind: 'moved';
}
