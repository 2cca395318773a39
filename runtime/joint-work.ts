/**
 * Work that several wait for: begun by the first, done once, and ended early only when nobody waits any more. Invariant: whoever
 * goes away ends nothing for the others.
 */
interface Run<T> {
  readonly done: Promise<T>;
  readonly nobody: AbortController;
  waiting: number;
}

export class JointWork<T> {
  readonly #work: (signal: AbortSignal) => Promise<T>;
  #run: Run<T> | undefined;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#work = work;
  }

  /** Rejects as the work does, or with the reason of the signal. */
  async wait(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    this.#run ??= this.#begin();
    const run = this.#run;
    const { promise: left, reject: leave } = Promise.withResolvers<never>();
    const onAbort = () => {
      leave(signal.reason);
      run.waiting -= 1;
      if (run.waiting > 0) return;
      // Whoever comes next begins anew, and does not join what is being ended.
      this.#forget(run);
      run.nobody.abort(new Error('nobody waits for it any more'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    run.waiting += 1;
    try {
      return await Promise.race([run.done, left]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #begin(): Run<T> {
    const nobody = new AbortController();
    const run = { done: this.#work(nobody.signal), nobody, waiting: 0 };
    const ended = () => this.#forget(run);
    run.done.then(ended, ended);
    return run;
  }

  #forget(run: Run<T>): void {
    if (this.#run === run) this.#run = undefined;
  }
}
