/**
 * Lets one of several Offloads work at a time, where memory is too small for the heaps of two threads. Invariant: before
 * one of them starts to work, the thread of the one that worked before has ended, and with it its heap.
 */

/** An Offload, as seen from here. */
export interface OneOfMany {
  /** Work may begin, if there is still any. */
  go(): void;
  /** Only asked of one that does not work. */
  endThread(): Promise<unknown>;
}

export class OneThread {
  #working: OneOfMany | null = null;
  /** Whose thread may be alive. */
  #last: OneOfMany | null = null;
  /** Whether the thread before is still ending. */
  #isEnding = false;
  readonly #waiting: OneOfMany[] = [];

  /** @returns false: it is told to go later */
  take(one: OneOfMany): boolean {
    if (this.#working !== null) {
      if (this.#working !== one && !this.#waiting.includes(one)) this.#waiting.push(one);
      return false;
    }
    this.#working = one;
    const before = this.#last;
    this.#last = one;
    if (before === null || before === one) return true;
    this.#isEnding = true;
    void before.endThread().finally(() => {
      this.#isEnding = false;
      this.#working = null;
      one.go();
      this.#tellNext();
    });
    return false;
  }

  /** After each task, so that the others wait for one of them only. */
  give(one: OneOfMany): void {
    if (this.#working !== one || this.#isEnding) return;
    this.#working = null;
    this.#tellNext();
  }

  #tellNext(): void {
    while (this.#working === null && this.#waiting.length > 0) this.#waiting.shift()!.go();
  }
}
