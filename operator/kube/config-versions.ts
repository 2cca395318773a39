/**
 * ConfigVersion objects: what we keep of one, and the two writes we make: its status, and our finalizer.
 * Invariant: nothing else of a user's object is ever written.
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
import { setFinalizers } from './finalizers.ts';
import {
  finalizersOf,
  freeze,
  identityOf,
  isObject,
  managedFieldsOf,
  metadataOf,
  type RawObject,
  stringMap,
  stringOrNull,
  UnreadableObject,
} from './raw-object.ts';
import type { Session } from './session.ts';
import { applyStatus } from './status.ts';

export const configVersions = { group, version, plural } as const;

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
  const finalizers = finalizersOf(metadata);
  return freeze({
    metadata: {
      ...identity,
      generation,
      creationTimestamp: stringOrNull(metadata.creationTimestamp) ?? '',
      ...(deletionTimestamp === null ? {} : { deletionTimestamp }),
      ...(finalizers.length === 0 ? {} : { finalizers }),
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

export async function applyConfigVersionStatus(
  session: Session,
  object: ConfigVersion,
  status: ConfigVersionStatus,
  signal: AbortSignal,
): Promise<ConfigVersion> {
  return configVersionOf(
    await applyStatus(
      session,
      { of: configVersions, apiVersion, kind, object: object.metadata, status },
      signal,
    ),
  );
}

/** See finalizers.ts. */
export async function setConfigVersionFinalizers(
  session: Session,
  object: ConfigVersion,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<ConfigVersion> {
  return configVersionOf(await setFinalizers(session, configVersions, object.metadata, finalizers, signal));
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
