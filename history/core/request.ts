/**
 * Decides what becomes of a text that comes by a request instead of an object: the same order and the same
 * reasons as decide() has for objects, without a line, and in words for somebody who calls an API. A request
 * that names no base is saved on top of whatever is the latest; its version then has none. Pure.
 */
import { type MergeResult, merge as mergeTexts, type Place } from '../../merge/merge.ts';
import { checkPath } from '../../text/config-path.ts';
import type { Body, Format } from '../../text/format.ts';
import { formatOfNew } from '../../text/formats.ts';
import { sha256 } from '../../text/sha256.ts';
import { personOf } from '../../text/words.ts';
import type { ConfigId, GitOrigin, Version, VersionKind, VersionRecord, View } from '../words/model.ts';
import { Reason } from '../words/reasons.ts';
import type { BodyReading } from './decide.ts';
import type { Law } from './grants.ts';
import type { OnStale } from './proposal.ts';
import {
  alreadyExists,
  baseAhead,
  baseDemanded,
  baseGone,
  confirmation,
  conflictOf,
  formatMismatch,
  notMerged,
  opening,
  unreadable,
} from './request-words.ts';
import { culprits, maxMergedPaths } from './stale.ts';

/** One text somebody wants to be the latest. */
export interface Ask {
  readonly config: ConfigId;
  /** null: the config's own; of a new one, what its path ends in. */
  readonly format: Format | null;
  readonly text: string;
  /** 0n: it must not exist yet. null: none stated. */
  readonly baseVersion: Version | null;
  /** null: as the config namespace's policy says, else Confirm. */
  readonly onStale: OnStale | null;
  /** Token of a result that was shown before; null: none. */
  readonly confirm: string | null;
  readonly git: GitOrigin;
}

/** A place that both changed, and the version that changed it first. */
export type AskedPlace = Place & { readonly by: VersionRecord };

/** What is in the way of a stale text, whole: nothing here is cut but the diffs, which say so. */
export interface AskConflict {
  readonly base: VersionRecord;
  readonly current: VersionRecord;
  /** Unified, base → proposed: the edit. */
  readonly diff: string;
  /** What would be saved; null: it does not merge. */
  readonly merged: string | null;
  /** Unified, current → merged; null: it does not merge. */
  readonly mergedDiff: string | null;
  /** Saves exactly `merged`; null: there is nothing to confirm. */
  readonly token: string | null;
  readonly places: readonly AskedPlace[];
  /** The current text with all that merged, and markers around the rest; null: it merges, or cannot be marked. */
  readonly marked: string | null;
}

export interface AskRefusal {
  readonly reason: Reason;
  /** What is the matter, and what to send instead. */
  readonly message: string;
  /** Where in the text, from 1. */
  readonly at?: { readonly line: number; readonly column: number };
  /** The latest version, when it has to do with the refusal. */
  readonly current?: VersionRecord;
  readonly conflict?: AskConflict;
}

export interface AskSave {
  readonly kind: 'save';
  readonly body: Body;
  readonly format: Format;
  /** 0n: there is none. */
  readonly expectedHead: Version;
  readonly versionKind: VersionKind;
  readonly mergedPaths: readonly string[];
}

export interface AskUnchanged {
  readonly kind: 'unchanged';
  readonly version: Version;
  readonly sha256: string;
}

export interface AskStale {
  readonly kind: 'stale';
  readonly format: Format;
  readonly base: VersionRecord;
  readonly head: VersionRecord;
}

export interface AskClash {
  readonly kind: 'clash';
  readonly stale: AskStale;
  readonly texts: { readonly base: string; readonly head: string };
  readonly places: readonly Place[];
  readonly marked: string;
}

export interface AskRefused {
  readonly kind: 'refused';
  readonly refusal: AskRefusal;
}

export type AskDecision = AskSave | AskUnchanged | AskRefused | AskStale;
export type StaleAskDecision = AskSave | AskUnchanged | AskRefused | AskClash;

type Read = (text: string, format: Format) => BodyReading;

export function decideAsk(ask: Ask, view: View, read: Read, law: Law): AskDecision {
  const { head } = view;
  const unlawful = checkRights(ask, law) ?? checkGit(ask, law);
  if (unlawful) return refuse(unlawful);
  const format = ask.format ?? (head && view.config ? view.config.format : formatOfNew(ask.config.path));
  const reading = read(ask.text, format);
  if (!reading.ok) return refuse(unreadable(reading));
  const { body } = reading;

  if (!head) {
    const gone = (ask.baseVersion ?? 0n) > 0n;
    return gone ? refuse(baseGone(ask, view)) : saveDirectly(body, format, 0n);
  }
  if (view.config && view.config.format !== format)
    return refuse(formatMismatch(ask, view.config.format, format));
  // Creating what exists is refused also when it would change nothing: whoever creates wants to be the first.
  if (ask.baseVersion === 0n) return refuse(alreadyExists(ask, head));
  if (body.sha256 === head.sha256) return { kind: 'unchanged', version: head.version, sha256: head.sha256 };
  if (ask.baseVersion === null) {
    return law.policy.requireBaseVersion
      ? refuse(baseDemanded(ask, head))
      : saveDirectly(body, format, head.version);
  }
  if (ask.baseVersion === head.version) return saveDirectly(body, format, head.version);
  if (ask.baseVersion > (view.config?.lastVersion ?? head.version)) return refuse(baseAhead(ask, head));
  if (!view.base) return refuse(baseGone(ask, view));
  return { kind: 'stale', format, base: view.base, head };
}

