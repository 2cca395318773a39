/**
 * Three-way merge of YAML and JSON text: what changed from base to proposed, applied onto the text of current.
 * Every byte of current that need not change is kept. Invariant: a clean answer has passed the verifier, which
 * knows nothing of how it was made; what it doubts is a clash.
 */
import { Context } from './context.ts';
import { mergeStreams } from './documents.ts';
import { jsonTree } from './json-tree.ts';
import { maxLength } from './limits.ts';
import { mark } from './marked.ts';
import { Ids, type Tree, Unreadable } from './node.ts';
import { root } from './path.ts';
import { distinct, type Sources, toPlace } from './places.ts';
import { Source } from './source.ts';
import { apply, toEdits } from './splices.ts';
import type { Clash, Clean, Edit, MergeOptions, MergeResult, Notice, Position, Refused } from './types.ts';
import { type Doubted, doubt, editsExplain, type Reading } from './verify.ts';
import { parseYaml, yamlTree } from './yaml-tree.ts';

export type * from './types.ts';

type Input = Position['input'];

/** One input as the engine reads it. */
interface Read {
  readonly source: Source;
  readonly tree: Tree;
  readonly reading: Reading;
}

class Refusal extends Error {
  readonly refused: Refused;
  constructor(refused: Refused) {
    super(refused.message);
    this.refused = refused;
  }
}

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
    const b = read('base', base, options, ids);
    const c = read('current', current, options, ids);
    const p = read('proposed', proposed, options, ids);
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
  mergeStreams(context);
  const sources: Sources = { base: b.source, current: c.source, proposed: p.source };
  const clash = (): Clash => {
    const places = distinct(context);
    return {
      kind: 'clash',
      places: places.map(place => toPlace(place, sources)),
      marked: mark(sources, places, context.splices.sorted()),
    };
  };
  if (context.places.length > 0) return clash();
  const unverified = ({ kind, detail }: Doubted): Clash => {
    const whole = (tree: Tree) => ({ start: 0, end: tree.text.length });
    context.splices.all.length = 0;
    context.clash(kind, root, whole(b.tree), whole(c.tree), whole(p.tree), 0, detail);
    return clash();
  };
  const splices = context.splices.sorted();
  let edits: Edit[];
  let text: string;
  try {
    const bom = p.source.bom === b.source.bom ? c.source.bom : p.source.bom;
    const ended = p.source.ended === b.source.ended ? c.source.ended : p.source.ended;
    edits = toEdits(c.source, splices, bom, ended);
    text = apply(c.source.given, edits);
  } catch (error) {
    if (error instanceof RangeError) return unverified({ kind: 'Unverified', detail: error.message });
    throw error;
  }
  const doubted = verify(b, c, p, edits, text, options, ids);
  if (doubted !== null) return unverified(doubted);
  if (p.source.eol !== b.source.eol && p.source.eol !== c.source.eol) {
    context.notice('line-ends', root, 'proposed changed the line ends; current’s are kept');
  }
  return clean(text, edits, context.notices);
}

/** Why a result must not be saved, or null. */
function verify(
  b: Read,
  c: Read,
  p: Read,
  edits: readonly Edit[],
  text: string,
  options: MergeOptions,
  ids: Ids,
): Doubted | null {
  const unverified = (detail: string): Doubted => ({ kind: 'Unverified', detail });
  if (!editsExplain(c.source.given, edits, text)) return unverified('bytes outside the edits changed');
  let r: Read;
  try {
    r = read('current', text, options, ids);
  } catch (error) {
    if (error instanceof Refusal) {
      const { reason, message } = error.refused;
      return {
        kind: reason === 'UnknownAlias' ? 'Anchor' : 'Unverified',
        detail: message.replace(/^current/, 'result'),
      };
    }
    throw error;
  }
  const found = doubt(b.reading, c.reading, p.reading, r.reading, options.format, options.lists);
  if (found !== null) return found;
  const again = new Context(b.tree, r.tree, p.tree, options.lists);
  mergeStreams(again);
  return again.places.length > 0 || again.splices.all.length > 0
    ? unverified('merging the result again changes it')
    : null;
}

function read(input: Input, given: string, options: MergeOptions, ids: Ids): Read {
  const source = new Source(given);
  const refuse = (reason: Refused['reason'], message: string, offset: number): never => {
    throw new Refusal({
      kind: 'refused',
      reason,
      message: `${input}: ${message}`,
      position: { input, offset: source.raw(offset), ...source.lineColumn(offset) },
    });
  };
  if (given.length > maxLength) refuse('TooLarge', `longer than ${maxLength} characters`, 0);
  if (!given.isWellFormed()) refuse('Encoding', 'not well-formed Unicode', given.search(/\p{Surrogate}/u));
  try {
    if (options.format === 'json') {
      return { source, tree: jsonTree(source.text, ids), reading: { text: source.text, parsed: null } };
    }
    const parsed = parseYaml(source.text);
    return { source, tree: yamlTree(source.text, ids, parsed), reading: { text: source.text, parsed } };
  } catch (error) {
    if (error instanceof Unreadable) return refuse(error.reason, error.message, error.offset);
    if (error instanceof RangeError) return refuse('TooDeep', 'nested too deep', 0);
    throw error;
  }
}

/** A map with a key twice is tolerated where base or current already has it, and refused when it is new. */
function refuseNewDuplicates(b: Read, c: Read, p: Read): void {
  for (const [text, offset] of p.tree.duplicates) {
    if (b.tree.duplicates.has(text) || c.tree.duplicates.has(text)) continue;
    throw new Refusal({
      kind: 'refused',
      reason: 'DuplicateKey',
      message: 'proposed: a key stands twice in one map',
      position: { input: 'proposed', offset: p.source.raw(offset), ...p.source.lineColumn(offset) },
    });
  }
}
