/**
 * One watcher at the hub: what waits for it, and what it was given already while it joined. Invariant: it is given
 * each change that concerns it once, in the order in which it is told, and keeps at most `maxWaiting`: told more, it
 * lags, and ends once it has given those.
 */
import type { Change } from '../history/words/history.ts';
import type { Clock } from '../runtime/clock.ts';

export type Watched =
  | { readonly kind: 'change'; readonly change: Change }
  /** Nothing new that concerns the watcher, but a newer cursor to come back with. */
  | { readonly kind: 'bookmark'; readonly cursor: string }
  /** What lies before `cursor` is not remembered: list anew. */
  | { readonly kind: 'expired'; readonly cursor: string };

export interface WatcherOptions {
  readonly concerns: (change: Change) => boolean;
  readonly clock: Clock;
  /** A watcher that nothing concerns gets a bookmark this often: a sign of life, and a cursor that is not too old. */
  readonly bookmarkMs: number;
  /** Most changes kept for one slow watcher. */
  readonly maxWaiting: number;
}

export class Watcher {
  readonly #options: WatcherOptions;
  readonly #waiting: Watched[] = [];
  /** Given already while joining. */
  #given: ReadonlySet<string> = new Set();
  #wake: () => void = () => undefined;
  #lagging = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  concerns(change: Change): boolean {
    return this.#options.concerns(change);
  }

  wake(): void {
    this.#wake();
  }

  tell(seen: Watched): void {
    if (this.#lagging || (seen.kind === 'change' && !this.concerns(seen.change))) return;
    this.#waiting.push(seen);
    if (this.#waiting.length > this.#options.maxWaiting) this.#lagging = true;
    this.#wake();
  }

  /** It is not given these changes again, until forgetGiven(). */
  skip(given: readonly Change[]): void {
    this.#given = new Set(given.map(keyOf));
  }

  /** Of what was given while joining, all that comes again has come: it goes, and what comes later is not among it. */
  forgetGiven(): void {
    const rest = this.#waiting.filter(seen => !this.#wasGiven(seen));
    this.#waiting.splice(0, this.#waiting.length, ...rest);
    this.#given = new Set();
  }

  /**
   * Ends when the signal is aborted, or the watcher lags.
   * @param cursor how far the hub has read; null: it does not read
   */
  async *follow(cursor: () => string | null, signal: AbortSignal): AsyncGenerator<Watched> {
    const { clock, bookmarkMs } = this.#options;
    const stop = () => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        const next = this.#waiting.shift();
        if (next) {
          if (!this.#wasGiven(next)) yield next;
          continue;
        }
        if (this.#lagging) return;
        const { promise, resolve } = Promise.withResolvers<boolean>();
        this.#wake = () => resolve(false);
        const timer = clock.timer(bookmarkMs, () => resolve(true));
        const quiet = await promise;
        timer.cancel();
        // Only where the hub is exactly as far as this watcher: nothing waits, and nothing was given ahead of it.
        const even = this.#waiting.length === 0 && this.#given.size === 0;
        const now = cursor();
        if (quiet && even && now !== null) yield { kind: 'bookmark', cursor: now };
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #wasGiven(seen: Watched): boolean {
    return seen.kind === 'change' && this.#given.has(keyOf(seen.change));
  }
}

export function cursorOf(seen: Watched): string {
  return seen.kind === 'change' ? seen.change.cursor : seen.cursor;
}

/** A config's number is saved once and deleted once, unless the delete is taken back: then both may happen again, later. */
function keyOf({ kind, config, version, at }: Change): string {
  return `${kind}\n${config.namespace}\n${config.path}\n${version}\n${at.getTime()}`;
}
