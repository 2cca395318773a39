/**
 * Learns of numbers that were used before and that the store has lost in a restore to an earlier moment: a number seen
 * in a cluster is never used again. Invariants: nothing is decided on a view that a learned number has changed, nor
 * while it is not known whether a number is to be believed.
 */

import type { Format } from '../../text/format.ts';
import { isBelievable } from '../core/numbers.ts';
import type { ConfigId, Version, View } from '../words/model.ts';
import type { Store } from './ports.ts';

/** The highest versions of a config that are seen outside of the store; 0n: none. */
export interface Seen {
  readonly highest: Version;
  /** Told by somebody of whom nobody knows yet whether they may write the config. */
  readonly untold: Version;
}

export type HighestSeen = (config: ConfigId, view: View) => Seen;

export const nothingSeen: Seen = { highest: 0n, untold: 0n };

/** `learned`: the view has to be taken anew. `untold`: whether there is more to learn is on its way; wait. */
export type Learning = 'nothing' | 'learned' | 'untold';

export class Floor {
  readonly #store: Pick<Store, 'raiseFloor'>;
  readonly #highestSeen: HighestSeen;

  constructor(store: Pick<Store, 'raiseFloor'>, highestSeen: HighestSeen) {
    this.#store = store;
    this.#highestSeen = highestSeen;
  }

  /** Whether a number is seen, or may be, that this view knows nothing of. */
  isBelow(config: ConfigId, view: View): boolean {
    const { highest, untold } = this.#highestSeen(config, view);
    return isUnknown(highest, view) || isUnknown(untold, view);
  }

  async learn(config: ConfigId, format: Format, view: View, signal: AbortSignal): Promise<Learning> {
    const { highest, untold } = this.#highestSeen(config, view);
    if (isUnknown(highest, view)) {
      await this.#store.raiseFloor({ config, format, seen: highest }, signal);
      return 'learned';
    }
    return isUnknown(untold, view) ? 'untold' : 'nothing';
  }
}

function isUnknown(seen: Version, { config }: View): boolean {
  const last = config?.lastVersion ?? 0n;
  return seen > last && isBelievable(seen, last);
}
