/**
 * Decides a proposal whose base is not the head any more: what its author changed is carried onto the
 * current text, shown first where asked for, and refused only for a real clash. Pure; the texts are handed
 * in. Whatever it says to save is exactly what was shown, because a token names one exact result.
 */
import { type MergeResult, merge as mergeTexts, type Place } from '../../merge/merge.ts';
import type { Body, Format } from '../../text/format.ts';
import { sha256 } from '../../text/sha256.ts';
import type { Version, VersionKind, VersionRecord } from '../words/model.ts';
import { Reason } from '../words/reasons.ts';
import { type ClashPlace, clashRefusal, confirmationRefusal, type Stale, staleRefusal } from './conflict.ts';
import type { BodyReading, Decision } from './decide.ts';
import type { Proposal } from './proposal.ts';
import type { Refusal } from './refusal.ts';

export type StaleDecision =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Somebody changed the same places; blame() words it, with the versions since the base at hand. */
  | { readonly kind: 'clash'; readonly stale: Stale; readonly places: readonly Place[] }
  | {
      readonly kind: 'unchanged';
      readonly version: Version;
      readonly proposed: Body;
      readonly expectedHead: Version;
    }
  | {
      readonly kind: 'save';
      readonly body: Body;
      readonly proposed: Body;
      readonly expectedHead: Version;
      readonly versionKind: VersionKind;
      /** JSON Pointers of what the merge took over from the proposal. */
      readonly mergedPaths: readonly string[];
    };

/** More merged places than this are not worth listing in the history. */
export const maxMergedPaths = 100;

/**
 * Names who is in the way: for each clashing place the first version since the base that the edit clashes with
 * there, found by merging with each of them.
 * @param since the versions after the base, oldest first; may be cut short
 */
export function blame(
  { stale, places }: Extract<StaleDecision, { kind: 'clash' }>,
  since: readonly { readonly record: VersionRecord; readonly text: string }[],
): Refusal {
  const { proposal, texts, head } = stale;
  const found = culprits(
    { base: texts.base, proposed: proposal.text, format: proposal.format },
    places,
    since,
  );
  const named: ClashPlace[] = places.map(place => ({ ...place, by: found.get(place.pointer) ?? head }));
  return clashRefusal(stale, named);
}

/** The first version since the base that the edit clashes with at each place, by the place's pointer. */
export function culprits(
  edit: { readonly base: string; readonly proposed: string; readonly format: Format },
  places: readonly Place[],
  since: readonly { readonly record: VersionRecord; readonly text: string }[],
): Map<string, VersionRecord> {
  const found = new Map<string, VersionRecord>();
  for (const { record, text } of since) {
    if (found.size === places.length) break;
    const result = mergeTexts(edit.base, text, edit.proposed, { format: edit.format });
    if (result.kind !== 'clash') continue;
    for (const { pointer } of result.places) if (!found.has(pointer)) found.set(pointer, record);
  }
  return found;
}

/**
 * @param decision the stale proposal as decide() found it
 * @param texts the texts of base and head
 * @param read validates a text; also asked about the merged one
 */
export function decideStale(
  proposal: Proposal,
  decision: Extract<Decision, { kind: 'stale' }>,
  texts: { readonly base: string; readonly head: string },
  read: (text: string, format: Format) => BodyReading,
): StaleDecision {
  const { base, head, proposed } = decision;
  const stale: Stale = { proposal, base, head, texts };
  if (proposal.onStale === 'Reject') return { kind: 'refused', refusal: staleRefusal(stale) };

  const result: MergeResult = mergeTexts(texts.base, texts.head, proposal.text, { format: proposal.format });
  if (result.kind === 'clash') return { kind: 'clash', stale, places: result.places };
  if (result.kind === 'refused') return { kind: 'refused', refusal: staleRefusal(stale, result.message) };
  if (result.text === texts.head) {
    return { kind: 'unchanged', version: head.version, proposed, expectedHead: head.version };
  }

  const reading = read(result.text, proposal.format);
  if (!reading.ok) return { kind: 'refused', refusal: unsavable(reading.problem, head.version) };
  const token = tokenFor(stale, reading.body.sha256);
  const confirmed = proposal.confirm === token;
  if (proposal.onStale === 'Confirm' && !confirmed) {
    return { kind: 'refused', refusal: confirmationRefusal(stale, result.text, token) };
  }
  return {
    kind: 'save',
    body: reading.body,
    proposed,
    expectedHead: head.version,
    versionKind: confirmed ? 'confirmed' : 'merged',
    mergedPaths: [...new Set(result.edits.map(edit => edit.pointer))].slice(0, maxMergedPaths),
  };
}

/** Names one result for one object: any change of proposal, base, head or outcome gives another token. */
function tokenFor({ proposal, base, head }: Stale, mergedSha256: string): string {
  const baseSha256 = base.kind === 'version' ? base.record.sha256 : base.line.sha256;
  const parts = [proposal.uid, proposal.generation, baseSha256, head.version, head.sha256, mergedSha256];
  return sha256(parts.join('\n')).slice(0, 16);
}

function unsavable(problem: { reason: Refusal['reason']; message: string }, head: Version): Refusal {
  return {
    reason: problem.reason === Reason.BodyTooLarge ? Reason.BodyTooLarge : Reason.VersionConflict,
    message: `The edit merges onto version ${head}, but the result cannot be saved: ${problem.message}`,
    rendered: true,
  };
}
