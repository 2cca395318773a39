/**
 * Workers that take keys from a queue and hand them to a reconcile function. Invariant: whatever reconcile
 * does, the key is given back to the queue exactly once and the worker goes on; a throw means "try this key
 * again later", never the end of the process. What is terminal is the reconcile function's own matter: it
 * records that where people see it and returns.
 */
import type { Clock } from './clock.ts';
import { deadline } from './deadline.ts';
import type { WorkQueue } from './work-queue.ts';

export interface ReconcileResult {
  /** Look again after this many milliseconds even if nothing changes; 0 means at once, behind the others. */
  readonly requeueAfterMs?: number;
}

/** Names follow controller-runtime's `result` label, so that existing dashboards work. */
export type AttemptOutcome =
  | { readonly result: 'success' }
  | { readonly result: 'requeue_after'; readonly delayMs: number }
  | {
      readonly result: 'error';
      readonly error: unknown;
      readonly failures: number;
      readonly delayMs: number;
    };

export interface ControllerHooks<Key extends string = string> {
  started?(key: Key): void;
  finished?(key: Key, outcome: AttemptOutcome, workedMs: number): void;
}

export interface ControllerOptions<Key extends string = string> {
  readonly queue: WorkQueue<Key>;
  readonly clock: Clock;
  readonly workers: number;
  /** One attempt's signal is aborted after this many milliseconds. Default 60 s. */
  readonly attemptTimeoutMs?: number;
  /** On stop, running attempts get this long before their signal is aborted. Default 10 s. */
  readonly drainMs?: number;
  /** After that abort they get this long to come back. Default 2 s. */
  readonly abandonMs?: number;
  /** Aborted: running attempts are aborted at once, not drained. */
  readonly cut?: AbortSignal;
  readonly hooks?: ControllerHooks<Key>;
  // biome-ignore lint/suspicious/noConfusingVoidType: a reconcile function may simply return.
  reconcile(key: Key, signal: AbortSignal): Promise<ReconcileResult | void>;
}

export interface DrainResult {
  /** Attempts that did not come back even after their signal was aborted. */
  readonly abandoned: number;
}

/** Runs until `signal` is aborted and the work in hand is drained. Never rejects. */
export async function runController<Key extends string>(
  options: ControllerOptions<Key>,
  signal: AbortSignal,
): Promise<DrainResult> {
  const { queue, clock } = options;
  const hardStop = new AbortController();
  const onCut = () => hardStop.abort(options.cut?.reason);
  if (options.cut?.aborted) onCut();
  else options.cut?.addEventListener('abort', onCut, { once: true });
  const workers = Array.from({ length: options.workers }, () => work(options, hardStop.signal));
  const ended = Promise.all(workers);
  await aborted(signal);
  void queue.shutdown();

  if (!(await endsWithin(clock, options.drainMs ?? 10_000, ended))) {
    hardStop.abort(signal.reason);
    await endsWithin(clock, options.abandonMs ?? 2_000, ended);
  }
  options.cut?.removeEventListener('abort', onCut);
  return { abandoned: queue.stats().processing };
}

async function work<Key extends string>(
  options: ControllerOptions<Key>,
  hardStop: AbortSignal,
): Promise<void> {
  const { queue } = options;
  for (let key = await queue.take(); key !== null; key = await queue.take()) {
    try {
      await attempt(options, key, hardStop);
    } finally {
      queue.done(key);
    }
  }
}

async function attempt<Key extends string>(
  options: ControllerOptions<Key>,
  key: Key,
  hardStop: AbortSignal,
): Promise<void> {
  const { queue, clock } = options;
  const startedAt = clock.monotonic();
  let outcome: AttemptOutcome;
  guard(() => options.hooks?.started?.(key));
  try {
    using limit = deadline(clock, `reconcile of ${key}`, options.attemptTimeoutMs ?? 60_000, hardStop);
    const result = await options.reconcile(key, limit.signal);
    queue.forget(key);
    const delayMs = result?.requeueAfterMs;
    if (delayMs === undefined) {
      outcome = { result: 'success' };
    } else {
      queue.addAfter(key, delayMs, 'resync');
      outcome = { result: 'requeue_after', delayMs };
    }
  } catch (error) {
    const delayMs = queue.addRateLimited(key);
    outcome = { result: 'error', error, failures: queue.failures(key), delayMs };
  }
  guard(() => options.hooks?.finished?.(key, outcome, clock.monotonic() - startedAt));
}

/** A failure of logging or counting must not stop the work. */
function guard(hook: () => void): void {
  try {
    hook();
  } catch {
    // Nothing is left that could report this.
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function endsWithin(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = clock.timer(ms, () => resolve(false));
  void work.then(() => resolve(true));
  const inTime = await promise;
  timer.cancel();
  return inTime;
}
