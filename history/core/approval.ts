/**
 * Decides whether a change of a protected config is approved. Pure. Invariant: an approval is for one change: the same
 * edit at the same places of the latest text. Whatever else would be saved is asked about again, and nobody's own
 * approval lets through what they may have proposed themselves.
 */
import { formats } from '../../text/formats.ts';
import { sha256 } from '../../text/sha256.ts';
import { changedLines, unifiedDiff } from '../../text/text-diff.ts';
import { valueDiff } from '../../text/value-diff.ts';
import type { Actor, Approvals, Approver, Judgements, VersionRecord } from '../words/model.ts';
import type { NeededApproval } from '../words/policy.ts';
import type { Approved } from '../words/save.ts';
import type { Read, SaveDecision } from './decide.ts';
import type { Edit } from './edit.ts';
import type { RefusalOf } from './refusal.ts';

/** It may be saved as soon as it is approved. */
export interface Unapproved {
  readonly kind: 'unapproved';
  readonly save: SaveDecision;
  readonly rule: NeededApproval;
  /** Names the change. */
  readonly token: string;
  /** Unified, current → new. */
  readonly change: string;
  /** null: it would be the first version. */
  readonly head: VersionRecord | null;
}

/** Larger differences are one place. */
const maxEdits = 5_000;

/**
 * @param headText of the latest version; '' where there is none
 * @param read reads texts for their values
 */
export function unapproved(
  edit: Edit,
  save: SaveDecision,
  head: VersionRecord | null,
  headText: string,
  rule: NeededApproval,
  read: Read,
): Unapproved {
  const labels = { from: head ? `version ${head.version}` : '/dev/null', to: 'new' };
  const change = unifiedDiff(headText, save.body.text, labels, edit.diffLimits).text;
  return { kind: 'unapproved', save, rule, token: tokenFor(edit, save, head, headText, read), change, head };
}

/** Of who is asked, one more where nobody can tell which of them proposed it. */
export function countNeeded({ count, authorMayApprove }: NeededApproval, proposer: Actor): number {
  return authorMayApprove || proposer.verified ? count : count + 1;
}

/** Those of them that count for this change, each once. */
export function approversOf(
  { token, rule }: Pick<Unapproved, 'token' | 'rule'>,
  proposer: Actor,
  given: Approvals | null,
): readonly Approver[] {
  if (given?.token !== token) return [];
  const seen = new Set<string>();
  return given.by.filter(({ name }) => {
    if (mayNotApprove(rule, proposer, name) || seen.has(name)) return false;
    return seen.add(name);
  });
}

export const mayNotApprove = ({ authorMayApprove }: NeededApproval, proposer: Actor, name: string): boolean =>
  !authorMayApprove && proposer.verified && proposer.name === name;

/** Whose approval it is saved with; null: there is not enough of them. */
export function approvedAs(waiting: Unapproved, proposer: Actor, given: Approvals | null): Approved | null {
  const approvers = approversOf(waiting, proposer, given);
  if (approvers.length < countNeeded(waiting.rule, proposer)) return null;
  return { token: waiting.token, names: approvers.map(({ name }) => name) };
}

export function unapprovedRefusal(
  edit: Pick<Edit, 'config' | 'actor'>,
  waiting: Unapproved,
  { approvals: given, rejection }: Judgements,
): RefusalOf<'unapproved'> {
  const { head, token, change, save, rule } = waiting;
  const { config, actor } = edit;
  return {
    ...{ kind: 'unapproved', config, head, token, change, merged: save.body.text },
    needed: countNeeded(rule, actor),
    approvers: approversOf(waiting, actor, given),
    isProposerKnown: actor.verified,
    // What was approved or rejected was another change.
    isAskedAgain: given !== null && given.token !== token && given.by.length > 0,
    rejection: rejection?.token === token ? rejection : null,
  };
}

/** Several changes that are saved together are approved together. */
export function tokenOfAll(waiting: readonly Pick<Unapproved, 'token'>[]): string {
  const [first, ...more] = waiting;
  if (first && more.length === 0) return first.token;
  return sha256(waiting.map(({ token }) => token).join('\n')).slice(0, 32);
}

/** The lines and the values that it changes, wherever they stand by now; and whose it is. */
function tokenFor(
  { carrier, config }: Edit,
  { body, format, proposed }: SaveDecision,
  head: VersionRecord | null,
  headText: string,
  read: Read,
): string {
  const whose = carrier ? [carrier.uid, String(carrier.generation)] : [];
  const before = head && read(headText, format);
  // Where there are values, they tell the places.
  const lines = changedLines(headText, body.text, { context: formats[format].hasValue ? 0 : 1, maxEdits });
  const values = before?.ok ? valueDiff(before.body.json, body.json) : null;
  const places = lines && before?.ok !== false ? [lines, values] : [sha256(headText), body.sha256];
  const parts = [...whose, config.namespace, config.path, proposed.sha256, head === null, places];
  return sha256(JSON.stringify(parts)).slice(0, 32);
}
