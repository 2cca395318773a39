/**
 * ConfigVersion objects: what we keep of one, and the two writes we make: its status, and our finalizer.
 * Invariant: nothing else of a user's object is ever written.
 */
import { sha256 } from '../../text/sha256.ts';
import type { ConfigVersionSchema } from '../object/config-version.gen.ts';
import {
  apiVersion,
  type ConfigVersion,
  type ConfigVersionStatus,
  group,
  kind,
  manager,
  plural,
  version,
} from '../object/config-version.ts';
import { setFinalizers } from './finalizers.ts';
import {
  finalizersOf,
  freeze,
  identityOf,
  isObject,
  lifetimeOf,
  managedFieldsOf,
  metadataOf,
  ownedKeys,
  type RawObject,
  stringMap,
  stringOrNull,
  UnreadableObject,
} from './raw-object.ts';
import { readObject } from './read-object.ts';
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';
import { applyStatus } from './status.ts';

export const configVersions = { group, version, plural } as const;

const annotationPrefix = `${group}/`;
/** `flux reconcile` sets it to ask for a look right now. */
const requestedAt = 'reconcile.fluxcd.io/requestedAt';

/**
 * Deeply frozen. The API server has checked spec and status against the CRD. Throws UnreadableObject.
 *
 * The text is hashed each time: in a cluster restored to an earlier moment, one generation gets another text.
 */
export function configVersionOf(raw: RawObject): ConfigVersion {
  const metadata = metadataOf(raw);
  const identity = identityOf(metadata);
  const { generation } = metadata;
  if (!isObject(raw.spec) || typeof generation !== 'number') {
    throw new UnreadableObject(`ConfigVersion ${identity.namespace}/${identity.name} has no spec`);
  }
  const { body, ...spec } = raw.spec as unknown as ConfigVersionSchema['spec'];
  const status: ConfigVersionStatus = isObject(raw.status) ? raw.status : {};
  return freeze({
    ...headOf(metadata, status),
    spec,
    bodySha256: sha256(body),
    status,
  });
}

/** What we keep of the metadata. */
function headOf(
  metadata: RawObject,
  status: ConfigVersionStatus,
): Pick<ConfigVersion, 'metadata' | 'specManager' | 'isStatusOurs'> {
  const finalizers = finalizersOf(metadata);
  return {
    metadata: {
      ...lifetimeOf(metadata),
      ...(finalizers.length === 0 ? {} : { finalizers }),
      annotations: stringMap(
        metadata.annotations,
        key => key.startsWith(annotationPrefix) || key === requestedAt,
      ),
    },
    specManager: specManagerOf(metadata),
    isStatusOurs: isStatusOurs(metadata, status),
  };
}

/** The text of exactly this generation of this object; null when there is another one now, or none. */
export async function readText(
  session: Session,
  { metadata: { namespace, name, uid, generation } }: ConfigVersion,
  signal: AbortSignal,
): Promise<string | null> {
  const raw = await readObject(session, { path: resourcePath(configVersions, { namespace, name }), signal });
  if (raw === null) return null;
  const metadata = metadataOf(raw);
  if (metadata.uid !== uid || metadata.generation !== generation || !isObject(raw.spec)) return null;
  return stringOrNull(raw.spec.body);
}

/** The object as it is then; null when its spec changed meanwhile, which only the watch tells. */
export async function applyConfigVersionStatus(
  session: Session,
  object: ConfigVersion,
  status: ConfigVersionStatus,
  signal: AbortSignal,
): Promise<ConfigVersion | null> {
  const write = {
    of: configVersions,
    apiVersion,
    kind,
    object: object.metadata,
    seen: object.status,
    status,
    // One generation may have another text after etcd was restored.
    isAbout: (live: RawObject) =>
      metadataOf(live).generation !== object.metadata.generation ||
      (isObject(live.spec) && sha256(stringOrNull(live.spec.body) ?? '') === object.bodySha256),
  };
  // The answer leaves out what was just sent, and the text.
  const metadata = metadataOf(await applyStatus(session, write, signal));
  if (metadata.generation !== object.metadata.generation) return null;
  return freeze({ ...object, ...headOf(metadata, status), status });
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

function isStatusOurs(metadata: RawObject, status: ConfigVersionStatus): boolean {
  const told = (['version', 'supersededBy'] as const).filter(field => status[field] !== undefined);
  const ours = managedFieldsOf(metadata).filter(
    ({ manager: by, operation, subresource }) =>
      by === manager && operation === 'Apply' && subresource === 'status',
  );
  const owned = ours.flatMap(({ fields }) => ownedKeys(fields, 'f:status'));
  return told.every(field => owned.includes(field));
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
