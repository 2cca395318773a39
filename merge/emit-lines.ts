/**
 * Turns "these entries go, those come" into splices of a text whose entries are whole lines (keyed-tree.ts). Invariant:
 * entries that stay are not touched, and those that come are proposed's own lines, comments included.
 */
import type { Path } from '../text/path.ts';
import type { MergeContext } from './context.ts';
import type { Entry } from './node.ts';
import type { Plan } from './plan.ts';

export function emitLines(context: MergeContext, current: Entry, plan: Plan, path: Path): void {
  const { node } = current;
  const { text } = context.proposed;
  const lines = (entries: readonly Entry[] = []) =>
    entries.map(entry => text.slice(entry.leadStart, entry.end)).join('');
  const front = node.entries[0]?.leadStart ?? node.start;
  const after = behindKeys(node.entries, plan.after);
  context.splice(front, front, lines(after.get(-1)), path);
  for (const [index, entry] of node.entries.entries()) {
    if (plan.gone.has(index)) context.splice(entry.leadStart, entry.end, '', path);
    const queue = after.get(index) ?? [];
    const foot = Math.max(entry.end, node.end + 1);
    const late = queue.filter(fresh => plan.afterFoot?.has(fresh));
    context.splice(entry.end, entry.end, lines(queue.filter(fresh => !late.includes(fresh))), path);
    context.splice(foot, foot, lines(late), path);
  }
}

/** The same with sections behind the last key: a section before a key would take it over. */
function behindKeys(entries: readonly Entry[], after: Plan['after']): Plan['after'] {
  const last = entries.findLastIndex(({ node }) => !node.block);
  const early = [...after].filter(([at]) => at < last).flatMap(([, queue]) => queue.filter(isSection));
  if (early.length === 0) return after;
  const moved = new Map(
    [...after].map(([at, queue]) => [at, at < last ? queue.filter(one => !isSection(one)) : queue]),
  );
  return moved.set(last, [...early, ...(moved.get(last) ?? [])]);
}

const isSection = ({ node }: Entry): boolean => node.block;
