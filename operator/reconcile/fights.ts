/**
 * Fights over ConfigMaps: somebody else changes one as soon as Pawl has put it back. Invariant: only writing the same
 * once more is held back, longer and longer; a new text or another wish never is. Kept in memory: the next leader finds
 * out anew.
 */

import { exponential } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { keepLast } from '../../runtime/keep-last.ts';
import type { ConfigMapRef, TargetKind } from '../object/config-map.ts';
import { objectKey } from '../object/key.ts';

/** Corrections that are made at once. */
const free = 5;
const backoff = { baseMs: 1_000, capMs: 300_000 };
/** After this long without a correction there is peace; longer than the longest delay. */
const peaceMs = 2 * backoff.capMs;
/** Targets remembered; of more, those written last. */
const mostTargets = 4_096;

interface Written {
  /** Of all that was written. */
  readonly digest: string;
  readonly at: number;
  /** How often the same was written again. */
  readonly again: number;
}

/** Default kind: ConfigMap. */
type Fought = ConfigMapRef & { readonly kind?: TargetKind };

const keyOf = (target: Fought): string => `${target.kind ?? 'ConfigMap'} ${objectKey(target)}`;

export class Fights {
  readonly #clock: Clock;
  readonly #written = new Map<string, Written>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until the same may be written once more; 0: now. */
  waitMs(target: Fought, digest?: string): number {
    const last = this.#lastOf(target);
    if (!last || last.again < free || (digest !== undefined && last.digest !== digest)) return 0;
    return Math.max(0, last.at + exponential(backoff, last.again - free) - this.#clock.monotonic());
  }

  /** @returns whether exactly this was written before and was not there any more */
  wrote(target: Fought, digest: string): boolean {
    const last = this.#lastOf(target);
    const again = last?.digest === digest ? last.again + 1 : 0;
    const written = { digest, at: this.#clock.monotonic(), again };
    keepLast(this.#written, keyOf(target), written, mostTargets);
    return again > 0;
  }

  #lastOf(target: Fought): Written | undefined {
    const last = this.#written.get(keyOf(target));
    return last && this.#clock.monotonic() - last.at < peaceMs ? last : undefined;
  }
}
