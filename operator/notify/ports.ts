/** What sending notifications needs from the outside, in its own types. Filled by kube/ and store/; the wiring ties the knot. */
import type { Actor, ConfigId, Version } from '../../history/words/model.ts';
import type {
  DueNotification,
  FailedRendering,
  LoggedRefusal,
  NewEvents,
  NotificationToKeep,
  NotifierState,
  SettledAs,
  ShownVersion,
  ToldRendering,
  VersionWithFormer,
} from '../../history/words/notification.ts';
import type { ConfigNotifier, ConfigNotifierStatus } from '../object/config-notifier.ts';
import type { ObjectKey } from '../object/key.ts';

interface NotifierName {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Rejects as the store does. */
export interface NotificationStore {
  now(signal: AbortSignal): Promise<string>;
  after(
    position: string,
    until: string,
    wanted: { readonly reasons: readonly string[]; readonly cluster: string; readonly limit: number },
    signal: AbortSignal,
  ): Promise<NewEvents>;
  begin(
    input: NotifierName & { readonly position: string },
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly position: string }>;
  take(
    input: {
      readonly notifier: string;
      readonly from: string;
      readonly to: string;
      readonly lost: boolean;
      readonly keep: readonly NotificationToKeep[];
    },
    signal: AbortSignal,
  ): Promise<boolean>;
  claim(notifier: string, holdMs: number, signal: AbortSignal): Promise<DueNotification | null>;
  settle(
    notification: Pick<DueNotification, 'id' | 'attempts'>,
    as: SettledAs,
    signal: AbortSignal,
  ): Promise<void>;
  states(notifiers: readonly string[], signal: AbortSignal): Promise<Map<string, NotifierState>>;
  revive(notifier: string, signal: AbortSignal): Promise<number>;
  forget(notifier: NotifierName, signal: AbortSignal): Promise<void>;
  refusal(entry: bigint, signal: AbortSignal): Promise<LoggedRefusal | null>;
  /** Null: it is forgotten. */
  rendering(entry: bigint, signal: AbortSignal): Promise<ToldRendering | null>;
  deletedBy(config: ConfigId, version: Version, signal: AbortSignal): Promise<Actor | null>;
  /** Null: it is gone. */
  versionWithFormer(
    config: ConfigId,
    version: Version,
    signal: AbortSignal,
  ): Promise<VersionWithFormer | null>;
}

/** What was told of renderings in a cluster. Rejects as the store does. */
export interface RenderingStore {
  followed(cluster: string, signal: AbortSignal): Promise<readonly string[]>;
  /** What was told; where the config namespace was not followed, that is what is shown now. */
  follow(
    input: { readonly cluster: string; readonly namespace: string; readonly shown: readonly ShownVersion[] },
    signal: AbortSignal,
  ): Promise<readonly ShownVersion[]>;
  unfollow(
    followed: { readonly cluster: string; readonly namespace: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** All of one target and one config namespace. False: nobody follows it. */
  rendered(
    cluster: string,
    shown: readonly [ShownVersion, ...ShownVersion[]],
    signal: AbortSignal,
  ): Promise<boolean>;
  failed(cluster: string, failure: FailedRendering, signal: AbortSignal): Promise<boolean>;
}

/** ConfigNotifiers as the watch last told. */
export interface NotifierCluster {
  notifier(key: ObjectKey): ConfigNotifier | undefined;
  notifiersIn(kubeNamespace: string): Iterable<ConfigNotifier>;
  applyNotifierStatus(
    object: ConfigNotifier,
    status: ConfigNotifierStatus,
    signal: AbortSignal,
  ): Promise<void>;
  /** Keys and values, in the clear; null: there is no such Secret, or it may not be read. */
  readSecret(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | null>;
}
