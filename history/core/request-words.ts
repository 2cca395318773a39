/** Words for a request that is refused: what is the matter, and what to send instead. */

import type { Format } from '../../text/format.ts';
import { type DiffLimits, unifiedDiff } from '../../text/text-diff.ts';
import type { VersionRecord, View } from '../words/model.ts';
import { Reason } from '../words/reasons.ts';
import type { BodyReading } from './decide.ts';
import type { Ask, AskClash, AskConflict, AskRefusal, AskStale } from './request.ts';
import { configName, savedBy } from './words.ts';

/** The merged text is there in full; a diff is for reading. */
const diffLimits: DiffLimits = { maxBytes: 256 * 1024, maxEdits: 5_000 };

export function unreadable({ problem }: Extract<BodyReading, { ok: false }>): AskRefusal {
  const { reason, message, line, column } = problem;
  return { reason, message: `${message}.`, at: { line, column } };
}

export function formatMismatch({ config }: Ask, existing: Format, asked: Format): AskRefusal {
  const message =
    `${configName(config)} is ${existing}, and a config keeps its format for life; this request says ` +
    `format: ${asked}. Send ${existing}, or use another path.`;
  return { reason: Reason.FormatMismatch, message };
}

export function baseDemanded({ config }: Ask, head: VersionRecord): AskRefusal {
  const message =
    `Config namespace ${config.namespace} requires every change to state the version it was edited from, and this ` +
    `one does not. The latest of ${configName(config)} is ${savedBy(head)}: take its text in, then send ` +
    `base_version: ${head.version}.`;
  return { reason: Reason.BaseVersionRequired, message, current: head };
}

export function alreadyExists({ config }: Ask, head: VersionRecord): AskRefusal {
  const message =
    `${configName(config)} exists already (${savedBy(head)}), and this request asks for a new one. To change it, ` +
    `take its text in, then send base_version: ${head.version}.`;
  return { reason: Reason.AlreadyExists, message, current: head };
}

export function baseAhead({ config, baseVersion }: Ask, head: VersionRecord): AskRefusal {
  const message =
    `base_version is ${baseVersion}, but the latest version of ${configName(config)} is ${head.version} ` +
    `(${savedBy(head)}). Send the version this text was edited from.`;
  return { reason: Reason.BaseVersionAhead, message, current: head };
}

export function baseGone({ config, baseVersion }: Ask, { head }: View): AskRefusal {
  const next = head
    ? `Take the latest text in (${savedBy(head)}), then send base_version: ${head.version}.`
    : 'The config has no version now: leave base_version out, or send 0, to create it.';
  const message = `Version ${baseVersion} of ${configName(config)} does not exist. ${next}`;
  return { reason: Reason.BaseVersionGone, message, ...(head && { current: head }) };
}

export function notMerged(ask: Ask, stale: AskStale, texts: AskClash['texts'], cause: string): AskRefusal {
  const { head } = stale;
  return {
    reason: Reason.VersionConflict,
    message: `${opening(ask, stale)} ${cause} Take version ${head.version} in, then send base_version: ${head.version}.`,
    current: head,
    conflict: conflictOf(ask, stale, texts),
  };
}

export function confirmation(
  ask: Ask,
  stale: AskStale,
  texts: AskClash['texts'],
  merged: string,
  token: string,
): AskRefusal {
  const { head } = stale;
  const other = ask.confirm === null ? '' : ' The token sent is not for this result.';
  const labels = { from: `version ${head.version}`, to: 'merged' };
  return {
    reason: Reason.ConfirmationRequired,
    message:
      `${opening(ask, stale)} Your edit merges cleanly onto version ${head.version}.${other} To save exactly the ` +
      `merged text, send the same request with confirm: ${token}.`,
    current: head,
    conflict: {
      ...conflictOf(ask, stale, texts),
      ...{ merged, token },
      mergedDiff: unifiedDiff(texts.head, merged, labels, diffLimits).text,
    },
  };
}

export function opening({ config }: Ask, { base, head }: AskStale): string {
  return `This edit of ${configName(config)} was made on version ${base.version}; the latest is ${savedBy(head)}.`;
}

export function conflictOf(ask: Ask, { base, head }: AskStale, texts: AskClash['texts']): AskConflict {
  const labels = { from: `version ${base.version}`, to: 'proposed' };
  const diff = unifiedDiff(texts.base, ask.text, labels, diffLimits).text;
  const nothing = { merged: null, mergedDiff: null, token: null, places: [], marked: null };
  return { base, current: head, diff, ...nothing };
}
