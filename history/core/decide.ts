/**
 * Decides what becomes of an edit, from any door: the order of docs/design.md, "What happens to a proposal", as a list
 * of named checks of which the first that has an answer wins. It sees hashes and numbers only; texts are needed past
 * this point by a stale edit alone, and stale.ts decides that once they are fetched. Same input, same decision: no I/O,
 * no clock, no logger.
 */

import type { BodyProblem } from '../../text/body.ts';
import { checkNewPath, checkPath } from '../../text/config-path.ts';
import { type Body, type Format, formatOfNew } from '../../text/format.ts';
import { sha256 } from '../../text/sha256.ts';
import type { Line, Version, VersionKind, VersionRecord, View } from '../words/model.ts';
import type { RuleNotice } from '../words/secret.ts';
import { type Carrier, type Edit, isSamePerson } from './edit.ts';
import type { Law } from './law.ts';
import type { Base, Refusal } from './refusal.ts';

export type BodyReading =
  | { readonly ok: true; readonly body: Body }
  | { readonly ok: false; readonly problem: BodyProblem };

export type Read = (text: string, format: Format) => BodyReading;

export type Answered =
  /** Accepted before: the answer is what the line says. */
  | { readonly kind: 'accepted'; readonly line: Line }
  /**
   * The object seen is older than one already accepted: the cache lags, a newer event is on its way; or the cluster
   * was restored to an earlier moment, which only the API server can tell.
   */
  | { readonly kind: 'outdated' };

export interface RefusedEdit {
  readonly kind: 'refused';
  readonly refusal: Refusal;
}

/** What an edit says, as the history remembers it. */
export type Proposed = Pick<Body, 'sha256'>;

/** Save as the next version, if the head still is `expectedHead` (0n: there is none). */
export interface SaveDecision {
  readonly kind: 'save';
  readonly body: Body;
  readonly proposed: Proposed;
  readonly format: Format;
  readonly expectedHead: Version;
  readonly versionKind: VersionKind;
  /** JSON Pointers of what a merge took over from the edit. */
  readonly mergedPaths: readonly string[];
  /** What rules that only warn say to it. Absent: nothing. */
  readonly notices?: readonly RuleNotice[];
}

/** Some version says it already; only the source's line moves. */
export interface Unchanged {
  readonly kind: 'unchanged';
  readonly version: Version;
  readonly proposed: Proposed;
  readonly expectedHead: Version;
}

/** Needs the texts of base and head, and is read beside them. */
export interface StaleEdit {
  readonly kind: 'stale';
  readonly proposed: Proposed;
  readonly format: Format;
  readonly base: Base;
  readonly head: VersionRecord;
  /**
   * Whether the edit may take back what others saved without its author having seen that: needs the versions since the
   * author's own last one, too.
   */
  readonly unseen: boolean;
}

export type Decision = Answered | RefusedEdit | SaveDecision | Unchanged | StaleEdit;

/** The checks of an edit before its text is read. */
interface Unread {
  readonly edit: Edit;
  readonly view: View;
  readonly law: Law;
}

/** What the text is held against, where there is a latest version. */
interface Compared extends Unread {
  readonly proposed: Proposed;
  readonly format: Format;
  readonly head: VersionRecord;
}

/** Save the text itself. */
type Directly = Omit<SaveDecision, 'kind' | 'body'> & { readonly kind: 'directly' };

type Check<At, Found = Decision> = readonly [name: string, check: (at: At) => Found | null];

/** All checks in their order; docs and a test name them. */
export const checksBeforeReading: readonly Check<Unread>[] = [
  ['accepted before', ({ edit, view }) => (edit.carrier ? answeredBefore(edit.carrier, view) : null)],
  ['a path', checkPathOf],
  ['the right to write', ({ law }) => refuse(law.write)],
  ['a commit', ({ edit, law }) => refuse(checkGit(edit, law))],
];

export const checksOfText: readonly Check<Compared, Decision | Directly>[] = [
  ['the format', checkFormat],
  ['the first one', checkFirst],
  ['the latest says so', saysHead],
  ['its source said so', saysLine],
  ['an older version says so', saysOlder],
  ['a base where one is demanded', checkDemand],
  ['an overwrite', overwrite],
  ['edited from its own last text', fromLine],
  ['edited from the latest', fromLatest],
  ['no base at all', ({ edit, ...at }) => (edit.baseVersion === null ? unknownBase(edit, at) : null)],
  ['not there yet', checkAbsence],
  ['the base is the one its author knows', checkKnown],
  ['the base was used up', checkSpent],
  ['the base is the latest', onHead],
  ['the base exists', checkBase],
];

/** Of what would change the config: what the config has already is never in the way. */
export const checksOfChange: readonly Check<Unread>[] = [
  [
    'no freeze',
    ({ edit: { config }, view: { head }, law: { freeze } }) =>
      freeze ? refused({ kind: 'frozen', config, freeze, head }) : null,
  ],
];

