/**
 * Three-way merge of texts in every format: what changed from base to proposed, applied onto the text of current.
 * Every byte of current that need not change is kept. Invariant: a clean answer has passed the verifier, which
 * knows nothing of how it was made; what it doubts is a clash.
 */

import { root } from '../text/path.ts';
import { ends, gainsLineEnd, objection } from './accept.ts';
import { type FoundPlace, MergeContext, wholeText } from './context.ts';
import { mergeStreams } from './documents.ts';
import { checks } from './formats.ts';
import { leaveOut } from './left-out.ts';
import { mark } from './marked.ts';
import { Ids } from './node.ts';
import { distinct, type Sources, toPlace } from './places.ts';
import { InputRefused, type ReadInput, read, refuseNewDuplicates } from './read.ts';
import { SourceText } from './source.ts';
import { apply, toEdits } from './splices.ts';
import { each, type Three } from './three.ts';
import type { Clash, Clean, MergeEdit, MergeOptions, MergeResult, Notice } from './types.ts';
import type { Doubted } from './verify.ts';

export type * from './types.ts';

/**
 * Applies what changed from `base` to `proposed` onto `current`. Never throws on any text: a text that is not
 * what `format` says is `refused`, two different edits of one place are a `clash`.
 */
export function merge(base: string, current: string, proposed: string, options: MergeOptions): MergeResult {
  if (proposed === base || proposed === current) return clean(current, [], []);
  if (current === base) {
    return clean(proposed, [{ start: 0, end: current.length, text: proposed, pointer: '' }], []);
  }
  const short = checks[options.format].leavesOut ? leaveOut({ base, current, proposed }) : null;
  return short?.restore(mergeWhole(short.texts, options)) ?? mergeWhole({ base, current, proposed }, options);
}

/** The same, whatever the three texts have in common. */
export function mergeWhole({ base, current, proposed }: Three<string>, options: MergeOptions): MergeResult {
  try {
    const ids = new Ids();
    const before = read('base', base, options.format, ids);
    const inputs: Three<ReadInput> = {
      base: before,
      current: read('current', current, options.format, ids, before),
      proposed: read('proposed', proposed, options.format, ids, before),
    };
    refuseNewDuplicates(inputs);
    return mergeRead(inputs, options, ids);
  } catch (error) {
    if (error instanceof InputRefused) return error.refused;
    return unexpected(error, {
      base: new SourceText(base),
      current: new SourceText(current),
      proposed: new SourceText(proposed),
    });
  }
}

/** A defect of the engine is a doubt about this merge, never the end of the program that asked for it. */
function unexpected(error: unknown, sources: Sources): Clash {
  const detail = `the merge failed: ${error instanceof Error ? error.message : String(error)}`;
  const places: FoundPlace[] = [
    { kind: 'Unverified', path: root, ...each(sources, wholeText), at: 0, detail },
  ];
  return {
    kind: 'clash',
    places: places.map(place => toPlace(place, sources)),
    marked: mark(sources, places, []),
  };
}

function clean(text: string, edits: readonly MergeEdit[], notices: readonly Notice[]): Clean {
  return { kind: 'clean', text, edits, notices };
}

function mergeRead(inputs: Three<ReadInput>, options: MergeOptions, ids: Ids): MergeResult {
  const trees = each(inputs, input => input.tree);
  const sources = each(inputs, input => input.source);
  const { base, current, proposed } = sources;
  const context = new MergeContext(trees, options.lists);
  mergeStreams(context);
  if (context.places.length > 0) return clash(context, sources);
  const doubted = ({ kind, detail }: Doubted): Clash => {
    // Where a guess does not hold, people are told of what they would be told without it.
    const plain = new MergeContext(trees, options.lists, { guesses: false });
    if (context.guessed) mergeStreams(plain);
    if (plain.places.length > 0) return clash(plain, sources);
    context.splices.all.length = 0;
    context.clash(kind, root, each(trees, wholeText), 0, detail);
    return clash(context, sources);
  };
  let edits: MergeEdit[];
  let text: string;
  try {
    const splices = context.splices.sorted();
    const { bom, ended } = ends(sources, apply(current.text, splices));
    edits = toEdits(current, splices, bom, ended);
    text = apply(current.given, edits);
  } catch (error) {
    if (error instanceof RangeError) return doubted({ kind: 'Unverified', detail: error.message });
    throw error;
  }
  const found = objection(inputs, edits, text, options, ids, context.guessed);
  if (found !== null) return doubted(found);
  if (proposed.eol !== base.eol && proposed.eol !== current.eol) {
    context.notice('line-ends', root, 'proposed changed the line ends; current’s are kept');
  }
  if (gainsLineEnd(inputs, text)) {
    const message =
      'the text at the end had no line end and has one now, which some readers take for its own';
    context.notice('line-ends', root, message);
  }
  return clean(text, edits, context.notices);
}

function clash(context: MergeContext, sources: Sources): Clash {
  const places = distinct(context);
  return {
    kind: 'clash',
    places: places.map(place => toPlace(place, sources)),
    marked: mark(sources, places, context.splices.sorted()),
  };
}
