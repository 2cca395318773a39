/**
 * Pieces of work that hold up the event loop for milliseconds, such as reading or writing a text of 1 MiB as JSON: one at a
 * time, tenants in turn. Invariant: after each piece of a tenant's the loop is free for others for three times as long as the
 * piece took, while there are others; what a piece took is counted.
 */
import type { Clock } from '../runtime/clock.ts';
import type { ProcessorTime } from './processor-time.ts';
import { Turns } from './turns.ts';

const { signal: never } = new AbortController();
/** So that all such pieces take a fourth of the loop, as all of one tenant's work takes a fourth of a processor. */
const restFactor = 3;

export class LoopTurns {
  readonly #time: ProcessorTime;
  readonly #clock: Clock;
  /** Each that waits is a request whose bytes are counted: there is no other bound. */
  readonly #turns = new Turns({ atOnce: 1, waitingEach: Number.POSITIVE_INFINITY });

  constructor(time: ProcessorTime, clock: Clock) {
    this.#time = time;
    this.#clock = clock;
  }

  /** Rejects with the signal's reason, or with what the work throws. */
  run<T>(tenant: string, signal: AbortSignal, work: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const turn = this.#turns.run(tenant, signal, async () => {
      const startedAt = this.#clock.monotonic();
      try {
        resolve(this.#time.counted(tenant, work));
      } catch (error) {
        reject(error);
      }
      // Whoever waits for this piece goes on at once; the next piece begins later.
      if (!this.#time.isAlone(tenant)) {
        const took = this.#clock.monotonic() - startedAt;
        await this.#clock.sleep(restFactor * took, never);
      }
    });
    turn.catch(reject);
    return promise;
  }
}
