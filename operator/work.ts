/**
 * The work of the leader: it reconciles, resyncs, keeps this cluster's name and trims the log. Built anew for every
 * term, so that nothing of a lost one is left. Invariant: nothing is begun without asking the term first, and when the
 * term is lost, running work is aborted at once.
 */

import type { Quotas } from '../history/settle/quotas.ts';
import type { Thinker } from '../history/settle/thinker.ts';
import { PostgresHistory } from '../history/store/history.ts';
import { PostgresNotifications } from '../history/store/notifications.ts';
import { PostgresProposals } from '../history/store/proposals.ts';
import { PostgresRenderings } from '../history/store/renderings.ts';
import { PostgresRequests } from '../history/store/requests.ts';
import type { PostgresStore } from '../history/store/store.ts';
import type { FirstSeen } from '../observe/first-seen.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Tracing } from '../observe/tracing.ts';
import { jitter } from '../runtime/backoff.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import { type ControllerOptions, type DrainResult, runController } from '../runtime/controller.ts';
import type { Term } from '../runtime/leader-election.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { Settings } from './config.ts';
import type { Desk } from './desk.ts';
import type { KubeCluster } from './kube/cluster.ts';
import type { Session } from './kube/session.ts';
import { Renderings } from './notify/renderings.ts';
import { shownIn, wakeAskers } from './notify/shown.ts';
import { type Notifying, workOnNotifiers } from './notify-work.ts';
import { type ObjectKey, type WorkKey, workOf } from './object/key.ts';
import { clusterUid } from './open.ts';
import { ProjectionReconciler } from './projection/projection-reconciler.ts';
import { afterConfigChanged } from './projection/projection-wake.ts';
import type { Referring } from './projection/referring.ts';
import type { ProjectionDesk } from './projection-desk.ts';
import type { Fights } from './reconcile/fights.ts';
import { type FollowContext, followForEver } from './reconcile/follow.ts';
import { NamespaceReconciler } from './reconcile/namespace-reconciler.ts';
import { Parking, type Probers } from './reconcile/parking.ts';
import { Rechecks } from './reconcile/rechecks.ts';
import { Reconciler, type ReconcilerOptions } from './reconcile/reconciler.ts';
import { SchemaReconciler } from './reconcile/schema-reconciler.ts';
import {
  type ClusterClaim,
  keepName,
  type Rotate,
  rotateForEver,
  type UpkeepContext,
} from './reconcile/upkeep.ts';
import { type Restarts, workOnRestarts } from './restart-work.ts';
import { savedByIn } from './saved-by.ts';
import { count, tell, tellNamespace, tellOfProjection, tellSchema } from './tell.ts';
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
  readonly projectionDesk: ProjectionDesk;
  readonly restarts: Restarts | null;
  readonly notifying: Notifying;
  readonly fights: Fights;
  readonly referring: Referring;
  readonly probers: Probers;
  readonly firstSeen: FirstSeen;
  readonly tracing: Tracing;
  readonly tenancy: Tenancy;
  readonly quotas: Quotas;
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
  const { settings, logger, metrics, desk, projectionDesk } = context;
  const { upkeep, claim } = upkeepOf(context);
  const { controller, projectionController } = metrics;
  const queue = createQueue<WorkKey>(metrics, controller, settings.workers);
  const projectionQueue = createQueue<ObjectKey>(metrics, projectionController, projectionWorkers);
  const failure = new AbortController();
  const running = AbortSignal.any([signal, term.signal, failure.signal]);
  const rechecks = recheckingOf(context);
  const renderings = renderingsOf(context, term.signal);
  const { reconcile, project } = reconcilers(context, { rechecks, renderings }, running);
  desk.open(queue);
  projectionDesk.open(projectionQueue);
  const background = Promise.all([
    // A status of theirs is for everybody to see, as the desk has it.
    context.cluster.seesAll ? rechecks.run(running) : undefined,
    followForEver(following(context), settings.followMs, running),
    resyncForEver([desk, projectionDesk], settings.resyncMs, running),
    rotateForEver(upkeep, rotationsOf(context), running),
    context.restarts && workOnRestarts(context.restarts, context, term, running),
    workOnNotifiers(context.notifying, { ...context, renderings }, term, running),
    keepName(upkeep, claim, running).catch(error => failure.abort(error)),
  ]);
  const control = <Key extends string>(
    name: string,
    work: Pick<ControllerOptions<Key>, 'queue' | 'workers' | 'reconcile'>,
  ) => runWork(context, { ...work, name, term }, running);
  const ended = await Promise.all([
    control(controller, { queue, workers: settings.workers, reconcile }),
    control(projectionController, {
      queue: projectionQueue,
      workers: projectionWorkers,
      reconcile: project,
    }),
  ]);
  desk.close();
  projectionDesk.close();
  await background;
  const abandoned = ended.reduce((sum, each) => sum + each.abandoned, 0);
  logger.info({ abandoned }, term.signal.aborted ? 'stands down' : 'stopped');
  if (failure.signal.aborted) throw failure.signal.reason;
}