/**
 * @param read reads the edit's text; called at most once, and not at all for an answer already given or a stale edit
 * @param law rights and policy at this moment
 */
export function decide(edit: Edit, view: View, read: Read, law: Law): Decision {
  const decision = decideText(edit, view, read, law);
  if (decision.kind !== 'save' && decision.kind !== 'stale') return decision;
  const found = firstOf(checksOfChange, { edit, view, law });
  if (found === null) return decision;
  // That a text cannot be read is told first, also where nothing else would read it.
  const unread = decision.kind === 'stale' && readText(edit, view, read, decision.format);
  return unread && 'kind' in unread ? unread : found;
}

function decideText(edit: Edit, view: View, read: Read, law: Law): Decision {
  const at = { edit, view, law };
  const early = firstOf(checksBeforeReading, at);
  if (early) return early;
  const { config } = edit;
  const { head } = view;
  const format = edit.format ?? (head && view.config ? view.config.format : formatOfNew(config.path));
  const proposed = { sha256: edit.carrier?.sha256 ?? sha256(edit.text) };
  const decision = head === null ? first(edit, proposed, format) : compare({ ...at, proposed, format, head });
  if (decision.kind === 'stale') return decision;
  const body = readText(edit, view, read, format);
  if ('kind' in body) return body;
  return decision.kind === 'directly' ? { ...decision, kind: 'save', body } : decision;
}

/** The text, or why it cannot be one. */
function readText({ config, text }: Edit, { head }: View, read: Read, format: Format): Body | RefusedEdit {
  const reading = read(text, format);
  return reading.ok ? reading.body : refused({ kind: 'unreadable', config, problem: reading.problem, head });
}

function first(
  { config, baseVersion, mustExist }: Edit,
  proposed: Proposed,
  format: Format,
): Directly | RefusedEdit {
  if (mustExist || (baseVersion !== null && baseVersion > 0n)) {
    return refused({ kind: 'base-gone', config, baseVersion, head: null });
  }
  return directly(proposed, format, 0n);
}

function compare(at: Compared): Decision | Directly {
  return firstOf(checksOfText, at) ?? stale(at, { kind: 'version', record: at.view.base! }, false);
}

function firstOf<At, Found>(checks: readonly Check<At, Found>[], at: At): Found | null {
  for (const [, check] of checks) {
    const decision = check(at);
    if (decision) return decision;
  }
  return null;
}

/** Whether this generation, or a later one, was accepted before. Needs no text. */
export function answeredBefore({ uid, generation, sha256 }: Carrier, { line }: View): Answered | null {
  if (line?.uid !== uid || line.generation < generation) return null;
  // One generation has one text, unless the cluster was restored to an earlier moment and went on from there.
  const same = line.generation === generation && line.sha256 === sha256;
  return same ? { kind: 'accepted', line } : { kind: 'outdated' };
}

function checkPathOf({ edit: { config }, view }: Unread): RefusedEdit | null {
  // The doors check this too; but an object may be older than its door's rule.
  const fault = checkPath(config.path) ?? (view.config ? null : checkNewPath(config.path));
  return fault ? refused({ kind: 'not-a-path', config, fault }) : null;
}

export function checkGit({ config, git }: Pick<Edit, 'config' | 'git'>, { policy }: Law): Refusal | null {
  if (policy.requireGitCommit && !git.commit) return { kind: 'no-commit', config };
  if (policy.allowDirty === false && git.dirty) return { kind: 'dirty', config };
  return null;
}

function checkFormat({ edit: { config }, view, format, head }: Compared): RefusedEdit | null {
  const existing = view.config?.format ?? format;
  return existing === format
    ? null
    : refused({ kind: 'other-format', config, existing, proposed: format, head });
}

/** A request to create a config must be the first, even where it would change nothing. */
function checkFirst({ edit: { config, carrier, baseVersion }, head }: Compared): RefusedEdit | null {
  return carrier === null && baseVersion === 0n ? refused({ kind: 'exists', config, head }) : null;
}

function saysHead({ proposed, head }: Compared): Unchanged | null {
  return proposed.sha256 === head.sha256 ? unchanged(proposed, head.version, head) : null;
}

/** A re-created object, a restored cluster, a self-healing engine. */
function saysLine({ edit, view: { line }, proposed, head }: Compared): Unchanged | null {
  if (line?.sha256 !== proposed.sha256 || line.baseVersion !== edit.baseVersion) return null;
  return unchanged(proposed, line.version, head);
}

/** An old checkout, a cluster behind the others, a renamed object: not an edit, although it differs from the latest. */
function saysOlder({ edit, view: { line, match }, proposed, head }: Compared): Unchanged | null {
  if (edit.baseVersion !== null || match === null) return null;
  // Its source last proposed the text of the latest, under any number: its present text is an edit of that.
  if (line?.sha256 === head.sha256) return null;
  return line && line.version >= match ? null : unchanged(proposed, match, head);
}

