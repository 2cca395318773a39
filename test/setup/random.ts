/**
 * Random choices of a test, drawn again by whoever has its seed. Invariant: two seeds never draw alike, however near
 * each other they are, so that writers with neighbouring seeds do not make the same edits.
 */

/**
 * xorshift is random enough to pick edits.
 * @param seed 0 to 2^31 - 1
 * @returns draws a whole number from 0 to below `below`
 */
export function randomOf(seed: number): (below: number) => number {
  let state = scattered(seed);
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.abs(state) % below;
  };
}

/** MurmurHash3's last step: one-to-one, never 0 for a seed, and every bit counts in every bit of what comes out. */
function scattered(seed: number): number {
  let hash = seed ^ 0x9e3779b9;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
