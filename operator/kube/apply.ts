/**
 * Server-side apply as Pawl does it. Invariant: one field manager for everything, for ever: a second or a
 * renamed one would have to fight the first for its fields.
 */
import { manager } from '../object/config-version.ts';
import type { RawObject } from './raw-object.ts';
import type { ApiPath } from './resource-path.ts';
import type { KubeAnswer, Session } from './session.ts';

export interface Apply {
  readonly path: ApiPath;
  /**
   * Only fields that are ours, complete: an owned field that is left out is removed. metadata.uid makes it an
   * error of kind conflict when another object, or none, has the name (but not on a subresource, where it is
   * ignored); metadata.resourceVersion alone does not, for the API server creates a missing object whatever
   * resourceVersion is named. Measured with 1.36.
   */
  readonly object: RawObject;
  /** Take over fields that another field manager owns; otherwise that is an error of kind fieldConflict. */
  readonly force: boolean;
  /** Representation of the answer; default the whole object. */
  readonly accept?: string;
  readonly signal: AbortSignal;
}

/** The object as it is then; status 201 when there was none. Rejects with KubeError. */
export function serverSideApply(session: Session, apply: Apply): Promise<KubeAnswer<RawObject>> {
  return session.request<RawObject>({
    method: 'PATCH',
    path: apply.path,
    // Otherwise the API server reads the patch, the text in it included, a second time, to warn of what an apply
    // refuses anyway: a field that is in no schema.
    query: { fieldManager: manager, force: apply.force, fieldValidation: 'Ignore' },
    contentType: 'application/apply-patch+yaml',
    body: apply.object,
    accept: apply.accept,
    signal: apply.signal,
  });
}
