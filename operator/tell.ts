/**
 * Reports what the operator did to the log and the metrics. Invariant: the text of a config is in neither, and the name
 * of an object is in no metric.
 */

import type { Thinker } from '../history/settle/thinker.ts';
import type { PostgresStore } from '../history/store/store.ts';
import { Reason } from '../history/words/reasons.ts';
import { FirstSeen } from '../observe/first-seen.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Tracing } from '../observe/tracing.ts';
import type { KubeCluster } from './kube/cluster.ts';
import type { NotificationResult } from './notify/dispatcher.ts';
import type { NotifierReport } from './notify/notifier-reconciler.ts';
import type { ConfigProjection } from './object/config-projection.ts';
import type { ConfigVersion } from './object/config-version.ts';
import { hasDrifted, isSettled, readyOf } from './object/status.ts';
import type { ProjectionReport } from './projection/projection-reconciler.ts';
import type { NamespaceReport } from './reconcile/namespace-reconciler.ts';
import type { ReconcileReport } from './reconcile/reconciler.ts';
import type { SchemaReport } from './reconcile/schema-reconciler.ts';

const conflicts: readonly string[] = [Reason.VersionConflict, Reason.ConfirmationRequired];
/** Outcomes that are not refusals. */
const peaceful: readonly string[] = [
  ...[Reason.Saved, Reason.Merged, Reason.Unchanged, Reason.Suspended],
  ...[Reason.StoreUnavailable, Reason.ApiUnavailable, 'Outdated', 'Deleted', 'Released'],
];

/** Counts objects by what their status says, and notes when a generation is first seen. Call before the first list. */
export function watchForMetrics(
  cluster: Pick<KubeCluster, 'onConfigVersion' | 'onConfigProjection'>,
  metrics: Metrics,
): FirstSeen {
  const firstSeen = new FirstSeen(() => performance.now());
  const labels = ({ status }: ConfigVersion) => {
    const ready = readyOf(status);
    return { ready: ready?.status ?? '', reason: ready?.reason ?? '' };
  };
  cluster.onConfigVersion((key, before, after, own) => {
    if (before) metrics.objects.dec(labels(before));
    if (after) metrics.objects.inc(labels(after));
    metrics.drifted.inc(Number(after !== undefined && hasDrifted(after)));
    metrics.drifted.dec(Number(before !== undefined && hasDrifted(before)));
    // Our own status write is also in the report of that reconcile, a moment later.
    if (own) return;
    const waits = after && !after.metadata.deletionTimestamp && !isSettled(after);
    firstSeen.saw(key, waits ? after.metadata.generation : null);
  });
  const projectionLabels = ({ status: { conditions = [] } }: ConfigProjection) => {
    const ready = conditions.find(({ type }) => type === 'Ready');
    return { ready: ready?.status ?? '', reason: ready?.reason ?? '' };
  };
  cluster.onConfigProjection((_, before, after) => {
    const [was, is] = [before, after].map(object => object?.status.rollout?.state);
    if (was) metrics.rollouts.dec({ state: was });
    if (is) metrics.rollouts.inc({ state: is });
    if (before) metrics.projections.dec(projectionLabels(before));
    if (after) metrics.projections.inc(projectionLabels(after));
  });
  return firstSeen;
}

/** Puts spans around the calls that take time. */
export function traced<T extends { store: PostgresStore; cluster: KubeCluster; thinker: Thinker }>(
  parts: T,
  tracing: Tracing,
): T {
  return {
    ...parts,
    store: tracing.wrap(parts.store, {
      ...{ look: 'look', texts: 'read texts', save: 'save', moveLine: 'save' },
      ...{ logRefusal: 'log refusal', deleteConfig: 'delete config' },
    }),
    cluster: tracing.wrap(parts.cluster, { applyConfigMap: 'apply ConfigMap', applyStatus: 'write status' }),
    thinker: tracing.wrap(parts.thinker, { decide: 'decide', decideStale: 'merge' }),
  };
}

/** One line a reconcile, and what it adds to the counters. */
export function tell(report: ReconcileReport, metrics: Metrics, logger: Logger, firstSeen?: FirstSeen): void {
  const { key, config, generation, outcome, version, saved, statusWritten, configMapWritten, drift, ms } =
    report;
  metrics.outcomes.inc({ reason: outcome });
  if (saved) metrics.saves.inc({ kind: report.merged ? 'merged' : 'direct' });
  if (drift) metrics.drift.inc();
  if (statusWritten) metrics.statusWrites.inc();
  if (configMapWritten) metrics.configMapWrites.inc();
  // Only a new refusal: one that stays as it is writes no status.
  if (statusWritten && !peaceful.includes(outcome)) metrics.refusals.inc({ reason: outcome });
  if (statusWritten && conflicts.includes(outcome)) metrics.conflicts.inc({ reason: outcome });
  const waited = firstSeen?.answered(key, generation);
  // A sibling that was told of our save may have written the ConfigMap before us.
  if (waited !== undefined && report.shownMs !== null)
    metrics.applySeconds.observe((waited - (ms - report.shownMs)) / 1000);
  logger.info(
    {
      object: key,
      config,
      generation,
      outcome,
      ...(version !== null && { version: String(version) }),
      ...(saved && { saved }),
      ...(statusWritten && { statusWritten }),
      ...(configMapWritten && { configMapWritten }),
      ...(drift && { drift }),
      ms: Math.round(ms * 10) / 10,
    },
    'reconciled',
  );
}

