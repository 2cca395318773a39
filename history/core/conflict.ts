/**
 * Words for a stale proposal: the refusal a person reads in the Ready condition and the bounded
 * status.conflict that goes with it. Every message says who changed what, and the next command to type.
 */

import { unifiedDiff } from '../../text/text-diff.ts';
import { personOf, visible } from '../../text/words.ts';
import type { Conflict } from '../words/config-version.ts';
import type { VersionRecord } from '../words/model.ts';
import { Reason } from '../words/reasons.ts';
import type { Base } from './decide.ts';
import type { Proposal } from './proposal.ts';
import type { Refusal } from './refusal.ts';
import { configName, latestText, savedBy } from './words.ts';

/** Largest number of clashing places listed in status. */
const maxPlaces = 20;
/** Largest text of one side of a place, in characters. */
const maxSide = 200;
/** Largest merged preview in status, in bytes: spec.body and status share etcd's request limit. */
const maxMerged = 64 * 1024;

export interface Stale {
  readonly proposal: Proposal;
  readonly base: Base;
  readonly head: VersionRecord;
  readonly texts: { readonly base: string; readonly head: string };
}

/** One clashing place as the merge reports it; only what is shown is named here. */
export interface ClashPlace {
  readonly kind: string;
  readonly path: string;
  readonly base: { readonly text: string } | null;
  readonly current: { readonly text: string } | null;
  readonly proposed: { readonly text: string } | null;
  /** The version that changed it first. */
  readonly by: VersionRecord;
}

/** Stale, and not merged: because its author asked for that, or because the texts cannot be merged. */
export function staleRefusal(stale: Stale, why?: string): Refusal {
  const { proposal } = stale;
  const cause = why
    ? `The edit cannot be carried over by itself: ${why}.`
    : 'Nothing was saved, as spec.onStale: Reject asks for.';
  return {
    reason: Reason.VersionConflict,
    message: `${opening(stale)} ${cause} ${seeDiff(proposal)} ${takeIn(stale)}`,
    conflict: conflictOf(stale),
    rendered: true,
  };
}

/** Somebody else changed the same places. */
export function clashRefusal(stale: Stale, places: readonly ClashPlace[]): Refusal {
  const { proposal } = stale;
  const shown = places.slice(0, maxPlaces).map(placeOf);
  const named = [...new Set(places.map(inWords))];
  const list = named.slice(0, 3).join('; ') + (named.length > 3 ? `; and ${named.length - 3} more` : '');
  const shortly = [...new Set(places.map(withoutValues))].slice(0, 3).join('; ');
  const people = [...new Set(places.map(({ by }) => personOf(by)))].join(' and ');
  return {
    reason: Reason.VersionConflict,
    message:
      `Changed by both: ${list}. Nothing was saved. ${opening(stale)} Agree with ${people}, then ` +
      `${takeIn(stale, false)} ${seeDiff(proposal)}`,
    summary: `Changed by both: ${shortly}${named.length > 3 ? ` and ${named.length - 3} more` : ''}. Nothing was saved.`,
    conflict: {
      ...conflictOf(stale),
      places: shown,
      ...(places.length > shown.length && { morePlaces: places.length - shown.length }),
    },
    rendered: true,
  };
}

/** Merges cleanly, and waits for its author to have seen the result. */
export function confirmationRefusal(stale: Stale, merged: string, token: string): Refusal {
  const { proposal, head } = stale;
  const { name, namespace } = proposal.source;
  const other = proposal.confirm
    ? ` The annotation pawl.dev/confirm holds ${brief(proposal.confirm)}, which is not for this result.`
    : '';
  const fits = Buffer.byteLength(merged) <= maxMerged;
  const see = fits
    ? `See the result: kubectl get configversion ${name} -n ${namespace} -o jsonpath='{.status.conflict.merged}'.`
    : seeDiff(proposal);
  return {
    reason: Reason.ConfirmationRequired,
    message:
      `${opening(stale)} Your edit merges cleanly onto version ${head.version}.${other} ${see} ` +
      `Save exactly that: kubectl annotate configversion ${name} -n ${namespace} --overwrite ` +
      `pawl.dev/confirm=${token}.`,
    conflict: { ...conflictOf(stale), ...(fits && { merged }), token },
    rendered: true,
  };
}

/** What changed where, and who did it, without the values. */
const withoutValues = ({ path, by }: ClashPlace): string =>
  `${placeName(path)} by ${personOf(by)} in version ${by.version}`;

const placeName = (path: string): string => (path ? visible(clip(path)) : 'the whole text');

/** `cap, from 1000 to 1200 by ada@example.com in version 2 and to 1500 by you` */
function inWords({ path, base, current, proposed, by }: ClashPlace): string {
  const to = (side: { text: string } | null) => (side === null ? 'to nothing' : `to ${brief(side.text)}`);
  const from = base === null ? '' : ` from ${brief(base.text)}`;
  return `${placeName(path)},${from} ${to(current)} by ${personOf(by)} in version ${by.version} and ${to(proposed)} by you`;
}

function opening({ proposal, base, head }: Stale): string {
  const edited =
    base.kind === 'version' ? `on version ${base.record.version}` : 'on what this object said before';
  return `This edit of ${configName(proposal.config)} was made ${edited}; the latest is ${savedBy(head)}.`;
}

function seeDiff({ source }: Proposal): string {
  return (
    `See your edit: kubectl get configversion ${source.name} -n ${source.namespace} ` +
    `-o jsonpath='{.status.conflict.diff}'.`
  );
}

function takeIn({ proposal, head }: Stale, sentence = true): string {
  const take = sentence ? 'Take' : 'take';
  return `${take} ${latestText(proposal, head.version)} in and set spec.baseVersion: ${head.version}.`;
}

function conflictOf({ proposal, base, head, texts }: Stale): Conflict {
  const from = base.kind === 'version' ? `version ${base.record.version}` : 'last accepted proposal';
  return {
    ...(base.kind === 'version' && { baseVersion: String(base.record.version) }),
    currentVersion: String(head.version),
    ...(head.author && { currentAuthor: head.author }),
    ...(head.actor.name && { currentActor: head.actor.name }),
    diff: unifiedDiff(texts.base, proposal.text, { from, to: 'proposed' }).text,
  };
}

function placeOf(place: ClashPlace): NonNullable<Conflict['places']>[number] {
  const side = (text: { text: string } | null, name: 'base' | 'current' | 'proposed') =>
    text === null ? {} : { [name]: clip(text.text) };
  return {
    kind: place.kind,
    path: clip(place.path),
    ...side(place.base, 'base'),
    ...side(place.current, 'current'),
    ...side(place.proposed, 'proposed'),
    changedIn: String(place.by.version),
    changedBy: personOf(place.by),
  };
}

const clip = (text: string): string => (text.length > maxSide ? `${text.slice(0, maxSide - 1)}…` : text);

function brief(text: string): string {
  const line = visible(text.trim().replace(/\s+/g, ' '));
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
