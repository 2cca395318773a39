/**
 * Reconciles one ConfigProjection: gather (cache, rights, one look at the store) → decide (pure) → one apply → summarise
 * → at most one status write. Level-triggered, as a ConfigVersion's is. Invariant: all that a target shows was read by
 * one statement; where anything is missing, the target stays as it is.
 */
import { isStoreUnusable } from '../../history/settle/store-failure.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { ProjectionView } from '../../history/words/projection.ts';
import type { Clock } from '../../runtime/clock.ts';
import {
  type ConfigProjection,
  ProjectionReason,
  type ProjectionTrouble,
} from '../object/config-projection.ts';
import { type ObjectKey, objectKey } from '../object/key.ts';
import { contentsOf, maxKeys, maxSourceBytes, type ShownKey } from '../object/projection/contents.ts';
import { isProjectionSettled, type ProjectionOutcome } from '../object/projection/status.ts';
import { shownConfigs } from '../object/projection/target.ts';
import { lookFor, type ProjectionTerms, placesRead, readProjection } from '../object/projection/terms.ts';
import { notReadable, secretsNotEnabled, tooManyReferred } from '../object/projection/words.ts';
import { Doubt } from '../reconcile/doubt.ts';
import { answered, isApiAway, isApiConflict, isApiNotFound } from '../reconcile/errors.ts';
import type { Fights } from '../reconcile/fights.ts';
import type { Dependency } from '../reconcile/parking.ts';
import {
  awayRetryMs,
  changedRetryMs,
  closedRetryMs,
  maxRaces,
  untoldRetryMs,
} from '../reconcile/retry-times.ts';
import { notAnswering } from '../reconcile/status-writer.ts';
import { type Brought, bringProjection } from './bring.ts';
import { releaseFormer } from './former.ts';
import type { ProjectionCluster, ProjectionStore } from './ports.ts';
import type { Referring } from './referring.ts';
import { type RefusedRead, type RightsContext, refusedRead } from './rights.ts';
import { tellProjection } from './tell-object.ts';

/** As long as texts refer to more and more configs, and with texts where these were not read at first. */
const mostLooks = 64;
/** Configs that one target's texts may refer to. */
const maxReferred = 256;

export interface ProjectionReconcilerOptions extends RightsContext {
  readonly cluster: ProjectionCluster;
  readonly store: ProjectionStore;
  readonly clock: Clock;
  readonly fights: Fights;
  readonly referring: Referring;
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
        const who = isStore ? 'PostgreSQL' : 'The API server';
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
    this.#doubt.forget(object.metadata.uid);
    if (shown.kind === 'unasked') {
      report({ outcome: 'Outdated' });
      return undefined;
    }
    if (shown.kind === 'trouble') return this.#stall(object, shown.trouble, report, signal);
    const { written: targetWritten = false, drift = null } = shown;
    const effects = { targetWritten, drift: drift !== null };
    if (drift) this.#tellDrift(object, drift);
    if (shown.kind === 'refused') {
      await this.#stall(object, shown.trouble, report, signal, effects);
      return { requeueAfterMs: shown.retryMs ?? targetRetryMs };
    }
    const isWhole = await releaseFormer(this.#options.cluster, object, shown.target, signal);
    const outcome: ProjectionOutcome = {
      ...{ kind: 'rendered', target: shown.target, configs: shownConfigs(shown.parts) },
    };
    const statusWritten = await tellProjection(this.#options, object, outcome, signal);
    const keys = shown.parts.length;
    report({ outcome: ProjectionReason.Rendered, keys, statusWritten, ...effects });
    return isWhole ? undefined : { requeueAfterMs: changedRetryMs };
  }

  /** Looks at the store and at the target until both fit. */
  async #show(object: ConfigProjection, terms: ProjectionTerms, signal: AbortSignal): Promise<Shown> {
    const key = objectKey(object.metadata);
    const { referring } = this.#options;
    let referred: readonly ConfigId[] = terms.references ? referring.of(key) : [];
    let isRemembered = referred.length > 0;
    let withTexts = terms.references;
    for (let race = 0, looks = 0; race < maxRaces && looks < mostLooks; looks++) {
      // Rights come before anything is read.
      const refused = await refusedRead(this.#options, object.metadata.namespace, referred, signal);
      if (refused && !isRemembered) return { kind: 'denied', refused };
      // The texts may not refer to it any more.
      if (refused) referred = [];
      isRemembered = false;
      const view = await this.#look(terms, referred, withTexts, signal);
      const contents = contentsOf(terms, view, referred);
      if (contents.kind === 'trouble') return contents;
      if (contents.kind === 'referring') {
        referred = [...referred, ...contents.to];
        referring.keep(key, referred);
        if (referred.length > maxReferred) return { kind: 'trouble', trouble: tooManyReferred(maxReferred) };
        continue;
      }
      if (contents.kind === 'unread') {
        withTexts = true;
        continue;
      }
      const { parts, used } = contents;
      const brought = await bringProjection(this.#options, { object, parts, used, insist: race > 1 }, signal);
      if (brought.kind === 'raced') race += 1;
      else if (brought.kind === 'unread') withTexts = true;
      else {
        referring.keep(
          key,
          used.map(({ config }) => config),
        );
        return { ...brought, parts };
      }
    }
    throw new Error(`${key}: what it shows changed each time while it was looked at`);
  }

  #look(
    terms: ProjectionTerms,
    referred: readonly ConfigId[],
    withTexts: boolean,
    signal: AbortSignal,
  ): Promise<ProjectionView> {
    const limits = { most: maxKeys + referred.length, maxTextBytes: withTexts ? maxSourceBytes : 0 };
    return this.#options.store.projected({ ...lookFor(terms, referred), ...limits }, signal);
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
  ): Promise<undefined> {
    const statusWritten = await tellProjection(this.#options, object, { kind: 'stalled', trouble }, signal);
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

type Shown =
  | { readonly kind: 'trouble'; readonly trouble: ProjectionTrouble }
  | { readonly kind: 'denied'; readonly refused: RefusedRead }
  | (Exclude<Brought, { kind: 'unread' | 'raced' }> & { readonly parts: readonly ShownKey[] });

type Report = (facts: Partial<ProjectionReport> & { outcome: string }) => void;
