/**
 * Restarts of workloads, where the settings ask for them: the desk that the watches fill, and the leader's work on it. A queue
 * and workers of its own, so that no rollout waits for a save, nor a save for a rollout. Invariant: without the setting nothing
 * here runs, and no workload is read.
 */
import { configNamed } from '../history/core/names.ts';
import type { PostgresStore } from '../history/store/store.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { jitter } from '../runtime/backoff.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import { runController } from '../runtime/controller.ts';
import type { Term } from '../runtime/leader-election.ts';
import { type Lane, WorkQueue } from '../runtime/work-queue.ts';
import type { Settings } from './config.ts';
import { consumersBehind } from './consumers.ts';
import type { KubeCluster } from './kube/cluster.ts';
import type { Session } from './kube/session.ts';
import { KubeWorkloads } from './kube/workloads.ts';
import { type Workload, type WorkloadKey, workloadKey } from './object/workload/workload.ts';
import { instance } from './open.ts';
import { Restarter } from './restarts/restarter.ts';
import { savedByIn } from './saved-by.ts';

const random = Math.random;
/** Few: a restart costs the cluster more than a moment of waiting. */
const workers = 2;
const controller = 'restart';

export interface Restarts {
  readonly workloads: KubeWorkloads;
  readonly desk: RestartDesk;
  readonly delays: NonNullable<Settings['restarts']>;
}

/** As Desk, of workloads. */
export class RestartDesk {
  readonly #workloads: KubeWorkloads;
  #queue: WorkQueue<WorkloadKey> | null = null;

  constructor(workloads: KubeWorkloads) {
    this.#workloads = workloads;
  }

  open(queue: WorkQueue<WorkloadKey>): void {
    this.#queue = queue;
    this.again();
  }

  close(): void {
    this.#queue = null;
  }

  again(): void {
    for (const workload of this.#workloads.concerned()) this.add(workloadKey(workload), 'resync');
  }

  add(key: WorkloadKey, lane: Lane = 'new'): void {
    this.#queue?.add(key, lane);
  }

  forget(key: WorkloadKey): void {
    this.#queue?.forget(key);
  }
}

/** null: they are not asked for. Call before the first list of ConfigMaps. */
export function openRestarts(
  { restarts: delays, watchNamespaces: namespaces }: Settings,
  { session, cluster, metrics, logger }: ContextOfWatches,
): Restarts | null {
  if (!delays) return null;
  const workloads = new KubeWorkloads(session, {
    ...{ clock, random, instance, namespaces },
    hooks: resource => ({
      watchEnded: reason => metrics.watchRestarts.inc({ resource, reason }),
      failed: (error, delayMs) =>
        logger.warn({ resource, err: error, delayMs: Math.round(delayMs) }, 'the watch failed'),
      unreadable: error => logger.error({ resource, err: error }, 'an object cannot be read'),
    }),
    handlerFailed: (error, key) => logger.error({ err: error, object: key }, 'a watch handler failed'),
  });
  const desk = new RestartDesk(workloads);
  watchForRestarts(cluster, workloads, desk);
  metrics.countConsumersBehind(() => consumersBehind(workloads, cluster));
  return { workloads, desk, delays };
}

interface ContextOfWatches {
  readonly session: Session;
  readonly cluster: KubeCluster;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

function watchForRestarts(
  cluster: Pick<KubeCluster, 'onConfigMap'>,
  workloads: KubeWorkloads,
  desk: RestartDesk,
): void {
  workloads.onWorkload((key, before, after) => {
    if (!after) desk.forget(key);
    // Also when it is gone: what the restarter remembers of it goes, too.
    if (!isConcerned(before) && !isConcerned(after)) return;
    if (!before || !after || isAnother(before, after)) desk.add(key);
  });
  cluster.onConfigMap((_, before, after) => {
    for (const workload of workloads.wishingIn((after ?? before)!.namespace)) desk.add(workloadKey(workload));
  });
}

const isConcerned = (workload: Workload | undefined): boolean =>
  workload !== undefined && (workload.wish !== null || workload.seen !== null);

/** Statuses come and go with every pod; they say nothing here. */
function isAnother(before: Workload, after: Workload): boolean {
  const told = ({ uid, generation, wish, seen, isHashOurs, isSeenForeign }: Workload) =>
    JSON.stringify([uid, generation, wish, seen, isHashOurs, isSeenForeign]);
  return told(before) !== told(after);
}

/** Works until the signal is aborted. Never rejects. */
export async function workOnRestarts(
  { workloads, desk, delays }: Restarts,
  { settings, cluster, store, metrics, logger }: WorkOfRestarts,
  term: Term,
  signal: AbortSignal,
): Promise<void> {
  const savedBy = savedByIn(store);
  const restarter = new Restarter({
    ...{ workloads, maps: cluster, clock, delays },
    savedBy: (config, version, asked) => savedBy(configNamed(config), BigInt(version), asked),
    report({ key, kind, did, hash }) {
      if (did === 'restarted') metrics.restarts.inc({ kind });
      logger.info(
        { workload: key, hash },
        did === 'restarted' ? 'restarted' : 'saw the configs of a workload',
      );
    },
  });
  const queue = new WorkQueue<WorkloadKey>({ clock, random });
  desk.open(queue);
  const resync = resyncRestarts(desk, settings.resyncMs, signal);
  await runController(
    {
      ...{ queue, clock, workers, drainMs: 9_000, abandonMs: 500, cut: term.signal },
      reconcile: (key, attempt) => {
        term.check();
        return restarter.reconcile(key, attempt);
      },
      hooks: {
        finished(key, outcome, ms) {
          if (term.signal.aborted) return;
          metrics.reconciles.inc({ controller, result: outcome.result });
          metrics.reconcileSeconds.observe({ controller }, ms / 1000);
          if (outcome.result !== 'error') return;
          metrics.reconcileErrors.inc({ controller });
          const retryInMs = Math.round(outcome.delayMs);
          logger.error({ workload: key, err: outcome.error, retryInMs }, 'a workload could not be looked at');
        },
      },
    },
    signal,
  );
  desk.close();
  await resync;
}

interface WorkOfRestarts {
  readonly settings: Settings;
  readonly cluster: KubeCluster;
  readonly store: PostgresStore;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

async function resyncRestarts(desk: RestartDesk, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(jitter(everyMs, 0.1, random), signal).catch(() => {});
    if (!signal.aborted) desk.again();
  }
}
