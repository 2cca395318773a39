/**
 * Reconciles one ConfigVersion: gather (cache, one look at the store) → decide (pure) → save → ConfigMap →
 * summarise → at most one status write. Level-triggered: it gets a key and nothing else, so any step may be
 * repeated, by a retry or by another replica, and changes nothing the second time.
 */

import type { Law } from '../../history/core/law.ts';
import type { Refusal, RefusalOf, Right } from '../../history/core/refusal.ts';
import type { Store } from '../../history/settle/ports.ts';
import type { Quotas } from '../../history/settle/quotas.ts';
import { type Settled, Settler } from '../../history/settle/settle.ts';
import { isStoreUnusable } from '../../history/settle/store-failure.ts';
import type { Thinker } from '../../history/settle/thinker.ts';
import type { ConfigId, Others, Version, View } from '../../history/words/model.ts';
import { Reason } from '../../history/words/reasons.ts';
import type { Clock } from '../../runtime/clock.ts';
import { OffloadBusy } from '../../runtime/offload.ts';
import type { BodyNote } from '../../text/body.ts';
import type { ConfigVersion } from '../object/config-version.ts';
import { guessView } from '../object/guess.ts';
import type { ObjectKey, WorkKey } from '../object/key.ts';
import { stallOf } from '../object/refusal-words.ts';
import { isAccepted, isSettled, tellsOthers } from '../object/status.ts';
import { proposedConfig, type ReadSettings, readTerms, type Terms } from '../object/terms.ts';
import { finishDeletion, followDeletionPolicy, hasFinalizer } from './deletion.ts';
import { Doubt } from './doubt.ts';
import { answered, isApiAway, isApiConflict, isApiNotFound } from './errors.ts';
import type { Fights } from './fights.ts';
import { type Holds, wholeLawOf } from './namespace-law.ts';
import { isNews, notesOfProposal, outcomeOf, readyReason, waitingForFormer } from './outcome.ts';
import type { Dependency } from './parking.ts';
import type { Cluster, RenderingTeller, StoreUpkeep } from './ports.ts';
import { followRestoredCluster, highestSeen } from './restore.ts';
import { awayRetryMs, changedRetryMs, closedRetryMs, maxRaces, untoldRetryMs } from './retry-times.ts';
import { noEffects, type Shown, showHead } from './show.ts';
import { logOutcome, tellAway, unusableStore, writeStatus } from './status-writer.ts';
import { afterHeadMoved, formerSha256Of, targetOf } from './wake.ts';

/** A quota is free again on the next day, or when somebody deletes something: neither is told. */
const quotaRetryMs = 600_000;

export interface ReconcilerOptions {
  readonly cluster: Cluster;
  readonly store: Store & Pick<StoreUpkeep, 'deleteConfig' | 'logRefusal' | 'others' | 'rewindLine'>;
  readonly reading: ReadSettings;
  readonly thinker: Thinker;
  readonly holds: Holds;
  /** A refused ConfigMap is looked at again after this long: what is in the way may go without telling us. */
  readonly targetRetryMs: number;
  readonly clock: Clock;
  /** Puts keys in the queue. */
  readonly wake: (key: WorkKey) => void;
  readonly fights: Fights;
  readonly renderings?: RenderingTeller;
  /** Default: what policies say, and no more. */
  readonly quotas?: Pick<Quotas, 'quotaOf'>;
  /** Whether a look at this object is under way. */
  readonly isAtWork: (key: WorkKey) => boolean;
  /** Keeps a key until what it needs is back. */
  readonly park: (key: ObjectKey, dependency: Dependency) => void;
  readonly report: (report: ReconcileReport) => void;
}

/** What a reconcile came to, for the log and the metrics. */
export interface ReconcileReport {
  readonly key: ObjectKey;
  readonly config: string;
  readonly generation: number;
  /** A reason of the Ready condition, or `Outdated`, `Deleted`, `Released`. */
  readonly outcome: string;
  readonly version: Version | null;
  readonly saved: boolean;
  /** Whether the version is one that a merge made. */
  readonly merged: boolean;
  readonly statusWritten: boolean;
  readonly configMapWritten: boolean;
  readonly drift: boolean;
  /** Milliseconds from start to when the ConfigMap was as it must be; null: it is not, or not by this reconcile. */
  readonly shownMs: number | null;
  /** Milliseconds from start to end. */
  readonly ms: number;
}

