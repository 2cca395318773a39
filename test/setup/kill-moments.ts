/**
 * When a leader is killed: after so many reconciles or so long, both drawn from a seed, and then as soon as it is in
 * the middle of its work; a leader without any is killed all the same. So a file of tests that is over in seconds
 * sees kills too, and most of them leave something half done.
 */
import { setTimeout } from 'node:timers/promises';
import { metricOf } from './metrics.ts';

/** A whole number from 0 up to, not including, `below`. */
export type Draw = (below: number) => number;

export interface Moment {
  /** Finished by this leader: from hardly begun to what a busy test asks of it. */
  readonly reconciles: number;
  /** Milliseconds since it was found to lead; for tests that wait more than they work. */
  readonly ms: number;
}

/** A leader is left in peace for so long, or nobody would ever come to the end of anything that takes two steps. */
const leastMs = 3_000;

export function drawMoment(draw: Draw): Moment {
  return { reconciles: 1 + draw(50), ms: leastMs + draw(12_000) };
}

/** A number of its own for every group of replicas of a run, so that one seed says all. */
export function seedOf(seed: number, file: string, group: number): number {
  let hash = 0x811c9dc5;
  for (const char of `${seed} ${file} ${group}`) {
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  }
  return hash >>> 1;
}

type Leader = { readonly httpAddr: string };

/** One that does not answer has gone, which is not for us to find out. */
const told = (leader: Leader, metric: string) => metricOf(leader, metric).catch(() => 0);

/** Settles when the moment has come, or the signal is aborted. */
export async function untilDue(leader: Leader, moment: Moment, over: AbortSignal): Promise<void> {
  const from = performance.now();
  while (!over.aborted && performance.now() < from + moment.ms) {
    const early = performance.now() < from + leastMs;
    if (!early && (await told(leader, 'controller_runtime_reconcile_total')) >= moment.reconciles) return;
    await setTimeout(20);
  }
}

/** Whether it reconciles something right now; waits for that, but not for long. */
export async function untilAtWork(leader: Leader, over: AbortSignal): Promise<boolean> {
  const end = performance.now() + 1_000;
  while (!over.aborted && performance.now() < end) {
    if ((await told(leader, 'controller_runtime_active_workers')) > 0) return true;
    await setTimeout(2);
  }
  return false;
}
