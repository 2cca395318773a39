/**
 * ConfigMaps, and Secrets of projections: what we keep of one, and the writes we make. Invariant: an apply names only fields that are
 * ours, so that what others put on the object stays theirs; and no write hits an object other than the one
 * that was decided about, where the caller names its uid.
 */
import { sha256 } from '../../text/sha256.ts';
import {
  binaryPrefix,
  type ConfigMapState,
  type DesiredConfigMap,
  type OwnerReference,
  type TargetKind,
  type TargetRef,
} from '../object/config-map.ts';
import { annotation, group, label, manager } from '../object/config-version.ts';
import { identityAnnotation } from '../object/render.ts';
import { serverSideApply } from './apply.ts';
import { isKubeError } from './kube-error.ts';
import {
  identityOf,
  isObject,
  managedFieldsOf,
  metadataOf,
  ownedKeys,
  type RawObject,
  stringMap,
  stringOrNull,
} from './raw-object.ts';
import { readObject } from './read-object.ts';
import { type Resource, resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

export interface ApplyOptions {
  /** The object that was decided about; see apply.ts for what each of the two makes sure. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  /** Take over fields that another field manager owns; otherwise that is an error of kind fieldConflict. */
  readonly force: boolean;
}

export const configMaps = { group: '', version: 'v1', plural: 'configmaps' } as const;
export const secrets = { group: '', version: 'v1', plural: 'secrets' } as const;

const resources: Readonly<Record<TargetKind, Resource>> = { ConfigMap: configMaps, Secret: secrets };
const pathOf = ({ kind, namespace, name }: TargetRef) => resourcePath(resources[kind], { namespace, name });

/** Query of a watch for those that are ours. */
export const managedConfigMaps = { labelSelector: `${label.managedBy}=${manager}` } as const;

const annotationPrefix = `${group}/`;

/**
 * Of the annotations those are kept whose name starts with pawl.dev/ or that our apply owns: anybody who changes one of
 * them takes it over, so a change shows as its absence. Throws UnreadableObject.
 */
export function configMapState(raw: RawObject): ConfigMapState {
  return targetState('ConfigMap', raw);
}

export function targetState(kind: TargetKind, raw: RawObject): ConfigMapState {
  const metadata = metadataOf(raw);
  const ours = managedFieldsOf(metadata).filter(
    fields => fields.manager === manager && fields.operation === 'Apply' && fields.subresource === '',
  );
  const owned = (...what: string[]) => ours.flatMap(({ fields }) => ownedKeys(fields, ...what));
  const labels = owned('f:metadata', 'f:labels').filter(
    key => key !== label.managedBy && key !== label.configId,
  );
  const allAnnotations = owned('f:metadata', 'f:annotations');
  const annotations = allAnnotations.filter(key => !key.startsWith(annotationPrefix));
  const deletionTimestamp = stringOrNull(metadata.deletionTimestamp);
  return {
    kind,
    ...identityOf(metadata),
    createdAt: stringOrNull(metadata.creationTimestamp) ?? '',
    labels: stringMap(metadata.labels),
    annotations: stringMap(
      metadata.annotations,
      key => key.startsWith(annotationPrefix) || annotations.includes(key),
    ),
    ownerReferences: Array.isArray(metadata.ownerReferences)
      ? metadata.ownerReferences.filter(isObject).map(ownerReference)
      : [],
    hashes:
      kind === 'Secret'
        ? hashesOf({}, stringMap(raw.data), '')
        : hashesOf(stringMap(raw.data), stringMap(raw.binaryData)),
    applied: [
      ...owned('f:data').map(key => `data:${key}`),
      ...labels.map(key => `label:${key}`),
      ...annotations.map(key => `annotation:${key}`),
    ],
    intact: {
      any: ours.length > 0,
      identity: allAnnotations.includes(identityAnnotation[kind]),
      version: [annotation.version, annotation.contentSha256].every(key => allAnnotations.includes(key)),
      versions: allAnnotations.includes(annotation.versions),
    },
    immutable: raw.immutable === true,
    ...(deletionTimestamp === null ? {} : { deletionTimestamp }),
  };
}

/** Rejects with KubeError. */
export async function applyConfigMap(
  session: Session,
  desired: DesiredConfigMap,
  options: ApplyOptions,
  signal: AbortSignal,
): Promise<{ created: boolean; configMap: ConfigMapState }> {
  const { kind, namespace, name, labels, annotations, ownerReferences, data, immutable } = desired;
  const { uid, resourceVersion, force } = options;
  const { status, body } = await serverSideApply(session, {
    path: pathOf(desired),
    object: {
      apiVersion: 'v1',
      kind,
      metadata: { namespace, name, uid, resourceVersion, labels, annotations, ownerReferences },
      data: kind === 'Secret' ? inBase64(data) : data,
      immutable,
    },
    force,
    signal,
  });
  return { created: status === 201, configMap: targetState(kind, body) };
}

/** A fresh read; null when there is none. Sees also ConfigMaps that are not ours. */
export async function readTarget(
  session: Session,
  ref: TargetRef,
  signal: AbortSignal,
): Promise<ConfigMapState | null> {
  const raw = await readObject(session, { path: pathOf(ref), signal });
  return raw && targetState(ref.kind, raw);
}

/**
 * Removes keys that others added, from exactly the state given (an error of kind conflict otherwise): an
 * apply can only take back what we applied. Keys are named as in ConfigMapState.hashes.
 */
export async function removeConfigMapKeys(
  session: Session,
  state: ConfigMapState,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<ConfigMapState> {
  const { kind, uid, resourceVersion } = state;
  const nulls = (wanted: readonly string[]) => Object.fromEntries(wanted.map(key => [key, null]));
  const binaries = keys
    .filter(key => key.startsWith(binaryPrefix))
    .map(key => key.slice(binaryPrefix.length));
  const texts = keys.filter(key => !key.startsWith(binaryPrefix));
  const { body } = await session.request<RawObject>({
    method: 'PATCH',
    path: pathOf(state),
    query: { fieldManager: manager },
    contentType: 'application/merge-patch+json',
    body: {
      metadata: { uid, resourceVersion },
      ...(texts.length > 0 ? { data: nulls(texts) } : {}),
      ...(binaries.length > 0 ? { binaryData: nulls(binaries) } : {}),
    },
    signal,
  });
  return targetState(kind, body);
}

/**
 * Deletes exactly the state given; an error of kind conflict when it is another object or has changed.
 * `gone` is false while somebody's finalizer holds it.
 */
export async function deleteConfigMap(
  session: Session,
  target: ConfigMapState,
  signal: AbortSignal,
): Promise<{ readonly gone: boolean }> {
  try {
    const { body } = await session.request<RawObject>({
      method: 'DELETE',
      path: pathOf(target),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid: target.uid, resourceVersion: target.resourceVersion },
        propagationPolicy: 'Background',
      },
      signal,
    });
    return { gone: body.kind === 'Status' };
  } catch (error) {
    if (isKubeError(error, 'notFound')) return { gone: true };
    throw error;
  }
}

const inBase64 = (data: DesiredConfigMap['data']): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));

function hashesOf(
  data: Record<string, string>,
  binaryData: Record<string, string>,
  prefix = binaryPrefix,
): Record<string, string> {
  return Object.fromEntries([
    ...Object.entries(data).map(([key, text]) => [key, sha256(text)]),
    ...Object.entries(binaryData).map(([key, base64]) => [
      prefix + key,
      sha256(Buffer.from(base64, 'base64')),
    ]),
  ]);
}

function ownerReference(raw: RawObject): OwnerReference {
  return {
    apiVersion: stringOrNull(raw.apiVersion) ?? '',
    kind: stringOrNull(raw.kind) ?? '',
    name: stringOrNull(raw.name) ?? '',
    uid: stringOrNull(raw.uid) ?? '',
    ...(typeof raw.controller === 'boolean' ? { controller: raw.controller } : {}),
    ...(typeof raw.blockOwnerDeletion === 'boolean' ? { blockOwnerDeletion: raw.blockOwnerDeletion } : {}),
  };
}
