/** One change of a request in its four forms: as it is asked for, decided, saved and answered. Pure. */

import type { Format } from '../../text/format.ts';
import type { DiffLimits } from '../../text/text-diff.ts';
import { countNeeded, type Unapproved } from '../core/approval.ts';
import type { RefusedEdit, SaveDecision, Unchanged } from '../core/decide.ts';
import type { DeleteDecision } from '../core/delete.ts';
import type { Edit, Unstated } from '../core/edit.ts';
import type { Law } from '../core/law.ts';
import type { Refusal } from '../core/refusal.ts';
import type { Actor, Approvals, ConfigId, GitOrigin, Version, VersionKind, View } from '../words/model.ts';
import type { OnStale } from '../words/policy.ts';
import type {
  ChangeToSave,
  DeletedChange,
  Idempotency,
  SavedChange,
  Sender,
  WrittenChange,
} from '../words/request.ts';
import type { RuleNotice } from '../words/secret.ts';

export interface RequestedChange {
  readonly kind?: never;
  readonly config: ConfigId;
  /** null: the config's own format; for a new config, the one its path's extension names. */
  readonly format: Format | null;
  readonly text: string;
  /** 0n: it must not exist yet. null: none stated. */
  readonly baseVersion: Version | null;
  /** What it is on without a base. */
  readonly unstated: Exclude<Unstated, 'line'>;
  /** Whether it may only change what exists. */
  readonly mustExist: boolean;
  /** null: none stated. */
  readonly onStale: OnStale | null;
  /** Token of a result that was shown before; null: none. */
  readonly confirm: string | null;
  /** Rights and policy at this moment. */
  readonly law: Law;
  readonly comment: string;
  /** The text is that of an older version, saved again: kept as kind `promoted` when it needs no merge. */
  readonly promoted: boolean;
}

/** The config goes with all its versions. */
export interface RequestedDelete {
  readonly kind: 'delete';
  readonly config: ConfigId;
  /** The version that must still be the latest; null: whatever is. */
  readonly baseVersion: Version | null;
  /** Policy at this moment. */
  readonly law: Law;
  /** What the log is to say of it; '': nothing. */
  readonly remark: string;
}

export interface WriteRequest {
  /** At least one; each of another config. */
  readonly changes: readonly (RequestedChange | RequestedDelete)[];
  readonly actor: Actor;
  /** Absent: nobody can ask about the actor's rights again. */
  readonly sender?: Sender;
  /** Claimed; '' when none is. */
  readonly author: string;
  readonly git: GitOrigin;
  /** The deployment's id in the log; null: none. */
  readonly group: string | null;
  readonly idempotency: Idempotency | null;
  /** Absent: it comes for the first time. */
  readonly waited?: Waited;
}

/** A request that was kept, with all approvals that were ever given to it. */
export interface Waited {
  readonly id: string;
  readonly contentSha256: string;
  readonly approvals: Approvals | null;
  readonly proposedAt: Date;
}

interface Noted {
  /** What rules that only warn say to the text. Absent: nothing, or it was saved by an earlier call. */
  readonly notices?: readonly RuleNotice[];
}

/** What became of one change of a request. */
export type ChangeAnswer =
  /** It is the version now; its text is in the history. */
  | ({ readonly kind: 'saved' } & SavedChange & Noted)
  /** That version said it already. */
  | ({ readonly kind: 'unchanged' } & SavedChange)
  | ({ readonly kind: 'deleted' } & DeletedChange)
  /** Nothing speaks against it; it was not saved, because this is a dry run or another change was refused. */
  | ({
      readonly kind: 'ready';
      readonly config: ConfigId;
      /** Number it would get, if nothing else were saved meanwhile. */
      readonly version: Version;
      /** The head now; null: there is none. */
      readonly previous: Version | null;
      readonly versionKind: VersionKind;
      readonly sha256: string;
      /** What would be saved. */
      readonly text: string;
      /** Others have to approve it first. Absent: nobody has to. */
      readonly awaits?: { readonly needed: number; readonly change: string };
    } & Noted)
  /** Nothing speaks against deleting it; as for `ready`, it was not done. */
  | { readonly kind: 'deletable'; readonly config: ConfigId; readonly version: Version }
  /** Refused: it is to be deleted, and has no version. */
  | { readonly kind: 'missing'; readonly config: ConfigId }
  | { readonly kind: 'refused'; readonly config: ConfigId; readonly refusal: Refusal };

