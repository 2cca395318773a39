/**
 * The registration of the read-only API with the API server. It must not outlive the namespace Pawl runs in: while an API is
 * registered and nobody answers for it, Kubernetes deletes no namespace at all. Invariant: only a registration whose
 * Service is in that namespace is ever deleted, and only while the namespace is being deleted.
 */
import type { KubeNamespace } from '../object/config-namespace.ts';
import { isKubeError } from './kube-error.ts';
import { isObject, metadataOf, type RawObject } from './raw-object.ts';
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

const apiServices = { group: 'apiregistration.k8s.io', version: 'v1', plural: 'apiservices' } as const;
const name = 'v1alpha1.store.pawl.dev';

/** What tells of Kubernetes namespaces. */
export interface NamespaceNews {
  onKubeNamespace(
    handler: (key: string, before: KubeNamespace | undefined, after: KubeNamespace | undefined) => void,
  ): void;
}

/** @param told `error` where it could not be deleted, which then somebody has to do by hand */
export function removeApiServiceWith(
  cluster: NamespaceNews,
  session: Session,
  namespace: string,
  told: (error?: unknown) => void,
): void {
  cluster.onKubeNamespace((_, before, after) => {
    if (after?.name !== namespace || !after.isTerminating || before?.isTerminating) return;
    removeApiService(session, namespace, AbortSignal.timeout(10_000)).then(
      removed => removed && told(),
      error => told(error),
    );
  });
}

/** False: there is none, or it is another installation's. */
async function removeApiService(session: Session, namespace: string, signal: AbortSignal): Promise<boolean> {
  const path = resourcePath(apiServices, { name });
  try {
    const { body } = await session.request<RawObject>({ method: 'GET', path, signal });
    const service = isObject(body.spec) && isObject(body.spec.service) ? body.spec.service : {};
    if (service.namespace !== namespace) return false;
    const preconditions = { uid: metadataOf(body).uid };
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
    await session.request({ method: 'DELETE', path, body: options, signal });
    return true;
  } catch (error) {
    if (isKubeError(error, 'notFound') || isKubeError(error, 'conflict')) return false;
    throw error;
  }
}
