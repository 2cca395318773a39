/**
 * Runs heavy pure functions in a worker thread, one after another, so that the event loop stays free for
 * watches, probes and everybody else's work. The thread is started when it is first needed and ended when it has
 * had nothing to do for a while. Invariant: every call ends; one that takes too long takes the thread with it,
 * never the process; and a tenant waits for at most one task of each other tenant (fair-lines.ts), however many
 * those have asked for. What counts is the processor time of the thread: a text is not refused because the machine is
 * busy with something else, nor because the thread had to be started for it.
 */
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from './clock.ts';
import { FairLines } from './fair-lines.ts';
import type { OneOfMany, OneThread } from './one-thread.ts';

/** A task took more time or memory than it may. */
export class OffloadLimit extends Error {
  override readonly name = 'OffloadLimit';
  readonly reason = 'OffloadLimit';
}

/** A tenant has as many tasks waiting as it may; what asks for one more comes again later. */
export class OffloadBusy extends Error {
  override readonly name = 'OffloadBusy';
  readonly reason = 'OffloadBusy';
  /**
   * Calls back, once, when there is a place: each caller in turn, one for a place. Somebody who was not refused may be
   * faster.
   */
  readonly onRoom: (told: () => void) => void;

  constructor(message: string, onRoom: (told: () => void) => void = () => {}) {
    super(message);
    this.onRoom = onRoom;
  }
}

/** When nobody took a place, who waits for one is told after this time. */
const untakenMs = 1_000;

/** Where a task waits for the thread. */
export interface PlaceInLine {
  /** Whose task it is: one line for each tenant. Default: a line for everybody who does not say. */
  readonly line?: string;
  /** With this many of the line waiting already, the call rejects with OffloadBusy. Default: no limit. */
  readonly maxWaiting?: number;
  /** Most processor time of this task. Default: what any task may take. */
  readonly maxCpuMs?: number;
  /** Aborted: nobody waits for the answer any more, and the place, or the thread, is free for the next. */
  readonly signal?: AbortSignal;
  /** Told of the processor time that the task took, also where it was given up. */
  readonly charge?: (ms: number) => void;
}

/**
 * What is short enough for the caller's own thread is charged alike. Linux counts by its ticks: what is shorter than
 * one is charged as 0 or as a whole tick, which is right over many.
 */
export function runHere<T>({ charge }: PlaceInLine, work: () => T): T {
  if (!charge) return work();
  const before = process.threadCpuUsage();
  try {
    return work();
  } finally {
    const { user, system } = process.threadCpuUsage(before);
    charge((user + system) / 1_000);
  }
}

export interface OffloadOptions {
  /** Module of the thread: offload-thread.ts with its tasks. */
  readonly module: URL;
  readonly clock: Clock;
  /** Most processor time of one task. By the clock, it may take six times as long. */
  readonly taskCpuMs: number;
  /** Most memory of the thread's heap, in MiB. */
  readonly maxHeapMiB: number;
  /** The thread ends after this long without work. */
  readonly idleMs: number;
  /** Those that work one at a time. Absent: this one works whenever it has work. */
  readonly oneThread?: OneThread | undefined;
}

export interface Question {
  readonly id: number;
  readonly task: string;
  readonly args: readonly unknown[];
}

/** `cpuMs`: what the thread has taken since it started. */
export type Reply = { readonly cpuMs: number } & (
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }
  /** Once, when its module is loaded. */
  | { readonly isReady: true }
);

const wallFactor = 6;
/** Most processor time of the start of a thread, which is no task's. */
const startCpuMs = 30_000;

