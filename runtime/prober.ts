/**
 * Knows whether a dependency of this process answers, by asking it now and then, even while nobody needs it. Invariant:
 * the answer is what the last probe, or a caller since, found; and after each doubt (`suspect`) a probe that begins
 * later decides.
 */
import { jitter, type Random } from './backoff.ts';
import type { Clock } from './clock.ts';
import { deadline } from './deadline.ts';

export type Probe = (signal: AbortSignal) => Promise<void>;

export interface ProberOptions {
  readonly name: string;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly random: Random;
  /** Between two probes that were answered. */
  readonly everyMs: number;
  /** A probe that takes longer was not answered. */
  readonly timeoutMs: number;
  /** Called when it begins or ceases to answer, and with the first finding. Must not throw. */
  readonly onChange?: (up: boolean) => void;
}

/** Between two probes that were not answered; doubled up to the second. */
const firstRetryMs = 250;
const lastRetryMs = 4_000;

export class Prober {
  readonly #options: ProberOptions;
  readonly #listeners = new Set<() => void>();
  #up: boolean | null = null;
  #doubts = 0;
  #wake: () => void = () => {};

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** null: nobody knows yet. */
  get isUp(): boolean | null {
    return this.#up;
  }

  /** A caller got no answer: probes again soon, and tells the listeners as soon as there is an answer. */
  suspect(): void {
    this.#doubts += 1;
    this.#set(false);
    this.#wake();
  }

  /** Called each time it answers after it did not, until what is returned is called. */
  onAnswer(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Probes until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { random, everyMs } = this.#options;
    let retryMs = firstRetryMs;
    while (!signal.aborted) {
      const doubts = this.#doubts;
      const answered = await this.#ask(signal);
      if (signal.aborted) return;
      if (answered && doubts === this.#doubts) {
        retryMs = firstRetryMs;
        this.#set(true);
        await this.#pause(jitter(everyMs, 0.2, random), signal);
        // A caller that was not answered a moment ago would not be answered now.
        if (doubts !== this.#doubts) await this.#sleep(retryMs * (0.5 + random() / 2), signal);
        continue;
      }
      this.#set(false);
      await this.#sleep(retryMs * (0.5 + random() / 2), signal);
      retryMs = Math.min(retryMs * 2, lastRetryMs);
    }
  }

  async #ask(signal: AbortSignal): Promise<boolean> {
    const { name, probe, clock, timeoutMs } = this.#options;
    using limit = deadline(clock, `probe of ${name}`, timeoutMs, signal);
    try {
      await probe(limit.signal);
      return true;
    } catch {
      return false;
    }
  }

  #set(up: boolean): void {
    if (this.#up === up) return;
    this.#up = up;
    this.#options.onChange?.(up);
    if (up) for (const listener of [...this.#listeners]) listener();
  }

  /** Ends early when a caller doubts. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const early = new AbortController();
    this.#wake = () => early.abort();
    await this.#sleep(ms, AbortSignal.any([signal, early.signal]));
    this.#wake = () => {};
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(ms, signal).catch(() => undefined);
  }
}
