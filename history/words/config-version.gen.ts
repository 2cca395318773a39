// Generated from crds/pawl.dev_configversions.yaml by `npm run generate`. Do not edit.

/**
 * A ConfigVersion proposes the text of a config. Pawl saves it in PostgreSQL as the next immutable version, renders the latest version as a ConfigMap, and reports in status what happened.
 */
export interface ConfigVersionSchema {
/**
 * The proposal. Pawl never writes it.
 */
spec: {
/**
 * Config namespace the config lives in. Defaults to metadata.namespace. Immutable.
 */
namespace?: string
/**
 * Path of the config inside its namespace, such as limits/eu.yaml. Segments of letters, digits and . _ @ + = - joined by single slashes. Immutable.
 */
path: string
/**
 * Format of the config, for life. Immutable.
 */
format: ("json" | "yaml")
/**
 * Version the body was edited from; 0 means that the config must not exist yet. Leave it out for a manifest in Git: the base then is the last proposal accepted from this object.
 */
baseVersion?: number
/**
 * What to do when the base is not the latest version any more. Confirm shows the merged result and waits, Merge saves it when it is clean, Reject refuses. Defaults to Confirm with a baseVersion and to Merge without one.
 */
onStale?: ("Confirm" | "Merge" | "Reject")
/**
 * Who wrote the text, as the manifest claims. One line without control characters.
 */
author?: string
/**
 * Why the text was changed, kept with the version. No control characters but tabs and line feeds.
 */
comment?: string
/**
 * Git commit the text comes from, as the manifest claims.
 */
git?: {
commit: string
branch?: string
/**
 * Whether the work tree had uncommitted changes.
 */
dirty?: boolean
remote?: string
path?: string
}
/**
 * What deleting this object does to the config in the store. Retain (the default) keeps it with all its versions. Delete removes it with all its versions, unless another object asks for it or this object never had a say in it; its numbers are never used again.
 */
deletionPolicy?: ("Retain" | "Delete")
/**
 * Leave the config, the ConfigMap and the status as they are until this is false again.
 */
suspend?: boolean
/**
 * The ConfigMap that shows the latest version to pods.
 */
configMap?: {
/**
 * Defaults to the path with / replaced by -, made a DNS-1123 name.
 */
name?: string
/**
 * Defaults to the last segment of the path.
 */
key?: string
/**
 * Source (the default) shows the text byte for byte.
 */
format?: ("Source" | "json" | "yaml" | "env" | "properties")
/**
 * Labels of the ConfigMap. Labels of the ConfigVersion are never copied.
 */
labels?: {
[k: string]: string
}
/**
 * Annotations of the ConfigMap. Annotations of the ConfigVersion are never copied.
 */
annotations?: {
[k: string]: string
}
}
/**
 * The proposed text, kept byte for byte.
 */
body: string
}
/**
 * What Pawl made of the proposal. Written only when its meaning changes.
 */
status?: {
/**
 * metadata.generation that the conditions speak of.
 */
observedGeneration?: number
/**
 * The version this proposal became, or matched. A string, because it may exceed 2^53.
 */
version?: string
/**
 * The first later version, once there is one. Never changes again.
 */
supersededBy?: string
/**
 * SHA-256 of the text of status.version, lower-case hex.
 */
contentSha256?: string
configMap?: {
name?: string
/**
 * Version the ConfigMap showed when this object last was the latest. The ConfigMap's own annotation pawl.dev/version is always current.
 */
version?: string
}
/**
 * @maxItems 16
 */
conditions?: {
type: string
status: ("True" | "False" | "Unknown")
observedGeneration?: number
lastTransitionTime: string
/**
 * One of Saved, Merged, Unchanged, Superseded, VersionConflict, ConfirmationRequired, BaseVersionRequired, BaseVersionAhead, BaseVersionGone, AlreadyExists, InvalidBody, FormatMismatch, SchemaViolation, PathNotAllowed, NamespaceNotFound, TargetNotOwned, TargetRejected, NotRenderable, BodyTooLarge, MissingGitCommit, StoreUnavailable, ApiUnavailable, Progressing, Suspended. docs/configversion.md says what each means and what to do.
 */
reason: string
message: string
}[]
/**
 * Only while there is one.
 */
conflict?: {
/**
 * Absent when the base is an earlier proposal of this object rather than a version.
 */
baseVersion?: string
currentVersion?: string
currentAuthor?: string
currentActor?: string
/**
 * Unified diff from the base to the proposal, at most 16 KiB.
 */
diff?: string
/**
 * What would be saved, when the proposal merges cleanly.
 */
merged?: string
/**
 * @maxItems 20
 */
places?: {
kind: string
path?: string
base?: string
current?: string
proposed?: string
/**
 * The version that changed it since the base.
 */
changedIn?: string
/**
 * Who saved that version.
 */
changedBy?: string
}[]
/**
 * How many places are not listed.
 */
morePlaces?: number
/**
 * Confirms exactly the merged result; the value for the annotation pawl.dev/confirm.
 */
token?: string
}
}
}
