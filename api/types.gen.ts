// Generated from api/openapi.yaml by `npm run generate`. Do not edit.

/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "NamespaceName".
 */
export type NamespaceName = string
/**
 * Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ConfigPath".
 */
export type ConfigPath = string
/**
 * A version's number.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "VersionNumber".
 */
export type VersionNumber = number
/**
 * The version a text was edited from; 0, that there must be none yet.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "BaseVersion".
 */
export type BaseVersion = number
/**
 * A config keeps its format for life. Left out of a save, it is the config's own. Left out for a new config,
 * the path's extension names it, in upper or lower case (`.yaml`, `.yml`, `.json`, `.jsonc`, `.properties`, `.env`, `.ini`,
 * `.toml`, `.txt`); where it names none, it is text, which is merged by lines.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Format".
 */
export type Format = ("yaml" | "json" | "jsonc" | "properties" | "env" | "ini" | "toml" | "text")
/**
 * SHA-256 of the UTF-8 bytes of a text, lower-case hex.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Sha256".
 */
export type Sha256 = string
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "GitCommit".
 */
export type GitCommit = string
/**
 * How a version came to be. `overwrite`: its author named no base, and its text replaced the latest. `imported`: it
 * was a commit of a Git history.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "VersionKind".
 */
export type VersionKind = ("direct" | "merged" | "confirmed" | "promoted" | "overwrite" | "imported")
/**
 * What to do when the base is not the latest version any more. Defaults to the namespace's policy, and
 * without one to `confirm`.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "OnStale".
 */
export type OnStale = ("confirm" | "merge" | "reject")
/**
 * The text, kept byte for byte.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "BodyRaw".
 */
export type BodyRaw = string
/**
 * Who wrote the text, as the sender claims, in one line; the user who sends it when it is left out. Everybody
 * is told of the verified user beside it.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Author".
 */
export type Author = string
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Comment".
 */
export type Comment = string
/**
 * For `cursor` of the next request. Absent on the last page.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "NextCursor".
 */
export type NextCursor = string
/**
 * Why this is to be done although the config is frozen, or protected and not approved. Needs the right `bypass` on it.
 * The history keeps it: in the comment of the version for a freeze, and in its `approvals` else. Where there is neither,
 * it says nothing.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Bypass".
 */
export type Bypass = string
/**
 * Confirms exactly the result that the refusal with this token showed.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Token".
 */
export type Token = string
/**
 * `saved`: as it was sent. `merged`: carried onto the latest. `confirmed`: carried onto the latest, after it
 * was shown. `promoted`: an old text again. `overwrite`: in the place of the latest, without a base.
 * `imported`: a commit of a Git history. `unchanged`: it was the latest already.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "SaveResult".
 */
export type SaveResult = ("saved" | "merged" | "confirmed" | "promoted" | "overwrite" | "imported" | "unchanged")
/**
 * A new text of one config, or its deletion.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DeployedChange".
 */
export type DeployedChange = (DeployedText | DeployedDelete)
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DeploymentVerdict".
 */
export type DeploymentVerdict = ("accepted" | "refused")
/**
 * The name of a Kubernetes object.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ObjectName".
 */
export type ObjectName = string

export interface Api {

}
/**
 * Where a text came from, as its sender says.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Git".
 */
export interface Git {
commit?: GitCommit
branch?: string
/**
 * The work tree had uncommitted changes.
 */
dirty?: boolean
remote?: string
path?: string
}
/**
 * Where a text came from, as you say.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "NewGit".
 */
