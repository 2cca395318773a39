/** How much heap a worker thread may have. Invariant: all threads together leave most of a small pod to the main one. */

/**
 * @param memory bytes that this process may have (process.constrainedMemory()); 0: nobody says
 * @param share how many of it make the memory
 * @returns MiB
 */
export function heapShareMiB(memory: number, { share, most }: { share: number; most: number }): number {
  if (memory <= 0) return most;
  return Math.min(most, Math.max(64, Math.floor(memory / share / 2 ** 20)));
}