interface Waiting extends Question {
  readonly line: string;
  readonly maxCpuMs: number;
  readonly charge: ((ms: number) => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Offload {
  readonly #options: OffloadOptions;
  readonly #lines = new FairLines<Waiting>();
  /** Who was refused and waits to be told of a place, by line. */
  readonly #hopeful = new Map<string, (() => void)[]>();
  #current: Waiting | null = null;
  #worker: Worker | null = null;
  /** Whether the thread has loaded its module. */
  #isReady = false;
  /** What the thread had taken when the current task began. */
  #cpuMsBefore = 0;
  /** When the current task began. */
  #beganAt = 0;
  #timer: Timer | null = null;
  #lastId = 0;
  /** The end of the thread before. */
  #ending: Promise<unknown> = Promise.resolve();
  readonly #asOne: OneOfMany = {
    go: () => this.#next(),
    endThread: () => {
      this.#drop();
      return this.#ending;
    },
  };

  constructor(options: OffloadOptions) {
    this.#options = options;
  }

  /**
   * Rejects with OffloadLimit, OffloadBusy, the task's error, or the reason of the signal.
   * @param args and the answer are copied by structured clone
   */
  async run(task: string, args: readonly unknown[], place: PlaceInLine = {}): Promise<unknown> {
    const { line = '', signal, charge } = place;
    const maxCpuMs = Math.min(this.#options.taskCpuMs, place.maxCpuMs ?? Number.POSITIVE_INFINITY);
    signal?.throwIfAborted();
    this.checkRoom(place);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#lastId += 1;
    const waiting: Waiting = { id: this.#lastId, line, task, args, maxCpuMs, charge, resolve, reject };
    this.#lines.push(line, waiting);
    const onAbort = () => this.#abandon(line, waiting, signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#next();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Throws OffloadBusy where a task of this line would be refused now: before anything is done to prepare it. */
  checkRoom({ line = '', maxWaiting = Number.POSITIVE_INFINITY }: PlaceInLine): void {
    if (this.#lines.waitingIn(line) < maxWaiting) return;
    throw new OffloadBusy(`${maxWaiting} heavy texts of ${line} are waiting already`, told => {
      const others = this.#hopeful.get(line);
      if (others) others.push(told);
      else this.#hopeful.set(line, [told]);
    });
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#hopeful.clear();
    const worker = this.#worker;
    this.#fail(new Error('closed'));
    for (const waiting of this.#lines.clear()) waiting.reject(new Error('closed'));
    await worker?.terminate();
  }

  #next(): void {
    if (this.#current) return;
    const { clock, idleMs, oneThread } = this.#options;
    if (!this.#lines.isEmpty && oneThread && !oneThread.take(this.#asOne)) return;
    this.#timer?.cancel();
    const next = this.#lines.shift();
    if (!next) {
      this.#timer =
        this.#hopeful.size > 0
          ? clock.timer(untakenMs, () => this.#next())
          : clock.timer(idleMs, () => this.#drop());
      this.#tellOfRoom();
      return;
    }
    this.#current = next;
    this.#beganAt = clock.monotonic();
    const { id, task, args } = next;
    this.#worker ??= this.#start();
    this.#limit(next, this.#worker, this.#isReady ? next.maxCpuMs : startCpuMs);
    this.#worker.postMessage({ id, task, args } satisfies Question);
    this.#tellOfRoom(next.line);
  }

  /** @param taken the line with one waiting less; who was told of a place in another one did not take it */
  #tellOfRoom(taken?: string): void {
    for (const line of [...this.#hopeful.keys()])
      if (line === taken || this.#lines.waitingIn(line) === 0) this.#tell(line);
  }

  /** Ends a task, or a start before it, that has taken too much. The thread is asked only when it could have. */
  #limit(task: Waiting, worker: Worker, taskCpuMs: number): void {
    const { clock } = this.#options;
    const [before, startedAt, isReady] = [this.#cpuMsBefore, clock.monotonic(), this.#isReady];
    const endAfter = (ms: number, limitMs: number, of: string) =>
      clock.timer(ms, () => {
        if (this.#current !== task) return;
        const late = new OffloadLimit(`it takes more than ${limitMs / 1000} s${of}`);
        this.#drop();
        this.#fail(late);
        this.#next();
      });
    const lookAfter = (ms: number): void => {
      this.#timer = clock.timer(ms, () => {
        const leftMs = wallFactor * taskCpuMs - (clock.monotonic() - startedAt);
        this.#timer = endAfter(leftMs, wallFactor * taskCpuMs, '');
        void cpuMsOf(worker).then(cpuMs => {
          if (this.#current !== task || cpuMs === null || this.#isReady !== isReady) return;
          this.#timer?.cancel();
          const unusedMs = taskCpuMs - (cpuMs - before);
          if (unusedMs <= 0) this.#timer = endAfter(0, taskCpuMs, ' of processor time');
          else lookAfter(Math.min(unusedMs, leftMs));
        });
      });
    };
    lookAfter(taskCpuMs);
  }

  #start(): Worker {
    const { module, maxHeapMiB } = this.#options;
    this.#cpuMsBefore = 0;
    this.#isReady = false;
    const worker = new Worker(module, { resourceLimits: { maxOldGenerationSizeMb: maxHeapMiB } });
    worker.unref();
    worker.on('message', (reply: Reply) => {
      if (this.#worker !== worker) return;
      const current = this.#current;
      if ('isReady' in reply) {
        this.#isReady = true;
        this.#cpuMsBefore = reply.cpuMs;
        this.#beganAt = this.#options.clock.monotonic();
        this.#timer?.cancel();
        if (current) this.#limit(current, worker, current.maxCpuMs);
        return;
      }
      if (current?.id !== reply.id) return;
      this.#timer?.cancel();
      current.charge?.(reply.cpuMs - this.#cpuMsBefore);
      this.#cpuMsBefore = reply.cpuMs;
      if ('error' in reply) current.reject(new Error(reply.error));
      else current.resolve(reply.value);
      this.#finish();
      this.#next();
    });
    const ended = (error: Error) => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#fail(error);
      this.#next();
    };
    worker.on('error', (error: Error & { code?: string }) => {
      const exhausted = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      ended(exhausted ? new OffloadLimit(`it takes more than ${maxHeapMiB} MiB of memory`) : error);
    });
    worker.on('exit', code => ended(new Error(`the worker thread ended with ${code}`)));
    return worker;
  }

  /** There is a place in this line. */
  #tell(line: string): void {
    const hopeful = this.#hopeful.get(line);
    const first = hopeful?.shift();
    if (hopeful?.length === 0) this.#hopeful.delete(line);
    first?.();
  }

  #abandon(line: string, waiting: Waiting, reason: unknown): void {
    waiting.reject(reason);
    if (this.#current !== waiting) {
      this.#lines.remove(line, waiting);
      this.#tell(line);
      return;
    }
    this.#drop();
    this.#finish();
    this.#chargeByClock(waiting);
    this.#next();
  }

  #fail(error: Error): void {
    const current = this.#current;
    this.#finish();
    if (current) this.#chargeByClock(current);
    current?.reject(error);
  }

  #finish(): void {
    this.#current = null;
    this.#options.oneThread?.give(this.#asOne);
  }

  /** The thread that could say what it took is gone. */
  #chargeByClock({ charge, maxCpuMs }: Waiting): void {
    charge?.(Math.min(maxCpuMs, this.#options.clock.monotonic() - this.#beganAt));
  }

  #drop(): void {
    const worker = this.#worker;
    this.#worker = null;
    if (worker) this.#ending = worker.terminate();
  }
}

/** Since the thread started; null: it has ended. */
async function cpuMsOf(worker: Worker): Promise<number | null> {
  try {
    const { user, system } = await worker.cpuUsage();
    return (user + system) / 1000;
  } catch {
    return null;
  }
}
