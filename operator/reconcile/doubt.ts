/**
 * Holds back a refusal while it may be a matter of order: objects and what they need, rules or configs, come in one sync,
 * and the watches deliver them one after another. Invariant: nothing is refused for missing rights before the API server
 * itself has confirmed the rules that the watches delivered.
 */

import type { Clock } from '../../runtime/clock.ts';
import { keepLast } from '../../runtime/keep-last.ts';
import type { Cluster } from './ports.ts';

/** Objects applied together have all arrived within this time. */
const graceMs = 2_000;
/** Told of by the API server, and on its way through the watch. */
const lateMs = 250;
/** Objects remembered; of more, those that were refused last. */
const mostObjects = 10_000;

/** An object of whatever kind. */
interface Doubted {
  readonly metadata: { readonly uid: string; readonly generation: number; readonly namespace: string };
}

export class Doubt {
  readonly #cluster: Pick<Cluster, 'areRulesCurrent'>;
  readonly #clock: Clock;
  /** When the present generation of an object was to be refused for the first time, by uid. */
  readonly #since = new Map<string, { readonly generation: number; readonly at: number }>();

  constructor(cluster: Pick<Cluster, 'areRulesCurrent'>, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /**
   * Milliseconds until the object is to be looked at again before it is refused; 0: it may be told.
   * @param configNamespace whose rules refuse it
   */
  async waitMs({ metadata }: Doubted, configNamespace: string, signal: AbortSignal): Promise<number> {
    const left = this.leftMs({ metadata });
    if (left > 0) return left;
    const names = { configNamespace, kubeNamespace: metadata.namespace };
    return (await this.#cluster.areRulesCurrent(names, signal)) ? 0 : lateMs;
  }

  /** The same for what the rules have no part in, such as a config that is to be saved by an object beside it. */
  leftMs({ metadata }: Doubted): number {
    const { uid, generation } = metadata;
    const now = this.#clock.monotonic();
    const first = this.#since.get(uid);
    if (first?.generation === generation) return Math.max(0, first.at + graceMs - now);
    keepLast(this.#since, uid, { generation, at: now }, mostObjects);
    return graceMs;
  }

  /** The refusal was written, or the object is allowed now. */
  forget(uid: string): void {
    this.#since.delete(uid);
  }
}