/**
 * @param read validates a text; asked about the merged one
 */
export function decideStaleAsk(
  ask: Ask,
  stale: AskStale,
  texts: { readonly base: string; readonly head: string },
  read: Read,
  law: Law,
): StaleAskDecision {
  const { head, format } = stale;
  const onStale = ask.onStale ?? law.policy.onStale ?? 'Confirm';
  if (onStale === 'Reject')
    return refuse(notMerged(ask, stale, texts, 'Nothing was saved, as on_stale: reject asks for.'));

  const result: MergeResult = mergeTexts(texts.base, texts.head, ask.text, { format });
  if (result.kind === 'clash') {
    return { kind: 'clash', stale, texts, places: result.places, marked: result.marked };
  }
  if (result.kind === 'refused') {
    return refuse(
      notMerged(ask, stale, texts, `The edit cannot be carried over by itself: ${result.message}.`),
    );
  }
  if (result.text === texts.head) return { kind: 'unchanged', version: head.version, sha256: head.sha256 };

  const reading = read(result.text, format);
  if (!reading.ok) {
    const { reason, message } = unreadable(reading);
    const why = `The edit merges onto version ${head.version}, but the result cannot be saved: ${message}`;
    return refuse({
      reason: reason === Reason.BodyTooLarge ? reason : Reason.VersionConflict,
      message: why,
      current: head,
    });
  }
  const token = tokenFor(ask, stale, reading.body.sha256);
  const confirmed = ask.confirm === token;
  if (onStale === 'Confirm' && !confirmed) return refuse(confirmation(ask, stale, texts, result.text, token));
  const mergedPaths = [...new Set(result.edits.map(edit => edit.pointer))].slice(0, maxMergedPaths);
  const versionKind = confirmed ? 'confirmed' : 'merged';
  return { kind: 'save', body: reading.body, format, expectedHead: head.version, versionKind, mergedPaths };
}

/** Words a clash, with the versions since the base at hand (oldest first; may be cut short). */
export function refuseClash(
  ask: Ask,
  { stale, texts, places, marked }: AskClash,
  since: readonly { readonly record: VersionRecord; readonly text: string }[],
): AskRefusal {
  const { format, head } = stale;
  const found = culprits({ base: texts.base, proposed: ask.text, format }, places, since);
  const named = places.map(place => ({ ...place, by: found.get(place.pointer) ?? head }));
  const list = [
    ...new Set(
      named.map(({ path, by }) => `${path || 'the whole text'} by ${personOf(by)} in version ${by.version}`),
    ),
  ];
  const more = list.length > 3 ? `; and ${list.length - 3} more` : '';
  return {
    reason: Reason.VersionConflict,
    message:
      `Changed by both: ${list.slice(0, 3).join('; ')}${more}. Nothing was saved. ${opening(ask, stale)} Decide ` +
      `each place, then send the result with base_version: ${head.version}.`,
    current: head,
    conflict: { ...conflictOf(ask, stale, texts), places: named, marked },
  };
}

/** Names one result for one config: any change of base, head or outcome gives another token. */
function tokenFor({ config }: Ask, { base, head }: AskStale, mergedSha256: string): string {
  const parts = [config.namespace, config.path, base.sha256, head.version, head.sha256, mergedSha256];
  return sha256(parts.join('\n')).slice(0, 16);
}

const refuse = (refusal: AskRefusal): AskRefused => ({ kind: 'refused', refusal });

function saveDirectly(body: Body, format: Format, expectedHead: Version): AskSave {
  return { kind: 'save', body, format, expectedHead, versionKind: 'direct', mergedPaths: [] };
}

function checkRights({ config }: Ask, { write }: Law): AskRefusal | null {
  const fault = checkPath(config.path);
  if (fault)
    return { reason: Reason.PathNotAllowed, message: `${fault[0]!.toUpperCase()}${fault.slice(1)}.` };
  return write && { reason: write.reason, message: write.message };
}

export function checkGit({ config, git }: Pick<Ask, 'config' | 'git'>, { policy }: Law): AskRefusal | null {
  if (policy.requireGitCommit && !git.commit) {
    const message =
      `Config namespace ${config.namespace} takes changes from Git only, and this one names no commit. Send ` +
      'git.commit: 7 to 64 lower-case hex digits.';
    return { reason: Reason.MissingGitCommit, message };
  }
  if (policy.allowDirty === false && git.dirty) {
    const message =
      `This change comes from a work tree with uncommitted changes (git.dirty is true), which config namespace ` +
      `${config.namespace} does not take. Commit them, and send it again with the new commit.`;
    return { reason: Reason.MissingGitCommit, message };
  }
  return null;
}