/** Few, so that a change of a config that many projections show leaves connections for what people just changed. */
const projectionWorkers = 4;

function runWork<Key extends string>(
  { logger, metrics, tracing }: WorkContext,
  {
    name,
    term,
    queue,
    workers,
    reconcile,
  }: Pick<ControllerOptions<Key>, 'queue' | 'workers' | 'reconcile'> & {
    readonly name: string;
    readonly term: Term;
  },
  signal: AbortSignal,
): Promise<DrainResult> {
  metrics.maxWorkers.set({ controller: name }, workers);
  return runController<Key>(
    {
      queue,
      clock,
      workers,
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
          if (!term.signal.aborted) count({ controller: name, key }, outcome, ms, metrics, logger);
        },
      },
    },
    signal,
  );
}

/** Idempotency keys are promised for a day; who reads the feed more seldom lists anew. */
const dayMs = 86_400_000;
const feedChanges = 100_000;
/** What nobody approved for so long is not on anybody's mind. */
const proposalAgeMs = 30 * dayMs;

function rotationsOf({ settings, store }: WorkContext): Record<string, Rotate> {
  const requests = new PostgresRequests(store);
  const notifications = new PostgresNotifications(store);
  const renderings = new PostgresRenderings(store);
  const proposals = new PostgresProposals(store);
  return {
    'deployment log': (batch, signal) =>
      store.rotateLog({ maxEntries: settings.logMaxEntries, maxAgeMs: settings.logMaxAgeMs, batch }, signal),
    'idempotency keys and the feed': async (batch, signal) => {
      const limits = { keyMaxAgeMs: dayMs, maxChanges: feedChanges, changeMaxAgeMs: dayMs, batch };
      const { keys, changes } = await requests.rotate(limits, signal);
      return keys + changes;
    },
    // Nothing is deleted: it ends where every version has a link.
    'versions without a link': (batch, signal) => store.linkWaiting(batch, signal),
    trash: (batch, signal) => requests.rotateTrash(batch, signal),
    'events of what was shown': (batch, signal) =>
      renderings.rotate({ maxEntries: feedChanges, maxAgeMs: dayMs, batch }, signal),
    notifiers: (batch, signal) => notifications.rotate({ maxAgeMs: 30 * dayMs, batch }, signal),
    'proposals that wait': (batch, signal) => proposals.rotate({ maxAgeMs: proposalAgeMs, batch }, signal),
  };
}

function following({ cluster, store, desk, projectionDesk, referring, logger }: WorkContext): FollowContext {
  return {
    store: new PostgresHistory(store),
    cluster,
    wake: key => desk.add(key),
    isAtWork: key => desk.isAtWork(key),
    changed: config =>
      afterConfigChanged({ cluster, referring, wake: key => projectionDesk.add(key) }, config),
    wakeAll: () => {
      desk.again();
      projectionDesk.again();
    },
    clock,
    failed: (what, error) => logger.error({ err: error }, `${what} failed`),
  };
}

function recheckingOf({ cluster, store, thinker, desk, logger }: WorkContext): Rechecks {
  return new Rechecks({
    ...{ cluster, history: new PostgresHistory(store), checker: thinker.schemas, clock },
    wake: key => desk.add(key),
    failed: (what, error) => logger.error({ err: error }, `${what} failed`),
  });
}

