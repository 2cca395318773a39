/**
 * Reconciles one ConfigNamespace: our finalizer on it, one status, and on deletion the count of its configs. Invariant:
 * it goes only when the store has confirmed that it is empty, and then at once. Its rules need nothing done; they are
 * read where a proposal is decided.
 */

import { isStoreAway } from '../../history/settle/store-failure.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type ConfigNamespace, namespaceFinalizer } from '../object/config-namespace.ts';
import type { ConfigNamespaceKey, Work } from '../object/key.ts';
import { sameStatus } from '../object/status.ts';
import { isApiAway, isApiConflict, isApiNotFound } from './errors.ts';
import { type NamespaceOutcome, summariseNamespace } from './namespace-status.ts';
import type { Dependency } from './parking.ts';
import type { Cluster, StoreUpkeep } from './ports.ts';

/** A config may be deleted without any event that tells this process. */
const recountMs = 60_000;
/** Somebody else just changed the object. */
const changedRetryMs = 500;

export interface NamespaceReconcilerOptions {
  readonly cluster: Cluster;
  readonly store: Pick<StoreUpkeep, 'countConfigs'>;
  readonly clock: Clock;
  /** Keeps a key until what it needs is back. */
  readonly park: (key: ConfigNamespaceKey, dependency: Dependency) => void;
  readonly report: (report: NamespaceReport) => void;
}

export interface NamespaceReport {
  readonly namespace: string;
  /** A NamespaceReason, or `Released`. */
  readonly outcome: string;
  readonly statusWritten: boolean;
}

export class NamespaceReconciler {
  readonly #options: NamespaceReconcilerOptions;

  constructor(options: NamespaceReconcilerOptions) {
    this.#options = options;
  }

  async reconcile(
    { key, name }: Pick<Work & { kind: 'ConfigNamespace' }, 'key' | 'name'>,
    signal: AbortSignal,
  ): Promise<{ requeueAfterMs?: number } | undefined> {
    const { cluster, park } = this.#options;
    const object = cluster.configNamespace(name);
    if (!object) return undefined;
    try {
      return await this.#reconcile(object, signal);
    } catch (error) {
      if (isApiAway(error)) park(key, 'api');
      else if (isStoreAway(error)) {
        park(key, 'store');
        await this.#tellStoreAway(object, signal);
      } else if (isApiConflict(error)) return { requeueAfterMs: changedRetryMs };
      else if (!isApiNotFound(error)) throw error;
      return undefined;
    }
  }

  async #reconcile(
    seen: ConfigNamespace,
    signal: AbortSignal,
  ): Promise<{ requeueAfterMs?: number } | undefined> {
    const { cluster, store, report } = this.#options;
    const { name, finalizers, deletionTimestamp } = seen.metadata;
    const ours = finalizers.includes(namespaceFinalizer);
    if (!deletionTimestamp) {
      const object = ours
        ? seen
        : await cluster.setNamespaceFinalizers(seen, [...finalizers, namespaceFinalizer], signal);
      await this.#tell(object, { kind: 'inForce' }, signal);
      return undefined;
    }
    if (!ours) return undefined;
    const configs = await store.countConfigs(name, signal);
    if (configs > 0) {
      await this.#tell(seen, { kind: 'notEmpty', configs }, signal);
      return { requeueAfterMs: recountMs };
    }
    const others = finalizers.filter(each => each !== namespaceFinalizer);
    await cluster.setNamespaceFinalizers(seen, others, signal);
    report({ namespace: name, outcome: 'Released', statusWritten: false });
    return undefined;
  }

  async #tell(object: ConfigNamespace, outcome: NamespaceOutcome, signal: AbortSignal): Promise<void> {
    const { cluster, clock, report } = this.#options;
    const status = summariseNamespace(object, outcome, clock.now());
    const statusWritten = !sameStatus(object.status, status);
    if (statusWritten) await cluster.applyNamespaceStatus(object, status, signal);
    const reason = status.conditions?.[0]?.reason ?? outcome.kind;
    report({ namespace: object.metadata.name, outcome: reason, statusWritten });
  }

  async #tellStoreAway(object: ConfigNamespace, signal: AbortSignal): Promise<void> {
    try {
      await this.#tell(object, { kind: 'storeAway' }, signal);
    } catch (error) {
      // The next reconcile shows it.
      if (!isApiAway(error) && !isApiNotFound(error) && !isApiConflict(error)) throw error;
    }
  }
}
