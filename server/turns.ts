/**
 * Takes turns at work of which only a few pieces may run at once, such as searches: at most `atOnce` are under way, `each`
 * of each tenant, and tenants are served in turn. Invariant: between two pieces of one tenant's that begin, each other
 * tenant who waits and may begin one does; a tenant with `waitingEach` waiting is refused; and a caller that goes away
 * gives up its place.
 */
import { Refused } from './problems.ts';

export interface TurnLimits {
  readonly atOnce: number;
  /** Of one tenant. Default: 1. */
  readonly each?: number;
  /** Places in line of one tenant. */
  readonly waitingEach: number;
}

export class Turns {
  readonly #limits: TurnLimits;
  /** Those who wait, by tenant, in the order in which they are served next. */
  readonly #lines = new Map<string, (() => void)[]>();
  /** How many are under way, by tenant. */
  readonly #busy = new Map<string, number>();
  #underWay = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Rejects with Refused, with the signal's reason, or as the work does. */
  async run<T>(tenant: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(tenant, signal);
    try {
      return await work();
    } finally {
      this.#count(tenant, -1);
      this.#next();
    }
  }

  async #turn(tenant: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#mayStart(tenant)) {
      this.#count(tenant, 1);
      return;
    }
    if ((this.#lines.get(tenant)?.length ?? 0) >= this.#limits.waitingEach) {
      const detail =
        'Your other requests of this kind are still waiting. Send this one when they are answered.';
      throw new Refused('TooManyRequests', detail, { retry_after: 1 });
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const line = this.#lines.get(tenant) ?? [];
    this.#lines.set(tenant, line);
    line.push(resolve);
    const leave = () => {
      const at = line.indexOf(resolve);
      // The turn came just now.
      if (at < 0) return;
      line.splice(at, 1);
      if (line.length === 0) this.#lines.delete(tenant);
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #mayStart(tenant: string): boolean {
    const { atOnce, each = 1 } = this.#limits;
    return this.#underWay < atOnce && (this.#busy.get(tenant) ?? 0) < each;
  }

  #count(tenant: string, by: 1 | -1): void {
    const busy = (this.#busy.get(tenant) ?? 0) + by;
    if (busy === 0) this.#busy.delete(tenant);
    else this.#busy.set(tenant, busy);
    this.#underWay += by;
  }

  #next(): void {
    for (const [tenant, line] of this.#lines) {
      if (!this.#mayStart(tenant)) continue;
      const start = line.shift()!;
      this.#lines.delete(tenant);
      if (line.length > 0) this.#lines.set(tenant, line);
      this.#count(tenant, 1);
      start();
    }
  }
}
