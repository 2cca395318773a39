/**
 * What reconcile needs from the outside, in its own words. kube/ and store/ fill these ports without
 * importing them (main.ts ties the knot and the compiler checks it), so that the deciding rooms can be
 * tested without an API server or a database.
 */
import type { ConfigMapRef, ConfigMapState, DesiredConfigMap } from '../api/config-map.ts';
import type { ConfigVersion, ConfigVersionStatus } from '../api/config-version.ts';
import type { ConfigId, NewVersion, ProposalRef, Source, Version, View } from '../api/model.ts';

export interface Store {
  /** One round trip, one consistent snapshot: everything a decision needs but texts. */
  look(
    query: { config: ConfigId; source: Source; baseVersion: Version | null },
    signal: AbortSignal,
  ): Promise<View>;

  /** Texts of versions by number; a missing version is absent from the answer. */
  texts(config: ConfigId, versions: readonly Version[], signal: AbortSignal): Promise<Map<Version, string>>;

  /** The text last accepted from a source; null when the source has no line. */
  lineText(config: ConfigId, source: Source, signal: AbortSignal): Promise<string | null>;

  /**
   * Saves the next version and moves the source's line, in one transaction and one round trip,
   * if and only if the head still is `expectedHead` (0n: the config has no version now).
   * `saved` says that this proposal is the head, by this call or by an earlier one whose answer got lost;
   * `raced` that it is not, or not any more: look again, the line says what became of it. Safe to call again
   * after any failure.
   */
  save(
    input: { config: ConfigId; expectedHead: Version; proposal: ProposalRef; version: NewVersion },
    signal: AbortSignal,
  ): Promise<{ kind: 'saved'; version: Version; configId: string; createdAt: Date } | { kind: 'raced' }>;

  /** Moves a source's line to a version that already says what was proposed; nothing is saved. */
  moveLine(
    input: { config: ConfigId; expectedHead: Version; proposal: ProposalRef; version: Version },
    signal: AbortSignal,
  ): Promise<{ kind: 'moved' } | { kind: 'raced' }>;
}

/** ConfigVersions and ConfigMaps as the API server's watches last told, plus our own later writes. */
export interface Cluster {
  /** Key is `namespace/name`. */
  configVersion(key: string): ConfigVersion | undefined;
  /** Every ConfigVersion that proposes this config, in any Kubernetes namespace. */
  proposersOf(config: ConfigId): Iterable<ConfigVersion>;
  /** Every ConfigVersion whose ConfigMap has this name. */
  askersFor(target: ConfigMapRef): Iterable<ConfigVersion>;

  /** One of our ConfigMaps; undefined when there is none, or when the one there is not ours. */
  configMap(target: ConfigMapRef): ConfigMapState | undefined;
  /** Our ConfigMaps that name this object as an owner. */
  configMapsOwnedBy(uid: string): Iterable<ConfigMapState>;

  /** Asks the API server itself; sees ConfigMaps that are not ours. Null: there is none. */
  readConfigMap(target: ConfigMapRef, signal: AbortSignal): Promise<ConfigMapState | null>;
  /** Server-side apply. With uid and resourceVersion only onto exactly that state. */
  applyConfigMap(
    desired: DesiredConfigMap,
    options: { uid?: string; resourceVersion?: string; force: boolean },
    signal: AbortSignal,
  ): Promise<{ created: boolean; configMap: ConfigMapState }>;
  /** Takes back everything Pawl applied to a ConfigMap that turned out to be somebody else's. */
  withdrawConfigMap(target: ConfigMapRef, signal: AbortSignal): Promise<void>;
  /** Removes keys of data that somebody added by hand to one of our ConfigMaps. */
  removeConfigMapKeys(
    configMap: ConfigMapState,
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<ConfigMapState>;
  /** Deletes exactly the state given; somebody else's later change makes it fail. */
  deleteConfigMap(configMap: ConfigMapState, signal: AbortSignal): Promise<void>;

  /** Server-side apply of the whole status. */
  applyStatus(object: ConfigVersion, status: ConfigVersionStatus, signal: AbortSignal): Promise<void>;
  /** Fire and forget; never fails a reconcile. */
  event(object: ConfigVersion, event: { type: 'Normal' | 'Warning'; reason: string; note: string }): void;
}
