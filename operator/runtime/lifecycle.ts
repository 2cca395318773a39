/**
 * Starts the parts of a process in order and stops them in the opposite order, each within its deadline.
 * Invariant: whatever start() got through is stopped exactly once, also when a later part fails to start,
 * and one part that hangs or throws while stopping does not keep the others from being stopped.
 */
import type { Clock } from './clock.ts';
import { DeadlineExceeded } from './deadline.ts';

export interface Part {
  readonly name: string;
  start?(signal: AbortSignal): Promise<void>;
  stop?(): Promise<void>;
  /** Default 5 s. */
  readonly stopTimeoutMs?: number;
}

export class Lifecycle {
  readonly #clock: Clock;
  readonly #parts: readonly Part[];
  readonly #started: Part[] = [];
  #stopping: Promise<void> | undefined;

  constructor(clock: Clock, parts: readonly Part[]) {
    this.#clock = clock;
    this.#parts = parts;
  }

  /** Rejects with the error of the part that did not start, after stopping those that did. */
  async start(signal: AbortSignal): Promise<void> {
    try {
      for (const part of this.#parts) {
        signal.throwIfAborted();
        // Counted as started before it is: a part that failed half-way has something to clean up too.
        this.#started.push(part);
        await part.start?.(signal);
      }
    } catch (error) {
      await this.stop().catch(() => undefined);
      throw error;
    }
  }

  /** Rejects, once all parts were asked to stop, with an AggregateError of what went wrong. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let part = this.#started.pop(); part !== undefined; part = this.#started.pop()) {
      try {
        await this.#stopOne(part);
      } catch (error) {
        errors.push(new Error(`stopping ${part.name}: ${String(error)}`, { cause: error }));
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} part(s) did not stop cleanly`);
  }

  async #stopOne(part: Part): Promise<void> {
    if (part.stop === undefined) return;
    const ms = part.stopTimeoutMs ?? 5_000;
    const late = Promise.withResolvers<never>();
    const timer = this.#clock.timer(ms, () => late.reject(new DeadlineExceeded(`stopping ${part.name}`, ms)));
    try {
      await Promise.race([part.stop(), late.promise]);
    } finally {
      timer.cancel();
    }
  }
}
