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
 * Shows what is saved in steps: at first in ConfigMaps that only some consumers read, and in the target last. What is saved meanwhile starts again at the first step. Nothing goes back: a target keeps what it shows until its step.
 */
rollout?: {
/**
 * The steps before the target, in their order. Each has a ConfigMap in this object's namespace.
 * 
 * @minItems 1
 * @maxItems 8
 * 
 * Items: A ConfigMap that shows what is saved before the next one does.
 */
steps: {
/**
 * Name of the ConfigMap. It has the keys, labels and annotations of the target.
 */
target: string
/**
 * How long it is shown at least before the next step, in seconds, minutes or hours, such as 90s, 10m or 2h. Defaults to 10m.
 */
pause?: string
}[]
/**
 * What halts a rollout; nothing by default. WorkloadUnhealthy: a pod of a workload that reads the ConfigMap of a step, or of one before, fails or does not become ready. Needs restarts.enabled of the chart.
 * 
 * @maxItems 1
 */
haltOn?: ("WorkloadUnhealthy")[]
}
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
 * Where the rollout stands. Absent without spec.rollout.
 */
rollout?: {
/**
 * Progressing: some of the ConfigMaps do not show the latest yet. Halted: none shows it from now on, until something newer is saved, or somebody lets it go on. Complete: all show it.
 */
state: ("Progressing" | "Halted" | "Complete")
/**
 * Stands for the versions that are being rolled out.
 */
id?: string
/**
 * How many of the ConfigMaps show them, the target last.
 */
step?: number
/**
 * How many ConfigMaps there are, with the target.
 */
steps?: number
/**
 * When the present step began.
 */
since?: string
/**
 * What is being rolled out and differs from what the target shows; the first 20.
 * 
 * @maxItems 20
 * 
 * Items: A config.
 */
configs?: {
/**
 * Config namespace of the config.
 */
namespace: string
/**
 * Path of the config.
 */
path: string
/**
 * The version that is being rolled out. Absent where the config goes.
 */
version?: string
/**
 * The version that the target shows. Absent where it has none.
 */
previous?: string
}[]
/**
 * Workloads, as KIND/NAME, that were unhealthy when the step began. They may become healthy for as long as their progress deadline.
 * 
 * @maxItems 50
 */
unhealthyBefore?: string[]
/**
 * What the step waits for, other than its pause.
 */
waitingFor?: string
/**
 * Why it is halted.
 */
halted?: {
/**
 * The unhealthy workload, as KIND/NAME.
 */
workload: string
/**
 * What is the matter with it.
 */
why: string
/**
 * By whom the first of configs was saved; absent where that is not known.
 */
savedBy?: string
}
/**
 * The value of the annotation pawl.dev/rollout-go-on with which this step ends now, whatever it waits for or was halted for.
 */
goOnWith?: string
}
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
 * One of Rendered, RollingOut, RolloutHalted, ConfigNotFound, VersionNotFound, VersionPurged, PathNotAllowed, NamespaceNotFound, DuplicateKey, InvalidKey, TooManyConfigs, TooLarge, NotRenderable, ReferenceUnresolved, SecretsNotEnabled, TargetNotOwned, TargetRejected, TargetAltered, DriftStorm, StoreUnavailable, ApiUnavailable, Progressing, Suspended. docs/configprojection.md says what each means and what to do.
 */
reason: string
/**
 * What happened, and what to do next.
 */
message: string
}[]
}
}
