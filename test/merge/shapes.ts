/**
 * What two readers made of one text, in a form that can be compared. Invariant: all that a merge looks at is in it.
 */
import { eventValues } from '../../merge/event-values.ts';
import { type Entry, Ids, type Node, type Tree } from '../../merge/node.ts';
import { type InternedValue, NoValues, Values } from '../../merge/values.ts';
import { yamlTree } from '../../merge/yaml-documents.ts';
import { eventTree } from '../../merge/yaml-events.ts';
import { type Parsed, parseYaml } from '../../merge/yaml-parse.ts';
import { readYamlEvents } from '../../text/yaml-events.ts';

function ofNode(node: Node): unknown {
  const { kind, start, valueStart, end, flow, block, props, foot, meaning, string, value, full } = node;
  const own = { kind, start, valueStart, end, flow, block, props, foot, meaning, string, value, full };
  if (kind !== 'map' && kind !== 'list') return own;
  const { column, footStart } = node;
  return { ...own, column, footStart, entries: node.entries.map(ofEntry) };
}

function ofEntry(entry: Entry): unknown {
  return { ...entry, node: ofNode(entry.node) };
}

function ofTree(tree: Tree): unknown {
  return {
    unit: tree.unit,
    repeated: [...tree.repeated.keys()],
    docs: tree.docs.map(doc => ({ ...doc, entry: ofEntry(doc.entry) })),
  };
}

function ofValue(value: InternedValue): unknown {
  const { id, string, map, list } = value;
  return {
    id,
    string,
    map: map && [...map].map(([key, inner]) => [key, ofValue(inner)]),
    list: list?.map(ofValue),
  };
}

/** What a text is to both readers, or null where the fast one leaves it to the other, or neither reads it. */
export interface Both {
  readonly fast: unknown;
  readonly slow: unknown;
}

/**
 * @param like the text read before, of which the fast reader takes what is the same
 * @param refused told of texts that only the fast reader reads
 */
export function readBoth(text: string, like: string | null, refused: (error: unknown) => void): Both | null {
  const ids = new Ids();
  const before = like === null ? null : readYamlEvents(like);
  const model = before && eventTree(before, ids, null);
  const events = readYamlEvents(text);
  const tree = events && eventTree(events, ids, model);
  if (events === null || tree === null) return null;
  let parsed: Parsed;
  let slow: Tree;
  try {
    parsed = parseYaml(text);
    slow = yamlTree(text, ids, parsed);
  } catch (error) {
    refused(error);
    return null;
  }
  const values = new Values(1_000_000);
  if (before !== null && model !== null) valuesOf(() => eventValues(values, before, false));
  const [ours, theirs] = [
    (expand: boolean) => eventValues(values, events, expand),
    (expand: boolean) => values.yaml(parsed, expand),
  ].map(of => [false, true].map(expand => valuesOf(() => of(expand))));
  return { fast: [ofTree(tree), ours], slow: [ofTree(slow), theirs] };
}

/** What the verifier reads, or why it does not. */
function valuesOf(read: () => InternedValue[]): unknown {
  try {
    return read().map(ofValue);
  } catch (error) {
    if (error instanceof NoValues) return error.message;
    throw error;
  }
}
