/**
 * How much each of many takes of something that all share, such as processor time or bytes a second. Invariant: who has
 * taken nothing for a while may take `burst` at once, and nobody takes more than `perSecond` for long; what one takes
 * changes nothing for another.
 */
import type { Clock } from './clock.ts';

export interface ShareLimits {
  readonly perSecond: number;
  readonly burst: number;
}

interface Taken {
  readonly amount: number;
  readonly at: number;
}

/** Those who have taken nothing for long are forgotten when there are as many. */
const many = 1_000;

export class Shares {
  readonly limits: ShareLimits;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #taken = new Map<string, Taken>();

  constructor(limits: ShareLimits, clock: Pick<Clock, 'monotonic'>) {
    this.limits = limits;
    this.#clock = clock;
  }

  /** What has not been given back by time. */
  takenBy(who: string): number {
    const taken = this.#taken.get(who);
    if (!taken) return 0;
    return Math.max(0, taken.amount - ((this.#clock.monotonic() - taken.at) / 1_000) * this.limits.perSecond);
  }

  /**
   * Seconds until there is room for so much; 0: now. Who has taken nothing has room for more than the burst.
   * @param amount 0: of what is counted afterwards, it is enough that some of the burst is left
   */
  secondsUntilRoom(who: string, amount = 0): number {
    const taken = this.takenBy(who);
    const over = taken + amount - this.limits.burst;
    return Math.max(0, Math.min(over, taken) / this.limits.perSecond);
  }

  take(who: string, amount: number): void {
    this.#taken.set(who, { amount: this.takenBy(who) + amount, at: this.#clock.monotonic() });
    if (this.#taken.size > many) this.#forget();
  }

  #forget(): void {
    for (const who of this.#taken.keys()) if (this.takenBy(who) === 0) this.#taken.delete(who);
  }
}
