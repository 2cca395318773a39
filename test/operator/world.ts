/**
 * The operator's own queue, wakes and reconciler, as they are wired in the program, between an API server and a store
 * in memory. For what depends on the order of events, which real parts do not let a test choose.
 */
import { Thinker } from '../../history/settle/thinker.ts';
import { Desk } from '../../operator/desk.ts';
import type { KubeCluster } from '../../operator/kube/cluster.ts';
import { type WorkKey, workOf } from '../../operator/object/key.ts';
import { Fights } from '../../operator/reconcile/fights.ts';
import type { Holds } from '../../operator/reconcile/namespace-law.ts';
import { type ReconcileReport, Reconciler } from '../../operator/reconcile/reconciler.ts';
import { watchForWork } from '../../operator/watch-for-work.ts';
import { systemClock } from '../../runtime/clock.ts';
import { runController } from '../../runtime/controller.ts';
import type { Offload } from '../../runtime/offload.ts';
import { WorkQueue } from '../../runtime/work-queue.ts';
import { until } from '../runtime/until.ts';
import { ApiServer } from './api-server.ts';
import { MemoryStore } from './memory-store.ts';

export const readyOf = (object: { status: { conditions?: readonly { type: string }[] } } | undefined) =>
  object?.status.conditions?.find(({ type }) => type === 'Ready') as
    | { status: string; reason: string; message: string }
    | undefined;

const lightThinker = new Thinker(null as unknown as Offload, { maxBodyBytes: 1 << 20 });

export class World implements AsyncDisposable {
  readonly api = new ApiServer();
  readonly store = new MemoryStore();
  readonly reports: ReconcileReport[] = [];
  readonly errors: unknown[] = [];
  readonly #desk: Desk;
  readonly #queue: WorkQueue<WorkKey>;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  /** @param options.thinker default: one without a thread, for texts that are not heavy */
  constructor({
    workers = 4,
    clock = systemClock,
    thinker = lightThinker,
    holds = (() => 'open') as Holds,
  } = {}) {
    const cluster = this.api as unknown as KubeCluster;
    this.#desk = new Desk(cluster);
    this.#queue = new WorkQueue({ clock, random: () => 0.5 });
    const fights = new Fights(clock);
    watchForWork(cluster, this.#desk, fights);
    const reconciler = new Reconciler({
      cluster,
      store: this.store,
      reading: { cluster: 'default', trustStamps: false },
      targetRetryMs: 60_000,
      thinker,
      clock,
      holds,
      wake: key => this.#desk.add(key),
      fights,
      isAtWork: key => this.#desk.isAtWork(key),
      park: () => undefined,
      report: report => this.reports.push(report),
    });
    this.#desk.open(this.#queue);
    this.#running = runController(
      {
        queue: this.#queue,
        clock,
        workers,
        drainMs: 100,
        reconcile: async (key, signal) => {
          const work = workOf(key);
          return work.kind === 'ConfigVersion' ? reconciler.reconcile(work.key, signal) : undefined;
        },
        hooks: {
          finished: (_, outcome) => {
            if (outcome.result === 'error') this.errors.push(outcome.error);
          },
        },
      },
      this.#stop.signal,
    );
    this.api.namespace('payments');
  }

  /** Waits until nothing is worked on and nothing waits but for a timer. */
  async quiet(): Promise<void> {
    for (let calm = 0; calm < 3; ) {
      await new Promise(resolve => setImmediate(resolve));
      const { depth, processing } = this.#queue.stats();
      calm = depth.new + depth.resync + processing === 0 ? calm + 1 : 0;
    }
    if (this.errors.length > 0) throw this.errors[0];
  }

  until(what: string, is: () => boolean): Promise<unknown> {
    return until(what, is);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
