/**
 * What the store is given to write, and how it answers. Data only: the types that both sides of that arrow share, each
 * input spelled once.
 */

import type { Format } from '../../text/format.ts';
import type {
  Actor,
  ApprovalRecord,
  Approvals,
  ConfigId,
  GitOrigin,
  Line,
  NewVersion,
  ProposalRef,
  Source,
  Version,
  VersionRecord,
} from './model.ts';
import type { Quota } from './policy.ts';
import type { ChangeToSave, Idempotency, WrittenChange } from './request.ts';

/** What one consistent read returns. */
export interface Look {
  readonly config: ConfigId;
  readonly source: Source;
  readonly baseVersion: Version | null;
  /** Hexadecimal, of a text to find an older version for; absent: none. */
  readonly sha256?: string | undefined;
}

/** Versions after `from` up to `to`, at most `limit` of the newest. */
export interface VersionRange {
  readonly from: Version;
  readonly to: Version;
  readonly limit: number;
}

export interface VersionText {
  readonly record: VersionRecord;
  readonly text: string;
}

export interface Save {
  readonly config: ConfigId;
  /** 0n: the config has no version now. */
  readonly expectedHead: Version;
  /** Hexadecimal, of the head's text, too, for a caller that knows its number from elsewhere than the store. */
  readonly expectedSha256?: string | undefined;
  /** The verified name that must have saved the head; null: anybody may have. */
  readonly expectedActor?: string | null | undefined;
  readonly proposal: ProposalRef;
  readonly version: NewVersion;
  /** Absent: it needed none. */
  readonly approved?: Approved;
  /** Of the config's namespace; null: none. */
  readonly quota: Quota | null;
}

export interface LineMove {
  readonly config: ConfigId;
  readonly expectedHead: Version;
  readonly proposal: ProposalRef;
  /** The version that has the proposed text already. */
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
  /** Of the proposal's source, as it was written. */
  readonly line: Line;
  readonly createdAt: Date;
}

/** It is not, or not any more: look again, the line tells what became of it. */
export interface Raced {
  readonly kind: 'raced';
}

/** Saved once, and the source is another object by now: the view is old, or its cluster was restored. */
export interface Taken {
  readonly kind: 'taken';
}

/** It does not fit into its config namespace; nothing was written. */
export interface Exceeded {
  readonly kind: 'exceeded';
  readonly exceeded: ExceededQuota;
}

export interface ExceededQuota {
  readonly namespace: string;
  readonly quota: 'versions' | 'bytes';
  readonly limit: bigint;
  /** Without what was to be saved. */
  readonly used: bigint;
}

export interface Moved {
  readonly kind: 'moved';
  readonly line: Line;
}

/** Numbers of a config up to `seen` were used, whatever the store remembers. */
export interface FloorRaise {
  readonly config: ConfigId;
  readonly format: Format;
  readonly seen: Version;
}

/** A source's line goes back to the proposal that its object holds now. */
export interface LineRewind {
  readonly config: ConfigId;
  readonly proposal: ProposalRef;
  readonly actor: Actor;
  readonly seen: Pick<Line, 'uid' | 'generation' | 'sha256'>;
}

/** An object takes its config along. */
export interface ConfigDeletion {
  readonly config: ConfigId;
  readonly source: Source;
  readonly uid: string;
  readonly actor: Actor;
  /** The latest version, which must be the source's own. */
  readonly expectedHead: Version;
}

/** `kept`: nothing was removed, because the config is not that object's alone. */
export interface ConfigDeleted {
  readonly versions: number;
  readonly kept: boolean;
}

export interface RefusalToLog {
  readonly config: ConfigId;
  readonly proposal: Omit<ProposalRef, 'text'>;
  readonly actor: Actor;
  readonly git: GitOrigin;
  readonly deploymentId: string | null;
  readonly reason: string;
  readonly message: string;
}

/** A cluster claims the use of its name. */
export interface ClusterBeat {
  readonly name: string;
  readonly uid: string;
  readonly staleMs: number;
}

export type ClusterRegistration =
  | { readonly kind: 'registered' }
  /** By another cluster, which claimed it less than `staleMs` ago. */
  | { readonly kind: 'taken'; readonly uid: string; readonly seenAt: Date };

/** The changes of one request, all or none. */
export interface SaveTogether {
  readonly changes: readonly ChangeToSave[];
  readonly actor: Actor;
  readonly author: string;
  readonly git: GitOrigin;
  readonly group: string | null;
  readonly idempotency: Idempotency | null;
  /** Of the namespaces of its changes, as far as they have any. */
  readonly quotas: readonly Quota[];
  /** Absent: nothing of it needed an approval. */
  readonly approval?: UnderApproval;
}

/** Whose approval of which change an object is saved with; the store has it, or nothing is saved. */
export interface Approved {
  /** Names the change. */
  readonly token: string;
  /** At least one; each once. */
  readonly names: readonly string[];
}

/** What somebody with the right to approve says to one generation of an object. */
export interface JudgementToKeep {
  readonly uid: string;
  readonly generation: bigint;
  /** Names the change that they were shown. */
  readonly token: string;
  readonly name: string;
  /** Why it is rejected; null: it is approved. */
  readonly rejected: string | null;
}

/** Of each change of a request, in their order; a request that waited names where it was kept. */
export interface UnderApproval {
  readonly records: readonly (readonly ApprovalRecord[])[];
  /** null: it was not kept before. */
  readonly kept: Pick<KeptProposal, 'id' | 'contentSha256'> | null;
}

/** A request that waits until it is approved, but its texts. */
export interface KeptProposal {
  readonly id: string;
  /** The config namespace of all its changes. */
  readonly namespace: string;
  readonly paths: readonly string[];
  readonly proposer: string;
  readonly createdAt: Date;
  /** Of everything that it asks for. Lower-case hex. */
  readonly contentSha256: string;
  readonly approvals: Approvals | null;
}

export interface ProposalToKeep {
  readonly namespace: string;
  readonly paths: readonly string[];
  readonly proposer: string;
  /** Of its texts. Lower-case hex. */
  readonly sha256s: readonly string[];
  /** All of it, for whoever settles it: the store does not look into it. */
  readonly request: string;
  readonly contentSha256: string;
  readonly limits: { readonly count: number; readonly bytes: number; readonly ofOne: number };
}

export type Keeping =
  | { readonly kind: 'kept'; readonly proposal: KeptProposal }
  /** Of all that waits in the config namespace, or of this proposer there, there is enough. */
  | { readonly kind: 'full'; readonly of: 'namespace' | 'proposer' };

export type SavedTogether =
  | { readonly kind: 'saved'; readonly changes: readonly WrittenChange[] }
  /** Under the same key by this same request before. */
  | { readonly kind: 'known'; readonly changes: readonly WrittenChange[] }
  | Raced
  | Exceeded
  /** What was kept is not there any more, or is another one by now. */
  | { readonly kind: 'gone' }
  /** The key came with another request before. */
  | { readonly kind: 'reused' };

/** What was written under an idempotency key. */
export type Recalled =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'known'; readonly changes: readonly WrittenChange[] }
  | { readonly kind: 'reused' };
