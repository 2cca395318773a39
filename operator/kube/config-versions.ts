/**
 * ConfigVersion objects: what we keep of one, and the one write we make, its status. Invariant: a status
 * lands on the object it is about or nowhere: an object deleted and created again under the same name never
 * gets its predecessor's verdict.
 */
import {
  apiVersion,
  type ConfigVersion,
  type ConfigVersionSpec,
  type ConfigVersionStatus,
  group,
  kind,
  plural,
  version,
} from '../api/config-version.ts';
import { serverSideApply } from './apply.ts';
import { isKubeError } from './kube-error.ts';
import {
  identityOf,
  isObject,
  managedFieldsOf,
  metadataOf,
  type RawObject,
  stringMap,
  stringOrNull,
  UnreadableObject,
} from './raw-object.ts';
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

export const configVersions = { group, version, plural } as const;

/** An object that changes faster than this is looked at again by its next reconcile. */
const mostTries = 4;

const annotationPrefix = `${group}/`;
/** `flux reconcile` sets it to ask for a look right now. */
const requestedAt = 'reconcile.fluxcd.io/requestedAt';

/** Deeply frozen. The API server has checked spec and status against the CRD. Throws UnreadableObject. */
export function configVersionOf(raw: RawObject): ConfigVersion {
  const metadata = metadataOf(raw);
  const identity = identityOf(metadata);
  const { generation } = metadata;
  if (!isObject(raw.spec) || typeof generation !== 'number') {
    throw new UnreadableObject(`ConfigVersion ${identity.namespace}/${identity.name} has no spec`);
  }
  const deletionTimestamp = stringOrNull(metadata.deletionTimestamp);
  return freeze({
    metadata: {
      ...identity,
      generation,
      creationTimestamp: stringOrNull(metadata.creationTimestamp) ?? '',
      ...(deletionTimestamp === null ? {} : { deletionTimestamp }),
      annotations: stringMap(
        metadata.annotations,
        key => key.startsWith(annotationPrefix) || key === requestedAt,
      ),
    },
    spec: raw.spec as unknown as ConfigVersionSpec,
    status: (isObject(raw.status) ? raw.status : {}) as ConfigVersionStatus,
    specManager: specManagerOf(metadata),
  });
}

/**
 * Server-side apply of the whole status: a field left out is removed. Rejects with KubeError, of kind
 * conflict or notFound when the object with that uid is not there any more.
 *
 * On the status subresource the API server ignores a uid that is not the object's (measured with 1.36), so
 * the apply names the resourceVersion. It changes with every annotation, too; therefore a conflict is
 * looked into, and the apply repeated while the object still is the same one.
 */
export async function applyStatus(
  session: Session,
  object: ConfigVersion,
  status: ConfigVersionStatus,
  signal: AbortSignal,
): Promise<ConfigVersion> {
  const { namespace, name, uid } = object.metadata;
  let { resourceVersion } = object.metadata;
  for (let tries = 1; ; tries += 1) {
    try {
      const { body } = await serverSideApply(session, {
        path: resourcePath(configVersions, { namespace, name, subresource: 'status' }),
        object: { apiVersion, kind, metadata: { namespace, name, resourceVersion }, status },
        force: true,
        signal,
      });
      return configVersionOf(body);
    } catch (error) {
      if (!isKubeError(error, 'conflict') || tries === mostTries) throw error;
      const path = resourcePath(configVersions, { namespace, name });
      const { body } = await session.request<RawObject>({ method: 'GET', path, signal });
      const live = identityOf(metadataOf(body));
      if (live.uid !== uid) throw error;
      resourceVersion = live.resourceVersion;
    }
  }
}

/** Empty when unknown. */
function specManagerOf(metadata: RawObject): string {
  let last = { manager: '', time: '' };
  for (const { manager, subresource, time, fields } of managedFieldsOf(metadata)) {
    if (subresource !== '' || !('f:spec' in fields)) continue;
    // Times are UTC in whole seconds, so they sort as text; of equals the API server puts the newer last.
    if (time >= last.time) last = { manager, time };
  }
  return last.manager;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}
