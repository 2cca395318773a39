// Generated from crds/pawl.dev_confignamespaces.yaml by `npm run generate`. Do not edit.

/**
 * A ConfigNamespace says that a config namespace exists, empty or not, which rules hold in it, and which Kubernetes namespaces may write and read its configs. Its name is the config namespace. A Kubernetes namespace without one writes and reads the config namespace of its own name, and no other.
 */
export interface ConfigNamespaceSchema {
/**
 * Rules and grants. They are in force once status.observedGeneration names their generation; versions saved before stay as they are.
 */
spec: {
/**
 * What the config namespace is for, and who owns it.
 */
description?: string
/**
 * Rules for every proposal. When a rule changes, waiting proposals are checked again.
 */
policy?: {
/**
 * true: every change of a config that has a version must state the version it was edited from (spec.baseVersion; base_version of a request). A text that the config or the object already had is not a change. false: requests may leave it out. Absent: objects may leave it out, requests may not.
 */
requireBaseVersion?: boolean
/**
 * Every proposal must name a Git commit, in spec.git or in the annotation pawl.dev/git-commit. Defaults to false.
 */
requireGitCommit?: boolean
/**
 * Whether a proposal may come from a work tree with uncommitted changes. The condition of a proposal that does mentions it. Defaults to true.
 */
allowDirty?: boolean
/**
 * What ConfigVersions that do not state onStale do when their base is no longer the latest version. Defaults to Confirm with a baseVersion and to Merge without one.
 */
onStale?: ("Confirm" | "Merge" | "Reject")
/**
 * What becomes of an edit without a stated base that takes back what another verified person saved. Confirm: it is shown first. Save: it is saved as it stands, so that the last writer wins, such as Git. Defaults to Confirm.
 */
onTakeBack?: ("Confirm" | "Save")
/**
 * Largest text of a config, in bytes. Defaults to the operator's own limit, which this field can lower but not raise.
 */
maxBodyBytes?: number
/**
 * How many versions may be saved in the config namespace on one day of UTC, of all its configs together. What is saved beyond that is refused (QuotaExceeded). Absent: any number.
 */
maxVersionsPerDay?: number
/**
 * How many bytes the texts of all versions in the config namespace may have together. What is saved beyond that is refused (QuotaExceeded), until versions or configs are deleted. Absent: any number.
 */
maxBytes?: number
/**
 * What becomes of a text that brings in what looks like a secret: a password or key by its name, a private key, a token of a well-known provider, a long random string. Refuse: it is not saved (SecretFound). Warn: it is saved, and its author is told (SecretWarning). Allow: nothing is looked for. What the config holds already is never refused. Defaults to Warn.
 */
secrets?: ("Refuse" | "Warn" | "Allow")
/**
 * While one of these lasts, its configs are neither saved nor deleted (Frozen), except by a request of somebody with the right to bypass. Each entry may have another owner: Git, or people with kubectl pawl freeze.
 * 
 * @maxItems 64
 */
freezes?: {
/**
 * What it is called among the freezes of the config namespace.
 */
name: string
/**
 * Paths, * being any part of one segment and ** any number of segments. A path without either covers everything below it, too. Absent: every path.
 * 
 * @minItems 1
 * @maxItems 64
 */
paths?: string[]
/**
 * Why, for everybody whose edit is refused.
 */
reason: string
/**
 * When it ends by itself.
 */
until: string
/**
 * Who asked for it, where that was the HTTP API.
 */
by?: string
}[]
/**
 * Protected configs: what would be saved waits until others have approved exactly that (ApprovalRequired), except by a request of somebody with the right to bypass. They may approve by the verb approve on configs.store.pawl.dev. Of several entries about one config, each must be satisfied.
 * 
 * @maxItems 64
 * 
 * Items: Which configs, and what they need.
 */
approval?: {
/**
 * Paths, * being any part of one segment and ** any number of segments. A path without either covers everything below it, too. Absent: every path.
 * 
 * @minItems 1
 * @maxItems 64
 */
paths?: string[]
/**
 * How many people have to approve. Absent: one.
 */
count?: number
/**
 * Whether the person who proposed a change counts among those who approve it. Absent: no.
 */
authorMayApprove?: boolean
}[]
/**
 * What becomes of what a Kubernetes namespace may write and read here when it is deleted and made again. Allow: the new one has it. Close: nothing is open to it until an administrator sets claimedBy in the ConfigNamespace of its name. A cluster that was rebuilt under its name is not concerned. Absent: as the operator is set (PAWL_NAMESPACE_REUSE).
 */
namespaceReuse?: ("Allow" | "Close")
}
/**
 * UID (metadata.uid) of the Kubernetes namespace of this name that takes over what an earlier one of the same name wrote. Needed only where namespaceReuse closes it.
 */
claimedBy?: string
/**
 * Kubernetes namespaces that may write configs, and read those they may write. When present, the list is complete: the Kubernetes namespace of the same name has to be listed, too. Absent: only the Kubernetes namespace of the same name. Empty: none.
 * 
 * @maxItems 64
 * 
 * Items: A grant to Kubernetes namespaces, named, selected by their labels, or both.
 */
writers?: {
/**
 * Names of Kubernetes namespaces.
 * 
 * @maxItems 64
 */
namespaces?: string[]
/**
 * Kubernetes namespaces by their labels, which must satisfy every requirement. Empty: every namespace. Anyone who may label namespaces can widen this grant.
 */
namespaceSelector?: {
/**
 * Labels that the namespace must have with exactly these values.
 */
matchLabels?: {
[k: string]: string
}
/**
 * Requirements on the namespace's labels, all of which must hold.
 * 
 * @maxItems 16
 */
matchExpressions?: {
/**
 * The label.
 */
key: string
/**
 * How the label is compared with values.
 */
operator: ("In" | "NotIn" | "Exists" | "DoesNotExist")
/**
 * Values for In and NotIn.
 * 
 * @maxItems 32
 */
values?: string[]
}[]
}
/**
 * Paths, each with everything below it by whole segments: limits covers limits and limits/eu.yaml, but not limits2. Absent: every path.
 * 
 * @minItems 1
 * @maxItems 64
 */
paths?: string[]
/**
 * Whether these writers may also delete configs with all their versions, by deleting a ConfigVersion whose deletionPolicy is Delete. Defaults to false: the right to write does not include it.
 */
delete?: boolean
}[]
/**
 * Kubernetes namespaces that may read configs besides the writers. A ConfigVersion there keeps its ConfigMap up to date with the latest version, although its proposals are refused.
 * 
 * @maxItems 64
 * 
 * Items: A grant to Kubernetes namespaces, named, selected by their labels, or both.
 */
readers?: {
/**
 * Names of Kubernetes namespaces.
 * 
 * @maxItems 64
 */
namespaces?: string[]
/**
 * Kubernetes namespaces by their labels, which must satisfy every requirement. Empty: every namespace. Anyone who may label namespaces can widen this grant.
 */
namespaceSelector?: {
/**
 * Labels that the namespace must have with exactly these values.
 */
matchLabels?: {
[k: string]: string
}
/**
 * Requirements on the namespace's labels, all of which must hold.
 * 
 * @maxItems 16
 */
matchExpressions?: {
/**
 * The label.
 */
key: string
/**
 * How the label is compared with values.
 */
operator: ("In" | "NotIn" | "Exists" | "DoesNotExist")
/**
 * Values for In and NotIn.
 * 
 * @maxItems 32
 */
values?: string[]
}[]
}
/**
 * Paths, each with everything below it by whole segments: limits covers limits and limits/eu.yaml, but not limits2. Absent: every path.
 * 
 * @minItems 1
 * @maxItems 64
 */
paths?: string[]
/**
 * Whether these writers may also delete configs with all their versions, by deleting a ConfigVersion whose deletionPolicy is Delete. Defaults to false: the right to write does not include it.
 */
delete?: boolean
}[]
}
/**
 * Whether the rules are in force. Written only when its meaning changes.
 */
status?: {
/**
 * The metadata.generation that the conditions describe; -1 means that none was seen yet.
 */
observedGeneration?: number
/**
 * How many configs keep this object from being deleted. Present only while there are any.
 */
configs?: number
/**
 * Ready, Reconciling and Stalled, as kstatus reads them.
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
 * One of InForce, NotEmpty, StoreUnavailable. docs/confignamespace.md says what each means and what to do.
 */
reason: string
/**
 * What happened, and what to do next.
 */
message: string
}[]
}
}
