// Generated from crds/pawl.dev_confignotifiers.yaml by `npm run generate`. Do not edit.

/**
 * A ConfigNotifier tells a receiver what happens to the configs of a config namespace: by signed webhooks, or as text for Slack. It begins with what happens after it was created.
 */
export interface ConfigNotifierSchema {
/**
 * What is told, and to whom. Pawl never writes it.
 */
spec: {
/**
 * Config namespace. Defaults to metadata.namespace. Only events of configs that this Kubernetes namespace may read are told.
 */
namespace?: string
/**
 * Paths of the configs; * is any part of one segment, ** any number of segments. A path without either covers everything below it, too. Absent means all.
 * 
 * @minItems 1
 * @maxItems 32
 */
paths?: string[]
/**
 * What is told. Saved is a new version, Merged one that a merge made, Conflict a proposal that was refused because others edited the same place, Waiting one that waits for people to confirm or approve it, Deleted a config that was deleted, Rendered a version that a ConfigMap or Secret came to show, RenderFailed one that a ConfigMap could not be made to show, or whose rollout is halted. Absent means all but the last two.
 * 
 * @minItems 1
 * @maxItems 7
 */
events?: ("Saved" | "Merged" | "Conflict" | "Waiting" | "Deleted" | "Rendered" | "RenderFailed")[]
/**
 * CloudEvents (the default) is a CloudEvent 1.0 as JSON, signed by Standard Webhooks; Slack is a JSON object with a text, as Slack, Mattermost and others take it.
 */
format?: ("CloudEvents" | "Slack")
/**
 * Where it is sent, with https unless the administrator allows http for that host. Only hosts that the administrator allows.
 */
url?: string
/**
 * The Secret in this namespace that holds the URL, where the URL is a secret.
 */
urlFrom?: {
/**
 * Name of the Secret.
 */
name: string
/**
 * Key of the Secret.
 */
key: string
}
/**
 * The Secret in this namespace whose values are the keys to sign with, each whsec_ and base64 of 24 to 64 bytes. There is one signature by each of the first eight keys, so that an old and a new one hold while they are exchanged.
 */
signingSecret?: {
/**
 * Name of the Secret.
 */
name: string
}
/**
 * The text for Slack, with places such as {{who}}, {{path}}, {{version}} and {{comment}}. Defaults to one for each kind of event.
 */
text?: string
/**
 * Also tells the values that changed, before and after, and what a refusal says of them. Defaults to false, which tells only their places.
 */
includeValues?: boolean
}
/**
 * How it stands. Written only when its meaning changes.
 */
status?: {
/**
 * The metadata.generation that the conditions describe; -1 means that none was seen yet.
 */
observedGeneration?: number
/**
 * Notifications that were given up. Annotate the object with pawl.dev/retry-dead-letters and any new value, and the newest thousand are sent again.
 */
deadLetters?: {
/**
 * How many since the last time they were sent again.
 */
count: number
/**
 * The last of them.
 */
last?: {
/**
 * Its webhook-id.
 */
id: string
/**
 * When it was given up.
 */
time: string
/**
 * Why the last attempt failed, or Overflow where too many waited.
 */
reason: string
}
}
/**
 * When Pawl last found that events may have been forgotten before this notifier was told, because it was stopped for longer than the feed remembers.
 */
eventsLostAt?: string
/**
 * The value of pawl.dev/retry-dead-letters that was obeyed last.
 */
retried?: string
/**
 * Ready and Stalled, as kstatus reads them, and ReceiverFailing while the receiver does not take what is sent.
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
 * One of Delivering, ReceiverFailing, NotificationsOff, HostNotAllowed, InvalidUrl, SecretNotFound, InvalidSecret, InvalidTemplate, TooManyNotifiers, PathNotAllowed. docs/notifications.md says what each means and what to do.
 */
reason: string
/**
 * What happened, and what to do next.
 */
message: string
}[]
}
}
