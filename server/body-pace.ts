/**
 * How fast a large body comes. Invariant: between two pieces of half a MiB the event loop is left to others, where there is
 * need to: reading it as fast as it can be sent takes the whole loop.
 */
import type { Readable } from 'node:stream';

/** Read at once: about a millisecond. */
const readAtOnce = 512 * 1024;

/** Between two pieces: it comes with 60 MiB a second, which takes an eighth of the loop. */
export const bodyRestMs = 8;

/**
 * @param rest null: there is no need to
 * @returns to be told of each chunk's bytes
 */
export function paced(body: Readable, rest: () => Promise<void> | null | undefined): (bytes: number) => void {
  let read = 0;
  return bytes => {
    read += bytes;
    if (read < readAtOnce) return;
    read = 0;
    const resting = rest();
    if (!resting) return;
    body.pause();
    void resting.finally(() => body.resume());
  };
}
