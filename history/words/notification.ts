/**
 * What notifiers are told of: the words that the store, which keeps what is still to be sent, and the operator, which sends
 * it, share. Data only.
 */
import type { Format } from '../../text/format.ts';
import type { VersionDetail } from './history.ts';
import type { Actor, ConfigId, Version } from './model.ts';

/** What happened, as the store has it. */
export interface HappenedEvent {
  /** The same for the same event, however often it is read. */
  readonly id: string;
  readonly config: ConfigId;
  readonly at: Date;
  readonly what:
    | { readonly kind: 'saved'; readonly version: Version; readonly isMerge: boolean }
    | { readonly kind: 'deleted'; readonly version: Version }
    /** `entry`: of the log. */
    | { readonly kind: 'refused'; readonly entry: bigint; readonly reason: string }
    /** `entry`: of what was told of renderings. */
    | { readonly kind: 'rendered' | 'renderFailed'; readonly version: Version; readonly entry: bigint };
}

/** Events that are new to a reader. `lost`: some were forgotten before it came. */
export interface NewEvents {
  readonly events: readonly HappenedEvent[];
  /** Where to go on. */
  readonly position: string;
  readonly more: boolean;
  readonly lost: boolean;
}

/** An event that a notifier is to be told of. */
export interface NotificationToKeep {
  /** Of the event and the notifier. */
  readonly event: string;
  readonly kind: string;
  readonly config: ConfigId;
  readonly version: Version | null;
  readonly entry: bigint | null;
  readonly at: Date;
}

/** One that is kept, and whose turn it is. */
export interface DueNotification extends NotificationToKeep {
  readonly id: string;
  /** This one included. */
  readonly attempts: number;
}

/** What became of an attempt. */
export type SettledAs =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'later'; readonly waitMs: number; readonly reason: string }
  | { readonly kind: 'dead'; readonly reason: string };

/** How a notifier stands. */
export interface NotifierState {
  readonly waiting: number;
  /** When the oldest of those happened; null: none waits. */
  readonly oldest: Date | null;
  /** Milliseconds until the next one is due, 0 and less: one is; null: none waits. */
  readonly dueInMs: number | null;
  /** The one that was tried most often of those that wait. */
  readonly worst: { readonly attempts: number; readonly reason: string | null } | null;
  readonly dead: number;
  readonly lastDead: { readonly event: string; readonly at: Date; readonly reason: string } | null;
  readonly lostAt: Date | null;
}

/** A proposal that the log says was refused. */
export interface LoggedRefusal {
  readonly deployer: Actor;
  readonly object: { readonly namespace: string; readonly name: string } | null;
  readonly reason: string;
  readonly message: string;
  /** The latest version at that time; null: there was none. */
  readonly latest: Version | null;
}

/** A version that a target shows. */
export interface ShownVersion {
  readonly config: ConfigId;
  readonly version: Version;
  readonly target: {
    readonly kind: 'ConfigMap' | 'Secret';
    readonly namespace: string;
    readonly name: string;
  };
}

/** A version that an object's target does not show. */
export interface FailedRendering extends ShownVersion {
  /** `uid`: of the object, and where it asks for many configs, of the one. */
  readonly object: { readonly name: string; readonly uid: string; readonly generation: number };
  readonly reason: string;
  readonly message: string;
}

/** What is kept of either. */
export interface ToldRendering extends Pick<ShownVersion, 'target'> {
  readonly failure: { readonly object: string; readonly reason: string; readonly message: string } | null;
}

/** A version, and the text of the one before it. */
export interface VersionWithFormer {
  readonly record: VersionDetail;
  readonly format: Format;
  readonly text: string;
  /** Null: it is the first. */
  readonly former: string | null;
}
