/**
 * Watches in the manner of the Kubernetes API, over the feed of changes. Invariant: every change after the
 * resourceVersion comes once, those of one config in their order, and each event's resourceVersion goes on after it.
 */

import { isStoreFailure } from '../../history/settle/store-failure.ts';
import type { Change, VersionDetail } from '../../history/words/history.ts';
import type { ServerParts } from '../call.ts';
import { cursorOf, type Watched } from '../watcher.ts';
import { type ResourceName, revisionNamed } from './address.ts';
import { holdsTexts, type ListOptions } from './list-options.ts';
import type { ObjectFacts } from './objects.ts';
import type { Listed, Reading } from './reading.ts';
import type { Representation } from './representation.ts';
import { statusWith } from './status.ts';

export interface Watch {
  readonly resource: ResourceName;
  /** Null: all. */
  readonly namespace: string | null;
  readonly options: ListOptions;
  readonly as: Representation;
  readonly tenant: string;
}

/**
 * Resolves once the watch is set up; a failure before that can still be answered with a refusal. Rejects with
 * TooManyWatchers, and with a StoreError 'InvalidCursor' when the resourceVersion did not come from here.
 */
export async function openWatch(
  watch: Watch,
  { parts, reading }: { parts: ServerParts; reading: Reading },
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const { namespace, options } = watch;
  const { selected, resourceVersion } = options;
  // A deleted config takes all its revisions with it, so their numbers need not be listed.
  const path = selected.path ?? (selected.name === null ? null : (revisionNamed(selected.name)?.path ?? ''));
  const concerns = ({ kind, config, version }: Change) => {
    if (namespace !== null && config.namespace !== namespace) return false;
    if (watch.resource === 'configs' || kind !== 'deleted') return selected.matches(config, version);
    return path === null || config.path === path;
  };
  const after = resourceVersion === '' ? null : resourceVersion;
  const watched = parts.hub.watch({ concerns, after, tenant: watch.tenant, signal });
  const first = await watched.next();
  return events(watch, { first, rest: watched }, { parts, reading }, signal);
}

async function* events(
  watch: Watch,
  { first, rest }: { first: IteratorResult<Watched>; rest: AsyncGenerator<Watched> },
  { parts, reading }: { parts: ServerParts; reading: Reading },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { resource, options, as } = watch;
  const withTexts = as.withTexts && holdsTexts(resource, options.selected);
  const event = (type: string, entry: ObjectFacts) => line(type, as.one(entry, parts.clock.now()));
  const bookmark = (metadata: object) => line('BOOKMARK', as.bookmark(resource, metadata, parts.clock.now()));
  try {
    if (options.initialEvents) {
      yield* whatIsThere(watch, { parts, reading, withTexts, event }, signal);
      // The feed goes on from a moment before the list was read, so nothing is left out between the two.
      if (options.bookmarks && !first.done)
        yield bookmark({ resourceVersion: cursorOf(first.value), annotations: initialEventsEnd });
    }
    for (let seen = first; !seen.done; seen = await rest.next()) {
      const { value } = seen;
      if (value.kind === 'expired') {
        yield line(
          'ERROR',
          statusWith(410, 'The history of changes does not reach back that far: list again.'),
        );
        return;
      }
      if (value.kind === 'bookmark') {
        if (options.bookmarks) yield bookmark({ resourceVersion: cursorOf(value) });
        continue;
      }
      const { change } = value;
      if (resource === 'configrevisions' && change.kind === 'deleted') {
        // The feed does not say which ones they were: a client that follows them lists again.
        yield line('ERROR', statusWith(410, 'A config was deleted with all its versions: list again.'));
        return;
      }
      const told = await typeAndEntry(resource, change, withTexts, parts, signal);
      if (told) yield event(told.type, told.entry);
    }
  } catch (error) {
    if (signal.aborted) return;
    if (!isStoreFailure(error)) throw error;
    yield line('ERROR', statusWith(503, 'The database does not answer now: watch again.'));
  } finally {
    await rest.return(undefined);
  }
}

async function* whatIsThere(
  { resource, namespace, options, tenant }: Watch,
  {
    parts,
    reading,
    withTexts,
    event,
  }: {
    parts: Pick<ServerParts, 'reads'>;
    reading: Reading;
    withTexts: boolean;
    event: (type: string, entry: ObjectFacts) => string;
  },
  signal: AbortSignal,
): AsyncGenerator<string> {
  let after: string | null = null;
  do {
    const page = { limit: 500, continue: after, selected: options.selected, exactly: null };
    const listed: Listed = await parts.reads.run(tenant, signal, () =>
      reading.list(resource, namespace, page, withTexts, signal),
    );
    for (const entry of listed.entries) yield event('ADDED', entry);
    after = listed.next;
  } while (after !== null);
}

/** Null: nothing of it can be seen any more, and a later change says so. */
async function typeAndEntry(
  resource: ResourceName,
  { kind, config, version: number, at, cursor: resourceVersion }: Change,
  withTexts: boolean,
  { history }: ServerParts,
  signal: AbortSignal,
): Promise<{ type: string; entry: ObjectFacts } | null> {
  if (kind === 'version-deleted' && resource === 'configs') return null;
  if (kind !== 'saved') {
    const version = { ...unknown, version: number, createdAt: at };
    const entry = {
      resource,
      config,
      format: null,
      createdAt: at,
      version,
      resourceVersion,
      text: null,
    } as const;
    return { type: 'DELETED', entry };
  }
  const found = await history.version(config, number, signal);
  if (!found) return null;
  const { record, version } = found;
  const text = withTexts ? found.text : null;
  const { format } = record;
  const createdAt = resource === 'configs' ? record.createdAt : version.createdAt;
  const type = resource === 'configs' && number > 1n ? 'MODIFIED' : 'ADDED';
  return { type, entry: { resource, config, format, createdAt, version, resourceVersion, text } };
}

/** A client's cache that fills itself from a watch is complete when it sees this. */
const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' } as const;

/** Only the name is left of a deleted object. */
const unknown: VersionDetail = {
  ...{ version: 0n, sha256: '', kind: 'direct', baseVersion: null, author: '', comment: '', git: {} },
  ...{ actor: { name: '', verified: false }, createdAt: new Date(0), mergedOnto: null, mergedPaths: [] },
  ...{ confirmedBy: null, object: null, authored: null, approvals: [], bytes: 0 },
};

function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}
