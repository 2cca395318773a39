/**
 * The words of docs/design.md as types: how the rooms describe configs, versions and writers to each other. Data only,
 * no behaviour, so that core, store and reconcile share one vocabulary without importing one another.
 */

import type { Body, Format } from '../../text/format.ts';

/** A version number. A bigint, because a 64-bit count must survive JavaScript; 0n means "none". */
export type Version = bigint;

/** Identity of a config: explicit config namespace and path. */
export interface ConfigId {
  readonly namespace: string;
  readonly path: string;
}

/** A writer with a line of its own. */
export interface Source {
  /** The `cluster` setting, not a UID: a cluster rebuilt from Git goes on with its lines. */
  readonly cluster: string;
  /** Kubernetes namespace of the ConfigVersion object. */
  readonly namespace: string;
  /** Name of the ConfigVersion object. */
  readonly name: string;
}

/** Where in Git a text came from, as its author claims. */
export interface GitOrigin {
  readonly commit?: string;
  readonly branch?: string;
  readonly dirty?: boolean;
  readonly remote?: string;
  readonly path?: string;
}

/**
 * How a version came to be. `overwrite`: its author named no base, and said that it takes the latest one's place.
 * `imported`: it was a commit of a Git history before.
 */
export type VersionKind = 'direct' | 'merged' | 'confirmed' | 'promoted' | 'overwrite' | 'imported';

/** When a text was written, by its author's clock. */
export interface AuthoredAt {
  readonly at: Date;
  /** How far that clock was ahead of UTC. */
  readonly offsetMinutes: number;
}

/** How a proposal was accepted: as a new version, through a merge, or because nothing was new. */
export type AcceptedAs = 'Saved' | 'Merged' | 'Unchanged';

/** Who made a request according to the API server. */
export interface Actor {
  readonly name: string;
  /** False when the name is only a field manager's, which any client can choose. */
  readonly verified: boolean;
}

/** Somebody who approved a change, and when. */
export interface Approver {
  /** As the API server says. */
  readonly name: string;
  readonly at: Date;
}

/** Approvals of one change, which hold for no other one. */
export interface Approvals {
  /** Names the change: see history/core/approval.ts. */
  readonly token: string;
  readonly by: readonly Approver[];
}

/** Somebody with the right to approve said no to one change. */
export interface Rejection extends Approver {
  readonly token: string;
  readonly reason: string;
}

/** What people with the right to approve said to one generation of an object. */
export interface Judgements {
  readonly approvals: Approvals | null;
  readonly rejection: Rejection | null;
}

/** How a version of a protected config came to be: who proposed it, who approved it, or bypassed that. */
export interface ApprovalRecord {
  readonly kind: 'proposed' | 'approved' | 'bypassed';
  readonly name: string;
  /** null: at the moment of saving. */
  readonly at: Date | null;
  /** Of a bypass; null: none. */
  readonly reason: string | null;
}

/** Everything about a saved version except its text, which is fetched only where it is needed. */
export interface VersionRecord {
  readonly version: Version;
  /** Lower-case hex SHA-256 of the UTF-8 bytes of the text. */
  readonly sha256: string;
  readonly kind: VersionKind;
  /** Base the proposal was made against; null when it named none. */
  readonly baseVersion: Version | null;
  /** Claimed author; empty when the manifest names none. */
  readonly author: string;
  readonly actor: Actor;
  readonly comment: string;
  readonly git: GitOrigin;
  readonly createdAt: Date;
}

/** Which version it is, who saved it, and when. */
export type Signed = Pick<VersionRecord, 'version' | 'author' | 'actor' | 'createdAt'>;

/** Whose versions keep the text of a line from being the live one. */
export interface Others {
  /** The first later version; null: none, or it was deleted. */
  readonly later: Signed | null;
  /** Where the line's version says more than was proposed: the version whose edits it has, too, or else itself. */
  readonly mixedWith: Signed | null;
}

/** The last proposal accepted from one source for one config. */
export interface Line {
  /** metadata.uid and metadata.generation of the ConfigVersion that carried it. */
  readonly uid: string;
  readonly generation: bigint;
  /** SHA-256 of the accepted proposal's text: not of the version it became, which may be a merge. */
  readonly sha256: string;
  /** spec.baseVersion that the accepted proposal stated; null when it stated none. */
  readonly baseVersion: Version | null;
  /** The version the proposal became, or matched. */
  readonly version: Version;
  /** SHA-256 of that version's text. */
  readonly contentSha256: string;
  readonly acceptedAs: AcceptedAs;
  /** Who made it, also where it became no version of its own; null: not known any more. */
  readonly actor: Actor | null;
  /** The first later version, once there is one. */
  readonly supersededBy: Version | null;
  /** The accepted text was deleted with a version: nothing can be merged from it. */
  readonly textGone?: true;
}

/** The state of one config as one consistent read saw it. */
export interface View {
  /** null: no version of this config was ever saved. */
  readonly config: {
    /** Stable database identity, also the value of the label pawl.dev/config-id. */
    readonly id: string;
    readonly format: Format;
    /** Highest number ever used; outlives deletes. */
    readonly lastVersion: Version;
  } | null;
  /** The latest version; null when there is none (also after the config was deleted). */
  readonly head: VersionRecord | null;
  /** The line of the source that asked; null when the source is unknown. */
  readonly line: Line | null;
  /** The version asked for as base; null when none was asked for or it does not exist. */
  readonly base: VersionRecord | null;
  /**
   * The newest version that has the text asked about, or that the same text of another source became; null: none, or
   * it was not looked for, because the line is at the head.
   */
  readonly match: Version | null;
  /** Whether the head came from the very source that asked. */
  readonly headIsOwn: boolean;
}

/** The latest version, as far as showing it needs to know it. */
export interface HeadRef {
  readonly configId: string;
  readonly version: Version;
  readonly sha256: string;
}

/** A version about to be saved. */
export interface NewVersion {
  readonly body: Body;
  readonly format: Format;
  readonly kind: VersionKind;
  readonly author: string;
  readonly actor: Actor;
  readonly comment: string;
  readonly git: GitOrigin;
  /** Groups what belongs together in the deployment log (annotation pawl.dev/deployment-id); null: nothing. */
  readonly deploymentId: string | null;
  /** Who confirmed a merge that was shown first, as the API server says; null: nobody had to, or nobody knows. */
  readonly confirmedBy: string | null;
  /** What a merge took over: the places the proposal changed, as readable paths. Empty for a direct save. */
  readonly mergedPaths: readonly string[];
}

/** One generation of one ConfigVersion object, as the store remembers it. */
export interface ProposalRef {
  readonly source: Source;
  readonly uid: string;
  readonly generation: bigint;
  /** SHA-256 of the proposal's own text. */
  readonly sha256: string;
  /** The proposal's own text, needed as the next base of its source. */
  readonly text: string;
  readonly baseVersion: Version | null;
}
