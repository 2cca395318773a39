/**
 * Checks every text that may become a version. Invariants: readBody answers any string without throwing, keeps an
 * accepted text byte for byte, and accepts nothing that PostgreSQL cannot hold.
 */

import { BodyFault, type BodyLimits, type BodyProblem, defaultBodyLimits, placeOf } from './body-problem.ts';
import type { Body, Format } from './format.ts';
import { formats } from './formats.ts';
import { sha256 } from './sha256.ts';

export {
  type BodyLimits,
  type BodyProblem,
  type BodyProblemCode,
  defaultBodyLimits,
} from './body-problem.ts';

export type BodyResult =
  | { readonly ok: true; readonly body: Body }
  | { readonly ok: false; readonly problem: BodyProblem };

export function readBody(text: string, format: Format, limits: Partial<BodyLimits> = {}): BodyResult {
  const bounds = { ...defaultBodyLimits, ...limits };
  const bytes = Buffer.byteLength(text);
  if (bytes > bounds.maxBytes)
    return tooLarge(
      `the body has ${bytes} bytes, at most ${bounds.maxBytes} are allowed; split it into several configs`,
    );
  try {
    refuseUnstorable(text);
    const read = formats[format].read(text, bounds);
    const weight = bytes * longestEscape > maxWeight ? weightOf(text) : 0;
    if (weight <= maxWeight) return { ok: true, body: { text, sha256: sha256(text), ...read } };
    return tooLarge(
      `the body has ${bytes} bytes and weighs ${weight} to the Kubernetes API server, which writes <, > and & as six ` +
        `each; at most ${maxWeight} are allowed. Split it into several configs`,
    );
  } catch (error) {
    // Anything but a fault is a fault of the parser on this text (such as a stack overflow): the text is
    // refused rather than the operator stopped.
    const fault =
      error instanceof BodyFault
        ? error
        : new BodyFault(
            'Syntax',
            0,
            `this ${format} cannot be read; simplify it (${String(error).slice(0, 200)})`,
          );
    const { line, column } = placeOf(text, fault.offset);
    const message = `line ${line}, column ${column}: ${fault.message}`;
    return { ok: false, problem: { reason: 'InvalidBody', code: fault.code, line, column, message } };
  }
}

/** A line that programs do not read alike. */
export interface BodyNote {
  /** 1-based. */
  readonly line: number;
  readonly message: string;
}

/** What to know of a text that is accepted: places that the programs it is for do not read alike, in the text's order. */
export function notesOf(text: string, format: Format): readonly BodyNote[] {
  const { notes } = formats[format];
  if (notes === undefined) return [];
  try {
    let [line, from] = [1, 0];
    return notes(text).map(({ at, message }) => {
      for (let end = text.indexOf('\n', from); end !== -1 && end < at; end = text.indexOf('\n', from)) {
        line += 1;
        from = end + 1;
      }
      return { line, message };
    });
  } catch (error) {
    if (error instanceof BodyFault) return [];
    throw error;
  }
}

function tooLarge(message: string): BodyResult {
  return { ok: false, problem: { reason: 'BodyTooLarge', code: 'TooLarge', line: 1, column: 1, message } };
}

/** What etcd takes in one request is 1.5 MiB; a ConfigVersion has more than its text. */
const maxWeight = 1_500_000;
/** Bytes of a character that Go's JSON escapes, such as \u003c. */
const longestEscape = 6;

/** Bytes of the text in JSON as the API server writes it into etcd. */
function weightOf(text: string): number {
  let more = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x3c || code === 0x3e || code === 0x26) more += 5;
    else if (code === 0x22 || code === 0x5c || code === 0x0a || code === 0x0d || code === 0x09) more += 1;
    else if (code < 0x20) more += 5;
    else if (code === 0x2028 || code === 0x2029) more += 3;
  }
  return Buffer.byteLength(text) + more;
}

function refuseUnstorable(text: string): void {
  const nul = text.indexOf('\0');
  if (nul !== -1) {
    throw new BodyFault(
      'Nul',
      nul,
      'the character U+0000 makes this binary, and Pawl keeps text only; remove it',
    );
  }
  if (!text.isWellFormed()) {
    const message = 'half a surrogate pair is not a character; save the text as UTF-8 and remove it';
    throw new BodyFault('LoneSurrogate', text.search(/\p{Cs}/u), message);
  }
}
