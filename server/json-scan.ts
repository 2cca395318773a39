/**
 * Goes through the bytes of a JSON text once, a part at a time, for what JSON.parse does not say: a member that is given
 * twice, more values than a request needs, and where large elements of lists stand. Invariant: what it says of a text that
 * is JSON is true; of another text it may say anything.
 */
import type { Fault } from './spec.ts';

const maxDepth = 64;
/** The largest request that says something, a deployment of 500 changes, has about 10,000. */
const maxValues = 100_000;
/** An element of fewer bytes is parsed with the rest in next to no time. */
const largeElement = 64 * 1024;
/** Looking at each byte of a short string is faster than asking for the next quotation mark. */
const nearBytes = 256;

/** An element of a list that is a member of the outermost object, such as a change of a deployment. */
export interface LargeElement {
  readonly member: string;
  readonly index: number;
  /** Its first byte, or white space before it. */
  readonly start: number;
  /** After its last byte. */
  readonly end: number;
}

interface Open {
  /** null: a list. */
  readonly names: Set<string> | null;
  step: string | number;
}

const code = (character: string) => character.charCodeAt(0);
const [quote, backslash, comma] = [code('"'), code('\\'), code(',')];
const [openBrace, closeBrace, openBracket, closeBracket] = [code('{'), code('}'), code('['), code(']')];

export class JsonScan {
  readonly #bytes: Buffer;
  /** The most that one string takes as it stands there. */
  readonly #maxString: number;
  readonly #open: Open[] = [];
  #at = 0;
  #values = 0;
  #nameIsNext = false;
  #elementStart = 0;
  fault: Omit<Fault, 'in'> | null = null;
  readonly elements: LargeElement[] = [];

  constructor(bytes: Buffer, maxString = Number.POSITIVE_INFINITY) {
    this.#bytes = bytes;
    this.#maxString = maxString;
  }

  /** Looks at so many bytes, and at the rest of a string. @returns whether there is nothing more to look at */
  goOn(count: number): boolean {
    const bytes = this.#bytes;
    for (const until = Math.min(bytes.length, this.#at + count); this.#at < until; this.#at += 1) {
      const byte = bytes[this.#at]!;
      if (byte === quote) this.#string();
      else if (byte === openBrace || byte === openBracket) this.#begin(byte === openBrace);
      else if (byte === closeBrace || byte === closeBracket) this.#end();
      else if (byte === comma) this.#next();
      if (this.#values > maxValues)
        this.fault = { detail: `has more than ${maxValues} values; send them in several requests` };
      if (this.fault) return true;
    }
    return this.#at >= bytes.length;
  }

  #string(): void {
    const start = this.#at;
    const end = endOfString(this.#bytes, start);
    const isName = this.#nameIsNext;
    this.#nameIsNext = false;
    this.#at = end;
    if (end - start > this.#maxString) {
      const most = `${(this.#maxString / (1 << 20)).toFixed(1)} MiB`;
      this.fault = {
        name: pointerTo(this.#open),
        detail: `has more than ${most}, as it stands here; no text may`,
      };
      return;
    }
    const inside = this.#open.at(-1);
    if (!isName || !inside?.names) return;
    const name = nameOf(this.#bytes.toString('utf8', start, end + 1));
    inside.step = name;
    if (inside.names.has(name))
      this.fault = { name: pointerTo(this.#open), detail: 'is given twice; send it once' };
    inside.names.add(name);
  }

  #begin(isObject: boolean): void {
    if (this.#open.length === maxDepth) {
      this.fault = { detail: `has more than ${maxDepth} lists and objects inside one another` };
      return;
    }
    this.#values += 1;
    this.#nameIsNext = isObject;
    this.#open.push({ names: isObject ? new Set() : null, step: 0 });
    if (this.#open.length === 2) this.#elementStart = this.#at + 1;
  }

  #next(): void {
    this.#element();
    this.#values += 1;
    const inside = this.#open.at(-1);
    this.#nameIsNext = inside?.names != null;
    if (inside && typeof inside.step === 'number') inside.step += 1;
  }

  #end(): void {
    this.#element();
    this.#open.pop();
  }

  /** A comma, or the end of what is open: an element of a list may end here. */
  #element(): void {
    if (this.#open.length !== 2) return;
    const [outermost, list] = this.#open as [Open, Open];
    const [start, end] = [this.#elementStart, this.#at];
    this.#elementStart = end + 1;
    if (!outermost.names || list.names || end - start < largeElement) return;
    if (!isBlank(this.#bytes, start, end))
      this.elements.push({ member: String(outermost.step), index: Number(list.step), start, end });
  }
}

/** @returns where the closing quotation mark stands; without one, the end of all */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length) {
    for (const near = at + nearBytes; at < near; ) {
      const byte = bytes[at];
      if (byte === quote || byte === undefined) return Math.min(at, bytes.length);
      at += byte === backslash ? 2 : 1;
    }
    const end = bytes.indexOf(quote, at);
    if (end < 0) return bytes.length;
    let first = end;
    while (first > at && bytes[first - 1] === backslash) first -= 1;
    if ((end - first) % 2 === 0) return end;
    at = end + 1;
  }
  return bytes.length;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! > 0x20) return false;
  return true;
}

/** One name may be spelled in several ways. */
function nameOf(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal;
  }
}

function pointerTo(open: readonly Open[]): string {
  const steps = open.map(({ step }) => String(step).replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 64));
  return steps.map(step => `/${step}`).join('');
}
