/**
 * Decides whether a result may be called clean. Invariant: four opinions must agree — the edits explain every byte,
 * the result can be read, the verifier has no doubt about its values and comments, and merging it again changes
 * nothing.
 */
import { MergeContext } from './context.ts';
import { mergeStreams } from './documents.ts';
import type { Ids, Tree } from './node.ts';
import { InputRefused, type ReadInput, read } from './read.ts';
import { KnownEntries } from './second-reading.ts';
import { lineStart, type SourceText } from './source.ts';
import { each, type Three } from './three.ts';
import type { MergeEdit, MergeOptions } from './types.ts';
import { type Doubted, doubt, editsExplain } from './verify.ts';

/**
 * How a result begins and ends: as current does, unless only proposed changed it. Blank lines at the end of `view`
 * keep their line end.
 */
export function ends(
  { base, current, proposed }: Three<SourceText>,
  view: string,
): { bom: boolean; ended: boolean } {
  const pick = (b: boolean, c: boolean, p: boolean) => (p === b ? c : p);
  const ended = pick(base.ended, current.ended, proposed.ended) || view === '' || view.endsWith('\n\n');
  return { bom: pick(base.bom, current.bom, proposed.bom), ended };
}

/**
 * Whether a block text that ended its side without a line end has one in the result: for readers that go by the letter
 * of YAML that is another value.
 */
export function gainsLineEnd({ current, proposed }: Three<ReadInput>, text: string): boolean {
  const gains = ({ source, tree }: ReadInput, known: string): boolean => {
    if (source.ended || !endsInText(tree)) return false;
    const line = source.text.slice(lineStart(source.text, source.text.length - 1));
    return !(known !== '' && known.includes(line)) && text.replaceAll('\r\n', '\n').includes(line);
  };
  return gains(current, '') || gains(proposed, current.source.text);
}

/** Whether the last value is a text in block style that keeps its last line end. */
function endsInText(tree: Tree): boolean {
  let last = tree.docs.at(-1)?.entry.node;
  while (last !== undefined && last.entries.length > 0) last = last.entries.at(-1)!.node;
  return (
    last?.block === true &&
    /^[|>][1-9+]*(?:[ \t]+#.*|[ \t]*)\n/.test(tree.text.slice(last.valueStart, last.end))
  );
}

/**
 * What speaks against `text` as the merge of three inputs, or null.
 * @param guessed the items of some list were told apart by none of the known identities
 */
export function objection(
  inputs: Three<ReadInput>,
  edits: readonly MergeEdit[],
  text: string,
  options: MergeOptions,
  ids: Ids,
  guessed = false,
): Doubted | null {
  const unverified = (detail: string): Doubted => ({ kind: 'Unverified', detail });
  const { base, current, proposed } = inputs;
  if (!editsExplain(current.source.given, edits, text)) return unverified('bytes outside the edits changed');
  if (text === base.source.given) return unverified('the result would undo what current changed');
  let result: ReadInput;
  try {
    result = read('current', text, options.format, ids, current);
  } catch (error) {
    if (!(error instanceof InputRefused)) throw error;
    const { reason, message } = error.refused;
    return {
      kind: reason === 'UnknownAlias' ? 'Anchor' : 'Unverified',
      detail: message.replace(/^current/, 'result'),
    };
  }
  const found = doubt(
    each(inputs, input => input.readable),
    result.readable,
    options.format,
    options.lists,
  );
  if (found !== null) return found;
  const misread = readApart(inputs, result);
  if (misread !== null) return unverified(`two parsers do not read ${misread} alike`);
  // After a guess from either side: which of the two is current must not decide whether the answer is clean.
  const sides = guessed ? [proposed, current] : [proposed];
  const stable = sides.every(side => changesNothing({ base, current: result, proposed: side }, options));
  return stable ? null : unverified('merging the result again changes it');
}

/** The text that two parsers do not read alike; null: none. */
function readApart({ base, current, proposed }: Three<ReadInput>, result: ReadInput): string | null {
  const confirmed = [current, proposed, result].some(({ readable }) => readable.confirmed);
  if (!confirmed) return null;
  const known = [new KnownEntries(base.tree)];
  for (const [name, { tree, readable }] of Object.entries({ current, proposed, result })) {
    if (readable.confirmed?.(known) === false) return name;
    // What a later one has from it has been asked about now.
    if (readable.confirmed) known.push(new KnownEntries(tree));
  }
  return null;
}

/** Whether current is what merging proposed into it comes to. */
function changesNothing(inputs: Three<ReadInput>, options: MergeOptions): boolean {
  const again = new MergeContext(
    each(inputs, input => input.tree),
    options.lists,
    { again: true },
  );
  mergeStreams(again);
  const { source } = inputs.current;
  const { bom, ended } = ends(
    each(inputs, input => input.source),
    source.text,
  );
  const sameEnds = bom === source.bom && ended === source.ended;
  return sameEnds && again.places.length === 0 && again.splices.all.length === 0;
}
