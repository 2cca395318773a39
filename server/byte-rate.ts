/**
 * How many bytes of large bodies each tenant sends in a time, because reading them takes the one event loop from everybody.
 * Invariant: a tenant that has sent none for a while may send `burst` at once, and nobody sends more than `perSecond` for
 * long.
 */
import type { Clock } from '../runtime/clock.ts';
import { Refused } from './problems.ts';

export interface ByteRateLimits {
  readonly perSecond: number;
  readonly burst: number;
}

interface Used {
  readonly bytes: number;
  readonly at: number;
}

/** Tenants who have used nothing for long are forgotten when there are as many. */
const manyTenants = 1_000;

export class ByteRate {
  readonly #limits: ByteRateLimits;
  readonly #clock: Clock;
  readonly #used = new Map<string, Used>();

  constructor(limits: ByteRateLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Throws Refused, and then counts nothing. More than the burst is taken from a tenant who has used none of it. */
  take(tenant: string, bytes: number): void {
    const { perSecond, burst } = this.#limits;
    const used = this.#usedBy(tenant);
    const over = used + bytes - burst;
    if (over > 0 && used > 0) {
      const seconds = Math.ceil(Math.min(over, used) / perSecond);
      const detail = `You have sent ${mib(used)} of large bodies within moments. Send this one in ${seconds} s.`;
      throw new Refused('TooManyRequests', detail, { retry_after: seconds });
    }
    this.#used.set(tenant, { bytes: used + bytes, at: this.#clock.monotonic() });
    if (this.#used.size > manyTenants) this.#forget();
  }

  #usedBy(tenant: string): number {
    const used = this.#used.get(tenant);
    if (!used) return 0;
    return Math.max(0, used.bytes - ((this.#clock.monotonic() - used.at) / 1_000) * this.#limits.perSecond);
  }

  #forget(): void {
    for (const tenant of this.#used.keys()) if (this.#usedBy(tenant) === 0) this.#used.delete(tenant);
  }
}

const mib = (bytes: number) => `${(bytes / (1 << 20)).toFixed(1)} MiB`;
