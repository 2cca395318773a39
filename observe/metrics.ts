/**
 * Metrics: controller-runtime's names, so that existing dashboards work, and Pawl's own beside them. Labels
 * are bounded: never the name of an object.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const controller = 'configversion';
const projectionController = 'configprojection';
/** controller-runtime's buckets are for clusters far away; ours show milliseconds. */
const seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

export interface QueueStats {
  readonly depth: Readonly<Record<'new' | 'resync', number>>;
  readonly processing: number;
  readonly unfinishedMs: number;
  readonly longestRunningMs: number;
}

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Histogram({ name, help, labelNames, buckets: seconds, registers });

  const metrics = {
    reconciles: counter(
      'controller_runtime_reconcile_total',
      'Reconciliations, by result: success, requeue_after or error.',
      'controller',
      'result',
    ),
    reconcileErrors: counter(
      'controller_runtime_reconcile_errors_total',
      'Reconciliations that failed and are tried again. A refusal is not one.',
      'controller',
    ),
    reconcileSeconds: histogram(
      'controller_runtime_reconcile_time_seconds',
      'From the start of a reconciliation to its end.',
      'controller',
    ),
    activeWorkers: gauge('controller_runtime_active_workers', 'Workers at work now.', 'controller'),
    maxWorkers: gauge('controller_runtime_max_concurrent_reconciles', 'Workers there are.', 'controller'),
    queueDepth: gauge(
      'workqueue_depth',
      'Keys waiting for a worker, by lane: new goes before resync.',
      'name',
      'priority',
    ),
    queueAdds: counter('workqueue_adds_total', 'Keys put in the queue.', 'name'),
    queueSeconds: histogram('workqueue_queue_duration_seconds', 'Time a key waited for a worker.', 'name'),
    workSeconds: histogram('workqueue_work_duration_seconds', 'Time a key was worked on.', 'name'),
    retries: counter('workqueue_retries_total', 'Keys tried again after an error.', 'name'),
    unfinished: gauge(
      'workqueue_unfinished_work_seconds',
      'Time spent so far on all work in hand; grows without end when workers are stuck.',
      'name',
    ),
    longest: gauge(
      'workqueue_longest_running_processor_seconds',
      'Time spent so far on the oldest work in hand.',
      'name',
    ),
    apiRequests: counter('rest_client_requests_total', 'Calls of the API server.', 'code', 'method'),
    leading: gauge('leader_election_master_status', '1 while this process leads.', 'name'),

    outcomes: counter('pawl_outcomes_total', 'Outcomes of reconciliations, by reason.', 'reason'),
    saves: counter('pawl_saves_total', 'Versions saved, by kind: direct or merged.', 'kind'),
    refusals: counter('pawl_refusals_total', 'Proposals told that a person is needed, by reason.', 'reason'),
    conflicts: counter(
      'pawl_conflicts_total',
      'Of these, proposals told that others edited meanwhile, by reason.',
      'reason',
    ),
    objects: gauge(
      'pawl_configversions',
      'ConfigVersions by status and reason of their Ready condition; empty where there is none yet.',
      'ready',
      'reason',
    ),
    drifted: gauge(
      'pawl_configversions_drifted',
      'ConfigVersions whose text is not what is live: merged, or followed by a later version.',
    ),
    projections: gauge(
      'pawl_configprojections',
      'ConfigProjections by status and reason of their Ready condition; empty where there is none yet.',
      'ready',
      'reason',
    ),
    mergeSeconds: histogram('pawl_merge_seconds', 'Time a three-way merge took.'),
    applySeconds: histogram(
      'pawl_apply_to_configmap_seconds',
      'From when a generation was first seen to when its ConfigMap was written.',
    ),
    drift: counter(
      'pawl_drift_corrections_total',
      'ConfigMaps put back after another writer changed or deleted them.',
    ),
    statusWrites: counter('pawl_status_writes_total', 'Statuses written.'),
    configMapWrites: counter('pawl_configmap_writes_total', 'ConfigMaps written.'),
    targetWrites: counter('pawl_projection_writes_total', 'Targets of ConfigProjections written.'),
    up: gauge(
      'pawl_dependency_up',
      '1 while the store (PostgreSQL) or the api (Kubernetes) answers this process.',
      'dependency',
    ),
    missingNamespaces: gauge(
      'pawl_watched_namespaces_missing',
      'Of the namespaces this process is set to watch, those that do not exist.',
    ),
    rollouts: gauge(
      'pawl_rollouts',
      'ConfigProjections that roll out in steps, by state: Progressing, Halted or Complete.',
      'state',
    ),
    restarts: counter('pawl_restarts_total', 'Workloads restarted for a config, by kind.', 'kind'),
    consumersBehind: gauge(
      'pawl_consumers_behind',
      'Workloads to be restarted for their configs that have not been for what their ConfigMaps show.',
    ),
    notifications: counter(
      'pawl_notifications_total',
      'Attempts to send a notification, by result: delivered, failed (sent again later) or dead (given up).',
      'result',
    ),
    notificationLag: gauge(
      'pawl_notification_lag_seconds',
      'How long the oldest event that a notifier is still to be told of has been waiting.',
    ),
    parked: gauge('pawl_parked_objects', 'Objects waiting for the store or the api.', 'dependency'),
    relists: counter('pawl_relists_total', 'Whole lists by the watches, the first one included.', 'resource'),
    relistCorrections: counter(
      'pawl_relist_corrections_total',
      'Changes that no watch reported and only a list found.',
      'resource',
    ),
    watchRestarts: counter(
      'pawl_watch_restarts_total',
      'Watches that ended and were opened again, by reason; closed is the normal end.',
      'resource',
      'reason',
    ),
    httpRequests: counter(
      'pawl_http_requests_total',
      'Requests of the HTTP API that were answered, by operation of the OpenAPI document and status code.',
      'operation',
      'code',
    ),
    httpSeconds: histogram(
      'pawl_http_request_duration_seconds',
      'From when a request came to when its answer was sent; watches are not in it.',
      'operation',
    ),
    httpWatchers: gauge(
      'pawl_http_watchers',
      'Watchers of the history at the moment, through the HTTP API or kubectl.',
    ),
    certificateEnd: gauge(
      'pawl_api_certificate_not_after_seconds',
      'When the certificate of the API ends, in seconds since 1970; 0 where there is no API.',
    ),
  };
  for (const dependency of ['store', 'api']) {
    metrics.up.set({ dependency }, 0);
    metrics.parked.set({ dependency }, 0);
  }
  // A rate over a series that appears with its first event misses that event.
  for (const kind of ['direct', 'merged']) metrics.saves.inc({ kind }, 0);
  for (const reason of ['VersionConflict', 'ConfirmationRequired']) metrics.conflicts.inc({ reason }, 0);
  for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout']) metrics.restarts.inc({ kind }, 0);
  for (const state of ['Progressing', 'Halted', 'Complete']) metrics.rollouts.set({ state }, 0);
  for (const result of ['delivered', 'failed', 'dead']) metrics.notifications.inc({ result }, 0);
  for (const each of [controller, projectionController]) metrics.reconcileErrors.inc({ controller: each }, 0);
  let waiting: (dependency: 'store' | 'api') => number = () => 0;
  let watchers = () => 0;
  let certificateEndMs = () => 0;
  let missing = () => 0;
  let behind = () => 0;
  let notificationLagMs = () => 0;
  const setQueue = (name: string, { depth, processing, unfinishedMs, longestRunningMs }: QueueStats) => {
    metrics.queueDepth.set({ name, priority: 'new' }, depth.new);
    metrics.queueDepth.set({ name, priority: 'resync' }, depth.resync);
    metrics.activeWorkers.set({ controller: name }, processing);
    metrics.unfinished.set({ name }, unfinishedMs / 1000);
    metrics.longest.set({ name }, longestRunningMs / 1000);
  };
  return {
    controller,
    projectionController,
    ...metrics,
    /** Sets the source of the number of objects that wait for a dependency. */
    countWaiting(count: typeof waiting) {
      waiting = count;
    },
    /** Sets the source of the number of watchers. */
    countWatchers(count: typeof watchers) {
      watchers = count;
    },
    /** Sets the source of the moment, in ms since 1970, at which the API's certificate ends. */
    followCertificate(end: typeof certificateEndMs) {
      certificateEndMs = end;
    },
    /** Sets the source of the number of watched namespaces that do not exist. */
    countMissingNamespaces(count: typeof missing) {
      missing = count;
    },
    /** Sets the source of the number of workloads that are behind. */
    countConsumersBehind(count: typeof behind) {
      behind = count;
    },
    /** Sets the source of how long, in ms, the oldest event that is still to be told has been waiting. */
    followNotifications(lag: typeof notificationLagMs) {
      notificationLagMs = lag;
    },
    /**
     * The exposition text. The queues' state is read at each scrape instead of counted on every change.
     * @param projections of the other controller's queue; absent: it has none
     */
    async render(versions: QueueStats, projections?: QueueStats) {
      setQueue(controller, versions);
      if (projections) setQueue(projectionController, projections);
      metrics.httpWatchers.set(watchers());
      metrics.certificateEnd.set(certificateEndMs() / 1000);
      metrics.missingNamespaces.set(missing());
      metrics.consumersBehind.set(behind());
      metrics.notificationLag.set(notificationLagMs() / 1000);
      for (const dependency of ['store', 'api'] as const)
        metrics.parked.set({ dependency }, waiting(dependency));
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
