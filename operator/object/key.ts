/**
 * What there is to work on, as queues and caches know it. Invariant: of which kind a key is, its type says, and what it
 * stands for is read here only.
 */

/** Key of an object in its cache, and of a ConfigVersion among the work: "namespace/name". */
export type ObjectKey = `${string}/${string}`;
/** Key of a ConfigNamespace among the work. No namespace's name has a colon, so this is not an ObjectKey. */
export type ConfigNamespaceKey = `ConfigNamespace:${string}`;
/** Key of a ConfigSchema among the work. */
export type ConfigSchemaKey = `ConfigSchema:${string}`;
export type WorkKey = ObjectKey | ConfigNamespaceKey | ConfigSchemaKey;

/** What a key stands for. */
export type Work =
  | { readonly kind: 'ConfigVersion'; readonly key: ObjectKey }
  | { readonly kind: 'ConfigNamespace'; readonly key: ConfigNamespaceKey; readonly name: string }
  | { readonly kind: 'ConfigSchema'; readonly key: ConfigSchemaKey; readonly name: string };

const prefix = 'ConfigNamespace:';
const schemaPrefix = 'ConfigSchema:';

/** @param ref of an object without a namespace with an empty one */
export function objectKey({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): ObjectKey {
  return `${namespace}/${name}`;
}

export function configNamespaceKey(name: string): ConfigNamespaceKey {
  return `${prefix}${name}`;
}

export function configSchemaKey(name: string): ConfigSchemaKey {
  return `${schemaPrefix}${name}`;
}

export function workOf(key: WorkKey): Work {
  if (isConfigSchemaKey(key)) return { kind: 'ConfigSchema', key, name: key.slice(schemaPrefix.length) };
  return isConfigNamespaceKey(key)
    ? { kind: 'ConfigNamespace', key, name: key.slice(prefix.length) }
    : { kind: 'ConfigVersion', key };
}

const isConfigNamespaceKey = (key: WorkKey): key is ConfigNamespaceKey => key.startsWith(prefix);
const isConfigSchemaKey = (key: WorkKey): key is ConfigSchemaKey => key.startsWith(schemaPrefix);
