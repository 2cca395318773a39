/**
 * Whether an API server still has the history that a cache was filled from. It may have lost the end of it, as when etcd
 * is restored to an earlier moment: a watch from the lost end is accepted all the same, silent until the new history has
 * come as far, and says nothing of what was taken back. Invariant: history is taken for whole only when the newest thing
 * known of it is still true, since then all before it is.
 */
import { type Identity, isNewer, metadataListAlone, metadataOf, type RawObject } from './raw-object.ts';
import type { ApiPath, Query } from './resource-path.ts';
import type { Session } from './session.ts';

/** The newest thing known: an object in one state, or one whose end was told. */
export interface Witness extends Identity {
  readonly gone: boolean;
}

/** The newer of two; undefined is older than anything. */
export function newest(a: Witness | undefined, b: Witness | undefined): Witness | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isNewer(a.resourceVersion, b.resourceVersion) ? a : b;
}

export interface Known {
  readonly path: ApiPath;
  readonly query?: Query | undefined;
  /** Where the watch came to. */
  readonly resourceVersion: string;
  /** undefined: no object is known. */
  readonly witness: Witness | undefined;
}

/**
 * One small request; fails as requests do. True also when nobody can tell because the newest object was changed since:
 * a list too many is better than a cache that is wrong for half an hour.
 */
export async function mayHaveLostHistory(
  session: Session,
  { path, query, resourceVersion, witness }: Known,
  signal: AbortSignal,
): Promise<boolean> {
  const { body } = await session.request<{ metadata?: { resourceVersion?: unknown }; items?: RawObject[] }>({
    method: 'GET',
    path,
    query: { ...query, ...(witness ? { fieldSelector: selectorOf(witness) } : {}), limit: 1 },
    accept: metadataListAlone,
    signal,
  });
  const now = body.metadata?.resourceVersion;
  if (typeof now === 'string' && isNewer(resourceVersion, now)) return true;
  if (witness === undefined) return false;
  const found = body.items?.[0];
  const { uid, resourceVersion: version } = found === undefined ? {} : metadataOf(found);
  return witness.gone ? uid === witness.uid : uid !== witness.uid || version !== witness.resourceVersion;
}

function selectorOf({ namespace, name }: Identity): string {
  return `metadata.name=${name}${namespace === '' ? '' : `,metadata.namespace=${namespace}`}`;
}
