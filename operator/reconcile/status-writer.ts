/**
 * Reports to an object what became of its proposal: the deployment log, then its status, then an Event. Invariant: a
 * status is written only when its meaning changes, and a refusal is in the log before its status shows it.
 */

import { isStoreAway } from '../../history/settle/store-failure.ts';
import { Reason } from '../../history/words/reasons.ts';
import type { StoreFailure } from '../../history/words/store-failure.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ConfigVersion } from '../object/config-version.ts';
import { objectKey } from '../object/key.ts';
import { isSettled, type Outcome, readyOf, sameStatus, summarise } from '../object/status.ts';
import type { Terms } from '../object/terms.ts';
import { isApiAway, isApiNotFound } from './errors.ts';
import type { Cluster, StoreUpkeep } from './ports.ts';

export interface StatusContext {
  readonly cluster: Pick<Cluster, 'applyStatus' | 'event'>;
  readonly store: Pick<StoreUpkeep, 'logRefusal'>;
  readonly clock: Clock;
}

/** Whether there was anything to write. */
export async function writeStatus(
  { cluster, clock }: Omit<StatusContext, 'store'>,
  object: ConfigVersion,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<boolean> {
  const status = summarise(object, outcome, clock.now());
  if (sameStatus(object.status, status)) return false;
  await cluster.applyStatus(object, status, signal);
  const ready = readyOf(status);
  const before = readyOf(object.status);
  if (ready && isNewsworthy(ready, before)) {
    const type = ready.status === 'True' ? 'Normal' : 'Warning';
    const note = (outcome.kind === 'refused' && outcome.refusal.summary) || ready.message;
    cluster.event(object, { type, reason: ready.reason, note });
  }
  return true;
}

/**
 * Before the status shows it, so that every refusal anybody saw is in the log; once, as the store promises. Returns an
 * error that must not keep the refusal from being shown.
 */
export async function logOutcome(
  { store, clock }: Omit<StatusContext, 'cluster'>,
  object: ConfigVersion,
  terms: Terms,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<Error | null> {
  if (outcome.kind !== 'refused' || isOutsiders(outcome.refusal.reason)) return null;
  if (sameStatus(object.status, summarise(object, outcome, clock.now()))) return null;
  const { config, source, uid, generation, sha256, baseVersion, actor, git, deploymentId } = terms;
  const { reason, message: full, summary: message = full } = outcome.refusal;
  const refused = { source, uid, generation, sha256, baseVersion };
  try {
    await store.logRefusal({ config, proposal: refused, actor, git, deploymentId, reason, message }, signal);
    return null;
  } catch (error) {
    if (isStoreAway(error) || signal.aborted) throw error;
    return new Error(`the refusal of ${objectKey(object.metadata)} cannot be logged`, { cause: error });
  }
}

/** A log belongs to its namespace: an object without rights there writes nothing into it, either. */
function isOutsiders(reason: Reason): boolean {
  return reason === Reason.PathNotAllowed || reason === Reason.NamespaceNotFound;
}

/** PostgreSQL, with what is wrong where it does not pass by itself. */
export function unusableStore({ reason, sqlstate }: StoreFailure): string {
  if (reason === 'SchemaMismatch')
    return 'PostgreSQL, whose database lacks the schema of this build (its migrate command makes it),';
  if (sqlstate?.startsWith('28')) return `PostgreSQL, which refuses Pawl's login (SQLSTATE ${sqlstate}),`;
  if (sqlstate === '3D000') return `PostgreSQL, which does not have Pawl's database (SQLSTATE ${sqlstate}),`;
  return 'PostgreSQL';
}

/** What an object says while a dependency is away. */
export const notAnswering = (who: string): string =>
  `${who} does not answer as it should. Nothing is lost; Pawl will go on by itself as soon as it does.`;

/**
 * Tells that `who` does not answer; false: nothing was written. What was true before still is, so only an unanswered
 * proposal is told to wait; and who does not answer may be the API server, which keeps the status from being written.
 */
export async function tellAway(
  context: Omit<StatusContext, 'store'>,
  object: ConfigVersion,
  reason: Reason,
  who: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (isSettled(object)) return false;
  const message = notAnswering(who);
  try {
    return await writeStatus(context, object, { kind: 'waiting', reason, message }, signal);
  } catch (error) {
    if (!isApiAway(error) && !isApiNotFound(error)) throw error;
    return false;
  }
}

/**
 * An Event costs as much as a write that matters, so a save without anything special about it has none: the
 * condition tells it.
 */
function isNewsworthy(
  ready: NonNullable<ReturnType<typeof readyOf>>,
  before: ReturnType<typeof readyOf>,
): boolean {
  if (ready.reason === before?.reason && ready.message === before.message) return false;
  const plain = ready.reason === Reason.Saved || ready.reason === Reason.Unchanged;
  return !plain || before?.status === 'False';
}
