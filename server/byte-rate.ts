/**
 * How many bytes of large bodies each tenant sends in a time, because reading them takes the one event loop from everybody.
 * Invariant: what is refused is not counted.
 */
import type { Shares } from '../runtime/shares.ts';
import { Refused } from './problems.ts';

export class ByteRate {
  readonly #bytes: Shares;

  constructor(bytes: Shares) {
    this.#bytes = bytes;
  }

  /** Throws Refused, and then counts nothing. More than the burst is taken from a tenant who has used none of it. */
  take(tenant: string, bytes: number): void {
    const seconds = Math.ceil(this.#bytes.secondsUntilRoom(tenant, bytes));
    if (seconds > 0) {
      const sent = mib(this.#bytes.takenBy(tenant));
      const detail = `You have sent ${sent} of large bodies within moments. Send this one in ${seconds} s.`;
      throw new Refused('TooManyRequests', detail, { retry_after: seconds });
    }
    this.#bytes.take(tenant, bytes);
  }
}

const mib = (bytes: number) => `${(bytes / (1 << 20)).toFixed(1)} MiB`;
