/**
 * Makes a message of an event: a CloudEvent 1.0 in structured mode, or a line of text for Slack. Invariant: values of a config
 * are in it only where the notifier asks for them, the same event has the same id, and its size is bounded. Pure.
 */
import { createHash } from 'node:crypto';
import { clip, configName } from '../../history/core/names.ts';
import type { VersionDetail } from '../../history/words/history.ts';
import type { Actor } from '../../history/words/model.ts';
import type {
  DueNotification,
  HappenedEvent,
  LoggedRefusal,
  ToldRendering,
} from '../../history/words/notification.ts';
import { Reason } from '../../history/words/reasons.ts';
import type { ValueChange } from '../../text/value-diff.ts';
import { personOf } from '../../text/words.ts';
import type { ConfigNotifierSpec, NotifiedEvent } from '../object/config-notifier.ts';
import { filled, slackEscaped } from './template.ts';

/** Refusals that are told, and as what. */
export const refusalEvents: Readonly<Record<string, NotifiedEvent>> = {
  [Reason.VersionConflict]: 'Conflict',
  [Reason.ConfirmationRequired]: 'Waiting',
  [Reason.ApprovalRequired]: 'Waiting',
};

/** What else is known of an event; of a version or an entry of the log that is gone, nothing. */
export interface EventFacts {
  readonly version?: VersionDetail | null;
  readonly places?: ChangedPlaces | null;
  readonly refusal?: LoggedRefusal | null;
  readonly deletedBy?: Actor | null;
  readonly rendering?: ToldRendering | null;
}

/** Null in the facts: the texts are too large to compare here, or have no values. */
export interface ChangedPlaces {
  readonly changes: readonly ValueChange[];
  readonly more: number;
}

export interface OutgoingMessage {
  readonly contentType: string;
  readonly body: string;
}

const mostPlaces = 50;
const mostComment = 2_000;
const mostText = 3_000;

/** Names that a text for Slack may have places for. */
export const textPlaces = [
  ...['event', 'cluster', 'namespace', 'path', 'version', 'who', 'requester', 'comment', 'places'],
  ...['reason', 'message', 'target'],
] as const;

const defaultText: Record<NotifiedEvent, string> = {
  Saved: '*{{namespace}}/{{path}}* is at version {{version}}, by {{who}}: {{comment}} ({{places}})',
  Merged: '*{{namespace}}/{{path}}* is at version {{version}}, merged for {{who}}: {{comment}} ({{places}})',
  Conflict: '*{{namespace}}/{{path}}*: a proposal of {{who}} was not saved. {{message}}',
  Waiting: '*{{namespace}}/{{path}}*: a proposal of {{who}} waits. {{message}}',
  Deleted: '*{{namespace}}/{{path}}* was deleted by {{who}}',
  Rendered:
    '*{{namespace}}/{{path}}*: {{target}} shows version {{version}}, by {{who}}: {{comment}} ({{places}})',
  RenderFailed: '*{{namespace}}/{{path}}*: {{target}} does not show version {{version}}. {{message}}',
};

/** What an event is to a notifier; null: nothing it can be told of. */
export function kindOf({ what }: HappenedEvent): NotifiedEvent | null {
  switch (what.kind) {
    case 'saved':
      return what.isMerge ? 'Merged' : 'Saved';
    case 'deleted':
      return 'Deleted';
    case 'refused':
      return refusalEvents[what.reason] ?? null;
    case 'rendered':
      return 'Rendered';
    case 'renderFailed':
      return 'RenderFailed';
  }
}

/** Of an event told by one notifier: by it a receiver knows what it has had. */
export function notificationId(notifierUid: string, { id }: HappenedEvent): string {
  return `msg_${createHash('sha256').update(`${notifierUid}\n${id}`).digest('hex').slice(0, 32)}`;
}

export function messageOf(
  due: DueNotification,
  facts: EventFacts,
  { spec, cluster }: { readonly spec: ConfigNotifierSpec; readonly cluster: string },
): OutgoingMessage {
  if (spec.format === 'Slack') {
    const text = slackText(due, facts, { spec, cluster });
    return { contentType: 'application/json; charset=utf-8', body: JSON.stringify({ text }) };
  }
  const body = JSON.stringify(cloudEvent(due, facts, { spec, cluster }));
  return { contentType: 'application/cloudevents+json; charset=utf-8', body };
}

