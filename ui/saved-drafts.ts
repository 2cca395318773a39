/**
 * Drafts whose save was cut off: the answer never came, and a version has their text. Invariant: a draft is dropped only
 * when a version that is newer than its base has what it would save (pure/saved-draft.ts), and the page says which.
 */
import { useQuery } from '@tanstack/react-query';
import { type ConfigName, newestVersions } from './api/calls.ts';
import { draftsHere, useDrafts } from './drafts.ts';
import { announce } from './parts/announce.tsx';
import type { Draft, Place } from './pure/drafts.ts';
import { savedAs, textsOf } from './pure/saved-draft.ts';

/** Of drafts of one config, drops each whose text a version has, and says so. Resolves to whether there was one. */
export async function dropSaved(
  { namespace, path }: ConfigName,
  drafts: readonly Draft[],
  signal?: AbortSignal,
): Promise<boolean> {
  const page = await newestVersions({ namespace, path }, signal);
  let dropped = false;
  for (const draft of drafts) {
    const version = savedAs(draft, await Promise.all(textsOf(draft).map(sha256)), page);
    if (version === null) continue;
    draftsHere.discard(draft);
    announce(`What you typed is saved as version ${version}.`);
    dropped = true;
  }
  return dropped;
}

/**
 * Of one config, what was typed and is in no version, the newest first.
 * @param latest 0: there is none; undefined: not known yet
 * @param own drafts that are being edited here
 */
export function useUnsaved(
  place: Place,
  latest: number | undefined,
  own: readonly string[] = [],
): readonly Draft[] {
  const { namespace, path } = place;
  const drafts = useDrafts(place).filter(({ id }) => !own.includes(id));
  // What is based on the latest version was not saved since.
  const old = drafts.filter(({ base }) => latest !== undefined && base < latest);
  const { isPending } = useQuery({
    queryKey: ['saved-drafts', namespace, path, latest, old.map(({ id }) => id)],
    queryFn: ({ signal }) => dropSaved(place, old, signal),
    enabled: old.length > 0,
    gcTime: 0,
    // What was offered stays while it is looked for in a newer version.
    placeholderData: before => before,
  });
  if (latest === undefined) return [];
  return isPending ? drafts.filter(draft => !old.includes(draft)) : drafts;
}

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), byte => byte.toString(16).padStart(2, '0')).join('');
}