function renderingsOf(
  { settings, cluster, store, notifying, desk, projectionDesk, logger }: WorkContext,
  signal: AbortSignal,
): Renderings {
  const { notifiers } = notifying;
  const wake = {
    version: (key: ObjectKey) => desk.add(key),
    projection: (key: ObjectKey) => projectionDesk.add(key),
  };
  return new Renderings({
    ...{ store: new PostgresRenderings(store), cluster: settings.cluster, clock, signal },
    notifiers: () => (notifiers.isSynced ? notifiers.notifiers() : null),
    shownIn: configNamespace => shownIn(cluster, configNamespace),
    wake: rendering => wakeAskers(cluster, rendering, wake),
    failed: (what, error) => logger.error({ err: error }, `${what} failed`),
  });
}

type Reconcile<Key> = (key: Key, signal: AbortSignal) => Promise<{ requeueAfterMs?: number } | undefined>;

interface Reconcilers {
  readonly reconcile: Reconcile<WorkKey>;
  readonly project: Reconcile<ObjectKey>;
}

function reconcilers(
  context: WorkContext,
  { rechecks, renderings }: { readonly rechecks: Rechecks; readonly renderings: Renderings },
  signal: AbortSignal,
): Reconcilers {
  const { settings, logger, metrics, cluster, store, thinker, desk, projectionDesk, tenancy, fights } =
    context;
  const { targetRetryMs } = settings;
  const wake = (key: WorkKey) => desk.add(key);
  const parking = new Parking({
    probers: context.probers,
    wake,
    signal,
  });
  const projectionParking = new Parking<ObjectKey>({
    probers: context.probers,
    wake: key => projectionDesk.add(key),
    signal,
  });
  metrics.countWaiting(dependency => parking.size(dependency) + projectionParking.size(dependency));
  const holds: ReconcilerOptions['holds'] = (configNamespace, kubeNamespace, asked) =>
    tenancy.holdOf(configNamespace, kubeNamespace, asked);
  const versions = new Reconciler({
    cluster,
    store,
    reading: { cluster: settings.cluster, trustStamps: settings.trustStamps },
    targetRetryMs,
    thinker,
    clock,
    holds,
    wake,
    fights,
    renderings,
    quotas: context.quotas,
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
  const schemas = new SchemaReconciler({
    ...{ cluster, checker: thinker.schemas, rechecks, clock },
    park: (key, dependency) => parking.park(key, dependency),
    report: report => tellSchema(report, metrics, logger),
  });
  const projections = new ProjectionReconciler({
    ...{ cluster, store, clock, fights, renderings, holds, targetRetryMs, referring: context.referring },
    secrets: settings.projectionSecrets,
    workloadsUsing: async (namespace, configMaps, asked) =>
      (await context.restarts?.workloads.using(namespace, configMaps, asked)) ?? null,
    savedBy: savedByIn(store),
    park: (key, dependency) => projectionParking.park(key, dependency),
    report: report => tellOfProjection(report, metrics, logger),
  });
  return {
    reconcile: (key, attempt) => {
      const work = workOf(key);
      switch (work.kind) {
        case 'ConfigVersion':
          return versions.reconcile(work.key, attempt);
        case 'ConfigNamespace':
          return namespaces.reconcile(work, attempt);
        case 'ConfigSchema':
          return schemas.reconcile(work, attempt);
      }
    },
    project: (key, attempt) => projections.reconcile(key, attempt),
  };
}

/**
 * The share of workers, and so of connections and processor, for resyncs: the rest is free for what people just
 * changed. A quarter of the workers keeps the processor busy all the same, so while people change things it is one at a
 * time, with a rest that leaves them three quarters of it.
 */
const resyncPart = 1 / 4;
const besideNew = { resyncBeside: 1, resyncRest: 3 };

function createQueue<Key extends string>(metrics: Metrics, name: string, workers: number): WorkQueue<Key> {
  return new WorkQueue<Key>({
    clock,
    random,
    resyncAtOnce: Math.ceil(workers * resyncPart),
    ...besideNew,
    hooks: {
      added: () => metrics.queueAdds.inc({ name }),
      taken: (_, waitedMs) => metrics.queueSeconds.observe({ name }, waitedMs / 1000),
      finished: workedMs => metrics.workSeconds.observe({ name }, workedMs / 1000),
      retried: () => metrics.retries.inc({ name }),
    },
  });
}

/** The net under missed events. */
async function resyncForEver(
  desks: readonly Pick<Desk, 'again'>[],
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(jitter(everyMs, 0.1, random), signal);
    } catch {
      return;
    }
    for (const desk of desks) desk.again();
  }
}
