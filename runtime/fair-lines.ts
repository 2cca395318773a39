/**
 * One line for each tenant, served in turn: the first of one line, then the first of the next. Invariant: between two
 * that are served from one line, every other line with somebody in it is served once; a line is first in, first out,
 * and an empty one takes no memory.
 */
export class FairLines<T> {
  /** In the order in which they are served next. */
  readonly #lines = new Map<string, T[]>();
  #size = 0;

  /** In all lines. */
  get size(): number {
    return this.#size;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  push(line: string, item: T): void {
    const items = this.#lines.get(line);
    if (items) items.push(item);
    else this.#lines.set(line, [item]);
    this.#size += 1;
  }

  waitingIn(line: string): number {
    return this.#lines.get(line)?.length ?? 0;
  }

  shift(): T | undefined {
    for (const [line, items] of this.#lines) {
      const first = items.shift();
      this.#size -= 1;
      this.#lines.delete(line);
      if (items.length > 0) this.#lines.set(line, items);
      return first;
    }
    return undefined;
  }

  remove(line: string, item: T): void {
    const items = this.#lines.get(line);
    const at = items?.indexOf(item) ?? -1;
    if (at < 0) return;
    items!.splice(at, 1);
    this.#size -= 1;
    if (items!.length === 0) this.#lines.delete(line);
  }

  /** Empties all lines; answers what was in them, in the order it would have been served. */
  clear(): T[] {
    return this.take(this.#size);
  }

  /** As many as there are, up to `most`, in the order in which they are served. */
  take(most: number): T[] {
    return Array.from({ length: Math.min(most, this.#size) }, () => this.shift()!);
  }
}
