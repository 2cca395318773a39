/** Waiting that ends early when it must. Invariant: a timer set here is gone when the call that set it has ended. */
import { PawlError } from './errors.ts';

export interface Pace {
  /** Longest wait for an answer, and for a stream to begin. */
  readonly requestMs: number;
  /** A stream that says nothing for so long is broken: the server says something every 15 seconds. */
  readonly idleMs: number;
  readonly minBackOffMs: number;
  readonly maxBackOffMs: number;
  /** How long `watch` waits for a first value where there is none on disk. */
  readonly startMs: number;
  /** How long a save is repeated while nobody knows what became of it. */
  readonly saveMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

export const usualPace: Pace = {
  requestMs: 10_000,
  idleMs: 45_000,
  minBackOffMs: 500,
  maxBackOffMs: 30_000,
  startMs: 30_000,
  saveMs: 30_000,
  random: Math.random,
};

/** Resolves early when the signal is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

/** A signal that is aborted with the one given, or when its time is over. */
export class Deadline implements Disposable {
  readonly #own = new AbortController();
  readonly #outer: AbortSignal;
  readonly #stop = () => this.#own.abort(new PawlError('closed', 'the client was closed'));
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, outer: AbortSignal) {
    this.#outer = outer;
    outer.addEventListener('abort', this.#stop);
    if (outer.aborted) this.#stop();
    else this.extend(ms);
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** It ends in `ms` from now. */
  extend(ms: number): void {
    clearTimeout(this.#timer);
    const over = () => this.#own.abort(new PawlError('unavailable', `the server said nothing for ${ms} ms`));
    this.#timer = setTimeout(over, ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#stop);
  }
}

/** Doubles with each failure in a row; half of it is chance, so that a thousand programs do not come back as one. */
export function backOffMs(failures: number, { minBackOffMs, maxBackOffMs, random }: Pace): number {
  const whole = Math.min(minBackOffMs * 2 ** Math.min(failures, 20), maxBackOffMs);
  return whole / 2 + (whole / 2) * random();
}
