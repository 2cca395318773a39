/**
 * Reconciles one ConfigProjection: gather (cache, rights, one look at the store) → decide (pure) → one apply → summarise
 * → at most one status write. Level-triggered, as a ConfigVersion's is. Invariant: all that a target shows was read by
 * one statement; where anything is missing, the target stays as it is.
 */
import { isStoreUnusable } from '../../history/settle/store-failure.ts';
import {
  type ConfigProjection,
  ProjectionReason,
  type ProjectionTrouble,
} from '../object/config-projection.ts';
import type { ObjectKey } from '../object/key.ts';
import {
  isProjectionSettled,
  isProjectionStalled,
  type ProjectionOutcome,
  renderedReason,
} from '../object/projection/status.ts';
import { shownConfigs } from '../object/projection/target.ts';
import { type ProjectionTerms, placesRead, readProjection, targetsOf } from '../object/projection/terms.ts';
import { notReadable, secretsNotEnabled } from '../object/projection/words.ts';
import { Doubt } from '../reconcile/doubt.ts';
import { answered, isApiAway, isApiConflict, isApiNotFound } from '../reconcile/errors.ts';
import type { Dependency } from '../reconcile/parking.ts';
import { awayRetryMs, changedRetryMs, closedRetryMs, untoldRetryMs } from '../reconcile/retry-times.ts';
import { notAnswering, unusableStore } from '../reconcile/status-writer.ts';
import { type Brought, bringProjection } from './bring.ts';
import { releaseFormer } from './former.ts';
import { type LookOutcome, lookAndBring } from './look-and-bring.ts';
import { type RefusedRead, refusedRead } from './rights.ts';
import { type RollContext, type RolledOut, rollOut } from './roll.ts';
import { tellHalted, tellRefused } from './tell-not-shown.ts';
import { tellProjection } from './tell-object.ts';
import { withdrawPurged } from './withdraw.ts';

export interface ProjectionReconcilerOptions extends RollContext {
  /** Whether this process may write Secrets. */
  readonly secrets: boolean;
  /** A refused target is looked at again after this long: what is in the way may go without telling us. */
  readonly targetRetryMs: number;
  /** Keeps a key until what it needs is back. */
  readonly park: (key: ObjectKey, dependency: Dependency) => void;
  readonly report: (report: ProjectionReport) => void;
}

/** What a reconcile came to, for the log and the metrics. */
export interface ProjectionReport {
  readonly key: ObjectKey;
  readonly generation: number;
  /** A ProjectionReason, or `Outdated`. */
  readonly outcome: string;
  readonly keys: number | null;
  readonly statusWritten: boolean;
  readonly targetWritten: boolean;
  readonly drift: boolean;
  readonly ms: number;
}

type Again = { requeueAfterMs?: number } | undefined;

export class ProjectionReconciler {
  readonly #options: ProjectionReconcilerOptions;
  readonly #doubt: Doubt;

