/**
 * Metrics: controller-runtime's names, so that existing dashboards work, and Pawl's own beside them. Labels
 * are bounded: never the name of an object.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const controller = 'configversion';
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
    reconciles: counter('controller_runtime_reconcile_total', 'Reconciliations.', 'controller', 'result'),
    reconcileErrors: counter(
      'controller_runtime_reconcile_errors_total',
      'Reconciliations that failed.',
      'controller',
    ),
    reconcileSeconds: histogram(
      'controller_runtime_reconcile_time_seconds',
      'Time of a reconciliation.',
      'controller',
    ),
    activeWorkers: gauge('controller_runtime_active_workers', 'Workers at work.', 'controller'),
    maxWorkers: gauge('controller_runtime_max_concurrent_reconciles', 'Workers.', 'controller'),
    queueDepth: gauge('workqueue_depth', 'Keys waiting.', 'name', 'priority'),
    queueAdds: counter('workqueue_adds_total', 'Keys added.', 'name'),
    queueSeconds: histogram('workqueue_queue_duration_seconds', 'Time a key waits.', 'name'),
    workSeconds: histogram('workqueue_work_duration_seconds', 'Time a key is worked on.', 'name'),
    retries: counter('workqueue_retries_total', 'Keys tried again.', 'name'),
    unfinished: gauge('workqueue_unfinished_work_seconds', 'Time of the work in hand.', 'name'),
    longest: gauge('workqueue_longest_running_processor_seconds', 'Longest work in hand.', 'name'),
    apiRequests: counter('rest_client_requests_total', 'Calls of the API server.', 'code', 'method'),

    outcomes: counter('pawl_outcomes_total', 'What reconciliations came to, by reason.', 'reason'),
    saves: counter('pawl_saves_total', 'Versions saved.', 'kind'),
    drift: counter('pawl_drift_corrections_total', 'ConfigMaps put back after a change by hand.'),
    statusWrites: counter('pawl_status_writes_total', 'Statuses written.'),
    configMapWrites: counter('pawl_configmap_writes_total', 'ConfigMaps written.'),
    up: gauge('pawl_dependency_up', '1 while the store or the API server answers.', 'dependency'),
    parked: gauge('pawl_parked_objects', 'Objects waiting for the store or the API server.', 'dependency'),
    relists: counter('pawl_relists_total', 'Full lists by the watches.', 'resource'),
    relistCorrections: counter(
      'pawl_relist_corrections_total',
      'Changes that only a list found.',
      'resource',
    ),
    watchRestarts: counter('pawl_watch_restarts_total', 'Watches opened again.', 'resource', 'reason'),
  };
  return {
    controller,
    ...metrics,
    /** The exposition text. The queue's state is read at each scrape instead of counted on every change. */
    async render({ depth, processing, unfinishedMs, longestRunningMs }: QueueStats) {
      const name = controller;
      metrics.queueDepth.set({ name, priority: 'new' }, depth.new);
      metrics.queueDepth.set({ name, priority: 'resync' }, depth.resync);
      metrics.activeWorkers.set({ controller }, processing);
      metrics.unfinished.set({ name }, unfinishedMs / 1000);
      metrics.longest.set({ name }, longestRunningMs / 1000);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
