/**
 * Whether an API server has lost the end of the history that a cache was filled from, as when etcd is restored to an
 * earlier moment: a watch from the lost end is still accepted, is silent until the new history has come as far, and
 * never reports what was taken back. Invariant: only the server's own answer counts; without one the caller must list,
 * since the server may come back with another history.
 */
import { type Identity, isNewer, metadataListAlone, metadataOf, type RawObject } from './raw-object.ts';
import type { ApiPath, Query } from './resource-path.ts';
import type { Session } from './session.ts';

export interface Known {
  readonly path: ApiPath;
  readonly query?: Query | undefined;
  /** Where the watch came to. */
  readonly resourceVersion: string;
  /** The object last written, of those in the cache; undefined: there is none. */
  readonly newest: Identity | undefined;
}

/**
 * One small request; fails as requests do. How far the server's resourceVersion has come does not settle it: a starting
 * API server writes, and may be past the old place by now. So the newest object has to be there, and no older than it is
 * known to be. That it is newer is what happens every day, between two watches.
 */
export async function hasLostHistory(
  session: Session,
  { path, query, resourceVersion, newest }: Known,
  signal: AbortSignal,
): Promise<boolean> {
  const { body } = await session.request<{ metadata?: { resourceVersion?: unknown }; items?: RawObject[] }>({
    method: 'GET',
    path,
    query: { ...query, ...(newest && { fieldSelector: selectorOf(newest) }), limit: 1 },
    accept: metadataListAlone,
    signal,
  });
  const now = body.metadata?.resourceVersion;
  if (typeof now === 'string' && isNewer(resourceVersion, now)) return true;
  const found = body.items?.[0];
  if (newest === undefined || found === undefined) return (newest === undefined) !== (found === undefined);
  const { uid, resourceVersion: version } = metadataOf(found);
  return uid !== newest.uid || (typeof version === 'string' && isNewer(newest.resourceVersion, version));
}

function selectorOf({ namespace, name }: Identity): string {
  return `metadata.name=${name}${namespace === '' ? '' : `,metadata.namespace=${namespace}`}`;
}
