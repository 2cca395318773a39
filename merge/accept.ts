/**
 * Decides whether a result may be called clean. Invariant: four opinions must agree — the edits explain every byte,
 * the result can be read, the verifier has no doubt about its values and comments, and merging it again changes
 * nothing.
 */
import { Context } from './context.ts';
import { mergeStreams } from './documents.ts';
import type { Ids } from './node.ts';
import { type Read, Refusal, read } from './read.ts';
import type { Edit, MergeOptions } from './types.ts';
import { type Doubted, doubt, editsExplain } from './verify.ts';

/**
 * How a result begins and ends: as current does, unless only proposed changed it. Blank lines at the end of `view`
 * keep their line end.
 */
export function ends(
  base: Read,
  current: Read,
  proposed: Read,
  view: string,
): { bom: boolean; ended: boolean } {
  const pick = (b: boolean, c: boolean, p: boolean) => (p === b ? c : p);
  const [b, c, p] = [base.source, current.source, proposed.source];
  const ended = pick(b.ended, c.ended, p.ended) || view === '' || view.endsWith('\n\n');
  return { bom: pick(b.bom, c.bom, p.bom), ended };
}

/** What speaks against `text` as the merge of three inputs, or null. */
export function objection(
  base: Read,
  current: Read,
  proposed: Read,
  edits: readonly Edit[],
  text: string,
  options: MergeOptions,
  ids: Ids,
): Doubted | null {
  const unverified = (detail: string): Doubted => ({ kind: 'Unverified', detail });
  if (!editsExplain(current.source.given, edits, text)) return unverified('bytes outside the edits changed');
  if (text === base.source.given) return unverified('the result would undo what current changed');
  let result: Read;
  try {
    result = read('current', text, options.format, ids);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { reason, message } = error.refused;
    return {
      kind: reason === 'UnknownAlias' ? 'Anchor' : 'Unverified',
      detail: message.replace(/^current/, 'result'),
    };
  }
  const sides = [base.reading, current.reading, proposed.reading, result.reading] as const;
  const found = doubt(...sides, options.format, options.lists);
  if (found !== null) return found;
  const again = new Context(base.tree, result.tree, proposed.tree, options.lists);
  mergeStreams(again);
  const { bom, ended } = ends(base, result, proposed, result.source.text);
  const sameEnds = bom === result.source.bom && ended === result.source.ended;
  const stable = sameEnds && again.places.length === 0 && again.splices.all.length === 0;
  return stable ? null : unverified('merging the result again changes it');
}
