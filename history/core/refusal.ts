/**
 * Why a change cannot be accepted as it stands, as facts: who, which version, where, which limit. Invariant: nothing
 * here is worded for a door; each door has one file of words for the whole union, which the compiler checks. Never
 * thrown, because refusing is an answer and not a failure.
 */
import type { Place } from '../../merge/merge.ts';
import type { BodyProblem } from '../../text/body.ts';
import type { Format } from '../../text/format.ts';
import type { Approver, ConfigId, Line, Rejection, Version, VersionRecord } from '../words/model.ts';
import type { Freeze } from '../words/policy.ts';
import { Reason } from '../words/reasons.ts';
import type { ExceededQuota } from '../words/save.ts';
import type { SchemaFinding } from '../words/schema.ts';
import type { SecretPlaces } from '../words/secret.ts';

/** The text a stale edit was made on: a saved version, or the source's last accepted proposal. */
export type Base =
  | { readonly kind: 'version'; readonly record: VersionRecord }
  | { readonly kind: 'line'; readonly line: Line };

/** An edit whose base is not the latest any more. */
export interface Stale {
  readonly base: Base;
  readonly head: VersionRecord;
  /** Unified, base → proposed: the edit. */
  readonly diff: string;
}

/** A place that both changed, and the version that changed it first. */
export type ContestedPlace = Place & {
  readonly by: VersionRecord;
  /** A side may hold a secret: no message repeats what is there. */
  readonly isSecret?: boolean;
};

/** The action that a right is missing for. */
export type Right = 'write' | 'read' | 'delete';

/** The rules of a config that the caller has no right to. */
export type RulesFound =
  /** There is no such config namespace. */
  | { readonly kind: 'nowhere' }
  /** Only the Kubernetes namespace of its own name has rights; `declared`: a ConfigNamespace says so. */
  | { readonly kind: 'own-name'; readonly declared: boolean }
  /** A ConfigNamespace lists the namespaces with rights; `paths` are those granted to the caller. */
  | { readonly kind: 'listed'; readonly paths: readonly string[] }
  /** What the caller's name has belongs to an earlier Kubernetes namespace of that name. */
  | { readonly kind: 'closed' };

/** What a schema found in a text. */
export type Violated = Extract<SchemaFinding, { kind: 'violated' }>;

interface OfConfig {
  readonly config: ConfigId;
}

interface OnHead extends OfConfig {
  /** The latest version. */
  readonly head: VersionRecord;
}

