/**
 * Writes the status of an object. Invariant: a status lands on the object it is about or nowhere: an object deleted and
 * created again under the same name never gets its predecessor's verdict; and never onto a status that was written
 * since the decision, by another replica: ours may be the older one.
 */
import { isDeepStrictEqual } from 'node:util';
import { serverSideApply } from './apply.ts';
import { isKubeError } from './kube-error.ts';
import { identityOf, metadataAlone, metadataOf, type RawObject } from './raw-object.ts';
import { type Resource, resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

/** Every status says which generation it is about. */
type Told = { readonly observedGeneration?: number };

export interface StatusWrite {
  readonly of: Resource;
  readonly apiVersion: string;
  readonly kind: string;
  /** Namespace absent: cluster-scoped. */
  readonly object: {
    readonly namespace?: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  /** The status the new one was decided from. */
  readonly seen: object;
  /** Whether what the API server holds now still is what the status is about; default: when the uid is the same. */
  isAbout?(live: RawObject): boolean;
  readonly status: Told;
}

/** An object that changes faster than this is looked at again by its next reconcile. */
const mostTries = 4;

/**
 * Server-side apply of the whole status: a field left out is removed. Resolves to the object's metadata and nothing
 * else of it. Rejects with KubeError, of kind conflict or notFound when the object with that uid is not there any
 * more, or has another status by now.
 *
 * On the status subresource the API server ignores a uid that is not the object's (measured with 1.36), so
 * the apply names the resourceVersion. It changes with every annotation, too; therefore a conflict is
 * looked into, and the apply repeated while the object still is the same one and has no other status about this
 * generation.
 */
export async function applyStatus(
  session: Session,
  { of, apiVersion, kind, object, seen, status, isAbout = () => true }: StatusWrite,
  signal: AbortSignal,
): Promise<RawObject> {
  const { namespace, name, uid } = object;
  const scope = namespace === undefined ? {} : { namespace };
  let { resourceVersion } = object;
  for (let tries = 1; ; tries += 1) {
    try {
      const { body } = await serverSideApply(session, {
        path: resourcePath(of, { ...scope, name, subresource: 'status' }),
        object: { apiVersion, kind, metadata: { ...scope, name, resourceVersion }, status },
        force: true,
        accept: metadataAlone,
        signal,
      });
      return body;
    } catch (error) {
      if (!isKubeError(error, 'conflict') || tries === mostTries) throw error;
      const path = resourcePath(of, { ...scope, name });
      const { body } = await session.request<RawObject>({ method: 'GET', path, signal });
      const live = identityOf({ namespace: '', ...metadataOf(body) });
      if (live.uid !== uid || !isAbout(body) || isNews(body.status ?? {}, seen, status)) throw error;
      resourceVersion = live.resourceVersion;
    }
  }
}

/**
 * Whether the live status holds something that the decision did not know: it is about a later generation, or is another
 * one about the same. One about an earlier generation may be our own, whose answer the watch has not told yet.
 */
function isNews(live: unknown, seen: object, status: Told): boolean {
  const told = (live as Told).observedGeneration ?? -1;
  const ours = status.observedGeneration ?? -1;
  // What is undefined in memory is absent in what the API server keeps.
  return told > ours || (told === ours && !isDeepStrictEqual(live, JSON.parse(JSON.stringify(seen))));
}
