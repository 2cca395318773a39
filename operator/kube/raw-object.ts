/**
 * Objects as the API server sends them, unchecked. Invariant: every value taken from one is checked for its type, since
 * a CRD's schema, an old object or a broken proxy may disagree with what this code expects.
 */

/** In lists, items have neither kind nor apiVersion. */
export type RawObject = Record<string, unknown>;

/** What to accept where metadata is all that is wanted of an object, or of each item of a list. */
export const metadataAlone = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
export const metadataListAlone = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** What tells one state of one object from all others. */
export interface Identity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

export class UnreadableObject extends Error {
  override readonly name = 'UnreadableObject';
  readonly reason = 'UnreadableObject';
}

export function metadataOf(raw: RawObject): RawObject {
  if (!isObject(raw.metadata)) throw new UnreadableObject('an object without metadata');
  return raw.metadata;
}

/** Throws UnreadableObject. */
export function identityOf(metadata: RawObject): Identity {
  const { namespace, name, uid, resourceVersion } = metadata;
  if (
    typeof namespace !== 'string' ||
    typeof name !== 'string' ||
    typeof uid !== 'string' ||
    typeof resourceVersion !== 'string'
  ) {
    throw new UnreadableObject(`metadata of ${String(namespace)}/${String(name)} is incomplete`);
  }
  return { namespace, name, uid, resourceVersion };
}

/** What tells one state of an object of ours from others, and how old it is. */
export interface Lifetime extends Identity {
  readonly generation: number;
  /** RFC 3339; empty when unknown. */
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
}

/** Of an object whose generation is known to be a number. Throws UnreadableObject. */
export function lifetimeOf(metadata: RawObject): Lifetime {
  const deletionTimestamp = stringOrNull(metadata.deletionTimestamp);
  return {
    ...identityOf(metadata),
    generation: metadata.generation as number,
    creationTimestamp: stringOrNull(metadata.creationTimestamp) ?? '',
    ...(deletionTimestamp !== null && { deletionTimestamp }),
  };
}

/** Whether one resourceVersion was given out after another, of the same resource. False where they are not numbers. */
export function isNewer(one: string, other: string): boolean {
  return isNumber(one) && isNumber(other) && BigInt(one) > BigInt(other);
}

function isNumber(resourceVersion: string): boolean {
  return /^[0-9]{1,20}$/.test(resourceVersion);
}

/** Of a cluster-scoped object, whose namespace is the empty string here. Throws UnreadableObject. */
export function clusterIdentityOf(metadata: RawObject): Identity {
  return identityOf({ ...metadata, namespace: '' });
}

/** metadata.finalizers. */
export function finalizersOf(metadata: RawObject): string[] {
  const { finalizers } = metadata;
  return Array.isArray(finalizers) ? finalizers.filter(each => typeof each === 'string') : [];
}

/** Frozen, with all it holds. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}

/** The entries with string values, of those that `keep` wants. */
export function stringMap(
  value: unknown,
  keep: (key: string) => boolean = () => true,
): Record<string, string> {
  const kept: [string, string][] = [];
  if (isObject(value)) {
    for (const [key, text] of Object.entries(value)) {
      if (typeof text === 'string' && keep(key)) kept.push([key, text]);
    }
  }
  return Object.fromEntries(kept);
}

export function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function isObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One entry of metadata.managedFields, as far as we read it. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  /** RFC 3339; empty when unknown. */
  readonly time: string;
  readonly fields: RawObject;
}

export function managedFieldsOf(metadata: RawObject): ManagedFields[] {
  if (!Array.isArray(metadata.managedFields)) return [];
  return metadata.managedFields.filter(isObject).map(entry => ({
    manager: stringOrNull(entry.manager) ?? '',
    operation: stringOrNull(entry.operation) ?? '',
    subresource: stringOrNull(entry.subresource) ?? '',
    time: stringOrNull(entry.time) ?? '',
    fields: isObject(entry.fieldsV1) ? entry.fieldsV1 : {},
  }));
}

/** Names of the members of `fields` under a path, e.g. ("f:metadata", "f:annotations") → annotation keys. */
export function ownedKeys(fields: RawObject, ...path: readonly string[]): string[] {
  let at: unknown = fields;
  for (const step of path) at = isObject(at) ? at[step] : undefined;
  if (!isObject(at)) return [];
  return Object.keys(at).flatMap(key => (key.startsWith('f:') ? [key.slice(2)] : []));
}