function checkDemand({ edit, law: { policy }, head }: Compared): RefusedEdit | null {
  if (edit.baseVersion !== null) return null;
  const demanded =
    edit.unstated === 'latest' ? policy.requireBaseVersion !== false : policy.requireBaseVersion;
  return demanded ? refused({ kind: 'base-demanded', config: edit.config, deed: 'change', head }) : null;
}

function overwrite({ edit, proposed, format, head }: Compared): Directly | null {
  if (edit.baseVersion !== null || edit.unstated !== 'overwrite') return null;
  return { ...directly(proposed, format, head.version), versionKind: 'overwrite' };
}

/**
 * The base of an edit that states none, or repeats an old one: what its source proposed last, not the version that
 * became of it.
 */
function fromLine(at: Compared): Decision | Directly | null {
  const { edit, view, head } = at;
  const { line } = view;
  if (!line) return null;
  const again = line.baseVersion === edit.baseVersion && isSamePerson(line.actor, edit.actor);
  if (edit.baseVersion !== null && !again) return null;
  if (line.sha256 === head.sha256) return edited(at, { kind: 'version', record: head }, true);
  // Its text was deleted, and nobody knows any more what this one was edited from.
  if (line.textGone) return edit.baseVersion === null ? unknownBase(edit, at) : null;
  return edited(at, { kind: 'line', line }, false);
}

function fromLatest(at: Compared): Decision | Directly | null {
  const { edit, head } = at;
  if (edit.baseVersion !== null || edit.unstated !== 'latest') return null;
  return edited(at, { kind: 'version', record: head }, true);
}

function edited(at: Compared, base: Base, fresh: boolean): Decision | Directly {
  const unseen = mayTakeBack(at);
  return fresh && !unseen ? directly(at.proposed, at.format, at.head.version) : stale(at, base, unseen);
}

/** The author of this edit did not save the latest here, so the edit may be older than what others saved since. */
function mayTakeBack({ edit: { actor }, view: { line }, law: { policy }, head }: Compared): boolean {
  if (!actor.verified || policy.onTakeBack === 'Save') return false;
  return !isSamePerson(line?.actor ?? null, actor) && !isSamePerson(head.actor, actor);
}

function unknownBase({ config }: Edit, { head }: Pick<Compared, 'head'>): RefusedEdit {
  return refused({ kind: 'base-unknown', config, head });
}

function checkAbsence({ edit: { config, baseVersion }, head }: Compared): RefusedEdit | null {
  return baseVersion === 0n ? refused({ kind: 'exists', config, head }) : null;
}

function checkKnown({ edit: { config, known, baseVersion }, view, head }: Compared): RefusedEdit | null {
  if (!view.base || baseVersion === null || known?.version !== baseVersion) return null;
  return known.sha256 === view.base.sha256
    ? null
    : refused({ kind: 'base-another', config, baseVersion, head });
}

/** The stated number is left over from an earlier edit; merging with it would silently drop this edit. */
function checkSpent({ edit: { config, baseVersion }, view, proposed, head }: Compared): RefusedEdit | null {
  const { line, base } = view;
  if (!line || !base || baseVersion === null || baseVersion === head.version) return null;
  if (line.baseVersion !== baseVersion || base.sha256 !== proposed.sha256) return null;
  return refused({ kind: 'base-spent', config, baseVersion, said: line.version, head });
}

function onHead({ edit: { baseVersion }, proposed, format, head }: Compared): Directly | null {
  return baseVersion === head.version ? directly(proposed, format, head.version) : null;
}

function checkBase({ edit: { config, baseVersion }, view, head }: Compared): RefusedEdit | null {
  if (view.base || baseVersion === null) return null;
  const kind = baseVersion > (view.config?.lastVersion ?? head.version) ? 'base-ahead' : 'base-gone';
  return refused({ kind, config, baseVersion, head });
}

function directly(proposed: Proposed, format: Format, expectedHead: Version): Directly {
  const [versionKind, mergedPaths] = ['direct' as const, []];
  return { kind: 'directly', proposed, format, expectedHead, versionKind, mergedPaths };
}

function unchanged(proposed: Proposed, version: Version, head: VersionRecord): Unchanged {
  return { kind: 'unchanged', version, proposed, expectedHead: head.version };
}

function stale({ proposed, format, head }: Compared, base: Base, unseen: boolean): StaleEdit {
  return { kind: 'stale', proposed, format, base, head, unseen };
}

const refused = (refusal: Refusal): RefusedEdit => ({ kind: 'refused', refusal });
const refuse = (refusal: Refusal | null): RefusedEdit | null => refusal && refused(refusal);