  constructor(options: ProjectionReconcilerOptions) {
    this.#options = options;
    this.#doubt = new Doubt(options.cluster, options.clock);
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<Again> {
    const { cluster, clock, park } = this.#options;
    const startedAt = clock.monotonic();
    const object = cluster.projection(key);
    // Kubernetes removes the target with its owner.
    if (!object || object.metadata.deletionTimestamp) return undefined;
    const report = (facts: Partial<ProjectionReport> & { outcome: string }) =>
      this.#options.report({
        ...{ key, generation: object.metadata.generation, keys: null },
        ...{ statusWritten: false, targetWritten: false, drift: false },
        ms: clock.monotonic() - startedAt,
        ...facts,
      });
    try {
      return await this.#reconcile(object, report, signal);
    } catch (error) {
      const [isStore, isApi] = [isStoreUnusable(error), isApiAway(error)];
      if (isStore || isApi) {
        const reason = isStore ? ProjectionReason.StoreUnavailable : ProjectionReason.ApiUnavailable;
        const who = isStoreUnusable(error) ? unusableStore(error) : 'The API server';
        const isAnswer = answered(error);
        const statusWritten = isStore || isAnswer ? await this.#tellAway(object, reason, who, signal) : false;
        report({ outcome: reason, statusWritten });
        if (isAnswer) return { requeueAfterMs: awayRetryMs };
        park(key, isStore ? 'store' : 'api');
        return undefined;
      }
      if (isApiConflict(error)) return { requeueAfterMs: changedRetryMs };
      // The object is gone: its deletion is on its way through the watch.
      if (isApiNotFound(error)) return undefined;
      throw error;
    }
  }

  async #reconcile(object: ConfigProjection, report: Report, signal: AbortSignal): Promise<Again> {
    const { secrets, targetRetryMs } = this.#options;
    if (object.spec.suspend) {
      const statusWritten = await tellProjection(this.#options, object, { kind: 'suspended' }, signal);
      report({ outcome: ProjectionReason.Suspended, statusWritten });
      return undefined;
    }
    const terms = readProjection(object);
    if (terms.target.kind === 'Secret' && !secrets)
      return this.#stall(object, secretsNotEnabled(), report, signal);
    const { namespace } = object.metadata;
    const refused = await refusedRead(this.#options, namespace, placesRead(terms), signal);
    if (refused) return this.#deny(object, refused, report, signal);
    const shown = await this.#show(object, terms, signal);
    if (shown.kind === 'denied') return this.#deny(object, shown.refused, report, signal);
    // A purge is heeded at once; all else that the store lacks may be on its way, with the objects that save it.
    const withdrawn =
      shown.kind === 'trouble' && (await withdrawPurged(this.#options, object, terms, signal));
    const mayPass = shown.kind === 'trouble' && !withdrawn && !isProjectionStalled(object);
    const leftMs = mayPass ? this.#doubt.leftMs(object) : 0;
    if (leftMs > 0) {
      report({ outcome: ProjectionReason.Progressing });
      return { requeueAfterMs: leftMs };
    }
    this.#doubt.forget(object.metadata.uid);
    if (shown.kind === 'unasked') {
      report({ outcome: 'Outdated' });
      return undefined;
    }
    if (shown.kind === 'trouble') {
      const { trouble, purged } = withdrawn || { trouble: shown.trouble, purged: undefined };
      return this.#stall(object, trouble, report, signal, {}, purged);
    }
    const { written: targetWritten = false, drift = null } = shown;
    const effects = { targetWritten, drift: drift !== null };
    if (drift) this.#tellDrift(object, drift);
    if (shown.kind === 'refused') {
      await tellRefused(this.#options, object, { ...shown, parts: shown.parts ?? [] }, signal);
      await this.#stall(object, shown.trouble, report, signal, effects);
      return { requeueAfterMs: shown.retryMs ?? targetRetryMs };
    }
    // Of former contents that are kept.
    if (terms.target.isImmutable) await withdrawPurged(this.#options, object, terms, signal);
    const rolling = 'rollout' in shown ? shown : null;
    const present = rolling ? targetsOf(object) : [shown.target];
    const isWhole = await releaseFormer(this.#options.cluster, object, present, signal);
    const configs = shown.parts ? shownConfigs(shown.parts) : (object.status.configs ?? []);
    const outcome: ProjectionOutcome = {
      ...{ kind: 'rendered', target: shown.target, configs, rollout: rolling?.rollout ?? null },
    };
    if (rolling) await tellHalted(this.#options, object, rolling.rollout, signal);
    const statusWritten = await tellProjection(this.#options, object, outcome, signal);
    report({ outcome: renderedReason(rolling?.rollout), keys: configs.length, statusWritten, ...effects });
    if (!isWhole) return { requeueAfterMs: changedRetryMs };
    return rolling && rolling.wakeMs !== null ? { requeueAfterMs: rolling.wakeMs } : undefined;
  }

  async #show(
    object: ConfigProjection,
    terms: ProjectionTerms,
    signal: AbortSignal,
  ): Promise<LookOutcome<Brought> | RolledOut> {
    const { rollout } = terms;
    if (rollout) return rollOut(this.#options, object, { ...terms, rollout }, signal);
    return await lookAndBring<Brought>(
      this.#options,
      {
        ...{ object, terms, references: null },
        bring: found => bringProjection(this.#options, { object, ...found, stepName: null }, signal),
      },
      signal,
    );
  }

  /** For want of a right, or for as long as it is not known. */
  async #deny(
    object: ConfigProjection,
    refused: RefusedRead,
    report: Report,
    signal: AbortSignal,
  ): Promise<Again> {
    const wait = (requeueAfterMs: number) => {
      report({ outcome: ProjectionReason.Progressing });
      return { requeueAfterMs };
    };
    if (refused === 'untold') return wait(untoldRetryMs);
    const waitMs = isProjectionSettled(object)
      ? 0
      : await this.#doubt.waitMs(object, refused.config.namespace, signal);
    if (waitMs > 0) return wait(waitMs);
    this.#doubt.forget(object.metadata.uid);
    await this.#stall(object, notReadable(refused), report, signal);
    return refused.rules.kind === 'closed' ? { requeueAfterMs: closedRetryMs } : undefined;
  }

  async #stall(
    object: ConfigProjection,
    trouble: ProjectionTrouble,
    report: Report,
    signal: AbortSignal,
    effects: Partial<ProjectionReport> = {},
    purged?: ReadonlySet<string>,
  ): Promise<undefined> {
    const outcome: ProjectionOutcome = { kind: 'stalled', trouble, ...(purged && { purged }) };
    const statusWritten = await tellProjection(this.#options, object, outcome, signal);
    report({ outcome: trouble.reason, statusWritten, ...effects });
  }

  #tellDrift(object: ConfigProjection, drift: 'changed' | 'deleted'): void {
    const { kind, name } = readProjection(object).target;
    const note = `${kind} ${name} was ${drift} by somebody else and is as it was again.`;
    this.#options.cluster.projectionEvent(object, { type: 'Normal', reason: 'DriftCorrected', note });
  }

  /** What was true before still is, so only an unanswered generation is told to wait. */
  async #tellAway(
    object: ConfigProjection,
    reason: ProjectionReason,
    who: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (isProjectionSettled(object)) return false;
    const message = notAnswering(who);
    try {
      return await tellProjection(this.#options, object, { kind: 'away', reason, message }, signal);
    } catch (error) {
      if (!isApiAway(error) && !isApiNotFound(error) && !isApiConflict(error)) throw error;
      return false;
    }
  }
}

type Report = (facts: Partial<ProjectionReport> & { outcome: string }) => void;
