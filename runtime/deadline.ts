/**
 * A signal that aborts when its parent does or when time is up, whichever is first. AbortSignal.timeout
 * and AbortSignal.any would do the same on the system clock only, and leave a listener on a long-lived
 * parent until the garbage collector comes by. Invariant: after disposal neither timer nor listener is left.
 */
import type { Clock } from './clock.ts';

export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
  readonly reason = 'DeadlineExceeded';
  readonly afterMs: number;

  constructor(what: string, afterMs: number) {
    super(`${what} took longer than ${afterMs} ms`);
    this.afterMs = afterMs;
  }
}

export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Milliseconds left, never below 0. */
  remaining(): number;
}

/** `what` names the operation in the error, e.g. "GET /api/v1/…". */
export function deadline(clock: Clock, what: string, ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const due = clock.monotonic() + ms;
  const onParent = () => {
    timer?.cancel();
    controller.abort(parent?.reason);
  };
  const timer = parent?.aborted
    ? undefined
    : clock.timer(ms, () => controller.abort(new DeadlineExceeded(what, ms)));
  if (parent?.aborted) controller.abort(parent.reason);
  else parent?.addEventListener('abort', onParent, { once: true });
  return {
    signal: controller.signal,
    remaining: () => Math.max(0, due - clock.monotonic()),
    [Symbol.dispose]() {
      timer?.cancel();
      parent?.removeEventListener('abort', onParent);
    },
  };
}
