/**
 * Texts of the ConfigVersions that are about to be decided, so that deciding needs no call. Invariant: at most
 * `maxBytes` of them are held, however many objects wait; the API server has every one of them anyway.
 */

interface Held {
  readonly generation: number;
  readonly text: string;
}

export class Texts {
  readonly #maxBytes: number;
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Holds the text of one generation, if there is room. */
  put({ uid, generation }: { uid: string; generation: number }, text: string): void {
    this.drop(uid);
    if (this.#bytes + sizeOf(text) > this.#maxBytes) return;
    this.#bytes += sizeOf(text);
    this.#held.set(uid, { generation, text });
  }

  get({ uid, generation }: { uid: string; generation: number }): string | undefined {
    const held = this.#held.get(uid);
    return held?.generation === generation ? held.text : undefined;
  }

  drop(uid: string): void {
    const held = this.#held.get(uid);
    if (held === undefined) return;
    this.#bytes -= sizeOf(held.text);
    this.#held.delete(uid);
  }
}

/** What V8 may need for it. */
const sizeOf = (text: string): number => text.length * 2;
