/**
 * Wires notifications: ConfigNotifiers are watched from the start, because one that cannot send says so, and worked on by
 * the leader.
 */
import { PostgresNotifications } from '../history/store/notifications.ts';
import type { PostgresStore } from '../history/store/store.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import { runController } from '../runtime/controller.ts';
import type { Term } from '../runtime/leader-election.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { Settings } from './config.ts';
import type { KubeCluster } from './kube/cluster.ts';
import { KubeNotifiers } from './kube/notifiers.ts';
import type { Session } from './kube/session.ts';
import { Destinations } from './notify/destination.ts';
import { Dispatcher } from './notify/dispatcher.ts';
import { NotifierReconciler } from './notify/notifier-reconciler.ts';
import type { Renderings } from './notify/renderings.ts';
import type { ConfigNotifier } from './object/config-notifier.ts';
import { type ObjectKey, objectKey } from './object/key.ts';
import { Parking, type Probers } from './reconcile/parking.ts';
import { count, tellNotification, tellNotifier } from './tell.ts';
import type { Tenancy } from './tenancy.ts';

const random = Math.random;
const controller = 'confignotifier';
const workers = 2;
/** Time between two looks at what happened. */
const everyMs = 1_000;
/** What is being sent when this process is told to stop may be answered for so long. */
const drainMs = 8_000;

/** The notifiers of this process, and, while it leads, the queue for them. */
export class Notifying {
  readonly notifiers: KubeNotifiers;
  #term: { readonly queue: WorkQueue<ObjectKey>; readonly gone: (object: ConfigNotifier) => void } | null =
    null;

  constructor(notifiers: KubeNotifiers) {
    this.notifiers = notifiers;
    notifiers.onNotifier((key, before, after, own) => {
      if (before && before.metadata.uid !== after?.metadata.uid) this.#term?.gone(before);
      if (!after) this.#term?.queue.forget(key);
      else if (!own) this.add(key);
    });
  }

  open(queue: WorkQueue<ObjectKey>, gone: (object: ConfigNotifier) => void): void {
    this.#term = { queue, gone };
    for (const { metadata } of this.notifiers.notifiers()) this.add(objectKey(metadata));
  }

  close(): void {
    this.#term = null;
  }

  add(key: ObjectKey): void {
    this.#term?.queue.add(key, 'new');
  }
}

export function openNotifying({ watchNamespaces: namespaces }: Settings, context: NotifyContext): Notifying {
  const { session, metrics, logger } = context;
  const resource = 'confignotifiers';
  return new Notifying(
    new KubeNotifiers(session, {
      ...{ clock, random, namespaces },
      hooks: {
        watchEnded: reason => metrics.watchRestarts.inc({ resource, reason }),
        failed: (error, delayMs) =>
          logger.warn({ resource, err: error, delayMs: Math.round(delayMs) }, 'the watch failed'),
        unreadable: error => logger.error({ resource, err: error }, 'an object cannot be read'),
      },
      handlerFailed: (error, key) => logger.error({ err: error, object: key }, 'a watch handler failed'),
    }),
  );
}

interface NotifyContext {
  readonly session: Session;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

interface NotifyWork {
  readonly settings: Settings;
  readonly cluster: KubeCluster;
  readonly store: PostgresStore;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly tenancy: Tenancy;
  readonly probers: Probers;
  readonly renderings: Renderings;
}

/** Works until the signal is aborted. Never rejects. */
export async function workOnNotifiers(
  notifying: Notifying,
  { settings, cluster, store, metrics, logger, tenancy, probers, renderings }: NotifyWork,
  term: Term,
  signal: AbortSignal,
): Promise<void> {
  const { notifiers } = notifying;
  const queue = new WorkQueue<ObjectKey>({ clock, random });
  const notifications = new PostgresNotifications(store);
  const failed = (what: string, error: unknown) => logger.error({ err: error }, `${what} failed`);
  const allowed = settings.notifications;
  const destinations = new Destinations({ cluster: notifiers, allowed, clock });
  const holds = (configNamespace: string, kubeNamespace: string, asked: AbortSignal) =>
    tenancy.holdOf(configNamespace, kubeNamespace, asked);
  const dispatcher = new Dispatcher({
    ...{ cluster, holds, store: notifications, destinations, random, everyMs, failed },
    sender: { allowed, clock, store: notifications, cluster: settings.cluster },
    check: () => term.check(),
    wake: key => queue.add(key, 'new'),
    report: (result, key, words) => tellNotification({ result, key, words }, metrics, logger),
  });
  const parking = new Parking<ObjectKey>({ probers, wake: key => queue.add(key, 'new'), signal });
  const reconciler = new NotifierReconciler({
    ...{
      cluster: notifiers,
      rules: cluster,
      store: notifications,
      dispatcher,
      destinations,
      renderings,
      clock,
      holds,
    },
    park: (key, dependency) => parking.park(key, dependency),
    report: report => tellNotifier(report, metrics, logger),
  });
  notifying.open(queue, object => {
    renderings.dismiss(objectKey(object.metadata));
    dispatcher.forget(object, signal).catch(error => {
      // What is left of it goes when nobody has asked about it for long.
      if (!signal.aborted) failed('forgetting a notifier', error);
    });
  });
  metrics.followNotifications(() => dispatcher.lagMs(clock.now()));
  const cut = new AbortController();
  const stop = () => clock.timer(drainMs, () => cut.abort(new Error('stopped')));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const sending = Promise.all([
    dispatcher.run(signal, AbortSignal.any([cut.signal, term.signal])),
    renderings.run(signal),
  ]);
  await runController(
    {
      ...{ queue, clock, workers, drainMs: 9_000, abandonMs: 500, cut: term.signal },
      reconcile: (key, attempt) => {
        term.check();
        return reconciler.reconcile(key, attempt);
      },
      hooks: {
        finished: (key, outcome, ms) => {
          if (!term.signal.aborted) count({ controller, key }, outcome, ms, metrics, logger);
        },
      },
    },
    signal,
  );
  notifying.close();
  await sending;
  metrics.followNotifications(() => 0);
}
