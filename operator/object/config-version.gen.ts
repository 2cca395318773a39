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
 * Format of the config, for life. It decides how the text is checked and merged; text is merged by lines. Immutable.
 */
format: ("yaml" | "json" | "jsonc" | "properties" | "env" | "ini" | "toml" | "text")
/**
 * Version the body was edited from; 0 means that the config must not exist yet. Leave it out for a manifest in Git: the base then is the last proposal accepted from this object.
 */
baseVersion?: number
/**
 * What to do when the base is no longer the latest version. Confirm shows the merged result and waits, Merge saves it when it is clean, Reject refuses. Defaults to Confirm with a baseVersion and to Merge without one.
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
/**
 * The commit, 7 to 64 lower-case hex digits.
 */
commit: string
/**
 * Branch the commit was made on.
 */
branch?: string
/**
 * Whether the work tree had uncommitted changes.
 */
dirty?: boolean
/**
 * Address of the repository.
 */
remote?: string
/**
 * Path of the text's file in the repository.
 */
path?: string
}
/**
 * Name that this object had before it was renamed. As long as nothing of this object was accepted yet, its text then counts as an edit of what that object said last, once that is saved or the object gone.
 */
formerly?: string
/**
 * What deleting this object will do to the config. Retain (the default) keeps the config with all its versions. Delete permanently removes both, unless another object asks for the config or this object never had a say in it. The config's numbers are never used again.
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
 * false: this object asks for no ConfigMap, for a text that only ConfigProjections show. One that it asked for before is removed with the last object that asks for it. Defaults to true.
 */
enabled?: boolean
/**
 * Name of the ConfigMap, in this object's namespace. Defaults to the path with / replaced by -, made a DNS-1123 name.
 */
name?: string
/**
 * Key of the ConfigMap that holds the text. Defaults to the last segment of the path.
 */
key?: string
/**
 * How the ConfigMap shows the text. Source (the default) shows it byte for byte; the others convert it.
 */
format?: ("Source" | "json" | "yaml" | "env" | "properties")
/**
 * Labels set on the ConfigMap. The labels of the ConfigVersion are never copied.
 */
labels?: {
[k: string]: string
}
/**
 * Annotations set on the ConfigMap. The annotations of the ConfigVersion are never copied.
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
 * The metadata.generation that the conditions describe; -1 means that none was seen yet.
 */
observedGeneration?: number
/**
 * The version this proposal became or matched. A string, because the number may exceed 2^53.
 */
version?: string
/**
 * The first later version, once there is one. It never changes again.
 */
supersededBy?: string
/**
 * SHA-256 of the text of status.version, lower-case hex.
 */
contentSha256?: string
/**
 * The ConfigMap that shows this config.
 */
configMap?: {
/**
 * Its name, in this object's namespace.
 */
name?: string
/**
 * Version the ConfigMap showed when this object was last the latest. The ConfigMap's own annotation pawl.dev/version is always current.
 */
version?: string
}
/**
 * Places of the text, or of the merged text, that a schema does not allow or that look like a secret, of a refusal (SchemaViolation, VersionConflict, SecretFound). They hold keys, and no values.
 * 
 * @maxItems 20
 */
violations?: {
/**
 * The ConfigSchema. Absent where the place looks like a secret.
 */
schema?: string
/**
 * The place as a JSON Pointer; of several YAML documents, the first step is which one.
 */
pointer?: string
/**
 * The place for people; empty for the whole text.
 */
path?: string
/**
 * Its line, from 1.
 */
line?: number
/**
 * Its column, from 1, in characters.
 */
column?: number
/**
 * The keyword of JSON Schema, or what found the secret.
 */
rule?: string
/**
 * What is allowed there, or what it looks like.
 */
message?: string
}[]
/**
 * Ready, Reconciling, Stalled, Conflicted, Superseded, Noted, SchemaWarning, SecretWarning and Suspended, as kstatus reads them.
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
 * One of Saved, Merged, Unchanged, Superseded, ReadDifferently, VersionConflict, ConfirmationRequired, BaseVersionRequired, BaseVersionAhead, BaseVersionGone, AlreadyExists, InvalidBody, FormatMismatch, SchemaViolation, SecretFound, PathNotAllowed, NamespaceNotFound, TargetNotOwned, TargetRejected, TargetAltered, DriftStorm, NotRenderable, BodyTooLarge, MissingGitCommit, QuotaExceeded, Frozen, ApprovalRequired, StoreUnavailable, ApiUnavailable, Progressing, Suspended. docs/configversion.md says what each means and what to do.
 */
reason: string
/**
 * What happened, and what to do next.
 */
message: string
}[]
/**
 * What others have to approve before it is saved. Present only while the proposal waits for that.
 */
approval?: {
/**
 * Names exactly this change of the latest text. Another one has to be approved anew.
 */
token: string
/**
 * How many people have to approve.
 */
needed: number
/**
 * The latest version, which it would change. Absent when there is none.
 */
currentVersion?: string
/**
 * Unified diff from the latest text to what would be saved, at most 16 KiB.
 */
change?: string
/**
 * Who approved exactly this. Shown only; Pawl's database decides.
 * 
 * @maxItems 32
 */
approvedBy?: {
/**
 * As the API server or the OpenID provider says.
 */
name: string
/**
 * When.
 */
at: string
}[]
/**
 * Who rejected it. Shown only; Pawl's database decides.
 */
rejectedBy?: {
/**
 * As the API server or the OpenID provider says.
 */
name: string
/**
 * When.
 */
at: string
/**
 * Why.
 */
reason: string
}
}
/**
 * The edit that is in the way, and what would become of this proposal. Present only while the proposal is refused because of another edit.
 */
conflict?: {
/**
 * The version this edit was made on. Absent when the base is an earlier proposal of this object rather than a version.
 */
baseVersion?: string
/**
 * The latest version.
 */
currentVersion?: string
/**
 * Who wrote the latest version, as its manifest or request claims.
 */
currentAuthor?: string
/**
 * Who saved the latest version, as the API server says.
 */
currentActor?: string
/**
 * Unified diff from the base to the proposal, at most 16 KiB.
 */
diff?: string
/**
 * The text that confirming will save. Present when the proposal merges cleanly and fits.
 */
merged?: string
/**
 * Places that both edits changed, at most 20.
 * 
 * @maxItems 20
 */
places?: {
/**
 * How the two edits clash, such as EditEdit or EditDelete.
 */
kind: string
/**
 * Where in the text; empty for the whole text.
 */
path?: string
/**
 * What stood there in the base, cut to 200 characters.
 */
base?: string
/**
 * What stands there in the latest version, cut to 200 characters.
 */
current?: string
/**
 * What this object proposes there, cut to 200 characters.
 */
proposed?: string
/**
 * The first version since the base that changed this place.
 */
changedIn?: string
/**
 * Who saved that version.
 */
changedBy?: string
}[]
/**
 * How many more places there are than those listed.
 */
morePlaces?: number
/**
 * Confirms exactly the merged text when set as the annotation pawl.dev/confirm.
 */
token?: string
/**
 * Who confirmed exactly this token by Pawl's own API, as the API server or the OpenID provider says. Written by Pawl only.
 */
confirmedBy?: string
}
}
}
