/** ConfigSchemas: what we keep of each, and the one write we make, their status. */

import {
  type ConfigSchema,
  type ConfigSchemaSpec,
  type ConfigSchemaStatus,
  configSchemaKind,
  configSchemaPlural,
} from '../object/config-schema.ts';
import { apiVersion, group, version } from '../object/config-version.ts';
import {
  clusterIdentityOf,
  freeze,
  isObject,
  metadataOf,
  type RawObject,
  stringOrNull,
  UnreadableObject,
} from './raw-object.ts';
import type { Session } from './session.ts';
import { applyStatus } from './status.ts';

export const configSchemas = { group, version, plural: configSchemaPlural } as const;

/** Deeply frozen. The API server has checked spec and status against the CRD. Throws UnreadableObject. */
export function configSchemaOf(raw: RawObject): ConfigSchema {
  const metadata = metadataOf(raw);
  if (!isObject(raw.spec) || !isObject(raw.spec.schema) || typeof metadata.generation !== 'number') {
    throw new UnreadableObject(`ConfigSchema ${String(metadata.name)} has no schema`);
  }
  // Its schema is anything at all, and so as deep as the API server takes it.
  const { schema, ...spec } = raw.spec as unknown as ConfigSchemaSpec;
  return Object.freeze({
    metadata: freeze(headOf(metadata)),
    spec: Object.freeze({ ...freeze(spec), schema }),
    status: freeze((isObject(raw.status) ? raw.status : {}) as ConfigSchemaStatus),
  });
}

function headOf(metadata: RawObject): ConfigSchema['metadata'] {
  const { name, uid, resourceVersion } = clusterIdentityOf(metadata);
  const deletionTimestamp = stringOrNull(metadata.deletionTimestamp);
  return {
    ...{ name, uid, resourceVersion, generation: metadata.generation as number },
    ...(deletionTimestamp !== null && { deletionTimestamp }),
  };
}

/** The object as it is then; null when its spec changed meanwhile, which only the watch tells. */
export async function applyConfigSchemaStatus(
  session: Session,
  object: ConfigSchema,
  status: ConfigSchemaStatus,
  signal: AbortSignal,
): Promise<ConfigSchema | null> {
  const write = {
    ...{ of: configSchemas, apiVersion, kind: configSchemaKind },
    ...{ object: object.metadata, seen: object.status, status },
  };
  const metadata = metadataOf(await applyStatus(session, write, signal));
  if (metadata.generation !== object.metadata.generation) return null;
  return Object.freeze({ ...object, metadata: freeze(headOf(metadata)), status: freeze(status) });
}
