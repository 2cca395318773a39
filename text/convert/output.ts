/**
 * Text being written under a limit. Invariant: it never holds more than the limit, so a small source that
 * aliases or indentation blow up is refused before it fills the memory.
 */
import { Unconvertible } from './value.ts';

export class Output {
  readonly #maxBytes: number;
  readonly #format: string;
  readonly #parts: string[] = [];
  #bytes = 0;

  constructor(maxBytes: number, format: string) {
    this.#maxBytes = maxBytes;
    this.#format = format;
  }

  /** @throws Unconvertible when the limit is passed */
  add(part: string): void {
    this.#bytes += Buffer.byteLength(part);
    if (this.#bytes > this.#maxBytes) {
      throw new Unconvertible(
        null,
        `as ${this.#format} the text has more than ${this.#maxBytes} bytes, which a ConfigMap cannot hold; ` +
          'split it into several configs',
      );
    }
    this.#parts.push(part);
  }

  text(): string {
    return this.#parts.join('');
  }
}
