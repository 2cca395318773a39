/**
 * What is new in a text is read by another parser, too. Invariant: where a text differs from the one it was read beside
 * (the sides from base, the result from current), no clean answer rests on one parser alone.
 */
import { readYamlEvents } from '../text/yaml-events.ts';
import { eventValues } from './event-values.ts';
import { maxExpanded } from './limits.ts';
import type { Node, Tree } from './node.ts';
import { NoValues, Values } from './values.ts';
import { parseYaml } from './yaml-parse.ts';

/** Whether js-yaml and `yaml` read alike what is new in a text, or else the whole text. */
export function readAlike(tree: Tree): boolean {
  return alike(newText(tree)) || alike(tree.text);
}

function alike(text: string): boolean {
  const events = readYamlEvents(text);
  if (events === null) return false;
  const values = new Values(maxExpanded);
  try {
    const [ours, theirs] = [eventValues(values, events, false), values.yaml(parseYaml(text, false), false)];
    return ours.length === theirs.length && ours.every(({ id }, at) => id === theirs[at]!.id);
  } catch (error) {
    if (error instanceof NoValues) return false;
    throw error;
  }
}

/** A text without the entries that were taken from the text it was read beside. */
function newText({ text, docs }: Tree): string {
  const parts: string[] = [];
  let at = 0;
  const visit = ({ entries }: Node): void => {
    // The first entry on the line of a dash holds it; and something of each collection stays.
    const taken = entries.filter(entry => !entry.compact && entry.node.origin !== undefined);
    const first = taken.length === entries.length ? entries[0] : undefined;
    for (const entry of entries) {
      if (entry.node.origin === undefined) {
        if (entry.node.block) visit(entry.node);
      } else if (!entry.compact && entry !== first) {
        parts.push(text.slice(at, entry.leadStart));
        at = entry.end;
      }
    }
  };
  for (const { entry } of docs) if (entry.node.block) visit(entry.node);
  parts.push(text.slice(at));
  return parts.join('');
}
