/**
 * The work of the leader: it reconciles, resyncs, keeps this cluster's name and trims the log. Built anew for every
 * term, so that nothing of a lost one is left. Invariant: nothing is begun without asking the term first, and when the
 * term is lost, running work is aborted at once.
 */

import type { Thinker } from '../history/settle/thinker.ts';
import { PostgresHistory } from '../history/store/history.ts';
import { PostgresRequests } from '../history/store/requests.ts';
import type { PostgresStore } from '../history/store/store.ts';
import type { FirstSeen } from '../observe/first-seen.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Tracing } from '../observe/tracing.ts';
import { jitter } from '../runtime/backoff.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import { runController } from '../runtime/controller.ts';
import type { Term } from '../runtime/leader-election.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { Settings } from './config.ts';
import type { Desk } from './desk.ts';
import type { KubeCluster } from './kube/cluster.ts';
import type { Session } from './kube/session.ts';
import { type WorkKey, workOf } from './object/key.ts';
import { clusterUid } from './open.ts';
import type { Fights } from './reconcile/fights.ts';
import { type FollowContext, followForEver } from './reconcile/follow.ts';
import { NamespaceReconciler } from './reconcile/namespace-reconciler.ts';
import { Parking, type Probers } from './reconcile/parking.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import {
  type ClusterClaim,
  keepName,
  type Rotate,
  rotateForEver,
  type UpkeepContext,
} from './reconcile/upkeep.ts';
import { count, tell, tellNamespace } from './tell.ts';
import type { Tenancy } from './tenancy.ts';

const random = Math.random;

export interface WorkContext {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly session: Session;
  readonly cluster: KubeCluster;
  readonly store: PostgresStore;
  readonly thinker: Thinker;
  readonly desk: Desk;
  readonly fights: Fights;
  readonly probers: Probers;
  readonly firstSeen: FirstSeen;
  readonly tracing: Tracing;
  readonly tenancy: Tenancy;
}

/** The claim to this cluster's name, and what is needed to keep it. */
export function upkeepOf({ settings, store, cluster, logger }: WorkContext): {
  upkeep: UpkeepContext;
  claim: ClusterClaim;
} {
  const failed = (what: string, error: unknown) => logger.error({ err: error }, `${what} failed`);
  return {
    upkeep: { store, clock, random, failed },
    claim: { name: settings.cluster, uid: clusterUid(cluster), heartbeatMs: settings.heartbeatMs },
  };
}

/**
 * Works until `signal` is aborted and the work in hand is done, or until the term is lost and the work in hand is
 * aborted. Rejects when another cluster has taken our name.
 */
export async function workFor(context: WorkContext, term: Term, signal: AbortSignal): Promise<void> {
  const { settings, logger, metrics, desk, tracing } = context;
  const { upkeep, claim } = upkeepOf(context);
  const queue = createQueue(metrics, settings.workers);
  const failure = new AbortController();
  const running = AbortSignal.any([signal, term.signal, failure.signal]);
  const reconcile = reconcilers(context, running);
  metrics.maxWorkers.set({ controller: metrics.controller }, settings.workers);
  desk.open(queue);
  const background = Promise.all([
    followForEver(following(context), settings.followMs, running),
    resyncForEver(desk, settings.resyncMs, running),
    rotateForEver(upkeep, rotationsOf(context), running),
    keepName(upkeep, claim, running).catch(error => failure.abort(error)),
  ]);
  const { abandoned } = await runController(
    {
      queue,
      clock,
      workers: settings.workers,
      reconcile: (key, attempt) => {
        term.check();
        return tracing.span('reconcile', { 'pawl.key': key }, () => reconcile(key, attempt));
      },
      drainMs: 9_000,
      abandonMs: 500,
      cut: term.signal,
      hooks: {
        // Work left undone by a lost term is not a failure of its own.
        finished: (key, outcome, ms) => {
          if (!term.signal.aborted) count(key, outcome, ms, metrics, logger);
        },
      },
    },
    running,
  );
  desk.close();
  await background;
  logger.info({ abandoned }, term.signal.aborted ? 'stands down' : 'stopped');
  if (failure.signal.aborted) throw failure.signal.reason;
}

