/**
 * What the doors need from the rooms below: reading the history, writing to it, following it. `PostgresHistory`
 * (history/store/history.ts) fills `History` and `Requests` (history/settle/requests.ts) fills `Writing`; the wiring
 * ties the knot and the compiler checks it. Rights are checked by the doors, not here.
 *
 * Everything rejects with an Error whose `name` is 'StoreError' and whose `reason` says what to do (isStoreFailure and
 * isStoreAway of history/settle/store-failure.ts), or with the signal's reason. 'InvalidCursor' is the reader's fault;
 * 'Unavailable' and 'Contention' pass by themselves (503), also on a write: it is then not known whether it was saved,
 * and the same call with the same idempotency key tells.
 */

import type { WriteRequest } from '../history/settle/change.ts';
import type { Imported, ImportRequest } from '../history/settle/imports.ts';
import type { WriteOptions, Written } from '../history/settle/requests.ts';
import type {
  Changes,
  ConfigRecord,
  DeploymentFilter,
  DeploymentRecord,
  Head,
  ListedConfig,
  NamespaceRecord,
  Page,
  PageRequest,
  SearchQuery,
  TrashRecord,
  VersionDetail,
  VersionFilter,
  Visible,
} from '../history/words/history.ts';
import type { LinkRecord } from '../history/words/link.ts';
import type {
  Actor,
  Approvals,
  Approver,
  ConfigId,
  Judgements,
  Rejection,
  Version,
  VersionRecord,
} from '../history/words/model.ts';
import type { Idempotency, Undeleting } from '../history/words/request.ts';
import type { JudgementToKeep, KeptProposal } from '../history/words/save.ts';
import type { RuleNotice } from '../history/words/secret.ts';
import type { ConfigMapRef, ConfigMapState } from '../operator/object/config-map.ts';
import type { ConfigProjection } from '../operator/object/config-projection.ts';
import type { ConfigVersion, ConfigVersionSpec } from '../operator/object/config-version.ts';
import type { Stall } from '../operator/object/stall.ts';
import type { WorkloadRef } from '../operator/object/workload/workload.ts';
import type { PlaceInLine } from '../runtime/offload.ts';
import type { Format } from '../text/format.ts';

/** Reads; each call one statement, one snapshot. */
export interface History {
  /** In the order of their names' bytes. */
  namespaces(visible: Visible, page: PageRequest, signal: AbortSignal): Promise<Page<NamespaceRecord>>;

  namespace(name: string, signal: AbortSignal): Promise<NamespaceRecord | null>;

  /** What deletes took of a namespace's configs and can still be brought back, the newest delete first. */
  trash(namespace: string, page: PageRequest, signal: AbortSignal): Promise<Page<TrashRecord>>;