function cloudEvent(
  due: DueNotification,
  facts: EventFacts,
  { spec, cluster }: { readonly spec: ConfigNotifierSpec; readonly cluster: string },
) {
  const { namespace, path } = due.config;
  return {
    specversion: '1.0',
    id: due.event,
    source: `/clusters/${encodeURIComponent(cluster)}/namespaces/${namespace}`,
    type: `dev.pawl.config.${due.kind.toLowerCase()}`,
    subject: path,
    time: due.at.toISOString(),
    datacontenttype: 'application/json',
    data: {
      ...{ namespace, path },
      ...(due.version !== null && { version: String(due.version) }),
      ...(facts.version && versionData(facts.version)),
      ...(facts.places && placesData(facts.places, spec.includeValues === true)),
      ...(facts.refusal && refusalData(facts.refusal, spec.includeValues === true)),
      ...(facts.rendering && renderingData(facts.rendering, spec.includeValues === true)),
      ...(facts.deletedBy && { requester: actorData(facts.deletedBy) }),
    },
  };
}

const actorData = ({ name, verified }: Actor) => ({ name, verified });

function versionData({ kind, author, actor, confirmedBy, comment, baseVersion, sha256, git }: VersionDetail) {
  return {
    ...{ kind, author, requester: actorData(actor) },
    ...(confirmedBy !== null && { confirmedBy }),
    comment: comment.length > mostComment ? `${comment.slice(0, mostComment - 1)}…` : comment,
    ...(baseVersion !== null && { baseVersion: String(baseVersion) }),
    contentSha256: sha256,
    ...(git.commit !== undefined && { gitCommit: git.commit }),
  };
}

function placesData({ changes, more }: ChangedPlaces, includeValues: boolean) {
  const shown = changes.slice(0, mostPlaces);
  const left = changes.length - shown.length + more;
  return {
    places: shown.map(({ kind, pointer, before, after }) => ({
      ...{ kind, pointer },
      ...(includeValues && { before, after }),
    })),
    ...(left > 0 && { morePlaces: left }),
  };
}

/** The message of a refusal says which value clashes with which. */
function refusalData({ deployer, object, reason, message, latest }: LoggedRefusal, includeValues: boolean) {
  return {
    ...{ requester: actorData(deployer), reason },
    ...(includeValues && { message }),
    ...(object && { object }),
    ...(latest !== null && { latestVersion: String(latest) }),
  };
}

function renderingData({ target, failure }: ToldRendering, includeValues: boolean) {
  if (!failure) return { target };
  const { object: name, reason, message } = failure;
  return { target, reason, ...(includeValues && { message }), object: { namespace: target.namespace, name } };
}

function slackText(
  due: DueNotification,
  facts: EventFacts,
  { spec, cluster }: { readonly spec: ConfigNotifierSpec; readonly cluster: string },
): string {
  const { version, places, deletedBy, rendering } = facts;
  const refusal = facts.refusal ?? failureOf(rendering);
  const actor = version?.actor ?? facts.refusal?.deployer ?? deletedBy ?? null;
  const who = version ? personOf(version) : actor ? personOf({ author: '', actor }) : 'somebody unnamed';
  const values: Record<(typeof textPlaces)[number], string> = {
    ...{ event: due.kind, cluster, namespace: due.config.namespace, path: due.config.path },
    version: due.version === null ? '' : String(due.version),
    ...{ who, requester: actor?.name ?? '' },
    comment: version?.comment || 'no comment',
    places: places ? placesText(places, spec.includeValues === true) : 'places not compared',
    reason: refusal?.reason ?? '',
    message: refusal ? refusalText(refusal, spec.includeValues === true) : '',
    target: rendering ? targetText(rendering) : 'its target',
  };
  const escaped = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, slackEscaped(clip(value, 500))]),
  );
  const text = filled(spec.text ?? defaultText[due.kind as NotifiedEvent] ?? configName(due.config), escaped);
  return text.length > mostText ? `${text.slice(0, mostText - 1)}…` : text;
}

type ToldRefusal = Pick<LoggedRefusal, 'object' | 'reason' | 'message'>;

function failureOf(rendering: ToldRendering | null | undefined): ToldRefusal | null {
  if (!rendering?.failure) return null;
  const { object: name, ...failure } = rendering.failure;
  return { ...failure, object: { namespace: rendering.target.namespace, name } };
}

const targetText = ({ target: { kind, namespace, name } }: ToldRendering): string =>
  `${kind} ${namespace}/${name}`;

function refusalText({ object, reason, message }: ToldRefusal, includeValues: boolean): string {
  if (includeValues) return message;
  return object ? `${reason}: see ConfigVersion ${object.namespace}/${object.name}` : reason;
}

function placesText({ changes, more }: ChangedPlaces, includeValues: boolean): string {
  if (changes.length === 0) return 'no value changed';
  const shown = changes.slice(0, 5).map(({ pointer, before, after }) => {
    const name = pointer === '' ? 'the whole text' : pointer;
    return includeValues ? `${name}: ${before ?? 'nothing'} → ${after ?? 'nothing'}` : name;
  });
  const left = changes.length - shown.length + more;
  return left > 0 ? `${shown.join(', ')} and ${left} more` : shown.join(', ');
}
