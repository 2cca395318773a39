/**
 * ConfigNamespaces and Kubernetes namespaces: what we keep of each, and the two writes we make of the former,
 * its status and our finalizer. Of Kubernetes namespaces only metadata is ever asked for.
 */
import {
  type ConfigNamespace,
  type ConfigNamespaceSpec,
  type ConfigNamespaceStatus,
  configNamespaceKind,
  configNamespacePlural,
  type KubeNamespace,
} from '../object/config-namespace.ts';
import { apiVersion, group, version } from '../object/config-version.ts';
import { setFinalizers } from './finalizers.ts';
import {
  clusterIdentityOf,
  finalizersOf,
  freeze,
  isObject,
  metadataAlone,
  metadataOf,
  type RawObject,
  stringMap,
  stringOrNull,
  UnreadableObject,
} from './raw-object.ts';
import { readObject } from './read-object.ts';
import { type Resource, resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';
import { applyStatus } from './status.ts';

export const configNamespaces = { group, version, plural: configNamespacePlural } as const;
export const kubeNamespaces = { group: '', version: 'v1', plural: 'namespaces' } as const;

/** Deeply frozen. The API server has checked spec and status against the CRD. Throws UnreadableObject. */
export function configNamespaceOf(raw: RawObject): ConfigNamespace {
  const metadata = metadataOf(raw);
  if (!isObject(raw.spec) || typeof metadata.generation !== 'number') {
    throw new UnreadableObject(`ConfigNamespace ${String(metadata.name)} has no spec`);
  }
  return freeze({
    metadata: headOf(metadata),
    spec: raw.spec as ConfigNamespaceSpec,
    status: (isObject(raw.status) ? raw.status : {}) as ConfigNamespaceStatus,
  });
}

function headOf(metadata: RawObject): ConfigNamespace['metadata'] {
  const { name, uid, resourceVersion } = clusterIdentityOf(metadata);
  const deletionTimestamp = stringOrNull(metadata.deletionTimestamp);
  return {
    name,
    uid,
    resourceVersion,
    generation: metadata.generation as number,
    ...(deletionTimestamp === null ? {} : { deletionTimestamp }),
    finalizers: finalizersOf(metadata),
  };
}

/** Throws UnreadableObject. */
export function kubeNamespaceOf(raw: RawObject): KubeNamespace {
  const metadata = metadataOf(raw);
  const { name, uid, resourceVersion } = clusterIdentityOf(metadata);
  const isTerminating = stringOrNull(metadata.deletionTimestamp) !== null;
  const labels = stringMap(metadata.labels);
  return { name, uid, resourceVersion, labels, ...(isTerminating && { isTerminating }) };
}

/** The resourceVersion of a cluster-scoped object at this moment; undefined when there is none. */
export async function versionAtServer(
  session: Session,
  of: Resource,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const raw = await readObject(session, { path: resourcePath(of, { name }), accept: metadataAlone, signal });
  return raw === null ? undefined : clusterIdentityOf(metadataOf(raw)).resourceVersion;
}

/** The object as it is then; null when its spec changed meanwhile, which only the watch tells. */
export async function applyConfigNamespaceStatus(
  session: Session,
  object: ConfigNamespace,
  status: ConfigNamespaceStatus,
  signal: AbortSignal,
): Promise<ConfigNamespace | null> {
  const write = {
    of: configNamespaces,
    apiVersion,
    kind: configNamespaceKind,
    object: object.metadata,
    seen: object.status,
    status,
  };
  const metadata = metadataOf(await applyStatus(session, write, signal));
  if (metadata.generation !== object.metadata.generation) return null;
  return freeze({ ...object, metadata: headOf(metadata), status });
}

export async function setConfigNamespaceFinalizers(
  session: Session,
  object: ConfigNamespace,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<ConfigNamespace> {
  return configNamespaceOf(
    await setFinalizers(session, configNamespaces, object.metadata, finalizers, signal),
  );
}
