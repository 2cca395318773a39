/**
 * Where the watches put the keys of changed objects: the queue of the term that is being served, or, while this process
 * stands by, nowhere, because the next leader looks at everything anyway. Invariant: only keys of objects that this
 * process works on get through.
 */

import type { Lane, WorkQueue, WorkQueueStats } from '../runtime/work-queue.ts';
import type { KubeCluster } from './kube/cluster.ts';
import { configNamespaceKey, configSchemaKey, objectKey, type WorkKey, workOf } from './object/key.ts';
import { isSettled } from './object/status.ts';

/** Of a queue without work. */
export const idleQueue: WorkQueueStats = {
  depth: { new: 0, resync: 0 },
  delayed: 0,
  processing: 0,
  unfinishedMs: 0,
  longestRunningMs: 0,
};

export class Desk {
  readonly #cluster: KubeCluster;
  #queue: WorkQueue<WorkKey> | null = null;

  constructor(cluster: KubeCluster) {
    this.#cluster = cluster;
  }

  /** Asks for work on every object: first those that still wait for an answer, then the rest. */
  open(queue: WorkQueue<WorkKey>): void {
    this.#queue = queue;
    for (const object of this.#cluster.configVersions()) {
      this.add(objectKey(object.metadata), isSettled(object) ? 'resync' : 'new');
    }
    this.#addOfCluster('new');
  }

  close(): void {
    this.#queue = null;
  }

  /** Asks for work on every object once more, behind what people just changed. */
  again(): void {
    for (const object of this.#cluster.configVersions()) this.add(objectKey(object.metadata), 'resync');
    this.#addOfCluster('resync');
  }

  add(key: WorkKey, lane: Lane = 'new'): void {
    if (this.#queue && this.#isOurs(key)) this.#queue.add(key, lane);
  }

  /** Asks for it after a while, unless something else asks for it before. */
  addAfter(key: WorkKey, delayMs: number, lane: Lane = 'new'): void {
    if (this.#queue && this.#isOurs(key)) this.#queue.addAfter(key, delayMs, lane);
  }

  isAtWork(key: WorkKey): boolean {
    return this.#queue?.isProcessing(key) ?? false;
  }

  forget(key: WorkKey): void {
    this.#queue?.forget(key);
  }

  /** Whether objects that were just changed wait for a worker. */
  isBusy(): boolean {
    return (this.#queue?.waiting('new') ?? 0) > 0;
  }

  stats(): WorkQueueStats {
    return this.#queue?.stats() ?? idleQueue;
  }

  #isOurs(key: WorkKey): boolean {
    // A status of theirs is for everybody to see: a process that sees only a part of the cluster leaves it alone.
    const work = workOf(key);
    return work.kind === 'ConfigVersion' ? this.#cluster.isOurs(work.key) : this.#cluster.seesAll;
  }

  #addOfCluster(lane: Lane): void {
    for (const { metadata } of this.#cluster.configNamespaces())
      this.add(configNamespaceKey(metadata.name), lane);
    for (const { metadata } of this.#cluster.configSchemas()) this.add(configSchemaKey(metadata.name), lane);
  }
}
