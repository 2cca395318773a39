/**
 * One change of a request on its way: as it is asked for, as it was decided, as it is saved and as it is answered.
 * Pure.
 */

import type { Law } from '../core/grants.ts';
import type { Ask, AskRefusal, AskSave, AskUnchanged, StaleAskDecision } from '../core/request.ts';
import type { DeleteDecision } from '../core/request-delete.ts';
import type { ConfigId, Version, VersionKind, View } from '../words/model.ts';
import { Reason } from '../words/reasons.ts';
import type { ChangeToSave, DeletedChange, SavedChange, WrittenChange } from '../words/request.ts';

export interface RequestedChange extends Omit<Ask, 'git'> {
  readonly kind?: never;
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
}

/** What became of one change of a request. */
export type ChangeAnswer =
  /** It is the version now; its text is in the history. */
  | ({ readonly kind: 'saved' } & SavedChange)
  /** That version said it already. */
  | ({ readonly kind: 'unchanged' } & SavedChange)
  | ({ readonly kind: 'deleted' } & DeletedChange)
  /** Nothing speaks against it; it was not saved, because this is a dry run or another change was refused. */
  | {
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
    }
  /** Nothing speaks against deleting it; as for `ready`, it was not done. */
  | { readonly kind: 'deletable'; readonly config: ConfigId; readonly version: Version }
  /** Refused: it is to be deleted, and has no version. */
  | { readonly kind: 'missing'; readonly config: ConfigId }
  | { readonly kind: 'refused'; readonly config: ConfigId; readonly refusal: AskRefusal };

export type Outcome = Exclude<StaleAskDecision, { kind: 'clash' }> | DeleteDecision;

export interface Decided {
  readonly change: RequestedChange | RequestedDelete;
  readonly view: View;
  readonly outcome: Outcome;
}

/** Of an accepted change. */
export function toSave({ change, outcome }: Decided): ChangeToSave {
  const { config } = change;
  switch (outcome.kind) {
    case 'delete':
      return { kind: 'delete', config, expectedHead: outcome.expectedHead };
    case 'unchanged':
      return { kind: 'unchanged', config, expectedHead: outcome.version, sha256: outcome.sha256 };
    case 'save': {
      const { comment, baseVersion } = change as RequestedChange;
      const { body, format, expectedHead, mergedPaths } = outcome;
      return {
        ...{ kind: 'save', config, expectedHead, body, format, versionKind: kindOf(change, outcome) },
        ...{ baseVersion, mergedPaths, comment },
      };
    }
    default:
      throw new Error(`what is ${outcome.kind} is not saved`);
  }
}

function kindOf(change: Decided['change'], { versionKind }: AskSave): VersionKind {
  const promoted = change.kind !== 'delete' && change.promoted;
  return promoted && versionKind === 'direct' ? 'promoted' : versionKind;
}

export function answerOf(change: WrittenChange): ChangeAnswer {
  if (change.operation === 'delete') return { kind: 'deleted', ...change };
  return { kind: change.operation === 'unchanged' ? 'unchanged' : 'saved', ...change };
}

export function unwritten({ change, view, outcome }: Decided): ChangeAnswer {
  const { config } = change;
  switch (outcome.kind) {
    case 'refused':
      return { kind: 'refused', config, refusal: outcome.refusal };
    case 'unchanged':
      return { kind: 'unchanged', ...unchangedOf(config, view, outcome) };
    case 'missing':
      return { kind: 'missing', config };
    case 'delete':
      return { kind: 'deletable', config, version: outcome.expectedHead };
    case 'save': {
      const { body } = outcome;
      const versionKind = kindOf(change, outcome);
      const version = (view.config?.lastVersion ?? 0n) + 1n;
      const previous = view.head?.version ?? null;
      const { sha256, text } = body;
      return { kind: 'ready', config, version, previous, versionKind, sha256, text };
    }
  }
}

function unchangedOf(config: ConfigId, view: View, { version, sha256 }: AskUnchanged): SavedChange {
  const head = view.head!;
  return {
    ...{ config, configId: view.config?.id ?? '', operation: 'unchanged', version, sha256 },
    ...{ previous: version, versionKind: head.kind, createdAt: head.createdAt },
  };
}

export function twice(change: Decided['change']): Decided {
  const { namespace, path } = change.config;
  const message = `The request has two changes of ${namespace}/${path}. Send one.`;
  const view: View = { config: null, head: null, line: null, base: null };
  return { change, view, outcome: { kind: 'refused', refusal: { reason: Reason.InvalidBody, message } } };
}