export type Refusal =
  | ({ readonly kind: 'not-a-path'; readonly fault: string } & OfConfig)
  | ({
      readonly kind: 'no-right';
      readonly right: Right;
      /** The Kubernetes namespace that the change comes from. */
      readonly from: string;
      readonly rules: RulesFound;
      /** Whether the config may still be shown. */
      readonly readable: boolean;
    } & OfConfig)
  | ({ readonly kind: 'no-commit' } & OfConfig)
  | ({ readonly kind: 'dirty' } & OfConfig)
  | ({
      readonly kind: 'unreadable';
      readonly problem: BodyProblem;
      readonly head: VersionRecord | null;
    } & OfConfig)
  /** It takes too much time or memory to read. */
  | ({ readonly kind: 'too-hard'; readonly why: string } & OfConfig)
  /** The database has no way to hold it. */
  | ({ readonly kind: 'unstorable'; readonly why: string } & OfConfig)
  /** One request has two changes of it. */
  | ({ readonly kind: 'twice' } & OfConfig)
  | ({ readonly kind: 'other-format'; readonly existing: Format; readonly proposed: Format } & OnHead)
  | ({ readonly kind: 'exists' } & OnHead)
  /** The rules demand a base, and none is stated. */
  | ({ readonly kind: 'base-demanded'; readonly deed: 'change' | 'delete' } & OnHead)
  /** None is stated, and none can be known. */
  | ({ readonly kind: 'base-unknown' } & OnHead)
  /** The stated base was accepted before, and the text is that version's own: it takes back what was said since. */
  | ({ readonly kind: 'base-spent'; readonly baseVersion: Version; readonly said: Version } & OnHead)
  /** A text without a base that is an older version, letter for letter. */
  | ({ readonly kind: 'older-text'; readonly older: VersionRecord } & OnHead)
  | ({ readonly kind: 'base-ahead'; readonly baseVersion: Version } & OnHead)
  | ({
      readonly kind: 'base-gone';
      /** Null, or 0n: none is named, and the edit may only change what exists. */
      readonly baseVersion: Version | null;
      readonly head: VersionRecord | null;
    } & OfConfig)
  /** The number names another text than the one its author was told of: the database was restored. */
  | ({ readonly kind: 'base-another'; readonly baseVersion: Version } & OnHead)
  /** Not merged, because its author asked for that. */
  | ({ readonly kind: 'rejected'; readonly stale: Stale } & OnHead)
  /** Not merged, because the texts cannot be. */
  | ({ readonly kind: 'unmergeable'; readonly stale: Stale; readonly why: string } & OnHead)
  /** It merges, and the result may not be saved. */
  | ({ readonly kind: 'unsavable'; readonly problem: BodyProblem } & OnHead)
  /** It is not changed for a while. */
  | ({ readonly kind: 'frozen'; readonly freeze: Freeze; readonly head: VersionRecord | null } & OfConfig)
  /** It may be saved once others have approved exactly this change. */
  | ({
      readonly kind: 'unapproved';
      readonly head: VersionRecord | null;
      /** Names the change. */
      readonly token: string;
      /** Unified, current → new. */
      readonly change: string;
      /** What would be saved. */
      readonly merged: string;
      readonly needed: number;
      readonly approvers: readonly Approver[];
      /** Else one approval more is needed, because one of them may be the proposer's own. */
      readonly isProposerKnown: boolean;
      /** There were approvals of another change. */
      readonly isAskedAgain: boolean;
      readonly rejection: Rejection | null;
    } & OfConfig)
  /** It needs an approval, and is nothing that can be kept until it has one. */
  | ({
      readonly kind: 'unkeepable';
      readonly what: 'delete' | 'delete-version' | 'undelete' | 'import' | 'several' | 'larger' | 'elsewhere';
      readonly head: VersionRecord | null;
    } & OfConfig)
  /** A schema of the config does not allow it. `latest`: it keeps what the latest version violates already. */
  | ({
      readonly kind: 'violates';
      readonly of: 'text' | 'latest';
      readonly found: Violated;
      readonly head: VersionRecord | null;
    } & OfConfig)
  /** Both sides of a merge satisfy a schema, and the merged text does not. */
  | ({ readonly kind: 'violates-together'; readonly stale: Stale; readonly found: Violated } & OnHead)
  /** A schema takes too much time or memory on this text. */
  | ({
      readonly kind: 'unchecked';
      readonly schema: string;
      readonly why: string;
      readonly head: VersionRecord | null;
    } & OfConfig)
  /** It brings in what looks like a secret. `merged`: only the merged text does. */
  | ({
      readonly kind: 'secret';
      readonly of: 'text' | 'merged';
      readonly found: SecretPlaces;
      readonly head: VersionRecord | null;
    } & OfConfig)
  /** It takes too much time or memory to be searched for secrets. */
  | ({ readonly kind: 'unsearched'; readonly why: string; readonly head: VersionRecord | null } & OfConfig)
  /** Others changed the same places. */
  | ({
      readonly kind: 'clash';
      readonly stale: Stale;
      readonly places: readonly ContestedPlace[];
      /** The current text with all that merged, and markers around the rest. */
      readonly marked: string;
    } & OnHead)
  /** It merges cleanly, and waits until its author has seen the result. */
  | ({
      readonly kind: 'unconfirmed';
      readonly stale: Stale;
      /** What would be saved. */
      readonly merged: string;
      /** Unified, current → merged. */
      readonly mergedDiff: string;
      /** Saves exactly `merged`. */
      readonly token: string;
      /** The token that came with the edit, which is another one; null: none came. */
      readonly sent: string | null;
      /** The versions whose changes the text as it stands would take back; empty where a base is stated. */
      readonly takesBack: readonly VersionRecord[];
    } & OnHead)
  /** Its config namespace has no room for one more version, today or for good. */
  | ({
      readonly kind: 'over-quota';
      readonly exceeded: ExceededQuota;
      readonly head: VersionRecord | null;
    } & OfConfig)
  /** Imported texts would take the place of one that is not what they followed in Git. */
  | ({ readonly kind: 'not-in-git'; readonly after: Version } & OnHead)
  /** Others saved since the version that a delete is about. */
  | ({ readonly kind: 'moved'; readonly baseVersion: Version } & OnHead);

export type RefusalOf<Kind extends Refusal['kind']> = Extract<Refusal, { kind: Kind }>;

const reasons = {
  'not-a-path': Reason.PathNotAllowed,
  'no-right': Reason.PathNotAllowed,
  'no-commit': Reason.MissingGitCommit,
  dirty: Reason.MissingGitCommit,
  unreadable: Reason.InvalidBody,
  'too-hard': Reason.InvalidBody,
  unstorable: Reason.InvalidBody,
  twice: Reason.InvalidBody,
  'other-format': Reason.FormatMismatch,
  exists: Reason.AlreadyExists,
  'base-demanded': Reason.BaseVersionRequired,
  'base-unknown': Reason.BaseVersionRequired,
  'base-spent': Reason.BaseVersionRequired,
  'older-text': Reason.BaseVersionRequired,
  'base-ahead': Reason.BaseVersionAhead,
  'base-gone': Reason.BaseVersionGone,
  'base-another': Reason.BaseVersionGone,
  rejected: Reason.VersionConflict,
  unmergeable: Reason.VersionConflict,
  unsavable: Reason.VersionConflict,
  frozen: Reason.Frozen,
  unapproved: Reason.ApprovalRequired,
  unkeepable: Reason.ApprovalRequired,
  violates: Reason.SchemaViolation,
  'violates-together': Reason.VersionConflict,
  unchecked: Reason.SchemaViolation,
  secret: Reason.SecretFound,
  unsearched: Reason.SecretFound,
  clash: Reason.VersionConflict,
  unconfirmed: Reason.ConfirmationRequired,
  'over-quota': Reason.QuotaExceeded,
  'not-in-git': Reason.VersionConflict,
  moved: Reason.VersionConflict,
} as const satisfies Record<Refusal['kind'], Reason>;

/** The reason a program can switch on, the same at every door. */
export function reasonOf(refusal: Refusal): Reason {
  switch (refusal.kind) {
    case 'no-right':
      return refusal.rules.kind === 'nowhere' ? Reason.NamespaceNotFound : Reason.PathNotAllowed;
    case 'unreadable':
      return refusal.problem.reason;
    case 'unsavable':
      return refusal.problem.reason === Reason.BodyTooLarge ? Reason.BodyTooLarge : Reason.VersionConflict;
    default:
      return reasons[refusal.kind];
  }
}

export const refusalKinds = Object.keys(reasons) as readonly Refusal['kind'][];
