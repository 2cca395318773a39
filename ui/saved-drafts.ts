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

/** Drops it and says so, if a version has its text. */
export async function dropIfSaved(draft: Draft, signal?: AbortSignal): Promise<boolean> {
  const { namespace, path }: ConfigName = draft;
  const hashes = await Promise.all(textsOf(draft).map(sha256));
  const version = savedAs(draft, hashes, await newestVersions({ namespace, path }, signal));
  if (version === null) return false;
  draftsHere.discard(draft);
  announce(`What you typed is saved as version ${version}.`);
  return true;
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
    queryFn: async ({ signal }) => {
      for (const draft of old) await dropIfSaved(draft, signal);
      return true;
    },
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
