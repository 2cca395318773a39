/**
 * Reconciles one ConfigNotifier: whether it can send, as its condition, and what it could not deliver. Sending is the
 * dispatcher's. Invariant: one that cannot send is not told of anything meanwhile and goes on from where it was; one status
 * write, only when its meaning changes.
 */
import { message } from '../../history/core/names.ts';
import { isStoreUnusable } from '../../history/settle/store-failure.ts';
import type { Clock } from '../../runtime/clock.ts';
import {
  type ConfigNotifier,
  NotifierReason,
  type NotifierTrouble,
  notifiedNamespace,
} from '../object/config-notifier.ts';
import { type ObjectKey, objectKey } from '../object/key.ts';
import { summariseNotifier } from '../object/notifier-status.ts';
import { sameStatus } from '../object/status.ts';
import type { RightsContext } from '../projection/rights.ts';
import { Doubt } from '../reconcile/doubt.ts';
import { answered, isApiAway, isApiConflict, isApiNotFound } from '../reconcile/errors.ts';
import type { Dependency } from '../reconcile/parking.ts';
import type { Cluster } from '../reconcile/ports.ts';
import { awayRetryMs, changedRetryMs, untoldRetryMs } from '../reconcile/retry-times.ts';
import type { Destinations } from './destination.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { NotificationStore, NotifierCluster } from './ports.ts';
import { isWithoutRight, type Renderings } from './renderings.ts';
import { readsSomething } from './wanted.ts';

/** Of one Kubernetes namespace; the oldest are worked on. */
const mostNotifiers = 20;
/** No watch tells when a Secret is there. */
const troubleRetryMs = 15_000;

export interface NotifierReconcilerOptions extends Pick<RightsContext, 'holds'> {
  readonly cluster: NotifierCluster;
  readonly rules: RightsContext['cluster'] & Pick<Cluster, 'areRulesCurrent'>;
  readonly store: Pick<NotificationStore, 'states' | 'revive'>;
  readonly dispatcher: Pick<Dispatcher, 'enlist' | 'dismiss'>;
  readonly destinations: Destinations;
  readonly renderings: Pick<Renderings, 'ask' | 'dismiss'>;
  readonly clock: Clock;
  readonly park: (key: ObjectKey, dependency: Dependency) => void;
  readonly report: (report: NotifierReport) => void;
}

export interface NotifierReport {
  readonly key: ObjectKey;
  /** A NotifierReason. */
  readonly outcome: string;
  readonly statusWritten: boolean;
  /** Notifications that were given up, and are sent again as its annotation asks. */
  readonly revived: number;
}

type Again = { requeueAfterMs?: number } | undefined;

export class NotifierReconciler {
  readonly #options: NotifierReconcilerOptions;
  readonly #doubt: Doubt;

  constructor(options: NotifierReconcilerOptions) {
    this.#options = options;
    this.#doubt = new Doubt(options.rules, options.clock);
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<Again> {
    const { cluster, dispatcher, renderings, park } = this.#options;
    const object = cluster.notifier(key);
    if (!object || object.metadata.deletionTimestamp !== undefined) {
      dispatcher.dismiss(key);
      renderings.dismiss(key);
      return undefined;
    }
    try {
      return await this.#reconcile(key, object, signal);
    } catch (error) {
      if (isStoreUnusable(error)) park(key, 'store');
      else if (isApiAway(error)) {
        if (answered(error)) return { requeueAfterMs: awayRetryMs };
        park(key, 'api');
      } else if (isApiConflict(error)) return { requeueAfterMs: changedRetryMs };
      else if (!isApiNotFound(error)) throw error;
      return undefined;
    }
  }

  async #reconcile(key: ObjectKey, object: ConfigNotifier, signal: AbortSignal): Promise<Again> {
    const { store, dispatcher, destinations, renderings } = this.#options;
    const found = this.#isTooMany(object) ? tooMany : await destinations.of(object, signal);
    let trouble: NotifierTrouble | null = found.ok ? null : found.trouble;
    if (!trouble) {
      const reads = await readsSomething({ ...this.#options, cluster: this.#options.rules }, object, signal);
      if (reads === 'untold') return { requeueAfterMs: untoldRetryMs };
      if (!reads) {
        const waitMs = await this.#doubt.waitMs(object, notifiedNamespace(object), signal);
        if (waitMs > 0) return { requeueAfterMs: waitMs };
        trouble = notReadable(object);
      }
    }
    this.#doubt.forget(object.metadata.uid);
    if (trouble) {
      dispatcher.dismiss(key);
      if (isWithoutRight(trouble)) renderings.dismiss(key);
      destinations.forget(object.metadata.uid);
      await this.#tell(key, object, { trouble, state: null, retried: object.status.retried ?? null }, signal);
      return { requeueAfterMs: troubleRetryMs };
    }
    const id = await dispatcher.enlist(object, signal);
    await renderings.ask(object);
    const { retry } = object.metadata;
    const isAsked = retry !== null && retry !== (object.status.retried ?? null);
    const revived = isAsked ? await store.revive(id, signal) : 0;
    const state = (await store.states([id], signal)).get(id) ?? null;
    await this.#tell(key, object, { trouble: null, state, retried: retry }, signal, revived);
    return undefined;
  }

  async #tell(
    key: ObjectKey,
    object: ConfigNotifier,
    facts: Parameters<typeof summariseNotifier>[1],
    signal: AbortSignal,
    revived = 0,
  ): Promise<void> {
    const { cluster, clock, report } = this.#options;
    const status = summariseNotifier(object, facts, clock.now());
    const statusWritten = !sameStatus(object.status, status);
    if (statusWritten) await cluster.applyNotifierStatus(object, status, signal);
    report({ key, outcome: status.conditions![0]!.reason, statusWritten, revived });
  }

  #isTooMany({ metadata }: ConfigNotifier): boolean {
    const ages = [...this.#options.cluster.notifiersIn(metadata.namespace)].map(
      ({ metadata: other }) => other,
    );
    const older = ages.filter(
      other =>
        other.creationTimestamp < metadata.creationTimestamp ||
        (other.creationTimestamp === metadata.creationTimestamp && objectKey(other) < objectKey(metadata)),
    );
    return older.length >= mostNotifiers;
  }
}

const tooMany = {
  ok: false,
  trouble: {
    reason: NotifierReason.TooManyNotifiers,
    message: `A Kubernetes namespace has ${mostNotifiers} ConfigNotifiers at most, and there are as many older ones. Delete one of them.`,
  },
} as const;

function notReadable(object: ConfigNotifier): NotifierTrouble {
  const { namespace } = object.metadata;
  return {
    reason: NotifierReason.PathNotAllowed,
    message: message(
      `Kubernetes namespace ${namespace} may not read what it asks for in config namespace ${notifiedNamespace(object)}.`,
      'Ask an administrator to add it to readers of that ConfigNamespace.',
    ),
  };
}
