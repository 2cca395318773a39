/**
 * Reconciles one ConfigSchema: whether it can be used, as its condition, and what the latest versions of its configs come
 * to, which is looked at in the background (rechecks.ts). Its rules need nothing done; they are read where a text is
 * decided. Invariant: one status write, only when its meaning changes.
 */
import type { SchemaChecker } from '../../history/settle/schema-checker.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ConfigSchemaKey, Work } from '../object/key.ts';
import { summariseSchema } from '../object/schema-status.ts';
import { sameStatus } from '../object/status.ts';
import { isApiAway, isApiConflict, isApiNotFound } from './errors.ts';
import type { Dependency } from './parking.ts';
import type { Cluster } from './ports.ts';
import type { Rechecks } from './rechecks.ts';

/** Somebody else just changed the object. */
const changedRetryMs = 500;

export interface SchemaReconcilerOptions {
  readonly cluster: Pick<Cluster, 'configSchema' | 'schemas' | 'applySchemaStatus'>;
  readonly checker: Pick<SchemaChecker, 'verdict'>;
  readonly rechecks: Pick<Rechecks, 'resultOf' | 'nudge'>;
  readonly clock: Clock;
  /** Keeps a key until what it needs is back. */
  readonly park: (key: ConfigSchemaKey, dependency: Dependency) => void;
  readonly report: (report: SchemaReport) => void;
}

export interface SchemaReport {
  readonly schema: string;
  /** A SchemaReason. */
  readonly outcome: string;
  readonly statusWritten: boolean;
}

export class SchemaReconciler {
  readonly #options: SchemaReconcilerOptions;

  constructor(options: SchemaReconcilerOptions) {
    this.#options = options;
  }

  async reconcile(
    { key, name }: Pick<Work & { kind: 'ConfigSchema' }, 'key' | 'name'>,
    signal: AbortSignal,
  ): Promise<{ requeueAfterMs?: number } | undefined> {
    const { cluster, checker, rechecks, clock, park, report } = this.#options;
    const object = cluster.configSchema(name);
    const applied = cluster.schemas().named(name);
    if (!object || !applied) return undefined;
    const verdict = await checker.verdict(applied.set);
    const latest = verdict.ok ? rechecks.resultOf(applied) : null;
    if (verdict.ok && !latest) rechecks.nudge();
    const status = summariseSchema(object, verdict, latest, clock.now());
    const statusWritten = !sameStatus(object.status, status);
    try {
      if (statusWritten) await cluster.applySchemaStatus(object, status, signal);
    } catch (error) {
      if (isApiAway(error)) park(key, 'api');
      else if (isApiConflict(error)) return { requeueAfterMs: changedRetryMs };
      else if (!isApiNotFound(error)) throw error;
      return undefined;
    }
    report({ schema: name, outcome: status.conditions![0]!.reason, statusWritten });
    return undefined;
  }
}
