/**
 * Learns of numbers that were used before and that the store has lost in a restore to an earlier moment: a number seen
 * in a cluster is never used again. Invariant: nothing is decided on a view that a learned number has changed.
 */

import type { Format } from '../../text/format.ts';
import { isBelievable } from '../core/numbers.ts';
import type { ConfigId, Version, View } from '../words/model.ts';
import type { Store } from './ports.ts';

/** The highest version of a config that is seen outside of the store; 0n: none. */
export type HighestSeen = (config: ConfigId, view: View) => Version;

export class Floor {
  readonly #store: Pick<Store, 'raiseFloor'>;
  readonly #highestSeen: HighestSeen;

  constructor(store: Pick<Store, 'raiseFloor'>, highestSeen: HighestSeen) {
    this.#store = store;
    this.#highestSeen = highestSeen;
  }

  /** Whether a number is seen that this view knows nothing of. */
  isBelow(config: ConfigId, view: View): boolean {
    return this.#unknown(config, view) !== null;
  }

  /** Whether a number was learned, so that the view has to be taken anew. */
  async learned(config: ConfigId, format: Format, view: View, signal: AbortSignal): Promise<boolean> {
    const seen = this.#unknown(config, view);
    if (seen === null) return false;
    await this.#store.raiseFloor({ config, format, seen }, signal);
    return true;
  }

  #unknown(config: ConfigId, view: View): Version | null {
    const last = view.config?.lastVersion ?? 0n;
    const seen = this.#highestSeen(config, view);
    return seen > last && isBelievable(seen, last) ? seen : null;
  }
}
