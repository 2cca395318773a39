// Generated from crds/pawl.dev_configprojections.yaml by `npm run generate`. Do not edit.

/**
 * A ConfigProjection shows several configs as the keys of one ConfigMap or Secret in its own namespace. All of them are read at one moment and written at once, so that pods never see half of a deployment.
 */
export interface ConfigProjectionSchema {
/**
 * What is shown, and where. Pawl never writes it.
 */
spec: {
/**
 * Config namespace of the configs that name none of their own. Defaults to metadata.namespace.
 */
namespace?: string
/**
 * The configs shown, each by its path, or all below a folder by its prefix. All together they may give 256 keys and one MiB.
 * 
 * @minItems 1
 * @maxItems 256
 * 
 * Items: A config, or the configs of a folder.
 */
configs: {
/**
 * Config namespace. Defaults to spec.namespace.
 */
namespace?: string
/**
 * Path of one config, such as limits/eu.yaml.
 */
path?: string
/**
 * Path of a folder, by whole segments; every config in it is shown, those of folders in it included. The key of each is its path below the prefix, with / replaced by -. Empty: every config of the config namespace.
 */
prefix?: string
/**
 * Key that holds the text. Defaults to the last segment of the path.
 */
key?: string
/**
 * How the text is shown. Source (the default) shows it byte for byte; the others convert it.
 */
format?: ("Source" | "json" | "yaml" | "env" | "properties")
/**
 * The only version shown. Defaults to the latest at each moment.
 */
version?: number
}[]
/**
 * The ConfigMap or Secret that shows them, in this object's namespace.
 */
target?: {
/**
 * What pods mount. Secret needs an operator that may write Secrets (projections.secrets of the chart). Defaults to ConfigMap.
 */
kind?: ("ConfigMap" | "Secret")
/**
 * Name of the target. Defaults to metadata.name.
 */
name?: string
/**
 * Labels set on the target. The labels of the ConfigProjection are never copied.
 */
labels?: {
[k: string]: string
}
/**
 * Annotations set on the target. The annotations of the ConfigProjection are never copied.
 */
annotations?: {
[k: string]: string
}
/**
 * Gives each content a target of its own, NAME-HASH, that nobody can change; status.target.name says which is the present one. For Deployments that name it and roll with it.
 */
immutable?: boolean
/**
 * How many earlier targets of an immutable one stay, for pods that still mount them. Defaults to 3.
 */
keep?: number
}
/**
 * Replaces references such as ${config:payments/limits/eu.yaml#/cap} in the texts by the scalars they stand for, read at the same moment and with the same rights. Defaults to false.
 */
references?: boolean
/**
 * Leave the target and the status as they are until this is false again.
 */
suspend?: boolean
}
/**
 * What is shown at the moment. Written only when its meaning changes.
 */
status?: {
/**
 * The metadata.generation that the conditions describe; -1 means that none was seen yet.
 */
observedGeneration?: number
/**
 * What shows the configs; what pods mount.
 */
target?: {
/**
 * ConfigMap or Secret.
 */
kind: string
/**
 * Its name; of an immutable target the present one.
 */
name: string
}
/**
 * How many keys the target has from this object.
 */
keys?: number
/**
 * Each key of the target, and what it shows.
 * 
 * @maxItems 256
 * 
 * Items: A key, and what it shows.
 */
configs?: {
/**
 * Key of the target.
 */
key: string
/**
 * Config namespace of the config.
 */
namespace: string
/**
 * Path of the config.
 */
path: string
/**
 * The version shown.
 */
version: string
/**
 * SHA-256 of the text of that version, lower-case hex.
 */
contentSha256?: string
}[]
/**
 * Ready, Reconciling, Stalled and Suspended, as kstatus reads them.
 * 
 * @maxItems 16
 */
conditions?: {
/**
 * The kind of condition.
 */
type: string
/**
 * Whether the condition holds.
 */
status: ("True" | "False" | "Unknown")
/**
 * The metadata.generation that this condition describes.
 */
observedGeneration?: number
/**
 * When the status of this condition last changed.
 */
lastTransitionTime: string
/**
 * One of Rendered, ConfigNotFound, VersionNotFound, PathNotAllowed, NamespaceNotFound, DuplicateKey, InvalidKey, TooManyConfigs, TooLarge, NotRenderable, ReferenceUnresolved, SecretsNotEnabled, TargetNotOwned, TargetRejected, TargetAltered, DriftStorm, StoreUnavailable, ApiUnavailable, Progressing, Suspended. docs/configprojection.md says what each means and what to do.
 */
reason: string
/**
 * What happened, and what to do next.
 */
message: string
}[]
}
}
