/**
 * Reads one input the way both the merge and its verifier need it, or says why it cannot be read. Invariant: what
 * is returned is well formed in its format, within the limits, and every alias in it has its anchor.
 */
import { type Readable, readers } from './formats.ts';
import { maxLength } from './limits.ts';
import { type Ids, type Tree, Unreadable } from './node.ts';
import { SourceText } from './source.ts';
import type { Three } from './three.ts';
import type { Format, MergeRefused, Position } from './types.ts';

/** One input as the engine reads it. */
export interface ReadInput {
  readonly source: SourceText;
  readonly tree: Tree;
  readonly readable: Readable;
}

/** Carries a refusal out of the reader that met it. */
export class InputRefused extends Error {
  readonly refused: MergeRefused;
  constructor(refused: MergeRefused) {
    super(refused.message);
    this.name = 'InputRefused';
    this.refused = refused;
  }
}

/**
 * Throws `InputRefused`.
 * @param like a text of the same merge, read before
 */
export function read(
  input: Position['input'],
  given: string,
  format: Format,
  ids: Ids,
  like: ReadInput | null = null,
): ReadInput {
  const source = new SourceText(given);
  const refuse = (reason: MergeRefused['reason'], message: string, offset: number): never => {
    throw refusal(reason, message, input, source, offset);
  };
  if (given.length > maxLength) refuse('TooLarge', `longer than ${maxLength} characters`, 0);
  if (!given.isWellFormed())
    refuse('Encoding', 'not well-formed Unicode', source.text.search(/\p{Surrogate}/u));
  try {
    return { source, ...readers[format](source.text, ids, like?.tree ?? null) };
  } catch (error) {
    if (error instanceof Unreadable) return refuse(error.reason, error.message, error.offset);
    if (error instanceof RangeError) return refuse('TooDeep', 'nested too deep', 0);
    throw error;
  }
}

/** A key that stands twice in one map is tolerated as often as base or current has it so, and refused beyond that. */
export function refuseNewDuplicates({ base, current, proposed }: Three<ReadInput>): void {
  for (const [key, offset] of proposed.tree.repeated.keys()) {
    const known = Math.max(base.tree.repeated.times(key), current.tree.repeated.times(key));
    if (proposed.tree.repeated.times(key) > known)
      throw refusal('DuplicateKey', 'a key stands twice in one map', 'proposed', proposed.source, offset);
  }
}

function refusal(
  reason: MergeRefused['reason'],
  message: string,
  input: Position['input'],
  source: SourceText,
  offset: number,
): InputRefused {
  const position = { input, offset: source.raw(offset), ...source.lineColumn(offset) };
  return new InputRefused({ kind: 'refused', reason, message: `${input}: ${message}`, position });
}
