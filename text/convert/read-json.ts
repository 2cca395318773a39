/**
 * The value of a JSON text. Invariant: numbers keep every character and no object stands for a map, which is
 * why this is not JSON.parse.
 */
import { defaultBodyLimits } from '../body-problem.ts';
import { readJson } from '../json-reader.ts';
import type { MapEntry, Scalar, Value } from './value.ts';

const blanks = /[ \t\n\r]*/y;
const bare = /[^ \t\n\r,\]}]+/y;

/** @throws BodyFault where the text is not what readBody accepts */
export function readJsonValue(text: string): Value {
  // Whatever is not JSON throws here; what follows need not look.
  readJson(text, defaultBodyLimits);
  return new Reader(text).value();
}

class Reader {
  readonly #text: string;
  #at: number;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  /** Recursive: readJson has found the depth to be within the limit. */
  value(): Value {
    switch (this.#next()) {
      case '{': {
        const entries: MapEntry[] = [];
        for (let more = this.#open('}'); more; more = this.#goesOn()) {
          this.#next();
          const key: Scalar = { kind: 'string', text: this.#string() };
          this.#next();
          this.#at += 1;
          entries.push({ key, name: key.text, value: this.value() });
        }
        return { kind: 'map', entries };
      }
      case '[': {
        const items: Value[] = [];
        for (let more = this.#open(']'); more; more = this.#goesOn()) items.push(this.value());
        return { kind: 'list', items };
      }
      case '"':
        return { kind: 'string', text: this.#string() };
      default: {
        bare.lastIndex = this.#at;
        const word = bare.exec(this.#text)![0];
        this.#at += word.length;
        if (word === 'null') return { kind: 'null' };
        return word === 'true' || word === 'false'
          ? { kind: 'bool', text: word }
          : { kind: 'number', text: word };
      }
    }
  }

  /** Steps over an opening bracket; false, and over the closing one, when nothing is inside. */
  #open(close: string): boolean {
    this.#at += 1;
    if (this.#next() !== close) return true;
    this.#at += 1;
    return false;
  }

  /** Steps over a comma or a closing bracket; false at the bracket. */
  #goesOn(): boolean {
    const more = this.#next() === ',';
    this.#at += 1;
    return more;
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    for (; this.#text[end] !== '"'; end += 1) if (this.#text[end] === '\\') end += 1;
    this.#at = end + 1;
    return JSON.parse(this.#text.slice(start, end + 1)) as string;
  }

  #next(): string | undefined {
    blanks.lastIndex = this.#at;
    this.#at += blanks.exec(this.#text)![0].length;
    return this.#text[this.#at];
  }
}
