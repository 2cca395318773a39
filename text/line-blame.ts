/**
 * Who changed each line last: walks from a text back through the versions before it, and gives every line to the
 * version that brought it. Pure, one older version at a time, so that the caller can stop when every line has its
 * version. A line that moved counts as new where it stands, as in Git.
 */
import { keptLines } from './kept-lines.ts';

export interface BlamedLine {
  /** Without its line end. */
  readonly text: string;
  readonly version: bigint;
  /** False: no version older than that was looked at, so the line may be older. */
  readonly certain: boolean;
}

/** Lines added and removed between two versions up to which they are compared; beyond, all lines count as new. */
const maxEdits = 5_000;

export class LineBlame {
  readonly #lines: { readonly text: string; version: bigint; certain: boolean }[];
  /** Lines of the version looked at last that are still open: place there → place in the blamed text. */
  #open: Map<number, number>;
  #older: readonly string[];

  constructor(text: string, version: bigint) {
    this.#older = linesOf(text);
    this.#lines = this.#older.map(line => ({ text: line, version, certain: false }));
    this.#open = new Map(this.#older.map((_, index) => [index, index]));
  }

  /** Every line has its version. */
  get done(): boolean {
    return this.#open.size === 0;
  }

  /** @param text of the next older version there is */
  step(text: string, version: bigint): void {
    const older = linesOf(text);
    const kept = keptLines(older, this.#older, maxEdits) ?? new Map<number, number>();
    const open = new Map<number, number>();
    for (const [place, index] of this.#open) {
      const line = this.#lines[index]!;
      const before = kept.get(place);
      if (before === undefined) line.certain = true;
      else {
        line.version = version;
        open.set(before, index);
      }
    }
    this.#open = open;
    this.#older = older;
  }

  /** There is no older version: what is still open came with the oldest. */
  finish(): void {
    for (const index of this.#open.values()) this.#lines[index]!.certain = true;
    this.#open = new Map();
  }

  get lines(): readonly BlamedLine[] {
    return this.#lines;
  }
}

/** A line end at the end of the text opens no line of its own. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