/** The same of a ConfigNamespace. */
export function tellNamespace(
  { namespace, outcome, statusWritten }: NamespaceReport,
  metrics: Metrics,
  logger: Logger,
): void {
  metrics.outcomes.inc({ reason: outcome });
  if (statusWritten) metrics.statusWrites.inc();
  logger.info(
    { configNamespace: namespace, outcome, ...(statusWritten && { statusWritten }) },
    'reconciled a config namespace',
  );
}

/** The same of a ConfigProjection. */
export function tellOfProjection(report: ProjectionReport, metrics: Metrics, logger: Logger): void {
  const { key, generation, outcome, keys, statusWritten, targetWritten, drift, ms } = report;
  metrics.outcomes.inc({ reason: outcome });
  if (statusWritten) metrics.statusWrites.inc();
  if (targetWritten) metrics.targetWrites.inc();
  if (drift) metrics.drift.inc();
  logger.info(
    {
      ...{ projection: key, generation, outcome },
      ...(keys !== null && { keys }),
      ...(statusWritten && { statusWritten }),
      ...(targetWritten && { targetWritten }),
      ...(drift && { drift }),
      ms: Math.round(ms * 10) / 10,
    },
    'reconciled a projection',
  );
}

/** The same of a ConfigSchema. */
export function tellSchema(
  { schema, outcome, statusWritten }: SchemaReport,
  metrics: Metrics,
  logger: Logger,
): void {
  metrics.outcomes.inc({ reason: outcome });
  if (statusWritten) metrics.statusWrites.inc();
  logger.info(
    { configSchema: schema, outcome, ...(statusWritten && { statusWritten }) },
    'reconciled a config schema',
  );
}

/** The same of a ConfigNotifier. */
export function tellNotifier(
  { key, outcome, statusWritten, revived }: NotifierReport,
  metrics: Metrics,
  logger: Logger,
): void {
  metrics.outcomes.inc({ reason: outcome });
  if (statusWritten) metrics.statusWrites.inc();
  logger.info(
    { notifier: key, outcome, ...(revived > 0 && { revived }), ...(statusWritten && { statusWritten }) },
    'reconciled a notifier',
  );
}

/** What became of sending one notification. `words` names the receiver's host at most. */
export function tellNotification(
  { result, key, words }: { result: NotificationResult; key: string; words: string | null },
  metrics: Metrics,
  logger: Logger,
): void {
  metrics.notifications.inc({ result });
  if (result === 'delivered') logger.debug({ notifier: key }, 'delivered a notification');
  else if (result === 'failed')
    logger.info({ notifier: key, why: words }, 'a notification waits to be sent again');
  else logger.warn({ notifier: key, why: words }, 'gave up a notification');
}

/** Says which of the namespaces to watch are not there, now and whenever one goes or comes. */
export function tellOfWatchedNamespaces(
  cluster: Pick<KubeCluster, 'missingNamespaces' | 'onKubeNamespace'>,
  watched: readonly string[],
  metrics: Metrics,
  logger: Logger,
): void {
  metrics.countMissingNamespaces(() => cluster.missingNamespaces().length);
  const gone = (namespace: string) =>
    logger.warn({ namespace }, 'a watched namespace does not exist; the others are worked on');
  for (const namespace of cluster.missingNamespaces()) gone(namespace);
  cluster.onKubeNamespace((_, before, after) => {
    const { name } = (after ?? before)!;
    if (!watched.includes(name)) return;
    if (!after) gone(name);
    else if (!before) logger.info({ namespace: name }, 'a watched namespace is there again');
  });
}

/** Counts every attempt of the controller, and logs the failed ones. */
export function count(
  { controller, key }: { readonly controller: string; readonly key: string },
  outcome: { result: string; error?: unknown; delayMs?: number },
  ms: number,
  metrics: Metrics,
  logger: Logger,
): void {
  metrics.reconciles.inc({ controller, result: outcome.result });
  metrics.reconcileSeconds.observe({ controller }, ms / 1000);
  if (outcome.result !== 'error') return;
  metrics.reconcileErrors.inc({ controller });
  logger.error(
    { object: key, err: outcome.error, retryInMs: Math.round(outcome.delayMs ?? 0) },
    'reconcile failed',
  );
}
