/**
 * The ConfigNotifier resource as the API server serves it. Spec and status come from the generated types; what is added here
 * are the names Kubernetes needs, the reasons, and the metadata Pawl keeps.
 */
import { Reason } from '../../history/words/reasons.ts';
import type { ConfigNotifierSchema } from './config-notifier.gen.ts';

export const notifierKind = 'ConfigNotifier';
export const notifierPlural = 'confignotifiers';

/** Set to another value than before, it has the notifications that were given up sent again. */
export const retryAnnotation = 'pawl.dev/retry-dead-letters';

export type ConfigNotifierSpec = ConfigNotifierSchema['spec'];
export type ConfigNotifierStatus = NonNullable<ConfigNotifierSchema['status']>;
export type NotifiedEvent = NonNullable<ConfigNotifierSpec['events']>[number];

/** Every reason a condition of a ConfigNotifier can carry; docs/notifications.md says what to do about each. */
export const NotifierReason = {
  /** Events are sent as they happen. */
  Delivering: 'Delivering',
  /** The receiver does not take them; they are kept, and tried again. */
  ReceiverFailing: 'ReceiverFailing',

  /** This operator sends no notifications. */
  NotificationsOff: 'NotificationsOff',
  /** The administrator has not allowed the URL's host. */
  HostNotAllowed: 'HostNotAllowed',
  /** There is no URL in it, or not one that can be used. */
  InvalidUrl: 'InvalidUrl',
  /** A Secret, or a key of it, is not there. */
  SecretNotFound: 'SecretNotFound',
  /** A value of the Secret is not a key to sign with. */
  InvalidSecret: 'InvalidSecret',
  /** The text names a place that there is not. */
  InvalidTemplate: 'InvalidTemplate',
  /** More ConfigNotifiers in this Kubernetes namespace than are worked on. */
  TooManyNotifiers: 'TooManyNotifiers',
  /** This Kubernetes namespace may read nothing of the config namespace. */
  PathNotAllowed: Reason.PathNotAllowed,
} as const;

export type NotifierReason = (typeof NotifierReason)[keyof typeof NotifierReason];

/** What keeps a notifier from sending. */
export interface NotifierTrouble {
  readonly reason: NotifierReason;
  readonly message: string;
}

/** A ConfigNotifier as Pawl keeps it in memory. */
export interface ConfigNotifier {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    /** retryAnnotation; null: it is not set. */
    readonly retry: string | null;
  };
  readonly spec: ConfigNotifierSpec;
  readonly status: ConfigNotifierStatus;
}

/** What a notifier is told of that says nothing else. Renderings cost a statement each, and follow a save that is told. */
export const presetEvents: readonly NotifiedEvent[] = ['Saved', 'Merged', 'Conflict', 'Waiting', 'Deleted'];

export const asksFor = ({ spec }: Pick<ConfigNotifier, 'spec'>, event: NotifiedEvent): boolean =>
  (spec.events ?? presetEvents).includes(event);

export const followsRenderings = (object: Pick<ConfigNotifier, 'spec'>): boolean =>
  asksFor(object, 'Rendered') || asksFor(object, 'RenderFailed');

/** The config namespace whose events it is told of. */
export function notifiedNamespace({ spec, metadata }: Pick<ConfigNotifier, 'spec' | 'metadata'>): string {
  return spec.namespace ?? metadata.namespace;
}
