/**
 * The processor time that each tenant's requests take: of the threads that read, merge and compare texts, of the event loop
 * for large bodies and answers, and of PostgreSQL for searches. Invariant: what it took is counted after it was done,
 * whether it was answered, refused or abandoned; a tenant who is over the share begins nothing that is counted, but to read,
 * while others ask for anything, and is told when to go on; a tenant who is alone may take all there is.
 */
import type { Clock } from '../runtime/clock.ts';
import type { PlaceInLine } from '../runtime/offload.ts';
import type { Shares } from '../runtime/shares.ts';
import { Refused } from './problems.ts';

/** Heavy texts of one tenant that may wait for a thread; a deployment brings eight at a time. */
const maxWaiting = 16;
/** A tenant who has asked for nothing for so long does not need it to be kept free. */
const askingMs = 10_000;

export class ProcessorTime {
  /** Milliseconds. */
  readonly #taken: Shares;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Who asked last, and when somebody else had asked before; enough to tell whether a tenant is alone. */
  #last = { tenant: '', at: Number.NEGATIVE_INFINITY };
  #otherAt = Number.NEGATIVE_INFINITY;

  constructor(taken: Shares, clock: Pick<Clock, 'monotonic'>) {
    this.#taken = taken;
    this.#clock = clock;
  }

  /** Of each request, so that others are held to their shares also by those who only read. */
  sees(tenant: string): void {
    const at = this.#clock.monotonic();
    if (tenant !== this.#last.tenant) this.#otherAt = this.#last.at;
    this.#last = { tenant, at };
  }

  /** Whether nobody else has asked for anything of late. */
  isAlone(tenant: string): boolean {
    this.sees(tenant);
    return this.#last.at - this.#otherAt > askingMs;
  }

  /** Throws Refused when this tenant is over the share and others ask. */
  demand(tenant: string): void {
    if (this.isAlone(tenant)) return;
    const seconds = Math.ceil(this.#taken.secondsUntilRoom(tenant));
    if (seconds === 0) return;
    const taken = (this.#taken.takenBy(tenant) / 1_000).toFixed(1);
    const detail = `Your requests have taken ${taken} s of processor time within moments. Send this one in ${seconds} s.`;
    throw new Refused('TooManyRequests', detail, { retry_after: seconds });
  }

  /** Of what runs now, on the event loop. */
  counted<T>(tenant: string, work: () => T): T {
    const startedAt = this.#clock.monotonic();
    try {
      return work();
    } finally {
      this.#taken.take(tenant, this.#clock.monotonic() - startedAt);
    }
  }

  /** Where this tenant's texts wait, and who pays for them. Throws Refused. */
  place(tenant: string, signal: AbortSignal): PlaceInLine {
    this.demand(tenant);
    return { line: tenant, maxWaiting, signal, charge: ms => this.#taken.take(tenant, ms) };
  }

  /** Counts the time that passes. Rejects with Refused, or as the work does. */
  async timed<T>(tenant: string, work: () => Promise<T>): Promise<T> {
    this.demand(tenant);
    const startedAt = this.#clock.monotonic();
    try {
      return await work();
    } finally {
      this.#taken.take(tenant, this.#clock.monotonic() - startedAt);
    }
  }
}