/** What was settled, and what the text is worth noting for; null: the text was not read. */
type Looked = Settled & { readonly notes: readonly BodyNote[] | null; readonly awaits?: 'former' };

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #settler: Settler;
  readonly #doubt: Doubt;
  /** What became of the objects that are looked at now, by uid; their statuses do not tell it yet. */
  readonly #fresh = new Map<string, Version | null>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#doubt = new Doubt(options.cluster, options.clock);
    const seen = (config: ConfigId, view: View) => highestSeen(options.cluster, config, view);
    this.#settler = new Settler(options.store, options.thinker, seen, options.quotas);
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<{ requeueAfterMs?: number } | undefined> {
    const { cluster, clock, park } = this.#options;
    const startedAt = clock.monotonic();
    const object = cluster.configVersion(key);
    if (!object) return undefined;
    try {
      if (object.metadata.deletionTimestamp) return await this.#finish(key, object, startedAt, signal);
      return await this.#reconcile(key, object, startedAt, signal);
    } catch (error) {
      if (isStoreUnusable(error)) {
        const reason = Reason.StoreUnavailable;
        await this.#tellAway(key, object, startedAt, reason, unusableStore(error), signal);
        if (answered(error)) return { requeueAfterMs: awayRetryMs };
        park(key, 'store');
        return undefined;
      }
      if (isApiAway(error)) {
        if (answered(error)) {
          await this.#tellAway(key, object, startedAt, Reason.ApiUnavailable, 'The API server', signal);
          return { requeueAfterMs: awayRetryMs };
        }
        park(key, 'api');
        this.#report(key, object, startedAt, { outcome: Reason.ApiUnavailable });
        return undefined;
      }
      // Another replica wrote to it since: what it wrote is on its way through the watch.
      if (isApiConflict(error)) return { requeueAfterMs: changedRetryMs };
      // Its namespace has as many heavy texts at work as it may: the workers are for everybody.
      if (error instanceof OffloadBusy) {
        error.onRoom(() => this.#options.wake(key));
        return undefined;
      }
      // The object is gone: its deletion is on its way through the watch.
      if (isApiNotFound(error)) return undefined;
      throw error;
    } finally {
      this.#fresh.delete(object.metadata.uid);
    }
  }

  /** Gathers what the object proposes and the rules it is held against, as both are now; null: nobody told them yet. */
  async #gather(
    object: ConfigVersion,
    rights: readonly Right[],
    signal: AbortSignal,
  ): Promise<{ terms: Terms; law: Law } | null> {
    const { clock, reading } = this.#options;
    const law = await wholeLawOf(this.#options, object, rights, clock.now(), signal);
    return law && { terms: readTerms(object, reading), law };
  }

  /** Most looks at an object find that it was accepted before, and need no text for that. */
  async #settle(
    object: ConfigVersion,
    terms: Terms,
    law: Law,
    guess: boolean,
    signal: AbortSignal,
  ): Promise<Looked | 'raced' | 'outdated' | 'untold'> {
    const answer = isAccepted(object) ? await this.#settler.recall(terms, signal) : null;
    if (answer) return { ...answer, notes: null };
    const text = await this.#options.cluster.textOf(object, signal);
    if (text === null) return 'outdated';
    const formerSha256 = formerSha256Of(this.#options.cluster, object);
    const guessed = guess ? this.#guess(object, terms) : null;
    const settled = await this.#settler.settle({ ...terms, text }, law, signal, guessed, formerSha256);
    return typeof settled === 'string' ? settled : { ...settled, notes: notesOfProposal(terms, text) };
  }

  #guess(object: ConfigVersion, terms: Terms): View | null {
    const { cluster } = this.#options;
    const alone = [...cluster.proposersOf(terms.config)].length === 1;
    return guessView(object, terms, cluster.configMap(targetOf(object)), alone);
  }

  async #finish(
    key: ObjectKey,
    object: ConfigVersion,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<{ requeueAfterMs?: number } | undefined> {
    if (!hasFinalizer(object)) return undefined;
    const rights: Right[] = object.spec.deletionPolicy === 'Delete' ? ['delete'] : [];
    const gathered = await this.#gather(object, rights, signal);
    if (!gathered) return this.#wait(key, object, startedAt, untoldRetryMs);
    const { terms, law } = gathered;
    const finished = await finishDeletion(this.#options, object, terms, law, signal);
    if (finished === 'untold') return this.#wait(key, object, startedAt, untoldRetryMs);
    if (finished === 'raced') return { requeueAfterMs: changedRetryMs };
    this.#report(key, object, startedAt, { outcome: finished === 'deleted' ? 'Deleted' : 'Released' });
    return undefined;
  }

  async #reconcile(
    key: ObjectKey,
    seen: ConfigVersion,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<{ requeueAfterMs?: number } | undefined> {
    if (seen.spec.suspend) {
      const statusWritten = await writeStatus(this.#options, seen, { kind: 'suspended' }, signal);
      this.#report(key, seen, startedAt, { outcome: Reason.Suspended, statusWritten });
      return undefined;
    }
    const object = await followDeletionPolicy(this.#options.cluster, seen, signal);
    if (object === 'raced') return { requeueAfterMs: changedRetryMs };

    let saved = false;
    for (let race = 0; race < maxRaces; race++) {
      const gathered = await this.#gather(object, ['write', 'read'], signal);
      if (!gathered) return this.#wait(key, object, startedAt, untoldRetryMs);
      const { terms, law } = gathered;
      if (law.write && !isSettled(object)) {
        const waitMs = await this.#doubt.waitMs(object, terms.config.namespace, signal);
        if (waitMs > 0) return this.#wait(key, object, startedAt, waitMs);
      }
      this.#doubt.forget(object.metadata.uid);
      const settled = await this.#settle(object, terms, law, race === 0, signal);
      if (settled === 'raced') continue;
      if (settled === 'untold') return this.#wait(key, object, startedAt, untoldRetryMs);
      if (settled === 'outdated') {
        if (await followRestoredCluster(this.#options, object, terms, signal)) continue;
        this.#report(key, object, startedAt, { outcome: 'Outdated' });
        return undefined;
      }
      this.#fresh.set(object.metadata.uid, settled.line?.version ?? null);
      // Others learn of the new head even if our own ConfigMap or status cannot be written now.
      if (isNews(object, settled)) afterHeadMoved(this.#options, terms, object.metadata.uid);
      saved ||= settled.saved;

      const denied = settled.refusal ? null : law.read;
      const shown: Shown | 'raced' | 'unasked' = denied
        ? { trouble: stallOf(denied, terms), effects: noEffects }
        : await showHead(
            this.#options,
            { object, terms, settled, fresh: this.#fresh, insist: race > 1 },
            signal,
          );
      if (shown === 'raced') continue;
      if (shown === 'unasked') {
        this.#report(key, object, startedAt, { outcome: 'Outdated', saved });
        return undefined;
      }
      if (settled.awaits) {
        // A look at that one, or its end, wakes this object. It asks for the ConfigMap, which so outlives that one.
        const statusWritten = await writeStatus(this.#options, object, waitingForFormer(object), signal);
        this.#report(key, object, startedAt, {
          outcome: Reason.Progressing,
          statusWritten,
          ...shown.effects,
        });
        return shown.trouble ? { requeueAfterMs: shown.retryMs ?? this.#options.targetRetryMs } : undefined;
      }
      const news = saved || shown.effects.configMapWritten;
      const shownMs = news && !shown.trouble ? this.#options.clock.monotonic() - startedAt : null;
      const others = await this.#othersThan(object, terms, settled, signal);
      const outcome = outcomeOf(terms, settled, shown.trouble, others, settled.notes);
      const unlogged = await logOutcome(this.#options, object, terms, outcome, signal);
      const statusWritten = await writeStatus(this.#options, object, outcome, signal);
      this.#report(key, object, startedAt, {
        outcome: readyReason(outcome),
        version: settled.line?.version ?? null,
        saved,
        merged: settled.line?.acceptedAs === 'Merged',
        shownMs,
        statusWritten,
        ...shown.effects,
      });
      if (unlogged) throw unlogged;
      if (law.write && isClosed(law.write)) return { requeueAfterMs: closedRetryMs };
      if (settled.refusal?.kind === 'frozen')
        return { requeueAfterMs: untilThawed(settled.refusal, this.#options.clock.now()) };
      if (settled.refusal?.kind === 'over-quota') return { requeueAfterMs: quotaRetryMs };
      if (!shown.trouble || denied) return undefined;
      return { requeueAfterMs: shown.retryMs ?? this.#options.targetRetryMs };
    }
    throw new Error(`${key}: the head moved ${maxRaces} times while it was looked at`);
  }

  /** Asked once in the life of what is told: who saved a version never changes. */
  async #othersThan(
    object: ConfigVersion,
    { config, source }: Terms,
    { line, refusal }: Settled,
    signal: AbortSignal,
  ): Promise<Others | null> {
    if (refusal || !line || tellsOthers(object, line)) return null;
    return this.#options.store.others(config, source, signal);
  }

  /** What is missing is on its way through a watch, which wakes the object; `ms` is the net under it. */
  #wait(key: ObjectKey, object: ConfigVersion, startedAt: number, ms: number): { requeueAfterMs: number } {
    this.#report(key, object, startedAt, { outcome: Reason.Progressing });
    return { requeueAfterMs: ms };
  }

  async #tellAway(
    key: ObjectKey,
    object: ConfigVersion,
    startedAt: number,
    reason: Reason,
    who: string,
    signal: AbortSignal,
  ): Promise<void> {
    const statusWritten = await tellAway(this.#options, object, reason, who, signal);
    this.#report(key, object, startedAt, { outcome: reason, statusWritten });
  }

  #report(
    key: ObjectKey,
    object: ConfigVersion,
    startedAt: number,
    facts: Partial<ReconcileReport> & { outcome: string },
  ): void {
    const { namespace, path } = proposedConfig(object);
    this.#options.report({
      key,
      config: `${namespace}/${path}`,
      generation: object.metadata.generation,
      version: null,
      saved: false,
      merged: false,
      shownMs: null,
      statusWritten: false,
      configMapWritten: false,
      drift: false,
      ms: this.#options.clock.monotonic() - startedAt,
      ...facts,
    });
  }
}

/** A timer of longer than this is looked at again before: the clock may be set. */
const longestMs = 3_600_000;

function untilThawed({ freeze }: RefusalOf<'frozen'>, now: Date): number {
  return Math.min(longestMs, Math.max(0, Date.parse(freeze.until) - now.getTime()) + 1);
}

function isClosed(refusal: Refusal): boolean {
  return refusal.kind === 'no-right' && refusal.rules.kind === 'closed';
}
