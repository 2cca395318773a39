/**
 * status.conflict: what a stale edit met, for programs and for what its message has no room for. Invariant: it is bounded,
 * because spec.body and status share etcd's request limit.
 */
import type { ContestedPlace, Stale } from '../../history/core/refusal.ts';
import { personOf } from '../../text/words.ts';
import type { Conflict } from './config-version.ts';

/** Largest number of clashing places listed in status. */
const maxPlaces = 20;
/** Largest text of one side of a place, in characters. */
const maxSide = 200;
/** Largest merged preview in status, in bytes: spec.body and status share etcd's request limit. */
const maxMerged = 64 * 1024;

export function conflictOf({ base, head, diff }: Stale): Conflict {
  return {
    ...(base.kind === 'version' && { baseVersion: String(base.record.version) }),
    currentVersion: String(head.version),
    ...(head.author && { currentAuthor: head.author }),
    ...(head.actor.name && { currentActor: head.actor.name }),
    diff,
  };
}

/** Of an edit that clashes: the places, and how many more there are than it holds. */
export function clashOf(stale: Stale, places: readonly ContestedPlace[]): Conflict {
  return {
    ...conflictOf(stale),
    places: places.slice(0, maxPlaces).map(placeOf),
    ...(places.length > maxPlaces && { morePlaces: places.length - maxPlaces }),
  };
}

/** Of an edit that merges: the result where it is small enough, and what confirms it. */
export function previewOf(stale: Stale, merged: string, token: string): Conflict {
  return { ...conflictOf(stale), ...(Buffer.byteLength(merged) <= maxMerged && { merged }), token };
}

function placeOf(place: ContestedPlace): NonNullable<Conflict['places']>[number] {
  const cut = (text: string) => (text.length > maxSide ? `${text.slice(0, maxSide - 1)}…` : text);
  const side = (text: { text: string } | null, name: 'base' | 'current' | 'proposed') =>
    text === null ? {} : { [name]: cut(text.text) };
  return {
    kind: place.kind,
    path: cut(place.path),
    ...side(place.base, 'base'),
    ...side(place.current, 'current'),
    ...side(place.proposed, 'proposed'),
    changedIn: String(place.by.version),
    changedBy: personOf(place.by),
  };
}
