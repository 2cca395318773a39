/**
 * Freezes that people make by the HTTP API, as entries of a ConfigNamespace. Invariant: each has a field manager of its own,
 * so that Git's own entries, and other people's, stay as they are.
 */

import { configNamespaceKind } from '../object/config-namespace.ts';
import { apiVersion } from '../object/config-version.ts';
import { configNamespaces } from './namespaces.ts';
import type { RawObject } from './raw-object.ts';
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

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
  const { body } = await session.request<RawObject>({
    method: 'PATCH',
    path: resourcePath(configNamespaces, { name }),
    query: { fieldManager: `pawl-freeze-${freezeName}`, force: true },
    contentType: 'application/apply-patch+yaml',
    body: {
      ...{ apiVersion, kind: configNamespaceKind, metadata: { name, uid } },
      spec: entry ? { policy: { freezes: [entry] } } : {},
    },
    signal,
  });
  return body;
}
