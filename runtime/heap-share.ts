/** How much heap a worker thread may have. Invariant: all threads together leave most of a small pod to the main one. */
import { OneThread } from './one-thread.ts';

/**
 * @param memory bytes that this process may have (process.constrainedMemory()); 0: nobody says
 * @param share how many of it make the memory
 * @returns MiB
 */
export function heapShareMiB(memory: number, { share, most }: { share: number; most: number }): number {
  if (memory <= 0) return most;
  return Math.min(most, Math.max(64, Math.floor(memory / share / 2 ** 20)));
}

/** With less, two threads that use their share at once leave the main one too little. */
const roomyBytes = 2 ** 30;

/**
 * For all Offloads of a process; undefined: there is memory for all of them at once.
 * @param memory as above
 */
export function oneThreadIn(memory: number): OneThread | undefined {
  return memory > 0 && memory < roomyBytes ? new OneThread() : undefined;
}
