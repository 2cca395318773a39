/**
 * Turns "these entries go, those come" into splices of brackets whose entries stand on lines of their own (jsonc-tree.ts).
 * Invariant: entries that stay keep their lines, but for the comma of what is last before or after; whether the last entry
 * has one is current's choice.
 */
import type { Path } from '../text/path.ts';
import type { MergeContext } from './context.ts';
import type { Comma, Entry } from './node.ts';
import type { Plan } from './plan.ts';
import { indentAt, rebracket } from './text.ts';

export function emitCommas(context: MergeContext, current: Entry, plan: Plan, path: Path): void {
  const { entries, end } = current.node;
  if (plan.after.size === 0 && plan.gone.size === 0) return;
  const first = entries[0]!;
  const comes = (index: number) => plan.after.get(index) ?? [];
  const stay = entries.flatMap((entry, index) => [...(plan.gone.has(index) ? [] : [entry]), ...comes(index)]);
  const last = [...comes(-1), ...stay].at(-1);
  const trailing = hasComma(entries.at(-1)!);
  const wants = (entry: Entry) => entry !== last || trailing;
  const to = indentAt(context.current.text, first.start + indentOf(context, first));
  const lines = (list: readonly Entry[]) =>
    list.map(entry => freshLines(context, entry, to, wants(entry))).join('');
  context.splice(first.leadStart, first.leadStart, lines(comes(-1)), path);
  for (const [index, entry] of entries.entries()) {
    if (plan.gone.has(index)) context.splice(entry.leadStart, entry.end, '', path);
    else if (hasComma(entry) !== wants(entry)) {
      const { from, to } = entry.comma!;
      context.splice(from, to, wants(entry) ? ',' : '', path, -1);
    }
    const queue = comes(index);
    const late = queue.filter(fresh => plan.afterFoot?.has(fresh));
    const foot = Math.max(entry.end, end + 1);
    context.splice(entry.end, entry.end, lines(queue.filter(fresh => !late.includes(fresh))), path);
    context.splice(foot, foot, lines(late), path);
  }
}

const hasComma = ({ comma }: Entry): boolean => comma !== undefined && comma.to > comma.from;

/** How far the first line of an entry is indented. */
function indentOf({ current }: MergeContext, entry: Entry): number {
  return /^[ \t]*/.exec(current.text.slice(entry.start, entry.end))![0].length;
}

function freshLines({ current, proposed }: MergeContext, entry: Entry, to: string, comma: boolean): string {
  const { text } = proposed;
  const said = (mark: Comma) =>
    `${text.slice(entry.leadStart, mark.from)}${comma ? ',' : ''}${text.slice(mark.to, entry.end)}`;
  const whole =
    entry.comma === undefined
      ? `${text.slice(entry.start, entry.end)}${comma ? ',' : ''}\n`
      : said(entry.comma);
  const from = indentAt(text, entry.comma === undefined ? entry.start : entry.node.start);
  const lines = entry.comma === undefined ? `${to}${whole}` : whole;
  return rebracket(`\n${lines}`, from, to, proposed.unit, current.unit).slice(1);
}
