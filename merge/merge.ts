/**
 * Three-way merge of YAML and JSON text: what changed from base to proposed, applied onto the text of current.
 * Every byte of current that need not change is kept. Invariant: a clean answer has passed the verifier, which
 * knows nothing of how it was made; what it doubts is a clash.
 */

import { root } from '../text/path.ts';
import { ends, objection } from './accept.ts';
import { Context } from './context.ts';
import { mergeStreams } from './documents.ts';
import { mark } from './marked.ts';
import { Ids, type Tree } from './node.ts';
import { distinct, type Sources, toPlace } from './places.ts';
import { type Read, Refusal, read, refuseNewDuplicates } from './read.ts';
import { apply, toEdits } from './splices.ts';
import type { Clash, Clean, Edit, MergeOptions, MergeResult, Notice } from './types.ts';
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
  try {
    const ids = new Ids();
    const b = read('base', base, options.format, ids);
    const c = read('current', current, options.format, ids);
    const p = read('proposed', proposed, options.format, ids);
    refuseNewDuplicates(b, c, p);
    return mergeRead(b, c, p, options, ids);
  } catch (error) {
    if (error instanceof Refusal) return error.refused;
    throw error;
  }
}

function clean(text: string, edits: readonly Edit[], notices: readonly Notice[]): Clean {
  return { kind: 'clean', text, edits, notices };
}

function mergeRead(b: Read, c: Read, p: Read, options: MergeOptions, ids: Ids): MergeResult {
  const context = new Context(b.tree, c.tree, p.tree, options.lists);
  const sources: Sources = { base: b.source, current: c.source, proposed: p.source };
  mergeStreams(context);
  if (context.places.length > 0) return clash(context, sources);
  const doubted = ({ kind, detail }: Doubted): Clash => {
    const whole = (tree: Tree) => ({ start: 0, end: tree.text.length });
    context.splices.all.length = 0;
    context.clash(kind, root, whole(b.tree), whole(c.tree), whole(p.tree), 0, detail);
    return clash(context, sources);
  };
  let edits: Edit[];
  let text: string;
  try {
    const splices = context.splices.sorted();
    const { bom, ended } = ends(b, c, p, apply(c.source.text, splices));
    edits = toEdits(c.source, splices, bom, ended);
    text = apply(c.source.given, edits);
  } catch (error) {
    if (error instanceof RangeError) return doubted({ kind: 'Unverified', detail: error.message });
    throw error;
  }
  const found = objection(b, c, p, edits, text, options, ids);
  if (found !== null) return doubted(found);
  if (p.source.eol !== b.source.eol && p.source.eol !== c.source.eol) {
    context.notice('line-ends', root, 'proposed changed the line ends; current’s are kept');
  }
  return clean(text, edits, context.notices);
}

function clash(context: Context, sources: Sources): Clash {
  const places = distinct(context);
  return {
    kind: 'clash',
    places: places.map(place => toPlace(place, sources)),
    marked: mark(sources, places, context.splices.sorted()),
  };
}
