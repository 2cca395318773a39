/**
 * Summarises what happened as a status: conditions by kstatus' rules, where Reconciling and Stalled are never both
 * there. The words depend on facts that do not change (the line, the version), not on the moment of looking, so that
 * looking again writes nothing.
 */

import {
  maxMessage,
  message,
  noticeWords,
  type Sentence,
  savedBy,
  versionBy,
} from '../../history/core/names.ts';
import type { AcceptedAs, Line, Signed, Version } from '../../history/words/model.ts';
import { Reason } from '../../history/words/reasons.ts';
import type { RuleNotice } from '../../history/words/secret.ts';
import type { BodyNote } from '../../text/body.ts';
import { dated } from './condition.ts';
import type { Condition, ConditionType, ConfigVersion, ConfigVersionStatus } from './config-version.ts';
import type { Stall } from './stall.ts';

/** What became of a proposal, in the facts its status is made of. */
export type Outcome =
  | {
      readonly kind: 'accepted';
      readonly as: AcceptedAs;
      /** False where the version says more than the proposal: a merge, or an edit that was there already. */
      readonly exact: boolean;
      readonly version: Version;
      readonly sha256: string;
      readonly supersededBy: Version | null;
      /** That version, and the one whose edits are in this object's version, too; null: none, or nobody knows. */
      readonly later: Signed | null;
      readonly mixedWith: Signed | null;
      /** null: none is asked for. */
      readonly configMap: string | null;
      /** Why the ConfigMap is not as it should be, although the text is saved. */
      readonly trouble: Stall | null;
      /** A note for people although all is well. It must follow from the object alone, like every message here. */
      readonly warning?: string;
      /** Lines of the object's text that programs do not read alike. null: it was not read now, and has not changed. */
      readonly notes: readonly BodyNote[] | null;
      /** What rules that only warn say to the text. Absent: it was not saved just now, so what was told stays. */
      readonly notices?: readonly RuleNotice[];
    }
  | {
      readonly kind: 'refused';
      readonly refusal: Stall;
      /** The ConfigMap kept up to date with the head meanwhile; null when there is none. */
      readonly configMap: { readonly name: string; readonly version: Version } | null;
    }
  /** Something Pawl depends on is away: passes by itself, so never False, which GitOps engines read as failed. */
  | { readonly kind: 'waiting'; readonly reason: Reason; readonly message: string }
  | { readonly kind: 'suspended' };

/** What the statuses of all our kinds have in common. */
type StatusLike = { readonly conditions?: readonly { readonly type: string }[] };
type Facts = Omit<ConfigVersionStatus, 'conditions'>;
type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** The status that tells `outcome`, with the transition times of what has not changed kept. */
export function summarise(object: ConfigVersion, outcome: Outcome, now: Date): ConfigVersionStatus {
  const { generation } = object.metadata;
  const before = object.status;
  const finish = (facts: Facts, drafts: readonly Draft[], asTheyWere: readonly Condition[] = []) => ({
    ...facts,
    conditions: [
      ...asTheyWere,
      ...drafts.map(draft => dated(clippedDraft(draft), before.conditions ?? [], generation, now)),
    ],
  });

  switch (outcome.kind) {
    case 'accepted': {
      const facts = acceptedFacts(before, outcome, generation);
      const drafts = outcome.trouble ? stalled(outcome.trouble) : [accepted(outcome, before)];
      if (facts.supersededBy !== undefined)
        drafts.push(superseded(facts.supersededBy, outcome.later, before));
      const { notes, notices } = outcome;
      const kept: ConditionType[] = notes === null ? ['Noted'] : [];
      if (notes !== null && notes.length > 0) drafts.push(noted(notes));
      const isSame = before.version === facts.version && before.observedGeneration === generation;
      if (notices === undefined && isSame) kept.push('SchemaWarning', 'SecretWarning');
      return finish(facts, [...drafts, ...warnings(notices ?? [])], asTheyWere(before, ...kept));
    }
    case 'refused': {
      const { refusal, configMap } = outcome;
      const facts = {
        observedGeneration: generation,
        ...(configMap && { configMap: { name: configMap.name, version: String(configMap.version) } }),
        ...(refusal.conflict && { conflict: refusal.conflict }),
        ...(refusal.approval && { approval: refusal.approval }),
        ...(refusal.violations && { violations: [...refusal.violations] }),
      };
      return finish(facts, stalled(refusal));
    }
    case 'waiting': {
      const { conditions: _, ...facts } = before;
      const { reason, message } = outcome;
      const drafts: Draft[] = [
        { type: 'Ready', status: 'Unknown', reason, message },
        { type: 'Reconciling', status: 'True', reason, message },
      ];
      return finish(facts, drafts, asTheyWere(before, 'Superseded', 'Noted'));
    }
    case 'suspended': {
      const { conditions: _, ...facts } = before;
      const message = 'spec.suspend is true: config, ConfigMap and status stay as they are.';
      return finish(
        { ...facts, observedGeneration: generation },
        [{ type: 'Suspended', status: 'True', reason: Reason.Suspended, message }],
        asTheyWere(before, 'Ready', 'Stalled', 'Conflicted', 'Superseded', 'Noted'),
      );
    }
  }
}

