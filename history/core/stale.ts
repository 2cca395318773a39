/**
 * Decides an edit whose base is not the head any more, or that may take back what others saved: what its author changed
 * is carried onto the current text, shown first where asked for, and refused only for a real clash. Pure; the texts are
 * handed in. What it decides to save is exactly what was shown, because a token names one exact result.
 */
import { type Clash, type MergeResult, merge as mergeTexts, type Place } from '../../merge/merge.ts';
import type { Format } from '../../text/format.ts';
import { sha256 } from '../../text/sha256.ts';
import { unifiedDiff } from '../../text/text-diff.ts';
import type { VersionRecord } from '../words/model.ts';
import type { OnStale } from '../words/policy.ts';
import type { VersionText } from '../words/save.ts';
import type { Read, RefusedEdit, SaveDecision, StaleEdit, Unchanged } from './decide.ts';
import { type Edit, isSamePerson } from './edit.ts';
import { approvalUnder, type Law } from './law.ts';
import type { Base, Refusal, RefusalOf, Stale } from './refusal.ts';
import { type Since, takenBack } from './take-back.ts';

/** Others changed the same places; blame() says who, with the versions since the base at hand. */
export interface Contested {
  readonly kind: 'clash';
  readonly stale: Stale;
  /** Of the base and of what was proposed. */
  readonly texts: { readonly base: string; readonly proposed: string };
  readonly format: Format;
  readonly places: readonly Place[];
  readonly marked: string;
}

export type StaleDecision = RefusedEdit | SaveDecision | Unchanged | Contested;

export interface StaleTexts {
  readonly base: string;
  readonly head: string;
}

/** More merged places than this are not worth listing in the history. */
export const maxMergedPaths = 100;

/** An edit with the text it was made on, and the one it goes onto. */
interface Carried {
  readonly edit: Edit;
  readonly found: StaleEdit;
  readonly base: Base;
  readonly texts: StaleTexts;
  readonly onStale: OnStale;
  /** The versions that the text as it stands would take back. */
  readonly takesBack: readonly VersionRecord[];
  /** Whether the base is what its author saved here last. */
  readonly isOwn: boolean;
}

/**
 * @param found the stale edit as decide() found it
 * @param read validates a text; asked about the edit's, and the merged one
 * @param since where `found.unseen`: the newest versions
 */
export function decideStale(
  edit: Edit,
  found: StaleEdit,
  texts: StaleTexts,
  read: Read,
  law: Law,
  since: Since,
): StaleDecision {
  const { base, format, head } = found;
  const reading = read(edit.text, format);
  if (!reading.ok)
    return refused({ kind: 'unreadable', config: edit.config, problem: reading.problem, head });
  const stated = edit.onStale ?? law.policy.onStale;
  // Others see the merged text, and approve exactly that, before it is saved: its author need not confirm it, too.
  const isShown = stated !== 'Reject' && approvalUnder(law, edit.config.path) !== null;
  const said = isShown ? 'Merge' : stated;
  // A source that follows its own line cannot know every number; an author who states one wants to see the result.
  const onStale = said ?? (base.kind === 'line' ? 'Merge' : 'Confirm');
  const carried = { edit, found, base, texts, onStale, takesBack: [], isOwn: false };
  const merged = mergeTexts(texts.base, texts.head, edit.text, { format });
  if (found.unseen && merged.kind === 'clean' && merged.text !== texts.head) {
    const taken = takenBack(edit.actor, format, { head: texts.head, result: merged.text }, since);
    if (taken === 'unknown') return refused({ kind: 'base-unknown', config: edit.config, head });
    const onHead = texts.base === texts.head;
    if (taken) {
      const { step, merged: kept, others } = taken;
      const record = step.record;
      // A line that went past that version came back to it by an edit.
      const isPast = onHead || (base.kind === 'line' && base.line.version > record.version);
      if (step.text === edit.text && !(edit.carrier && isPast)) return olderText(edit, found, record);
      const from: Base = { kind: 'version', record };
      const about = { base: from, texts: { base: step.text, head: texts.head }, takesBack: others };
      const isOwn = isSamePerson(record.actor, edit.actor);
      return conclude({ ...carried, ...about, isOwn, onStale: said ?? 'Confirm' }, kept, read);
    }
    if (onHead) return { ...saved(found), body: reading.body, versionKind: 'direct' };
  }
  return conclude(carried, merged, read);
}

function conclude(carried: Carried, result: MergeResult, read: Read): StaleDecision {
  const { edit, found, texts, onStale, takesBack, isOwn } = carried;
  const { head, format, proposed } = found;
  const { config } = edit;
  if (onStale === 'Reject') return refused({ kind: 'rejected', config, head, stale: staleOf(carried) });
  if (result.kind === 'clash') return contested(carried, result);
  if (result.kind === 'refused') {
    return refused({ kind: 'unmergeable', config, head, stale: staleOf(carried), why: result.message });
  }
  if (result.text === texts.head) {
    // The whole edit takes back what others saved: it is not dropped unless its author has seen that. What an engine puts
    // back into an object that is to be merged is not an edit, and the object's status goes on telling what is live.
    const isPutBack = isOwn && onStale === 'Merge' && edit.carrier !== null;
    const token = tokenFor(carried, head.sha256);
    if (takesBack.length > 0 && !isPutBack && edit.confirm !== token)
      return unconfirmed(carried, result.text, token);
    return { kind: 'unchanged', version: head.version, proposed, expectedHead: head.version };
  }
  const reading = read(result.text, format);
  if (!reading.ok) return refused({ kind: 'unsavable', config, head, problem: reading.problem });
  const token = tokenFor(carried, reading.body.sha256);
  const confirmed = edit.confirm === token;
  // What is saved is the very text that was proposed: there is nothing to show.
  const asProposed = result.text === edit.text;
  if (onStale === 'Confirm' && !confirmed && !asProposed) {
    return unconfirmed(carried, result.text, token);
  }
  return {
    ...saved(found),
    body: reading.body,
    versionKind: confirmed ? 'confirmed' : 'merged',
    mergedPaths: [...new Set(result.edits.map(({ pointer }) => pointer))].slice(0, maxMergedPaths),
  };
}

