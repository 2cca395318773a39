/**
 * Where keys wait while something Pawl depends on is away. One probe per dependency asks for everybody, so
 * that an outage costs one ping a moment instead of a retry per object, and recovery wakes all at once.
 * Invariant: a parked key is woken exactly when its dependency answers again.
 */
import type { Clock } from '../../runtime/clock.ts';

export type Dependency = 'store' | 'api';

export type Probe = (signal: AbortSignal) => Promise<void>;

export class Parking {
  readonly #parked: Record<Dependency, Set<string>> = { store: new Set(), api: new Set() };
  readonly #probing: Record<Dependency, Promise<void> | null> = { store: null, api: null };
  readonly #probes: Record<Dependency, Probe>;
  readonly #wake: (key: string) => void;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #signal: AbortSignal;
  readonly #onChange: (dependency: Dependency, up: boolean) => void;

  /** @param options.wake puts a key back in the queue */
  constructor(options: {
    probes: Record<Dependency, Probe>;
    wake: (key: string) => void;
    clock: Clock;
    random: () => number;
    signal: AbortSignal;
    onChange?: (dependency: Dependency, up: boolean) => void;
  }) {
    this.#probes = options.probes;
    this.#wake = options.wake;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#signal = options.signal;
    this.#onChange = options.onChange ?? (() => {});
  }

  park(key: string, dependency: Dependency): void {
    this.#parked[dependency].add(key);
    this.#probing[dependency] ??= this.#probe(dependency);
  }

  size(dependency: Dependency): number {
    return this.#parked[dependency].size;
  }

  async #probe(dependency: Dependency): Promise<void> {
    this.#onChange(dependency, false);
    let delay = 250;
    while (!this.#signal.aborted) {
      try {
        await this.#clock.sleep(delay * (0.5 + this.#random() / 2), this.#signal);
        await this.#probes[dependency](this.#signal);
        break;
      } catch {
        delay = Math.min(delay * 2, 4_000);
      }
    }
    this.#probing[dependency] = null;
    if (this.#signal.aborted) return;
    this.#onChange(dependency, true);
    const keys = [...this.#parked[dependency]];
    this.#parked[dependency].clear();
    for (const key of keys) this.#wake(key);
  }
}
