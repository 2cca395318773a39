/**
 * How long a generation takes from when it was first seen to its ConfigMap. Invariant: it remembers objects that wait
 * for an answer, and no others.
 */
interface Seen {
  readonly generation: number;
  readonly at: number;
}

export class FirstSeen {
  readonly #now: () => number;
  readonly #waiting = new Map<string, Seen>();

  /** @param now monotonic, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** An object as it is now; null generation: it waits for nothing. */
  saw(key: string, generation: number | null): void {
    if (generation === null) this.#waiting.delete(key);
    else if (this.#waiting.get(key)?.generation !== generation)
      this.#waiting.set(key, { generation, at: this.#now() });
  }

  /** Milliseconds this generation has waited; undefined when nobody saw it come, or it was answered before. */
  answered(key: string, generation: number): number | undefined {
    const seen = this.#waiting.get(key);
    if (seen?.generation !== generation) return undefined;
    this.#waiting.delete(key);
    return this.#now() - seen.at;
  }
}
