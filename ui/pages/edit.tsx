/** Opens a text to be edited: what was typed here before, or a version. The editing itself is in ../edit. */
import { useEffect, useState } from 'react';
import { formatOfNew } from '../../text/format.ts';
import { readConfig } from '../api/calls.ts';
import { Refusal } from '../api/client.ts';
import { heardOf } from '../api/query-client.ts';
import { draftsHere, heldBefore, hold, newDraftId, remember } from '../drafts.ts';
import { EditText } from '../edit/edit-text.tsx';
import type { Opened } from '../edit/opened.ts';
import { ConfigFailure } from '../parts/config-failure.tsx';
import { Waiting } from '../parts/states.tsx';
import type { Address } from '../pure/addresses.ts';
import type { Draft, Place } from '../pure/drafts.ts';
import { dropSaved } from '../saved-drafts.ts';
import { useUser } from '../session.tsx';

type EditAddress = Extract<Address, { page: 'edit' }>;

export function Edit({ address }: { readonly address: EditAddress }) {
  const user = useUser();
  const { namespace, path, version, draft } = address;
  const [opened, setOpened] = useState<Opened | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks for another try
  useEffect(() => {
    const stop = new AbortController();
    let release: (() => void) | null = null;
    const begin = async () => {
      const found = await open({ user, namespace, path }, { version, draft }, stop.signal);
      if (stop.signal.aborted) found.release();
      else {
        release = found.release;
        setOpened(found.opened);
      }
    };
    begin().catch(failure => {
      if (stop.signal.aborted) return;
      heardOf(failure);
      setError(failure);
    });
    return () => {
      stop.abort();
      release?.();
    };
  }, [user, namespace, path, version, draft, turn]);
  const retry = () => {
    setError(null);
    setTurn(turn + 1);
  };
  if (opened) return <EditText key={opened.id} address={address} opened={opened} />;
  if (error) return <ConfigFailure config={{ namespace, path }} error={error} onRetry={retry} />;
  return <Waiting for="the text" />;
}

interface Wanted {
  readonly version: number | undefined;
  readonly draft: string | undefined;
}

async function open(
  place: Place,
  { version, draft }: Wanted,
  signal: AbortSignal,
): Promise<{ opened: Opened; release: () => void }> {
  const { namespace, path } = place;
  const before = draft ?? heldBefore(namespace, path);
  const kept = before === null ? null : draftsHere.find(place, before);
  const held = kept && (await hold(kept.id));
  if (kept && held) {
    // Where nobody answers, what was typed is shown.
    const isSaved = dropSaved(place, [kept], signal).catch(() => false);
    const opened = await fromDraft(place, kept, signal);
    if (!(await isSaved)) {
      remember(namespace, path, kept.id);
      return { opened, release: held };
    }
    held();
  }
  const id = newDraftId();
  const release = (await hold(id)) ?? (() => undefined);
  try {
    const opened = await fromVersion(place, { id, version }, signal);
    remember(namespace, path, id);
    // Another tab types on; what it has so far is offered here as well, as its own draft.
    return { opened, release };
  } catch (error) {
    release();
    throw error;
  }
}

async function fromDraft(place: Place, draft: Draft, signal: AbortSignal): Promise<Opened> {
  const { id, text, base, comment } = draft;
  // What was typed is shown in any case; what it is based on may be gone, or nobody may be signed in.
  const read = base === 0 ? null : await readConfig(place, base, signal).catch(() => null);
  const format = read?.config.format ?? formatOfNew(place.path);
  return { id, text, base, comment, format, restored: draft, baseText: read?.version.body_raw ?? null };
}

async function fromVersion(
  place: Place,
  { id, version }: { readonly id: string; readonly version: number | undefined },
  signal: AbortSignal,
): Promise<Opened> {
  const nothing = {
    id,
    text: '',
    base: 0,
    comment: '',
    format: formatOfNew(place.path),
    restored: null,
    baseText: '',
  };
  if (version === 0) {
    const exists = await readConfig(place, undefined, signal).catch(error => {
      if (error instanceof Refusal && error.problem.status === 404) return null;
      throw error;
    });
    if (!exists) return nothing;
    // It is there already: what is there is edited, and never written over.
    const { version: latest, config } = exists;
    return {
      ...nothing,
      text: latest.body_raw,
      base: latest.version,
      format: config.format,
      baseText: latest.body_raw,
      existed: true,
    };
  }
  const { version: found, config } = await readConfig(place, version, signal);
  return {
    ...nothing,
    text: found.body_raw,
    base: found.version,
    format: config.format,
    baseText: found.body_raw,
  };
}