export interface NewGit {
commit?: GitCommit
branch?: string
/**
 * The work tree had uncommitted changes.
 */
dirty?: boolean
remote?: string
path?: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Namespace".
 */
export interface Namespace {
name: NamespaceName
/**
 * How many configs it has.
 */
configs: number
/**
 * Absent while Kubernetes alone knows it.
 */
created_at?: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "NewNamespace".
 */
export interface NewNamespace {
name: NamespaceName
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "NamespacePage".
 */
export interface NamespacePage {
items: Namespace[]
next_cursor?: NextCursor
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Config".
 */
export interface Config {
namespace: NamespaceName
path: ConfigPath
format: Format
latest_version: VersionNumber
}
/**
 * Everything about a version but its text.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "VersionFacts".
 */
export interface VersionFacts {
version: VersionNumber
content_sha256: Sha256
created_at: string
/**
 * The author it claims; empty when it names none.
 */
created_by: string
/**
 * Who made the request.
 */
actor: string
/**
 * Whether the API server vouches for the actor.
 */
actor_verified: boolean
comment: string
kind: VersionKind
/**
 * What it was edited from; null when it did not say.
 */
base_version: (number | null)
git: Git
merged_onto?: VersionNumber
/**
 * Of a merge: the places the proposal changed, RFC 6901.
 */
merged_paths?: string[]
promoted_from?: PromotedFrom
/**
 * Who confirmed a merge that was shown first.
 */
confirmed_by?: string
/**
 * Of a version of a protected config. Told by lists of versions and of a version that is asked for by its number.
 */
approvals?: VersionApproval[]
/**
 * Of an imported version: when it was written, by its author and in the author’s time zone.
 */
authored_at?: string
/**
 * The ConfigVersion it came from: cluster, namespace and name.
 */
object?: string
/**
 * Size of the text, UTF-8.
 */
bytes?: number
}
/**
 * The version whose text was carried over.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "PromotedFrom".
 */
export interface PromotedFrom {
namespace: NamespaceName
path: ConfigPath
version: VersionNumber
}
/**
 * Who proposed a change of a protected config, who approved it, or who bypassed that, and why.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "VersionApproval".
 */
export interface VersionApproval {
kind: ("proposed" | "approved" | "bypassed")
name: string
at?: string
/**
 * Of a bypass.
 */
reason?: string
}
/**
 * A version with its text.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Version".
 */
export interface Version {
version: VersionNumber
content_sha256: Sha256
created_at: string
/**
 * The author it claims; empty when it names none.
 */
created_by: string
/**
 * Who made the request.
 */
actor: string
/**
 * Whether the API server vouches for the actor.
 */
actor_verified: boolean
comment: string
kind: VersionKind
/**
 * What it was edited from; null when it did not say.
 */
base_version: (number | null)
git: Git
merged_onto?: VersionNumber
/**
 * Of a merge: the places the proposal changed, RFC 6901.
 */
merged_paths?: string[]
promoted_from?: PromotedFrom
/**
 * Who confirmed a merge that was shown first.
 */
confirmed_by?: string
/**
 * Of a version of a protected config. Told by lists of versions and of a version that is asked for by its number.
 */
approvals?: VersionApproval[]
/**
 * Of an imported version: when it was written, by its author and in the author’s time zone.
 */
authored_at?: string
/**
 * The ConfigVersion it came from: cluster, namespace and name.
 */
object?: string
/**
 * Size of the text, UTF-8.
 */
bytes?: number
body_raw: BodyRaw
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "VersionPage".
 */
export interface VersionPage {
config: Config
items: VersionFacts[]
next_cursor?: NextCursor
}
/**
 * A config (`config` and `latest` are there) or a folder (only `path`).
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ConfigItem".
 */
export interface ConfigItem {
kind: ("config" | "folder")
/**
 * The path of the config, or of the folder with its slash at the end.
 */
path: string
config?: Config
latest?: VersionFacts
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ConfigPage".
 */
export interface ConfigPage {
items: ConfigItem[]
next_cursor?: NextCursor
}
/**
 * `latest` when the latest was asked for, `version` when one by its number.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ConfigRead".
 */
export interface ConfigRead {
config: Config
latest?: Version
version?: Version
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "NewConfig".
 */
export interface NewConfig {
format?: Format
body_raw: BodyRaw
author?: Author
comment?: Comment
bypass?: Bypass
git?: NewGit
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "SaveConfig".
 */
export interface SaveConfig {
format?: Format
body_raw: BodyRaw
base_version?: BaseVersion
on_stale?: OnStale
confirm?: Token
author?: Author
comment?: Comment
bypass?: Bypass
git?: NewGit
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Promotion".
 */
export interface Promotion {
version: VersionNumber
base_version?: BaseVersion
on_stale?: OnStale
confirm?: Token
author?: Author
comment?: Comment
bypass?: Bypass
git?: NewGit
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "SavedConfig".
 */
export interface SavedConfig {
config: Config
latest: Version
result: SaveResult
/**
 * Nothing was saved; this is what it would be.
 */
dry_run: boolean
/**
 * Of a dry run: it would be kept until others have approved it.
 */
approval_required?: boolean
/**
 * The first lines that the programs for this format do not read alike, although the text is accepted, such as `export NAME=…` in an `env` file. Absent where there are none, and for texts above 64 KiB.
 * 
 * @maxItems 20
 */
notes?: BodyNote[]
/**
 * What rules that only warn say to the text. Absent when they say nothing.
 */
notices?: Violation[]
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "BodyNote".
 */
export interface BodyNote {
line: number
message: string
}
/**
 * A place of a text that a ConfigSchema does not allow, or that looks like a secret. Without a place: the check took
 * too long on the text. It names keys, and holds no value of the config.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Violation".
 */
export interface Violation {
/**
 * The ConfigSchema; absent where it is about a secret.
 */
schema?: string
/**
 * RFC 6901; of several YAML documents, the first step is which one.
 */
pointer?: string
/**
 * The place, for people; empty for the whole text.
 */
path?: string
line?: number
/**
 * In characters.
 */
column?: number
/**
 * The keyword of JSON Schema, or what found the secret.
 */
rule?: string
/**
 * What is allowed there, or what it looks like.
 */
message: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DiffText".
 */
export interface DiffText {
body_raw: BodyRaw
from?: VersionNumber
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Diff".
 */
export interface Diff {
config: Config
from: VersionNumber
/**
 * null when a text was sent.
 */
to: (number | null)
/**
 * The texts are the same byte for byte.
 */
equal: boolean
/**
 * A unified diff; empty when they are equal.
 */
unified: string
/**
 * Lines left out of `unified` because it would be too long.
 */
unified_left_out?: number
/**
 * What differs in meaning; comments and layout do not count.
 */
changes: Change[]
/**
 * Changes not listed.
 */
more_changes?: number
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Change".
 */
export interface Change {
kind: ("add" | "remove" | "replace")
/**
 * RFC 6901. In a text of several documents, the first segment is the document.
 */
pointer: string
/**
 * The value before, as JSON; shortened when long.
 */
before?: string
/**
 * The value after, as JSON; shortened when long.
 */
after?: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Blame".
 */
export interface Blame {
config: Config
version: VersionNumber
lines: BlameLine[]
/**
 * The versions that lines name.
 */
versions: VersionFacts[]
oldest_seen?: VersionNumber
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "BlameLine".
 */
export interface BlameLine {
line: number
/**
 * Without its line end.
 */
text: string
version: VersionNumber
/**
 * True: the line is at least as old as that, the oldest version looked at.
 */
at_least?: boolean
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "SearchPage".
 */
export interface SearchPage {
items: SearchHit[]
next_cursor?: NextCursor
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "SearchHit".
 */
export interface SearchHit {
config: Config
latest: VersionFacts
}
/**
 * What `data:` of `event: change` holds.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "WatchEvent".
 */
export interface WatchEvent {
kind: ("saved" | "deleted" | "version-deleted")
namespace: NamespaceName
path: ConfigPath
/**
 * The version saved or deleted; of a deleted config, the highest number it ever had.
 */
version: number
at: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "NewImport".
 */
export interface NewImport {
/**
 * In the order of the history.
 * 
 * @minItems 1
 * @maxItems 500
 */
versions: ImportedCommit[]
branch?: string
remote?: string
}
/**
 * One config's text in one commit.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ImportedCommit".
 */
export interface ImportedCommit {
path: ConfigPath
format?: Format
body_raw: BodyRaw
/**
 * Its whole name.
 */
commit: string
author: Author
/**
 * By the author’s clock and in the author’s time zone.
 */
authored_at: string
comment?: Comment
/**
 * Its file in that commit, from the root of the repository.
 */
file?: string
after?: BaseVersion
parent_sha256?: Sha256
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ImportResult".
 */
export interface ImportResult {
items: ImportItem[]
}
/**
 * What became of one commit.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ImportItem".
 */
export interface ImportItem {
path: ConfigPath
commit: string
/**
 * `known`: an earlier import did it.
 */
result: ("imported" | "known" | "skipped")
version?: VersionNumber
problem?: Problem
}
/**
 * RFC 9457, with members of our own. One shape for every refusal.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Problem".
 */
export interface Problem {
/**
 * Stable. `https://pawl.dev/problems/` and a name of docs/problems.md.
 */
type: string
title: string
status: number
/**
 * For people: what happened, and what to do next.
 */
detail: string
instance?: string
/**
 * For programs: the same words as in the conditions of a ConfigVersion.
 */
reason: string
/**
 * As in `X-Request-Id` and in the log of the server.
 */
request_id: string
/**
 * Of `invalid-request`, what is wrong where.
 */
errors?: {
in: ("path" | "query" | "header" | "body")
/**
 * The parameter, or the JSON Pointer in the body.
 */
name?: string
detail: string
}[]
/**
 * Of `invalid-body` and of the first violation, 1-based.
 */
line?: number
/**
 * The same, 1-based, in characters.
 */
column?: number
/**
 * Places that a schema does not allow: of `schema-violation` in the sender's text, of `version-conflict` in the
 * merged one.
 * 
 */
violations?: Violation[]
/**
 * Places not listed.
 */
more_violations?: number
freeze?: Freeze
base_version?: BaseVersion
current_version?: VersionNumber
current_author?: string
current_actor?: string
/**
 * What the sender changed: base to proposed, unified.
 */
diff?: string
/**
 * The text that `token` saves.
 */
merged?: string
/**
 * What that changes: latest to merged, unified.
 */
merged_diff?: string
/**
 * The merged text with marks at the clashes, as Git makes them.
 */
marked?: string
promoted_from?: PromotedFrom
token?: Token
places?: Place[]
/**
 * Clashing places not listed.
 */
more_places?: number
/**
 * Of `namespace-not-empty`.
 */
configs?: number
/**
 * Of `deployment-refused`, each change.
 */
items?: DeploymentItem[]
/**
 * Seconds, as in `Retry-After`.
 */
retry_after?: number
}
/**
 * Configs that are neither saved nor deleted for a while.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Freeze".
 */
export interface Freeze {
/**
 * Among the freezes of its config namespace.
 */
name: string
/**
 * By pattern. Absent: every path.
 */
paths?: string[]
reason: string
/**
 * When it ends by itself.
 */
until: string
/**
 * Who asked for it by this API. Absent: its manifest.
 */
by?: string
}
/**
 * Where two edits meet.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Place".
 */
export interface Place {
kind: string
/**
 * The place, for people.
 */
path: string
/**
 * RFC 6901.
 */
pointer?: string
base?: string
current?: string
proposed?: string
changed_in: VersionNumber
changed_by: string
}
/**
 * What became of one change, or would have; `problem` when it was refused.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DeploymentItem".
 */
export interface DeploymentItem {
namespace: NamespaceName
path: ConfigPath
operation: ("create" | "update" | "unchanged" | "delete" | "refused")
result?: SaveResult
old_version?: VersionNumber
new_version?: VersionNumber
content_sha256?: Sha256
/**
 * What rules that only warn say to the text. Absent when they say nothing.
 */
notices?: Violation[]
promoted_from?: PromotedFrom
/**
 * Of a dry run: it would be kept until others have approved it.
 */
approval_required?: boolean
/**
 * Of a promotion, the version of the source that was promoted before.
 */
since_version?: number
/**
 * Of a promotion, what it changes: latest to what would be saved, unified.
 */
change?: string
problem?: Problem
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ExportPage".
 */
export interface ExportPage {
items: ExportedVersion[]
next_cursor?: NextCursor
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ExportedVersion".
 */
export interface ExportedVersion {
path: ConfigPath
format: Format
version: Version
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "LinkPage".
 */
export interface LinkPage {
items: LinkedVersion[]
next_cursor?: NextCursor
}
/**
 * A number of a config. `link` is missing for a version that has none; `facts` is missing where no version has that
 * number now.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "LinkedVersion".
 */
export interface LinkedVersion {
path: ConfigPath
version: VersionNumber
link?: VersionLink
facts?: LinkedFacts
deleted?: DeletedVersion
/**
 * The config was saved before there were links
 */
waits?: boolean
}
/**
 * A hash over the link before, and over all facts of the version.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "VersionLink".
 */
export interface VersionLink {
sha256: Sha256
/**
 * The first four bytes of the hash of each part, by which it is told which part differs.
 */
hints: string
/**
 * Of a version saved before there were links: when it was linked.
 */
late_at?: string
}
/**
 * What the link of a version is calculated from, as the database has it now.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "LinkedFacts".
 */
export interface LinkedFacts {
format: Format
content_sha256: Sha256
created_by: string
actor: string
actor_verified: boolean
confirmed_by: (string | null)
kind: VersionKind
base_version: (number | null)
merged_onto: (number | null)
comment: string
git_commit: (string | null)
git_branch: (string | null)
git_dirty: (boolean | null)
git_remote: (string | null)
git_path: (string | null)
/**
 * UTC, with microseconds.
 */
created_at: string
authored_at: (string | null)
/**
 * Minutes that the author’s clock was ahead of UTC.
 */
authored_offset: (number | null)
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DeletedVersion".
 */
export interface DeletedVersion {
at: string
/**
 * Missing where nobody said for whom it was deleted.
 */
by?: string
by_verified?: boolean
/**
 * Of a purge.
 */
reason?: string
/**
 * The role that was logged in to the database.
 */
login: string
}
/**
 * One config's next text.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DeployedText".
 */
export interface DeployedText {
namespace: NamespaceName
path: ConfigPath
format?: Format
body_raw: BodyRaw
base_version?: BaseVersion
/**
 * Take the place of the latest, whatever that is, as `If-Match: *` asks of a PUT. It is kept as an overwrite,
 * and creates nothing. Not beside `base_version`.
 * 
 */
overwrite?: boolean
on_stale?: OnStale
confirm?: Token
comment?: Comment
}
/**
 * The config is deleted with all its versions. With `base_version` only while that is the latest: otherwise
 * the deployment is refused, and this item's problem is `version-conflict`.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DeployedDelete".
 */
export interface DeployedDelete {
namespace: NamespaceName
path: ConfigPath
operation: "delete"
base_version?: VersionNumber
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "NewDeployment".
 */
export interface NewDeployment {
/**
 * At most one of each config.
 * 
 * @minItems 1
 * @maxItems 500
 */
changes: DeployedChange[]
author?: Author
comment?: Comment
bypass?: Bypass
git?: NewGit
/**
 * A name for it in the log; entries of one deployer with the same one are one deployment.
 */
group?: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DeploymentResult".
 */
export interface DeploymentResult {
items: DeploymentItem[]
token?: Token
dry_run: boolean
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Deployment".
 */
export interface Deployment {
/**
 * Of its newest entry.
 */
id: string
created_at: string
deployer: string
deployer_verified: boolean
/**
 * What its deployer calls it.
 */
group?: string
git: Git
result: DeploymentVerdict
/**
 * Entries of the log it consists of.
 */
entries: number
/**
 * The newest 100 of those the reader may see.
 */
changes: DeploymentChange[]
change_count: number
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DeploymentChange".
 */
export interface DeploymentChange {
namespace: NamespaceName
path: string
operation: ("create" | "update" | "unchanged" | "delete")
old_version?: VersionNumber
new_version?: VersionNumber
old_sha256?: Sha256
new_sha256?: Sha256
refusal?: {
reason: string
message: string
}
/**
 * What the log says of it besides, such as why a version was purged.
 */
note?: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ProposalPage".
 */
export interface ProposalPage {
items: Proposal[]
next_cursor?: NextCursor
}
/**
 * A ConfigVersion object that is refused, or waits to be confirmed.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Proposal".
 */
export interface Proposal {
namespace: NamespaceName
name: ObjectName
uid: string
config: {
namespace: NamespaceName
path: ConfigPath
}
format: Format
/**
 * Of its Ready condition, such as `ConfirmationRequired`.
 */
reason: string
/**
 * Of its Ready condition, for people.
 */
message: string
/**
 * As the manifest claims.
 */
author?: string
comment?: string
git?: Git
created_at: string
/**
 * Since when it is refused.
 */
since?: string
base_version?: BaseVersion
current_version?: VersionNumber
current_author?: string
current_actor?: string
/**
 * What the object changes: base to proposed, unified.
 */
diff?: string
/**
 * The text that confirming will save.
 */
merged?: string
places?: Place[]
/**
 * Clashing places not listed.
 */
more_places?: number
/**
 * Confirms exactly `merged`. Absent when there is nothing to confirm.
 */
token?: string
/**
 * Who confirmed it already; it will be saved in a moment.
 */
confirmed_by?: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "UsagePage".
 */
export interface UsagePage {
config: Config
items: Use[]
/**
 * `Listed`: the workloads with the annotation `pawl.dev/restart-on-change` that use this config are among the items.
 * `NotWatched`: this server does not look at workloads, so none are.
 * 
 */
workloads: ("Listed" | "NotWatched")
next_cursor?: NextCursor
}
/**
 * A ConfigMap or Secret that shows a config, a ConfigVersion object that proposes it, a ConfigProjection object that
 * shows it, or a workload that restarts for it. `version` is the one that is shown, that the object's text became, or
 * that the workload was last restarted for or first seen with; it is absent when there is none, or it is not known.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Use".
 */
export interface Use {
kind: ("ConfigMap" | "Secret" | "ConfigVersion" | "ConfigProjection" | "Deployment" | "StatefulSet" | "DaemonSet" | "Rollout")
namespace: NamespaceName
name: ObjectName
version?: VersionNumber
/**
 * Whether a ConfigProjection names this version, so that no later one is shown.
 */
pinned?: boolean
/**
 * Of a ConfigMap or Secret that the text is under.
 */
keys?: string[]
/**
 * The ConfigMap that a ConfigVersion or ConfigProjection asks for, or that a workload uses.
 */
config_map?: string
/**
 * The Secret that a ConfigProjection asks for.
 */
secret?: string
/**
 * Of a workload: whether its ConfigMap shows other content since. Absent: not known.
 */
behind?: boolean
/**
 * Of a workload, where they were asked for. Absent: not known, or not for this reader.
 * 
 * @maxItems 100
 */
pods?: UsedPod[]
/**
 * How many more there are.
 */
pods_left_off?: number
/**
 * Of an object of Pawl whether its Ready condition is true.
 */
ready?: boolean
/**
 * Of its Ready condition, such as `Saved`.
 */
reason?: string
/**
 * Of its Ready condition, for people.
 */
message?: string
}
/**
 * A pod of a workload. `version` is the one it was started with; it is absent where that is not known. Files that the pod
 * mounts follow later versions by themselves.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "UsedPod".
 */
export interface UsedPod {
name: ObjectName
created_at: string
version?: VersionNumber
/**
 * Whether it was started with other content than the ConfigMap shows now. Absent: not known.
 */
behind?: boolean
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Confirmation".
 */
export interface Confirmation {
token: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Diagnosis".
 */
export interface Diagnosis {
checks: Check[]
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Check".
 */
export interface Check {
/**
 * What was looked at, such as `database` or `certificate`.
 */
name: string
/**
 * `failure`: something is lost, broken or about to be.
 */
level: ("ok" | "warning" | "failure")
/**
 * For people: what was found, and what to do about it.
 */
message: string
}
/**
 * A change that waits until others have approved it.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Approval".
 */
export interface Approval {
/**
 * A number, or the namespace and the name of a ConfigVersion with a dot between them.
 */
id: string
namespace: NamespaceName
paths: ConfigPath[]
proposed_by: string
/**
 * Whether the API server vouches for `proposed_by`; else it is what a manifest claims, and may be empty.
 */
proposer_verified: boolean
/**
 * The ConfigVersion that proposes it. Absent for a request.
 */
object?: {
namespace: NamespaceName
name: ObjectName
}
/**
 * Since when it waits.
 */
since: string
approved_by: Approver[]
/**
 * Of an object, who rejected it.
 */
rejected_by?: {
name: string
at: string
reason: string
}
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Approver".
 */
export interface Approver {
/**
 * As the API server or the OpenID provider says.
 */
name: string
at: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ApprovalPage".
 */
export interface ApprovalPage {
items: Approval[]
next_cursor?: NextCursor
}
/**
 * A change that waits, with what it would save now.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ApprovalRead".
 */
export interface ApprovalRead {
id: string
namespace: NamespaceName
paths: ConfigPath[]
proposed_by: string
proposer_verified: boolean
object?: {
namespace: NamespaceName
name: ObjectName
}
since: string
/**
 * Those whose approval holds for the change as it is now.
 */
approved_by: Approver[]
rejected_by?: {
name: string
at: string
reason: string
}
/**
 * Names exactly this change. Absent when it cannot be approved as it stands: see `problem`.
 */
token?: string
/**
 * How many people have to approve.
 */
needed: number
/**
 * Why it cannot be approved as it stands, such as others having changed the same place.
 */
problem?: {
reason: string
detail: string
}
changes: {
namespace: NamespaceName
path: ConfigPath
operation: ("create" | "update" | "unchanged")
current_version?: VersionNumber
content_sha256?: Sha256
/**
 * The text that would be saved.
 */
body_raw?: string
/**
 * Latest to that text, unified. Absent: this config needs no approval.
 */
change?: string
}[]
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ApprovalState".
 */
export interface ApprovalState {
/**
 * `waiting`: for more people. `approved`: the operator will save it in a moment.
 */
state: ("waiting" | "approved" | "saved")
needed: number
approved_by: Approver[]
items?: DeploymentItem[]
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Judgement".
 */
export interface Judgement {
/**
 * Of the change that was shown.
 */
token: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Rejection".
 */
export interface Rejection {
reason: string
/**
 * Of the change that was shown. Absent: whatever it is by now.
 */
token?: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DriftPage".
 */
export interface DriftPage {
items: Drift[]
next_cursor?: NextCursor
}
/**
 * A ConfigVersion object whose text is not the live one.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Drift".
 */
export interface Drift {
namespace: NamespaceName
name: ObjectName
uid: string
config: {
namespace: NamespaceName
path: ConfigPath
}
format: Format
/**
 * `Superseded`, or of its Ready condition, such as `Merged`.
 */
reason: string
/**
 * Of that condition, for people: whose version is live, and since when.
 */
message: string
/**
 * As the manifest claims.
 */
author?: string
git?: Git
version: VersionNumber
superseded_by?: VersionNumber
live_version?: VersionNumber
/**
 * Since when it says so.
 */
since?: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "PreviewRequest".
 */
export interface PreviewRequest {
spec: ManifestSpec
/**
 * Of the manifest; those with a meaning to Pawl count.
 */
annotations?: {
[k: string]: string
}
/**
 * The user who will apply it, such as a GitOps engine's `system:serviceaccount:argocd:argocd-application-controller`.
 * Left out, it is the user who applied the object last, or, for a new object, the sender.
 * 
 */
applied_by?: string
}
/**
 * `spec` of a ConfigVersion, as in its manifest.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ManifestSpec".
 */
export interface ManifestSpec {
namespace?: NamespaceName
path: ConfigPath
format: Format
baseVersion?: BaseVersion
onStale?: ("Confirm" | "Merge" | "Reject")
author?: string
comment?: Comment
git?: {
commit: GitCommit
branch?: string
dirty?: boolean
remote?: string
path?: string
}
formerly?: ObjectName
deletionPolicy?: ("Retain" | "Delete")
suspend?: boolean
configMap?: {
/**
 * false: no ConfigMap is asked for.
 */
enabled?: boolean
name?: ObjectName
key?: string
format?: ("Source" | "json" | "yaml" | "env" | "properties")
labels?: {
[k: string]: string
}
annotations?: {
[k: string]: string
}
}
body: BodyRaw
}
/**
 * What would become of a ConfigVersion's manifest.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Preview".
 */
export interface Preview {
namespace: NamespaceName
name: ObjectName
config: {
namespace: NamespaceName
path: ConfigPath
}
format: Format
/**
 * Whether there is an object of this name now.
 */
exists: boolean
/**
 * `saved`: as it is, as `version`. `merged`: carried onto `current_version`, as `version`. `unchanged`: `version` has
 * it already. `refused`: for the reason, or until it is confirmed. `waiting`: until the text of the object that it
 * was formerly is saved, or that object is gone. `suspended`: it would be left alone.
 * 
 */
outcome: ("saved" | "merged" | "unchanged" | "refused" | "waiting" | "suspended")
/**
 * As its Ready condition would say, such as `Saved` or `VersionConflict`.
 */
reason: string
/**
 * For people.
 */
message: string
version?: VersionNumber
base_version?: BaseVersion
current_version?: VersionNumber
current_author?: string
current_actor?: string
/**
 * What it would change: latest to what would be saved, unified. Absent: nothing.
 */
change?: string
/**
 * What rules that only warn say to the text. Absent when they say nothing.
 */
notices?: Violation[]
/**
 * Of a refusal by a schema
 */
violations?: Violation[]
/**
 * Of a refusal, what the manifest changes: base to proposed, unified.
 */
diff?: string
/**
 * Of `ConfirmationRequired`, the text that confirming would save.
 */
merged?: string
places?: Place[]
/**
 * Clashing places not listed.
 */
more_places?: number
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DeploymentPage".
 */
export interface DeploymentPage {
items: Deployment[]
next_cursor?: NextCursor
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "NewPromotions".
 */
export interface NewPromotions {
from: NamespaceName
to: NamespaceName
/**
 * @minItems 1
 * @maxItems 100
 */
paths?: ConfigPath[]
/**
 * Instead of `paths`: every config of `from` whose path begins so, at most 100.
 */
prefix?: string
since?: VersionNumber
confirm?: Token
decided?: DecidedPromotion
author?: Author
comment?: Comment
git?: NewGit
bypass?: Bypass
}
/**
 * The text of the one config in `paths`, as a person decided it where both sides had changed the same places. It is
 * saved as it is, without `confirm`, as long as neither side moved on from the versions that were looked at.
 * 
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DecidedPromotion".
 */
export interface DecidedPromotion {
body_raw: BodyRaw
source_version: VersionNumber
base_version: VersionNumber
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "FreezePage".
 */
export interface FreezePage {
items: Freeze[]
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Purge".
 */
export interface Purge {
version: VersionNumber
/**
 * Kept in the log and on the tombstones. Do not write the secret into it.
 */
reason: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Purged".
 */
export interface Purged {
/**
 * All of the config that had that text, the one named among them.
 */
versions: VersionNumber[]
/**
 * Versions with other texts that hold a secret which the purged one held, too, of the newest 200.
 */
also_in: VersionNumber[]
/**
 * Objects of Kubernetes that hold the text, as far as Pawl looks at them and the caller may get them.
 */
still_held: Use[]
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "TrashPage".
 */
export interface TrashPage {
items: DeletedConfig[]
next_cursor?: NextCursor
}
/**
 * A config as one delete took it.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "DeletedConfig".
 */
export interface DeletedConfig {
path: ConfigPath
format: Format
/**
 * How many can be brought back.
 */
versions: number
/**
 * Of their texts, in UTF-8.
 */
bytes: number
first_version: VersionNumber
last_version: VersionNumber
deleted_at: string
/**
 * The user who deleted it.
 */
deleted_by: string
/**
 * When the texts go for good.
 */
kept_until: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "Undeleted".
 */
export interface Undeleted {
/**
 * How many came back.
 */
versions: number
first_version: VersionNumber
last_version: VersionNumber
latest: VersionNumber
/**
 * The config was saved again since the delete: that stays the latest, and what came back is its history.
 */
as_history: boolean
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "NewFreeze".
 */
export interface NewFreeze {
namespace: NamespaceName
path?: ConfigPath
reason: string
/**
 * When it ends by itself, at most a year from now.
 */
until: string
}
/**
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ViolationsPage".
 */
export interface ViolationsPage {
items: ViolatingConfig[]
next_cursor?: NextCursor
}
/**
 * A config whose latest version is not what a schema allows, or holds a secret.
 * 
 * This interface was referenced by `Api`'s JSON-Schema
 * via the `definition` "ViolatingConfig".
 */
export interface ViolatingConfig {
config: Config
violations: Violation[]
/**
 * Places not listed.
 */
more_violations?: number
}
