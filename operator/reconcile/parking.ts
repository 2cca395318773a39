/**
 * Where keys wait while something Pawl depends on is away. The process has one prober for each, so that an outage costs
 * one ping at a time instead of a retry per object, and recovery wakes all at once. Invariant: a parked key is woken
 * exactly when its dependency answers again.
 */
import type { Prober } from '../../runtime/prober.ts';
import type { WorkKey } from '../object/key.ts';

export const dependencies = ['store', 'api'] as const;
export type Dependency = (typeof dependencies)[number];
export type Probers = Readonly<Record<Dependency, Pick<Prober, 'suspect' | 'onAnswer'>>>;

export class Parking<Key extends string = WorkKey> {
  readonly #parked: Record<Dependency, Set<Key>> = { store: new Set(), api: new Set() };
  readonly #probers: Probers;
  readonly #wake: (key: Key) => void;

  /**
   * @param options.wake puts a key back in the queue
   * @param options.signal aborted: nobody is woken any more
   */
  constructor(options: { probers: Probers; wake: (key: Key) => void; signal: AbortSignal }) {
    const { probers, wake, signal } = options;
    this.#probers = probers;
    this.#wake = wake;
    const leave = dependencies.map(each => probers[each].onAnswer(() => this.#release(each)));
    const end = () => {
      for (const each of leave) each();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  }

  park(key: Key, dependency: Dependency): void {
    this.#parked[dependency].add(key);
    this.#probers[dependency].suspect();
  }

  size(dependency: Dependency): number {
    return this.#parked[dependency].size;
  }

  #release(dependency: Dependency): void {
    const keys = [...this.#parked[dependency]];
    this.#parked[dependency].clear();
    for (const key of keys) this.#wake(key);
  }
}
