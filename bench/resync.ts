/** Tells edits sent while objects waited for a resync from those sent while none did. Pure. */

export interface Edit {
  /** On performance.now()'s clock. */
  readonly sentAt: number;
  readonly latencyMs: number;
}

/** What the queue looked like at a moment. */
export interface QueuePoll {
  readonly at: number;
  readonly resyncing: boolean;
}

/**
 * An edit counts when the polls right before and right after it agree; one sent while a resync began or ended
 * counts nowhere. Polls in the order of their time. Answers with latencies in milliseconds.
 */
export function partByResync(
  edits: readonly Edit[],
  polls: readonly QueuePoll[],
): { idle: number[]; resync: number[] } {
  const [idle, resync]: [number[], number[]] = [[], []];
  for (const { sentAt, latencyMs } of edits) {
    const after = polls.findIndex(({ at }) => at >= sentAt);
    const [left, right] = [polls[after - 1], polls[after]];
    if (!left || !right || left.resyncing !== right.resyncing) continue;
    (left.resyncing ? resync : idle).push(latencyMs);
  }
  return { idle, resync };
}
