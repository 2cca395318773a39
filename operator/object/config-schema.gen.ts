// Generated from crds/pawl.dev_configschemas.yaml by `npm run generate`. Do not edit.

/**
 * A ConfigSchema says what the texts of some configs must satisfy, as a JSON Schema. It holds at every door, for merged texts as for written ones. Versions saved before stay as they are.
 */
export interface ConfigSchemaSchema {
/**
 * Which configs it is about, and what it demands of them. It is in force once status.observedGeneration names its generation and Ready is True.
 */
spec: {
/**
 * Config namespaces by name; * is any part of one. Absent: every config namespace. Empty: none, for a schema that others refer to.
 * 
 * @maxItems 64
 */
namespaces?: string[]
/**
 * Paths, * being any part of one segment and ** any number of segments. A path without either covers everything below it, too. Absent: every path.
 * 
 * @minItems 1
 * @maxItems 64
 */
paths?: string[]
/**
 * What becomes of a text that does not satisfy it. Refuse: it is not saved (SchemaViolation). Warn: it is saved, and its author is told.
 */
enforcement?: ("Refuse" | "Warn")
/**
 * JSON Schema 2020-12, or draft-07 where $schema says so. A $ref may name another ConfigSchema, such as money or money#/$defs/euro, or its $id. Nothing is fetched over the network.
 */
schema: {
[k: string]: unknown
}
}
/**
 * Whether the schema can be used, and which latest versions do not satisfy it. Written only when its meaning changes.
 */
status?: {
/**
 * The metadata.generation that the conditions describe; -1 means that none was seen yet.
 */
observedGeneration?: number
/**
 * What the latest versions of its configs come to, looked at in the background after each change of the schema. kubectl pawl validate --all looks now.
 */
latest?: {
/**
 * How many configs it is about.
 */
checked?: number
/**
 * How many of them do not satisfy it.
 */
violating?: number
/**
 * The first of them, each with its first place.
 * 
 * @maxItems 20
 */
violations?: {
/**
 * The config namespace.
 */
namespace?: string
/**
 * The config's path.
 */
path?: string
/**
 * The latest version, which was looked at.
 */
version?: string
/**
 * Which place, and what is allowed there.
 */
message?: string
}[]
}
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
 * One of InForce, InvalidSchema. docs/rules.md says what each means and what to do.
 */
reason: string
/**
 * What happened, and what to do next.
 */
message: string
}[]
}
}
