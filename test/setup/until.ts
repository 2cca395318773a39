/** Waiting on a condition with a deadline: what tests do instead of sleeping. */

/** Where leaders are killed (operator.ts), the next has to come first; nothing is promised about how soon. */
const patience = Number(process.env.PAWL_TEST_REPLICAS ?? 1) > 1 ? 4 : 1;

/** No deadline is shorter: before that it says how busy the machine is, and nothing about what is waited for. */
const leastMs = 60_000;

/**
 * Looks until `probe` returns something other than undefined, null or false, and returns that.
 * @param ms deadline in milliseconds, at least a minute, four times as long with several replicas; past it the error carries
 *   what the probe last said
 */
export async function until<T>(
  what: string,
  ms: number,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
): Promise<T> {
  const deadline = Math.max(ms, leastMs) * patience;
  const end = performance.now() + deadline;
  let last: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`not within ${deadline} ms: ${what}; last: ${last}`, { cause: last });
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