function acceptedFacts(
  before: ConfigVersionStatus,
  outcome: Extract<Outcome, { kind: 'accepted' }>,
  generation: number,
): Facts {
  const version = String(outcome.version);
  const supersededBy = firstLater(before.version === version ? before.supersededBy : undefined, outcome);
  return {
    observedGeneration: generation,
    version,
    ...(supersededBy !== undefined && { supersededBy }),
    contentSha256: outcome.sha256,
    // In trouble, the ConfigMap is what it was before.
    ...(outcome.trouble
      ? before.configMap && { configMap: before.configMap }
      : outcome.configMap !== null && { configMap: { name: outcome.configMap, version } }),
  };
}

/**
 * The first later version is a fact that never changes again, even if that version is deleted one day: then the status
 * alone still knows of it. It is never later than what the store has, unless somebody else wrote it there.
 */
function firstLater(
  told: string | undefined,
  { version, supersededBy }: Extract<Outcome, { kind: 'accepted' }>,
): string | undefined {
  if (supersededBy === null) return undefined;
  const isEarlier =
    told !== undefined && /^[0-9]{1,19}$/.test(told) && BigInt(told) > version && BigInt(told) < supersededBy;
  return isEarlier ? told : String(supersededBy);
}

function accepted(
  { as, exact, version, mixedWith, warning = '' }: Extract<Outcome, { kind: 'accepted' }>,
  before: ConfigVersionStatus,
): Draft {
  const told = readyOf(before);
  const isTold = told?.reason === Reason[as] && before.version === String(version);
  if (!exact && mixedWith === null && isTold) {
    return { type: 'Ready', status: 'True', reason: Reason[as], message: told.message };
  }
  const words: Record<AcceptedAs, readonly Sentence[]> = {
    Saved: [`Saved as version ${version}.`],
    Merged: [
      mixedWith
        ? signed(
            mixedWith,
            other => `Merged with ${other} and saved as version ${version}${exact ? '.' : notLive}`,
          )
        : `Merged with the edits made meanwhile and saved as version ${version}${exact ? '.' : notLive}`,
    ],
    Unchanged: exact
      ? [`Version ${version} already has this text; there was nothing to save.`]
      : [
          `Version ${version} already has what this text changes; there was nothing to save.`,
          mixedWith ? signed(mixedWith, other => `It has more, from ${other}${notLive}`) : '',
        ],
  };
  return {
    ...{ type: 'Ready', status: 'True', reason: Reason[as] },
    message: message(...words[as], [warning, '']),
  };
}

const notLive = `, so the live text is not this object's.`;

/** With the time where there is room for it. */
function signed(by: Signed, sentence: (said: string) => string): Sentence {
  return [sentence(savedBy(by)), sentence(versionBy(by)), 9];
}

/** Of a version that was deleted since, what was said of it before is all that is known. */
function superseded(by: string, later: Signed | null, before: ConfigVersionStatus): Draft {
  const came = (what: string) => `${what[0]!.toUpperCase()}${what.slice(1)} came after this one${notLive}`;
  const isKnown = later !== null && String(later.version) === by;
  const [told] = before.supersededBy === by ? asTheyWere(before, 'Superseded') : [];
  const text = isKnown ? message(signed(later, came)) : (told?.message ?? came(`version ${by}`));
  return { type: 'Superseded', status: 'True', reason: Reason.Superseded, message: text };
}

