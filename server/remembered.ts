/**
 * Answers that may be remembered for a few seconds: one question asked by many at the same time is asked once,
 * yes and no are kept each for its own time, and failures never. Invariant: never more than `max` answers.
 */
import type { Clock } from '../runtime/clock.ts';

export interface RememberedOptions<Value> {
  readonly clock: Clock;
  readonly max: number;
  /** How long an answer holds, in milliseconds. */
  readonly keepMs: (value: Value) => number;
}

export class Remembered<Value> {
  readonly #options: RememberedOptions<Value>;
  /** Oldest first. */
  readonly #known = new Map<string, { readonly until: number; readonly value: Value }>();
  readonly #asking = new Map<string, Promise<Value>>();

  constructor(options: RememberedOptions<Value>) {
    this.#options = options;
  }

  get size(): number {
    return this.#known.size;
  }

  /** @param ask gets no caller's signal, because others wait for the same answer */
  async get(key: string, ask: () => Promise<Value>): Promise<Value> {
    const known = this.#known.get(key);
    if (known && known.until > this.#options.clock.monotonic()) return known.value;
    const asked = this.#asking.get(key);
    if (asked !== undefined) return asked;
    const asking = ask().then(value => {
      this.#keep(key, value);
      return value;
    });
    this.#asking.set(key, asking);
    try {
      return await asking;
    } finally {
      this.#asking.delete(key);
    }
  }

  #keep(key: string, value: Value): void {
    const { clock, max, keepMs } = this.#options;
    this.#known.delete(key);
    this.#known.set(key, { until: clock.monotonic() + keepMs(value), value });
    if (this.#known.size <= max) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