  /**
   * Configs whose path begins with `prefix`, in the order of their paths' bytes. With `folders`, all below the
   * next slash after the prefix are one item. A config saved meanwhile never moves another to a page twice.
   */
  configs(
    query: { namespace: string; prefix: string; folders: boolean },
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<ListedConfig>>;

  /** @param line the tenant; where many ask for long texts at once, tenants take turns */
  head(config: ConfigId, signal: AbortSignal, line: string): Promise<Head>;

  /** `cursor` is where changesAfter() goes on from the very moment that was read. */
  headAt(config: ConfigId, signal: AbortSignal): Promise<Head & { readonly cursor: string }>;

  /** One version and its text; `record` is the config in the same snapshot. null: no such version now. */
  version(
    config: ConfigId,
    version: Version,
    signal: AbortSignal,
  ): Promise<{ record: ConfigRecord; version: VersionDetail; text: string } | null>;

  /** Newest first, without texts. */
  versions(
    config: ConfigId,
    page: PageRequest,
    signal: AbortSignal,
    filter?: VersionFilter,
  ): Promise<Page<VersionDetail>>;

  /** Of one config or all of a namespace, by path and newest first, without texts. */
  revisions(
    query: { namespace: string; path: string | null },
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<{ config: ConfigId; format: Format; version: VersionDetail }>>;

  /** All versions of a namespace's configs with their texts, in the order of saves; a page has 2 MiB of them, about. */
  exported(
    namespace: string,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<{ config: ConfigId; format: Format; version: VersionDetail; text: string }>>;

  /** The hash chain of one config or of all in a namespace, by path and oldest first; a page is of 8 MiB of texts, about. */
  links(
    query: { namespace: string; path: string | null },
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<LinkRecord>>;

  /** Texts by number; one that does not exist is absent. At most 100 numbers. */
  texts(config: ConfigId, versions: readonly Version[], signal: AbortSignal): Promise<Map<Version, string>>;

  /**
   * For who-changed-each-line: versions up to `to`, newest first, a few at a time, so that the reader may stop
   * when every line has its author. Ends by itself after `limit` versions.
   */
  backwards(
    config: ConfigId,
    range: { to: Version; limit: number },
    signal: AbortSignal,
  ): AsyncIterable<{ record: VersionDetail; text: string }>;

  /**
   * In the order of namespaces and paths. A page may hold fewer than `limit` items, even none, and still have a
   * `next`: one call looks at 2,000 configs at most.
   */
  search(
    query: SearchQuery,
    visible: Visible,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<ConfigRecord>>;

  /** Newest first. Those with no change of a visible namespace are left out, as are their other changes. */
  deployments(
    filter: DeploymentFilter,
    visible: Visible,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<DeploymentRecord>>;

  /**
   * What happened since the cursor; null: a cursor for now, and nothing. Every change is in it exactly once,
   * after it is readable, whatever the order in which transactions end; those of one config in their order.
   */
  changesAfter(cursor: string | null, limit: number, signal: AbortSignal): Promise<Changes>;
}

/**
 * Writes. Each is one transaction, safe to make again with its idempotency key: `replayed` is done, by an earlier call
 * with the key.
 */
export interface Writing {
  /** Whether the write was done under this key before; `reused`: another one was. */
  done(idempotency: Idempotency, signal: AbortSignal): Promise<'unknown' | 'known' | 'reused'>;

  /**
   * Settles the changes of a request together: all are saved, or none is. One entry in the deployment log. With
   * `dryRun` everything is decided and nothing written. A head that moves meanwhile makes it decide anew.
   */
  write(request: WriteRequest, options: WriteOptions, signal: AbortSignal): Promise<Written>;

  /** Commits of a Git history as versions: all that can be read, or none. Safe to make again without a key. */
  import(request: ImportRequest, place: PlaceInLine, signal: AbortSignal): Promise<Imported>;

  createNamespace(
    input: { name: string; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<'created' | 'replayed' | 'exists' | 'key-reused'>;

  /** `configs` in the way when it is not empty. What is left of deleted configs, their counters, stays. */
  deleteNamespace(
    input: { name: string; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<
    | { kind: 'deleted' }
    | { kind: 'replayed' }
    | { kind: 'missing' }
    | { kind: 'in-use'; configs: number }
    | { kind: 'key-reused' }
  >;

  /**
   * Moves a config with all its versions to the trash; its counter stays, so the next save has the next number. With
   * `purge` it is gone at once, and so is what the trash has of it.
   * @param expectedHead (If-Match) null: whatever it is
   */
  deleteConfig(
    input: {
      config: ConfigId;
      expectedHead: Version | null;
      actor: Actor;
      idempotency: Idempotency | null;
      purge?: boolean;
    },
    signal: AbortSignal,
  ): Promise<
    | { kind: 'deleted'; versions: number; lastVersion: Version }
    | { kind: 'replayed' }
    | { kind: 'missing' }
    | { kind: 'moved'; head: Version }
    | { kind: 'key-reused' }
  >;

  /** Brings back what the newest delete of a config took, under its own numbers. */
  undeleteConfig(
    input: { config: ConfigId; actor: Actor; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<Undeleting>;

  /** Removes one version that is not the latest. `gone`: there is none of that number. */
  deleteVersion(
    input: { config: ConfigId; version: Version; actor: Actor; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<'deleted' | 'replayed' | 'head' | 'gone' | 'key-reused'>;

  /**
   * Removes a version with every one that has the same text, and every copy that lines keep. `head`: the latest has that text,
   * so nothing was removed.
   */
  purgeVersion(
    input: {
      config: ConfigId;
      version: Version;
      reason: string;
      actor: Actor;
      idempotency: Idempotency | null;
    },
    signal: AbortSignal,
  ): Promise<
    | { kind: 'purged'; versions: readonly Version[]; sha256: string; replayed: boolean }
    | { kind: 'head'; head: Version }
    | { kind: 'gone' }
    | { kind: 'key-reused' }
  >;
}

/** A ConfigVersion as somebody is about to apply it. */
export interface Manifest {
  /** Of Kubernetes. */
  readonly namespace: string;
  readonly name: string;
  readonly spec: ConfigVersionSpec;
  readonly annotations: Readonly<Record<string, string>>;
  /** The user who will apply it; null: who applied it last, or the sender where nobody did. */
  readonly appliedBy: string | null;
  readonly sender: string;
}

/** What would become of a manifest. */
export type Foreseen =
  /** Not looked into, not told of yet, or others are at it again and again. */
  { readonly kind: 'unwatched' | 'untold' | 'raced' } | (Fate & { readonly exists: boolean });

export type Fate =
  | { readonly kind: 'suspended' }
  | { readonly kind: 'waiting'; readonly former: string }
  /** The API server would refuse another value of this field. */
  | { readonly kind: 'immutable'; readonly field: 'namespace' | 'path' | 'format' }
  /** `change`: what confirming would change, unified; null: there is nothing to confirm. */
  | { readonly kind: 'refused'; readonly stall: Stall; readonly change: string | null }
  | { readonly kind: 'unchanged'; readonly version: Version }
  | {
      readonly kind: 'saved' | 'merged';
      /** If nothing else is saved meanwhile. */
      readonly version: Version;
      /** null: it would be the first. */
      readonly onto: { readonly record: VersionRecord; readonly text: string } | null;
      readonly text: string;
      /** What rules that only warn say to it. Absent: nothing. */
      readonly notices?: readonly RuleNotice[];
    };

/** What somebody says to the change that an object shows. */
export type ObjectJudgement = Omit<JudgementToKeep, 'uid' | 'generation'>;

/** What others have to approve of an object. */
export interface AwaitedObject {
  readonly token: string;
  /** Unified, current → new. */
  readonly change: string;
  /** null: it would be the first version. */
  readonly head: VersionRecord | null;
  readonly format: Format;
  /** What would be saved. */
  readonly text: string;
  readonly sha256: string;
  readonly needed: number;
  readonly approvers: readonly Approver[];
  /** Of this change; null: nobody rejected it. */
  readonly rejection: Rejection | null;
  readonly proposer: Actor;
  readonly authorMayApprove: boolean;
}

/** Requests that wait for an approval. Rejects as the reads do. */
export interface KeptProposals {
  /** In the order in which they came; null: of all config namespaces, or of all configs. */
  list(
    asked: { readonly namespace: string | null; readonly path: string | null },
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<KeptProposal>>;
  find(
    namespace: string,
    id: string,
    signal: AbortSignal,
  ): Promise<{ readonly proposal: KeptProposal; readonly request: string } | null>;
  /** Keeps the approvals of one change in the place of those it had. False: it is not as it was any more. */
  approve(proposal: KeptProposal, approvals: Approvals, signal: AbortSignal): Promise<boolean>;
  /** It goes, and the log says why. False: it is not as it was any more. */
  end(
    proposal: KeptProposal,
    why: { readonly actor: Actor; readonly reason: string; readonly message: string },
    signal: AbortSignal,
  ): Promise<boolean>;
}

/** A workload that restarts when a config changes. */
export interface Consumer extends WorkloadRef {
  /** Of its ConfigMaps those that show the config, sorted. */
  readonly configMaps: readonly string[];
  /** Version of the config that it was restarted for, or first seen with; null: not known. */
  readonly version: Version | null;
  /** Whether a ConfigMap shows other content since; null: not known. */
  readonly isBehind: boolean | null;
}

/** A pod of one. */
export interface ConsumerPod {
  readonly name: string;
  readonly createdAt: string;
  /** Version of the config that it was started with; null: not known. */
  readonly version: Version | null;
  /** Whether it was started with other content than the ConfigMap shows now; null: not known. */
  readonly isBehind: boolean | null;
}

/** ConfigVersion objects, and the ConfigMaps they ask for, as the operator's watches last told. */
export interface Proposals {
  /** Those whose text is not the live one; in no order. */
  drifted(): readonly ConfigVersion[];

  /** The version that the object's ConfigMap shows; null: not known. */
  shownBy(object: ConfigVersion): Version | null;

  /** Decides as when it were applied now; writes nothing. Rejects as the reads do, and with OffloadBusy. */
  preview(manifest: Manifest, place: PlaceInLine, signal: AbortSignal): Promise<Foreseen>;

  /** Those that are refused, or wait to be confirmed; in no order. */
  refused(): readonly ConfigVersion[];

  find(namespace: string, name: string): ConfigVersion | null;

  /** All that propose the config, in no order. */
  proposing(config: ConfigId): readonly ConfigVersion[];

  /** All that name the config, or a folder that it is in; in no order. */
  projecting(config: ConfigId): readonly ConfigProjection[];

  /** Those that restart for the config, in no order; null: this process does not look at workloads. */
  consumers(config: ConfigId): readonly Consumer[] | null;

  /** Asks the API server. null: not known. Rejects when it does not answer. */
  pods(consumer: Consumer, signal: AbortSignal): Promise<readonly ConsumerPod[] | null>;

  /** What an object that waits for an approval would change now; null: it waits for none. Rejects as preview() does. */
  examine(object: ConfigVersion, signal: AbortSignal): Promise<AwaitedObject | null>;

  /** What people said to them, by uid, as the database has it; absent: nothing to their generation. Rejects as the reads do. */
  judged(objects: readonly ConfigVersion[], signal: AbortSignal): Promise<ReadonlyMap<string, Judgements>>;

  /**
   * Keeps it in the database, and then has the object show it, for which the operator looks at it again. `moved`: the object
   * is gone, or shows another change by now. Safe to call again; rejects when nobody knows.
   */
  judge(
    object: ConfigVersion,
    judgement: ObjectJudgement,
    signal: AbortSignal,
  ): Promise<Judgements | 'moved'>;

  /** null: there is none. */
  configMap(ref: ConfigMapRef): ConfigMapState | null;

  /**
   * Confirms the merge that this very object shows, in somebody's name; the operator saves it as it does when the annotation
   * is set. `moved`: the object is gone, or shows something else by now. Rejects when nobody knows.
   */
  confirm(object: ConfigVersion, by: string, signal: AbortSignal): Promise<'confirmed' | 'moved'>;
}
