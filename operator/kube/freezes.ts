/**
 * Freezes that people make by the HTTP API, as entries of a ConfigNamespace. Invariant: each has a field manager of its own,
 * so that Git's own entries, and other people's, stay as they are.
 */

import { configNamespaceKind } from '../object/config-namespace.ts';
import { apiVersion } from '../object/config-version.ts';
import { isKubeError } from './kube-error.ts';
import { configNamespaces } from './namespaces.ts';
import type { RawObject } from './raw-object.ts';
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

const applyPatch = 'application/apply-patch+yaml';

interface FreezeEntry {
  readonly name: string;
}

/**
 * The ConfigNamespace as it is then. Rejects with KubeError, of kind conflict when the object with that uid is not there.
 * @param entry null: this manager's entry goes
 */
export async function applyFreeze(
  session: Session,
  { name, uid }: { readonly name: string; readonly uid: string },
  freezeName: string,
  entry: FreezeEntry | null,
  signal: AbortSignal,
): Promise<RawObject> {
  const patch = (contentType: string, body: object) =>
    session.request<RawObject>({
      method: 'PATCH',
      path: resourcePath(configNamespaces, { name }),
      query: {
        fieldManager: `pawl-freeze-${freezeName}`,
        ...(contentType === applyPatch && { force: true }),
      },
      ...{ contentType, body, signal },
    });
  const apply = (spec: object) =>
    patch(applyPatch, { apiVersion, kind: configNamespaceKind, metadata: { name, uid }, spec });
  try {
    return (await apply(entry ? { policy: { freezes: [entry] } } : {})).body;
  } catch (error) {
    if (entry || !isKubeError(error, 'invalid')) throw error;
    // The last entry of a policy that is somebody's and empty: applied, it would leave null, which the schema refuses.
    const at = '/spec/policy/freezes/0';
    const removed = await patch('application/json-patch+json', [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'test', path: `${at}/name`, value: freezeName },
      { op: 'remove', path: at },
    ]);
    return removed.body;
  }
}
