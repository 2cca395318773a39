/** ConfigProjection objects: what we keep of one, and the only write we make: its status. */
import {
  type ConfigProjection,
  type ConfigProjectionSpec,
  type ConfigProjectionStatus,
  projectionKind,
  projectionPlural,
} from '../object/config-projection.ts';
import { apiVersion, group, version } from '../object/config-version.ts';
import {
  freeze,
  identityOf,
  isObject,
  lifetimeOf,
  metadataOf,
  type RawObject,
  stringMap,
  UnreadableObject,
} from './raw-object.ts';
import type { Session } from './session.ts';
import { applyStatus } from './status.ts';

export const configProjections = { group, version, plural: projectionPlural } as const;

const annotationPrefix = `${group}/`;
/** `flux reconcile` sets it to ask for a look right now. */
const requestedAt = 'reconcile.fluxcd.io/requestedAt';

/** Deeply frozen. The API server has checked spec and status against the CRD. Throws UnreadableObject. */
export function configProjectionOf(raw: RawObject): ConfigProjection {
  const metadata = metadataOf(raw);
  const { namespace, name } = identityOf(metadata);
  if (!isObject(raw.spec) || typeof metadata.generation !== 'number') {
    throw new UnreadableObject(`ConfigProjection ${namespace}/${name} has no spec`);
  }
  return freeze({
    metadata: headOf(metadata),
    spec: raw.spec as unknown as ConfigProjectionSpec,
    status: (isObject(raw.status) ? raw.status : {}) as ConfigProjectionStatus,
  });
}

function headOf(metadata: RawObject): ConfigProjection['metadata'] {
  return {
    ...lifetimeOf(metadata),
    annotations: stringMap(
      metadata.annotations,
      key => key.startsWith(annotationPrefix) || key === requestedAt,
    ),
  };
}

/** The object as it is then; null when its spec changed meanwhile, which only the watch tells. */
export async function applyConfigProjectionStatus(
  session: Session,
  object: ConfigProjection,
  status: ConfigProjectionStatus,
  signal: AbortSignal,
): Promise<ConfigProjection | null> {
  const write = {
    ...{ of: configProjections, apiVersion, kind: projectionKind },
    ...{ object: object.metadata, seen: object.status, status },
  };
  const metadata = metadataOf(await applyStatus(session, write, signal));
  if (metadata.generation !== object.metadata.generation) return null;
  return freeze({ ...object, metadata: headOf(metadata), status });
}