/** Idempotency keys are promised for a day; who reads the feed more seldom lists anew. */
const dayMs = 86_400_000;
const feedChanges = 100_000;

function rotationsOf({ settings, store }: WorkContext): Record<string, Rotate> {
  const requests = new PostgresRequests(store);
  return {
    'deployment log': (batch, signal) =>
      store.rotateLog({ maxEntries: settings.logMaxEntries, maxAgeMs: settings.logMaxAgeMs, batch }, signal),
    'idempotency keys and the feed': async (batch, signal) => {
      const limits = { keyMaxAgeMs: dayMs, maxChanges: feedChanges, changeMaxAgeMs: dayMs, batch };
      const { keys, changes } = await requests.rotate(limits, signal);
      return keys + changes;
    },
  };
}

function following({ cluster, store, desk, logger }: WorkContext): FollowContext {
  return {
    store: new PostgresHistory(store),
    cluster,
    wake: key => desk.add(key),
    isAtWork: key => desk.isAtWork(key),
    wakeAll: () => desk.again(),
    clock,
    failed: (what, error) => logger.error({ err: error }, `${what} failed`),
  };
}

type Reconcile = (key: WorkKey, signal: AbortSignal) => Promise<{ requeueAfterMs?: number } | undefined>;

function reconcilers(context: WorkContext, signal: AbortSignal): Reconcile {
  const { settings, logger, metrics, cluster, store, thinker, desk } = context;
  const wake = (key: WorkKey) => desk.add(key);
  const parking = new Parking({
    probers: context.probers,
    wake,
    signal,
  });
  metrics.countWaiting(dependency => parking.size(dependency));
  const versions = new Reconciler({
    cluster,
    store,
    reading: { cluster: settings.cluster, trustStamps: settings.trustStamps },
    targetRetryMs: settings.targetRetryMs,
    thinker,
    clock,
    holds: (configNamespace, kubeNamespace, asked) =>
      context.tenancy.holdOf(configNamespace, kubeNamespace, asked),
    wake,
    fights: context.fights,
    isAtWork: key => desk.isAtWork(key),
    park: (key, dependency) => parking.park(key, dependency),
    report: report => tell(report, metrics, logger, context.firstSeen),
  });
  const namespaces = new NamespaceReconciler({
    cluster,
    store,
    clock,
    park: (key, dependency) => parking.park(key, dependency),
    report: report => tellNamespace(report, metrics, logger),
  });
  return (key, attempt) => {
    const work = workOf(key);
    return work.kind === 'ConfigVersion'
      ? versions.reconcile(work.key, attempt)
      : namespaces.reconcile(work, attempt);
  };
}

/**
 * The share of workers, and so of connections and processor, for resyncs: the rest is free for what people just
 * changed.
 */
const resyncPart = 1 / 4;

function createQueue(metrics: Metrics, workers: number): WorkQueue<WorkKey> {
  const name = metrics.controller;
  return new WorkQueue({
    clock,
    random,
    resyncAtOnce: Math.ceil(workers * resyncPart),
    hooks: {
      added: () => metrics.queueAdds.inc({ name }),
      taken: (_, waitedMs) => metrics.queueSeconds.observe({ name }, waitedMs / 1000),
      finished: workedMs => metrics.workSeconds.observe({ name }, workedMs / 1000),
      retried: () => metrics.retries.inc({ name }),
    },
  });
}

/** The net under missed events. */
async function resyncForEver(desk: Desk, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(jitter(everyMs, 0.1, random), signal);
    } catch {
      return;
    }
    desk.again();
  }
}
