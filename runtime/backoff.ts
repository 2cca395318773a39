/**
 * How long to wait before trying again. Invariant: delays grow exponentially to a cap and are spread by
 * the random source handed in, so that many clients that failed together do not come back together.
 */

/** Uniform in [0, 1), like Math.random. */
export type Random = () => number;

export interface BackoffSettings {
  readonly baseMs: number;
  readonly capMs: number;
}

/** min(cap, base·2^failures); `failures` counts from 0. */
export function exponential({ baseMs, capMs }: BackoffSettings, failures: number): number {
  // 2 ** 1024 is Infinity, and min() makes that the cap.
  return Math.min(capMs, baseMs * 2 ** Math.max(0, failures));
}

/** Spreads a delay evenly over ±`fraction` of itself. */
export function jitter(ms: number, fraction: number, random: Random): number {
  return ms * (1 + fraction * (2 * random() - 1));
}

/** Full-jitter back-off of one loop: each delay is uniform in [0, min(cap, base·2^failures)). */
export class Backoff {
  readonly #settings: BackoffSettings;
  readonly #random: Random;
  #failures = 0;

  constructor(settings: BackoffSettings, random: Random) {
    this.#settings = settings;
    this.#random = random;
  }

  /** Failures since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure and says how many milliseconds to wait. */
  next(): number {
    const ceiling = exponential(this.#settings, this.#failures);
    this.#failures += 1;
    return ceiling * this.#random();
  }

  /** To be called on progress, not on a mere successful connection. */
  reset(): void {
    this.#failures = 0;
  }
}