export type ChangeDecision =
  | RefusedEdit
  | SaveDecision
  | Unapproved
  | Unchanged
  // Only what goes with an object can be kept.
  | Exclude<DeleteDecision, { kind: 'kept' }>;

export interface Decided {
  readonly change: RequestedChange | RequestedDelete;
  readonly view: View;
  readonly decision: ChangeDecision;
}

/** The merged text is in the answer in full; a diff is for reading. */
const diffLimits: DiffLimits = { maxBytes: 256 * 1024, maxEdits: 5_000 };

/** What the decision sees of it: an answer must not depend on anything else, and it crosses to a worker thread. */
export function editOfChange(
  { config, format, text, baseVersion, unstated, mustExist, onStale, confirm }: RequestedChange,
  { actor, git }: { readonly actor: Actor; readonly git: GitOrigin },
): Edit {
  return {
    ...{ config, format, text, baseVersion, unstated, mustExist, onStale, confirm, git, actor, diffLimits },
    ...{ carrier: null, known: null },
  };
}

/** Of an accepted change. */
export function toSave({ change, view, decision }: Decided): ChangeToSave {
  const { config } = change;
  switch (decision.kind) {
    case 'delete':
      return {
        ...{ kind: 'delete', config, expectedHead: decision.expectedHead },
        remark: change.kind === 'delete' ? change.remark : '',
      };
    case 'unchanged':
      // What was proposed may be another text: the latest holds all of its edit already.
      return {
        kind: 'unchanged',
        config,
        expectedHead: decision.expectedHead,
        sha256: view.head!.sha256,
      };
    case 'save': {
      const { comment, baseVersion } = change as RequestedChange;
      const { body, format, expectedHead, mergedPaths } = decision;
      return {
        ...{ kind: 'save', config, expectedHead, body, format, versionKind: kindOf(change, decision) },
        ...{ baseVersion, mergedPaths, comment },
      };
    }
    default:
      throw new Error(`what is ${decision.kind} is not saved`);
  }
}

function kindOf(change: Decided['change'], { versionKind }: SaveDecision): VersionKind {
  const promoted = change.kind !== 'delete' && change.promoted;
  return promoted && versionKind === 'direct' ? 'promoted' : versionKind;
}

/** @param decided where it was decided by this very call */
export function answerOf(change: WrittenChange, decided?: Decided): ChangeAnswer {
  if (change.operation === 'delete') return { kind: 'deleted', ...change };
  if (change.operation === 'unchanged') return { kind: 'unchanged', ...change };
  return { kind: 'saved', ...change, ...(decided && notedOf(decided.decision)) };
}

const notedOf = (decision: ChangeDecision): Noted =>
  decision.kind === 'save' && decision.notices ? { notices: decision.notices } : {};

/** @param proposer of all changes of the request */
export function unwritten(decided: Decided, proposer: Actor): ChangeAnswer {
  const { change, view, decision } = decided;
  const { config } = change;
  switch (decision.kind) {
    case 'unapproved': {
      const ready = unwritten({ ...decided, decision: decision.save }, proposer);
      const awaits = { needed: countNeeded(decision.rule, proposer), change: decision.change };
      return ready.kind === 'ready' ? { ...ready, awaits } : ready;
    }
    case 'refused':
      return { kind: 'refused', config, refusal: decision.refusal };
    case 'unchanged':
      return { kind: 'unchanged', ...unchangedOf(config, view, decision) };
    case 'missing':
      return { kind: 'missing', config };
    case 'delete':
      return { kind: 'deletable', config, version: decision.expectedHead };
    case 'save': {
      const { body } = decision;
      const versionKind = kindOf(change, decision);
      const version = (view.config?.lastVersion ?? 0n) + 1n;
      const previous = view.head?.version ?? null;
      const { sha256, text } = body;
      const facts = { config, version, previous, versionKind, sha256, text };
      return { kind: 'ready', ...facts, ...notedOf(decision) };
    }
  }
}

function unchangedOf(config: ConfigId, view: View, { version }: Unchanged): SavedChange {
  const head = view.head!;
  const { sha256 } = head;
  return {
    ...{ config, configId: view.config?.id ?? '', operation: 'unchanged', version, sha256 },
    ...{ previous: version, versionKind: head.kind, createdAt: head.createdAt },
  };
}

export function twice(change: Decided['change']): Decided {
  const view: View = {
    ...{ config: null, head: null, line: null, base: null, match: null, headIsOwn: false },
  };
  const refusal: Refusal = { kind: 'twice', config: change.config };
  return { change, view, decision: { kind: 'refused', refusal } };
}
