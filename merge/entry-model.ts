/**
 * What is known of the other text's collection at the same place, entry by entry: so that what is the same in both is read
 * once. Invariant: an entry is called the same only where all its bytes are, up to the next one's line.
 */
import type { Entry, Node } from './node.ts';
import { lineStart } from './source.ts';

export class EntryModel {
  readonly #text: string;
  readonly #entries: readonly Entry[];
  readonly #isMap: boolean;
  #next = 0;
  #known: Map<string, number> | null = null;

  constructor(text: string, node: Node) {
    this.#text = text;
    this.#entries = node.entries;
    this.#isMap = node.kind === 'map';
  }

  /** All of an entry up to the next one's line; null: it is the last. */
  #raw(index: number): string | null {
    const [entry, next] = [this.#entries[index], this.#entries[index + 1]];
    if (entry === undefined || next === undefined) return null;
    return this.#text.slice(entry.start, lineStart(this.#text, next.start));
  }

  /** The entry that has the same bytes, or else the one to compare with. */
  find(key: string, raw: string | null): { entry: Entry; same: boolean } | null {
    let index = this.#next;
    let same = raw !== null && this.#raw(index) === raw;
    if (!same) {
      if (this.#isMap ? this.#entries[index]?.key !== key : raw !== null) {
        this.#known ??= new Map(
          this.#entries.map((entry, at) => [this.#isMap ? entry.key : (this.#raw(at) ?? ''), at]),
        );
        index = this.#known.get(this.#isMap ? key : raw!) ?? (this.#isMap ? -1 : index);
        same = raw !== null && index !== -1 && this.#raw(index) === raw;
      }
    }
    const entry = this.#entries[index];
    if (entry === undefined) return null;
    this.#next = index + 1;
    return { entry, same };
  }
}
