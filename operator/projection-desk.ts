/**
 * Where the watches and the feed put the keys of projections: the queue of the term that is being served, or, while this
 * process stands by, nowhere, because the next leader looks at all of them anyway. Invariant: only keys of projections
 * that this process works on get through.
 */
import type { Lane, WorkQueue, WorkQueueStats } from '../runtime/work-queue.ts';
import { idleQueue } from './desk.ts';
import type { KubeCluster } from './kube/cluster.ts';
import { type ObjectKey, objectKey } from './object/key.ts';
import { isProjectionSettled } from './object/projection/status.ts';

type Cluster = Pick<KubeCluster, 'projections' | 'isOurProjection'>;

export class ProjectionDesk {
  readonly #cluster: Cluster;
  #queue: WorkQueue<ObjectKey> | null = null;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Asks for work on every projection: first those that still wait for an answer. */
  open(queue: WorkQueue<ObjectKey>): void {
    this.#queue = queue;
    for (const object of this.#cluster.projections())
      this.add(objectKey(object.metadata), isProjectionSettled(object) ? 'resync' : 'new');
  }

  close(): void {
    this.#queue = null;
  }

  /** Asks for work on every projection once more, behind what people just changed. */
  again(): void {
    for (const { metadata } of this.#cluster.projections()) this.add(objectKey(metadata), 'resync');
  }

  add(key: ObjectKey, lane: Lane = 'new'): void {
    if (this.#queue && this.#cluster.isOurProjection(key)) this.#queue.add(key, lane);
  }

  /** Asks for it after a while, unless something else asks for it before. */
  addAfter(key: ObjectKey, delayMs: number, lane: Lane = 'new'): void {
    if (this.#queue && this.#cluster.isOurProjection(key)) this.#queue.addAfter(key, delayMs, lane);
  }

  stats(): WorkQueueStats {
    return this.#queue?.stats() ?? idleQueue;
  }

  forget(key: ObjectKey): void {
    this.#queue?.forget(key);
  }
}
