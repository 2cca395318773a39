/**
 * What can be wrong with a body, told to the person who has to mend it: a stable code for programs and a message that
 * opens with the place and ends with the change to make. The one invariant: a place is 1-based, counts characters (not
 * UTF-16 units) and does not count a byte order mark.
 */

import { visible } from './words.ts';

export type BodyProblemCode =
  | 'TooLarge'
  | 'LoneSurrogate'
  | 'Nul'
  | 'ControlCharacter'
  | 'Empty'
  | 'Syntax'
  | 'Tab'
  | 'DuplicateKey'
  | 'TooDeep'
  | 'AliasBomb'
  | 'RecursiveAlias'
  | 'UnknownAlias'
  | 'ComplexKey';

export interface BodyProblem {
  readonly reason: 'InvalidBody' | 'BodyTooLarge';
  readonly code: BodyProblemCode;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters. */
  readonly column: number;
  readonly message: string;
}

export interface BodyLimits {
  /** Bytes of UTF-8. */
  readonly maxBytes: number;
  /** Collections inside one another, counted with aliases expanded. */
  readonly maxDepth: number;
  /** Characters of JSON that all aliases together may expand to. Bounds the expanded nodes too. */
  readonly maxAliasExpansion: number;
}

export const defaultBodyLimits: BodyLimits = {
  maxBytes: 1_048_576,
  maxDepth: 200,
  maxAliasExpansion: 4_194_304,
};

/** Thrown by the readers at the first fault, caught by readBody; never leaves core. */
export class BodyFault extends Error {
  readonly code: BodyProblemCode;
  /** UTF-16 offset in the text. */
  readonly offset: number;

  constructor(code: BodyProblemCode, offset: number, message: string) {
    super(message);
    this.name = 'BodyFault';
    this.code = code;
    this.offset = offset;
  }
}

export function placeOf(text: string, offset: number): { line: number; column: number } {
  const end = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) {
    line += 1;
    start = at + 1;
  }
  let column = 1;
  for (let at = start; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0xdc00 || unit > 0xdfff) column += 1;
  }
  return { line, column };
}

/** A key as a message can carry it: one line, bounded. */
export function nameKey(key: string): string {
  const shown = key.length > 64 ? `${[...key.slice(0, 64)].slice(0, 60).join('')}…` : key;
  return `\`${visible(shown)}\``;
}

export function duplicateKey(text: string, key: string, first: number, again: number): BodyFault {
  const { line } = placeOf(text, first);
  const where = line === placeOf(text, again).line ? 'earlier on the same line' : `on line ${line}`;
  return new BodyFault(
    'DuplicateKey',
    again,
    `key ${nameKey(key)} is already given ${where}; ${key === '<<' ? 'merge both at once: `<<: [*a, *b]`' : 'keep one of them'}`,
  );
}

export function tooDeep(offset: number, limits: BodyLimits): BodyFault {
  return new BodyFault(
    'TooDeep',
    offset,
    `more than ${limits.maxDepth} lists and mappings inside one another; flatten the structure`,
  );
}