/** The first lines that a message has room for, and how many more there are. */
function noted(notes: readonly BodyNote[]): Draft {
  const said = (count: number) => {
    const more = notes.length - count;
    const lines = notes.slice(0, count).map(({ line, message }) => `line ${line}: ${message}`);
    return `Programs do not read the text alike. spec.body, ${[...lines, ...(more > 0 ? [`${more} more`] : [])].join('; ')}.`;
  };
  let count = Math.min(notes.length, 3);
  while (count > 1 && said(count).length > maxMessage) count -= 1;
  return { type: 'Noted', status: 'True', reason: Reason.ReadDifferently, message: message(said(count)) };
}

function warnings(notices: readonly RuleNotice[]): Draft[] {
  const told = (type: ConditionType, reason: Reason, some: readonly RuleNotice[]): Draft[] =>
    some.length === 0 ? [] : [{ type, status: 'True', reason, message: noticeWords(some) }];
  return [
    ...told(
      'SchemaWarning',
      Reason.SchemaViolation,
      notices.filter(notice => !isOfSecrets(notice)),
    ),
    ...told('SecretWarning', Reason.SecretFound, notices.filter(isOfSecrets)),
  ];
}

const isOfSecrets = ({ kind }: RuleNotice): boolean => kind === 'secrets' || kind === 'unsearched';

function stalled({ reason, message, conflict }: Stall): Draft[] {
  const drafts: Draft[] = [
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Stalled', status: 'True', reason, message },
  ];
  if (conflict) drafts.push({ type: 'Conflicted', status: 'True', reason, message });
  return drafts;
}

function asTheyWere(before: ConfigVersionStatus, ...types: ConditionType[]): Condition[] {
  const conditions = (before.conditions ?? []) as Condition[];
  return conditions.filter(condition => types.includes(condition.type));
}

/** The API server takes 32768 characters, and no person reads half as many. */
const clipped = (text: string): string => (text.length > 16_000 ? `${text.slice(0, 15_999)}…` : text);

const clippedDraft = (draft: Draft): Draft => ({ ...draft, message: clipped(draft.message) });

/** Whether two statuses say the same, whatever the order of their keys and conditions. */
export function sameStatus<S extends StatusLike>(a: S, b: S): boolean {
  // Most that differ do so in a number or a text, and to write both out costs more than all the rest of a comparison.
  const isOther = Object.entries(a).some(
    ([field, value]) => typeof value !== 'object' && value !== b[field as keyof S],
  );
  return !isOther && canonical(a) === canonical(b);
}

function canonical(status: StatusLike): string {
  const conditions = [...(status.conditions ?? [])].sort((a, b) => (a.type < b.type ? -1 : 1));
  return JSON.stringify({ ...status, conditions }, (_, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Whether an object's status already tells the outcome of its present generation. */
export function isSettled({ metadata, status }: ConfigVersion): boolean {
  return (
    status.observedGeneration === metadata.generation &&
    !status.conditions?.some(condition => condition.type === 'Reconciling' && condition.status === 'True')
  );
}

/** Whether its status says that its present generation became, or matched, a version. */
export function isAccepted(object: ConfigVersion): boolean {
  return isSettled(object) && object.status.version !== undefined;
}

/**
 * Whether its status tells whose text is live where that is not its own, so that nobody has to be asked: who saved a
 * version never changes.
 */
export function tellsOthers(
  object: ConfigVersion,
  { sha256, contentSha256, version, acceptedAs, supersededBy }: Line,
): boolean {
  const { status } = object;
  if (supersededBy === null && sha256 === contentSha256) return true;
  if (!isSettled(object) || status.version !== String(version)) return false;
  const ofMerge = sha256 === contentSha256 || readyOf(status)?.reason === Reason[acceptedAs];
  return ofMerge && (supersededBy === null || asTheyWere(status, 'Superseded').length > 0);
}

/** Whether its status says that its present generation is refused, or waits for somebody to confirm it. */
export function isRefused(object: ConfigVersion): boolean {
  return isSettled(object) && readyOf(object.status)?.status === 'False';
}

/** Whether what is live is not this object's text: it was merged, or found another version to say it, or one came later. */
export function hasDrifted(object: ConfigVersion): boolean {
  const { version, contentSha256, supersededBy } = object.status;
  if (version === undefined || !isSettled(object)) return false;
  return supersededBy !== undefined || contentSha256 !== object.bodySha256;
}

/** The Ready condition, if there is one. */
export function readyOf(
  status: ConfigVersionStatus,
): { status: string; reason: string; message: string } | undefined {
  return status.conditions?.find(condition => condition.type === 'Ready');
}
