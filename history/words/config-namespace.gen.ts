// Generated from crds/pawl.dev_confignamespaces.yaml by `npm run generate`. Do not edit.

/**
 * A ConfigNamespace says that a config namespace exists, empty or not, which rules hold in it, and which Kubernetes namespaces may write and read its configs. Its name is the config namespace. A Kubernetes namespace without one writes and reads the config namespace of its own name, and no other.
 */
export interface ConfigNamespaceSchema {
/**
 * Rules and grants. They hold from the moment status.observedGeneration names them; versions saved before stay as they are.
 */
spec: {
/**
 * What the config namespace is for, and whose it is.
 */
description?: string
/**
 * Rules for every proposal. A rule that changes is held against proposals that wait.
 */
policy?: {
/**
 * Every change of a config that has a version must state spec.baseVersion. A text the config or the object had already is no change. Defaults to false.
 */
requireBaseVersion?: boolean
/**
 * Every proposal must name a Git commit, in spec.git or in the annotation pawl.dev/git-commit. Defaults to false.
 */
requireGitCommit?: boolean
/**
 * Whether a proposal may come from a work tree with uncommitted changes. Where it may, the condition says so. Defaults to true.
 */
allowDirty?: boolean
/**
 * What ConfigVersions that do not state onStale do when their base is not the latest version any more. Defaults to Confirm with a baseVersion and to Merge without one.
 */
onStale?: ("Confirm" | "Merge" | "Reject")
/**
 * Largest text of a config. Defaults to the operator's own limit, which it can only lower.
 */
maxBodyBytes?: number
}
/**
 * Who may write configs, and read those: exactly these, so that the Kubernetes namespace of the same name has to be listed, too. Absent: only the Kubernetes namespace of the same name. Empty: nobody.
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
 * Kubernetes namespaces by their labels, which must satisfy all of it. Empty: every namespace. Whoever may label namespaces has a say in this grant.
 */
namespaceSelector?: {
matchLabels?: {
[k: string]: string
}
/**
 * @maxItems 16
 */
matchExpressions?: {
key: string
operator: ("In" | "NotIn" | "Exists" | "DoesNotExist")
/**
 * @maxItems 32
 */
values?: string[]
}[]
}
/**
 * Paths, each with everything below it by whole segments: limits is limits and limits/eu.yaml, and not limits2. Absent: every path.
 * 
 * @minItems 1
 * @maxItems 64
 */
paths?: string[]
}[]
/**
 * Who may read configs besides the writers: a ConfigVersion there keeps a ConfigMap up to date with the latest version, although what it proposes is refused.
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
 * Kubernetes namespaces by their labels, which must satisfy all of it. Empty: every namespace. Whoever may label namespaces has a say in this grant.
 */
namespaceSelector?: {
matchLabels?: {
[k: string]: string
}
/**
 * @maxItems 16
 */
matchExpressions?: {
key: string
operator: ("In" | "NotIn" | "Exists" | "DoesNotExist")
/**
 * @maxItems 32
 */
values?: string[]
}[]
}
/**
 * Paths, each with everything below it by whole segments: limits is limits and limits/eu.yaml, and not limits2. Absent: every path.
 * 
 * @minItems 1
 * @maxItems 64
 */
paths?: string[]
}[]
}
/**
 * Whether the rules are in force. Written only when its meaning changes.
 */
status?: {
/**
 * metadata.generation that the conditions speak of.
 */
observedGeneration?: number
/**
 * How many configs keep this object from being deleted. Present only while they do.
 */
configs?: number
/**
 * @maxItems 16
 */
conditions?: {
type: string
status: ("True" | "False" | "Unknown")
observedGeneration?: number
lastTransitionTime: string
/**
 * One of InForce, NotEmpty, StoreUnavailable. docs/confignamespace.md says what each means and what to do.
 */
reason: string
message: string
}[]
}
}