function unconfirmed(carried: Carried, merged: string, token: string): RefusedEdit {
  const { edit, found, texts, takesBack } = carried;
  const { head } = found;
  const labels = { from: `version ${head.version}`, to: 'merged' };
  const mergedDiff = unifiedDiff(texts.head, merged, labels, edit.diffLimits).text;
  const shown = { merged, mergedDiff, token, sent: edit.confirm, takesBack };
  return refused({ kind: 'unconfirmed', config: edit.config, head, stale: staleOf(carried), ...shown });
}

function saved({ proposed, format, head }: StaleEdit) {
  return { kind: 'save', proposed, format, expectedHead: head.version, mergedPaths: [] as string[] } as const;
}

/**
 * An old text, and nothing says whether that is meant: a line behind the latest answers it; otherwise the author is
 * asked.
 */
function olderText(
  { config, carrier }: Edit,
  { proposed, head }: StaleEdit,
  older: VersionRecord,
): StaleDecision {
  if (!carrier) return refused({ kind: 'older-text', config, head, older });
  return { kind: 'unchanged', version: older.version, proposed, expectedHead: head.version };
}

function contested(carried: Carried, { places, marked }: Clash): Contested {
  const { edit, found, texts } = carried;
  const sides = { base: texts.base, proposed: edit.text };
  return { kind: 'clash', stale: staleOf(carried), texts: sides, format: found.format, places, marked };
}

/** What became of an edit that is not refused for being stale, for a refusal that has another cause. */
export function staleEditOf(edit: Edit, found: StaleEdit, texts: StaleTexts): Stale {
  return staleOf({ edit, found, base: found.base, texts });
}

function staleOf({
  edit,
  found: { head },
  base,
  texts,
}: Pick<Carried, 'edit' | 'found' | 'base' | 'texts'>): Stale {
  const from = base.kind === 'version' ? `version ${base.record.version}` : 'last accepted proposal';
  return {
    base,
    head,
    diff: unifiedDiff(texts.base, edit.text, { from, to: 'proposed' }, edit.diffLimits).text,
  };
}

/** A version that an edit may have become before: its text, and the text that it was merged into then. */
export interface Twin {
  readonly text: string;
  readonly onto: string;
}

/**
 * The versions that may be this very edit, saved before as a merge: its client never got the answer, or another cluster
 * sent the same.
 * @param since the versions after the base, oldest first; may be cut short
 */
export function possibleTwins({ stale: { base } }: Contested, since: readonly VersionText[]): Twin[] {
  if (base.kind !== 'version') return [];
  return since.flatMap(({ record, text }, at) => {
    const onto = since[at - 1]?.text;
    const isMerge = record.kind === 'merged' || record.kind === 'confirmed';
    const isOfBase = isMerge && record.baseVersion === base.record.version;
    return isOfBase && onto !== undefined ? [{ text, onto }] : [];
  });
}

/**
 * Whether the latest text holds the whole edit already, because one of these is the edit: merged as it was then, it makes
 * that exact text. Made again on top of itself, a merge may be a clash: a copy that one side made and the original that
 * the other removed look, from the result, like one entry that was renamed.
 */
export function isSavedBefore({ texts, format }: Contested, twins: readonly Twin[], head: string): boolean {
  return twins.some(({ text, onto }) => {
    const then = mergeTexts(texts.base, onto, texts.proposed, { format });
    if (then.kind !== 'clean' || then.text !== text) return false;
    const now = mergeTexts(onto, head, text, { format });
    return now.kind === 'clean' && now.text === head;
  });
}

/**
 * Names the people whose versions are in the way: for each clashing place the first version since the base that the
 * edit clashes with there, found by merging with each of them.
 * @param since the versions after the base, oldest first; may be cut short
 */
export function blame(
  config: Edit['config'],
  { stale, texts, format, places, marked }: Contested,
  since: readonly VersionText[],
): RefusalOf<'clash'> {
  const found = new Map<string, VersionRecord>();
  for (const { record, text } of since) {
    if (found.size === places.length) break;
    const result = mergeTexts(texts.base, text, texts.proposed, { format });
    if (result.kind !== 'clash') continue;
    for (const { pointer } of result.places) if (!found.has(pointer)) found.set(pointer, record);
  }
  const { head } = stale;
  const named = places.map(place => ({ ...place, by: found.get(place.pointer) ?? head }));
  return { kind: 'clash', config, head, stale, places: named, marked };
}

/** The first version of `since` that is to be blamed comes after this one. */
export function blamedFrom({ base }: Stale): bigint {
  return base.kind === 'version' ? base.record.version : base.line.version;
}

/** Names one result: any change of edit, base, head or outcome gives another token. */
function tokenFor({ edit, found: { head }, base }: Carried, mergedSha256: string): string {
  const { carrier, config } = edit;
  const whose = carrier ? [carrier.uid, carrier.generation] : [config.namespace, config.path];
  const baseSha256 = base.kind === 'version' ? base.record.sha256 : base.line.sha256;
  const parts = [...whose, baseSha256, head.version, head.sha256, mergedSha256];
  return sha256(parts.join('\n')).slice(0, 16);
}

const refused = (refusal: Refusal): RefusedEdit => ({ kind: 'refused', refusal });
