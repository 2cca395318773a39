/**
 * Puts our finalizer on an object or takes it off: the only part of a user's metadata that Pawl writes. Invariant:
 * exactly the state that was looked at is changed; for any other state, it rejects with an error of kind conflict, and
 * the caller looks again.
 */
import { manager } from '../object/config-version.ts';
import type { RawObject } from './raw-object.ts';
import { type Resource, resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

/**
 * A merge patch, because a list is replaced whole by it, other people's finalizers included as they were.
 * Resolves to the object as it is then, or as it last was when it went with its last finalizer.
 */
export async function setFinalizers(
  session: Session,
  resource: Resource,
  object: {
    readonly namespace?: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
  },
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<RawObject> {
  const { namespace, name, uid, resourceVersion } = object;
  const { body } = await session.request<RawObject>({
    method: 'PATCH',
    path: resourcePath(resource, { namespace, name }),
    query: { fieldManager: manager },
    contentType: 'application/merge-patch+json',
    body: { metadata: { uid, resourceVersion, finalizers } },
    signal,
  });
  return body;
}
