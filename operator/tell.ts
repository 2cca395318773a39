/**
 * Says what the operator did, to the log and to the metrics. Invariant: never the text of a config, and never the
 * name of an object in a metric.
 */
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import type { NamespaceReport } from './reconcile/namespace-reconciler.ts';
import type { ReconcileReport } from './reconcile/reconciler.ts';

/** One line a reconcile, and what it adds to the counters. */
export function tell(report: ReconcileReport, metrics: Metrics, logger: Logger): void {
  const { key, config, generation, outcome, version, saved, statusWritten, configMapWritten, drift, ms } =
    report;
  metrics.outcomes.inc({ reason: outcome });
  if (saved) metrics.saves.inc({ kind: outcome });
  if (drift) metrics.drift.inc();
  if (statusWritten) metrics.statusWrites.inc();
  if (configMapWritten) metrics.configMapWrites.inc();
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

/** What the controller says of every attempt, to the counters; and a failed one to the log. */
export function count(
  key: string,
  outcome: { result: string; error?: unknown; delayMs?: number },
  ms: number,
  metrics: Metrics,
  logger: Logger,
): void {
  const { controller } = metrics;
  metrics.reconciles.inc({ controller, result: outcome.result });
  metrics.reconcileSeconds.observe({ controller }, ms / 1000);
  if (outcome.result !== 'error') return;
  metrics.reconcileErrors.inc({ controller });
  logger.error(
    { object: key, err: outcome.error, retryInMs: Math.round(outcome.delayMs ?? 0) },
    'reconcile failed',
  );
}
