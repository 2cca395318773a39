/**
 * A Clock whose time moves only by advance(). Invariant: timers fire in the order they are due, each with
 * the clock showing the time it was due, and what they set off runs before the next one fires.
 */
import { type Clock, sleepOn, type Timer } from '../../runtime/clock.ts';

interface Pending {
  readonly due: number;
  readonly fire: () => void;
}

export class FakeClock implements Clock {
  readonly #epoch: number;
  readonly #pending = new Set<Pending>();
  #elapsed = 0;

  constructor(start = '2026-01-02T03:04:05.678Z') {
    this.#epoch = Date.parse(start);
  }

  get pendingTimers(): number {
    return this.#pending.size;
  }

  now(): Date {
    return new Date(this.#epoch + this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  timer(ms: number, fire: () => void): Timer {
    const pending = { due: this.#elapsed + Math.max(0, ms), fire };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  async advance(ms: number): Promise<void> {
    await settle();
    const target = this.#elapsed + ms;
    for (let next = this.#nextDue(target); next !== undefined; next = this.#nextDue(target)) {
      this.#elapsed = Math.max(this.#elapsed, next.due);
      this.#pending.delete(next);
      next.fire();
      await settle();
    }
    this.#elapsed = target;
    await settle();
  }

  #nextDue(target: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.due <= target && (next === undefined || pending.due < next.due)) next = pending;
    }
    return next;
  }
}

/** Lets everything that can run now run, but nothing that waits for I/O. */
export function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
