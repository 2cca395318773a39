/**
 * The probers of this process, one for each thing it depends on. Invariant: /metrics shows what the last probe of each
 * found, in every replica, whether or not it leads and whether or not anybody edits.
 */
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import { type Probe, Prober } from '../runtime/prober.ts';
import { type Dependency, dependencies } from './reconcile/parking.ts';

const everyMs = 10_000;
const timeoutMs = 10_000;

export class Health {
  readonly probers: Readonly<Record<Dependency, Prober>>;

  constructor(probes: Readonly<Record<Dependency, Probe>>, metrics: Metrics, logger: Logger) {
    const proberOf = (dependency: Dependency) =>
      new Prober({
        ...{ name: dependency, probe: probes[dependency], clock, random: Math.random, everyMs, timeoutMs },
        onChange: up => {
          metrics.up.set({ dependency }, up ? 1 : 0);
          logger[up ? 'info' : 'warn']({ dependency }, up ? 'answers' : 'does not answer');
        },
      });
    this.probers = { store: proberOf('store'), api: proberOf('api') };
  }

  /** Until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(dependencies.map(each => this.probers[each].run(signal)));
  }
}
