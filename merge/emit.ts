/**
 * Turns "these entries go, those come" into splices of current. Invariant: entries that stay are not touched;
 * in brackets the commas are recomputed, in block style whole lines come and go, and a collection that loses its
 * last entry becomes `{}` or `[]` rather than a null.
 */

import type { Path } from '../text/path.ts';
import { entrySpan, type MergeContext } from './context.ts';
import { emitCommas } from './emit-commas.ts';
import { emitLines } from './emit-lines.ts';
import type { Entry, Node } from './node.ts';
import type { Plan } from './plan.ts';
import { lineStart } from './source.ts';
import { apply, type Splices } from './splices.ts';
import { blockLines, flowText, indentAt } from './text.ts';

export function emit(context: MergeContext, current: Entry, proposed: Entry, plan: Plan, path: Path): void {
  const node = current.node;
  if (context.current.flat && node.block) {
    const inBrackets = node.entries[0]?.comma !== undefined;
    return inBrackets ? emitCommas(context, current, plan, path) : emitLines(context, current, plan, path);
  }
  const first = node.entries[0];
  const lead = first === undefined || node.flow ? undefined : context.firstLeads.get(first);
  if (lead !== undefined && !plan.gone.has(0) && !plan.after.has(-1)) openDash(context, first!, lead, path);
  if (plan.gone.size === 0 && plan.after.size === 0) return;
  if (node.entries.length === 0 && proposed.node.block && !inBrackets(context, current))
    return openAsBlock(context, current, proposed, plan, path);
  if (node.flow) emitFlow(context, node, proposed.node, plan, path);
  else emitBlock(context, current, proposed.node, plan, path);
}

/** `- a: 1` opens into a dash, the comment, and the entry on a line of its own. */
function openDash(context: MergeContext, first: Entry, lead: string, path: Path): void {
  const { text } = context.current;
  let from = first.start;
  while (text[from - 1] === ' ') from--;
  context.splice(
    from,
    first.start,
    `\n${lead}${' '.repeat(first.start - lineStart(text, first.start))}`,
    path,
  );
}

/** Whether an empty collection must stay in brackets because what holds it is. */
function inBrackets(context: MergeContext, current: Entry): boolean {
  return current.end === current.node.end || context.current.text[current.end - 1] !== '\n';
}

function linesFor(
  context: MergeContext,
  proposed: Node,
  entries: readonly Entry[],
  isItem: boolean,
  indent: number,
): string {
  return entries
    .map(entry => blockLines(context.proposed, entry, isItem, proposed.flow, indent, context.steps))
    .join('');
}

/** `{}` in current receives its first entries, which proposed writes as lines. */
function openAsBlock(context: MergeContext, current: Entry, proposed: Entry, plan: Plan, path: Path): void {
  const { text } = context.current;
  const entries = [...plan.after.values()].flat();
  const step = Math.max(
    proposed.node.kind === 'list' ? 0 : 1,
    proposed.node.column - (proposed.start - lineStart(context.proposed.text, proposed.start)),
  );
  const indent = path.parent === null ? 0 : current.start - lineStart(text, current.start) + step;
  const lines = linesFor(context, proposed.node, entries, proposed.node.kind === 'list', indent);
  if (current.colon === current.node.start)
    return context.splice(current.node.start, current.node.end, lines.trim(), path);
  const from = current.node.props === '' ? current.colon : current.node.valueStart;
  context.splice(from, current.node.end, '', path);
  context.splice(current.tailEnd, current.tailEnd, `\n${lines.slice(0, -1)}`, path);
}

function emitBlock(context: MergeContext, current: Entry, proposed: Node, plan: Plan, path: Path): void {
  const { node } = current;
  const { text } = context.current;
  const { entries } = node;
  const isItem = node.kind === 'list';
  const empty = isItem ? '[]' : '{}';
  const lines = (list: readonly Entry[]) => linesFor(context, proposed, list, isItem, node.column);
  if (plan.gone.size === entries.length && plan.after.size === 0) {
    const [first, last] = [entries[0]!, entries.at(-1)!];
    if (first.compact) return context.splice(first.start, last.end - 1, empty, path);
    if (path.parent === null || current.colon === node.start)
      return context.splice(first.leadStart, last.end, `${empty}\n`, path);
    const at = node.props === '' ? current.colon : node.valueStart;
    context.splice(at, at, ` ${empty}`, path, -1);
    return context.splice(first.leadStart, last.end, '', path);
  }
  let from = 0;
  const first = entries[0]!;
  if (first.compact && (plan.gone.has(0) || plan.after.has(-1))) {
    let fresh = lines(plan.after.get(-1) ?? []);
    while (from < entries.length && plan.gone.has(from)) {
      fresh += lines(plan.after.get(from) ?? []);
      from++;
    }
    const next = entries[from];
    // A next entry on a line of its own keeps its lines, and with them what is edited there, where it need not move.
    const stays = next !== undefined && !next.compact && fresh !== '';
    if (next !== undefined && !stays)
      fresh += next.compact
        ? (context.firstLeads.get(next) ?? '') + ' '.repeat(node.column)
        : (context.splices.take(next.leadStart, lineStart(text, next.start)) ??
            text.slice(next.leadStart, lineStart(text, next.start))) +
          text.slice(lineStart(text, next.start), next.start);
    const until = stays ? next.leadStart : (next?.start ?? entries.at(-1)!.end);
    const bare = fresh.trimStart();
    if (bare.startsWith('#')) context.splice(current.colon, until, `\n${fresh.replace(/^\s*\n/, '')}`, path);
    else context.splice(first.start, until, bare, path);
  } else if (plan.after.has(-1)) {
    context.splice(first.leadStart, first.leadStart, lines(plan.after.get(-1)!), path);
  }
  for (let index = from; index < entries.length; index++) {
    const entry = entries[index]!;
    if (plan.gone.has(index)) context.splice(entry.leadStart, entry.end, '', path);
    const queue = plan.after.get(index);
    if (queue === undefined) continue;
    const late = queue.filter(fresh => plan.afterFoot?.has(fresh));
    const foot = Math.max(entry.end, node.end + 1);
    context.splice(entry.end, entry.end, lines(queue.filter(fresh => !late.includes(fresh))), path);
    context.splice(foot, foot, lines(late), path);
  }
}

function emitFlow(context: MergeContext, node: Node, proposed: Node, plan: Plan, path: Path): void {
  const { entries } = node;
  const separator = separatorOf(context, node, proposed);
  const indent = innerIndent(context, node, separator);
  const isItem = node.kind === 'list';
  const close = node.end - 1;
  const write = (list: readonly Entry[]): string[] => {
    const parts: string[] = [];
    for (const entry of list) {
      const part = flowText(indent, context.current.unit, context.proposed, entry, isItem, proposed.flow);
      if (part === null)
        context.clash('Comment', path, { base: null, current: null, proposed: entrySpan(entry) }, node.start);
      else parts.push(part);
    }
    return parts;
  };
  let kept = -1;
  for (let index = 0; index <= entries.length; index++) {
    if (index < entries.length && plan.gone.has(index)) continue;
    const fresh: string[] = [];
    for (let at = kept; at < index; at++) fresh.push(...write(plan.after.get(at) ?? []));
    const [before, next] = [entries[kept], entries[index]];
    const removed = index - kept - 1;
    if (before !== undefined) {
      const until = removed > 0 ? entries[index - 1]!.end : before.end;
      context.splice(before.end, until, fresh.map(part => `,${separator}${part}`).join(''), path);
    } else if (next !== undefined) {
      context.splice(entries[0]!.start, next.start, fresh.map(part => `${part},${separator}`).join(''), path);
    } else if (entries.length > 0 && fresh.length > 0) {
      context.splice(entries[0]!.start, entries.at(-1)!.end, fresh.join(`,${separator}`), path);
    } else if (entries.length > 0) {
      context.splice(node.valueStart + 1, close, '', path);
    } else if (fresh.length > 0) {
      context.splice(node.valueStart + 1, close, wrap(context, node, fresh, separator), path);
    }
    kept = index;
  }
}

/** The inside of brackets that were empty, spread over lines when proposed spreads it. */
function wrap(context: MergeContext, node: Node, parts: readonly string[], separator: string): string {
  if (!separator.includes('\n')) return parts.join(`,${separator}`);
  const { text } = context.current;
  const line = lineStart(text, node.start);
  const indent = /^[ \t]*/.exec(text.slice(line, node.start))![0];
  return `${separator}${parts.join(`,${separator}`)}\n${indent}`;
}

/** The indentation of the line an entry between brackets comes to stand on. */
function innerIndent(context: MergeContext, node: Node, separator: string): string {
  return separator.includes('\n')
    ? separator.slice(separator.lastIndexOf('\n') + 1)
    : indentAt(context.current.text, node.start);
}

/** What stands between a comma and the next entry. */
function separatorOf(context: MergeContext, node: Node, proposed: Node): string {
  const { text } = context.current;
  const [first, second] = node.entries;
  const blank = (gap: string) => /^\s*$/.test(gap);
  if (first !== undefined && second !== undefined) {
    const comma = text.indexOf(',', first.end);
    const gap = text.slice(comma + 1, second.start);
    if (blank(gap)) return gap.replace(/^\s*\n(?=[ \t]*\n)/, '');
  }
  if (first !== undefined) {
    const gap = text.slice(node.valueStart + 1, first.start);
    if (blank(gap) && gap.includes('\n')) return gap;
    return text[first.colon] === ' ' || first.colon === first.start ? ' ' : '';
  }
  const their = proposed.entries[0];
  if (their !== undefined && proposed.flow) {
    const gap = context.proposed.text.slice(proposed.valueStart + 1, their.start);
    if (gap.includes('\n')) {
      const line = lineStart(text, node.start);
      return `\n${/^[ \t]*/.exec(text.slice(line, node.start))![0]}${context.current.unit}`;
    }
  }
  return ' ';
}

/** Writes the entries of a list in a new order. `inner` holds the splices made inside each. */
export function emitReordered(
  context: MergeContext,
  current: Entry,
  proposed: Entry,
  plan: Plan,
  order: readonly number[],
  inner: ReadonlyMap<number, Splices>,
  path: Path,
): void {
  const { node } = current;
  const { text } = context.current;
  const { entries } = node;
  const textOf = (index: number, from: number): string =>
    apply(text, inner.get(index)?.sorted() ?? [], from, entries[index]!.end);
  const indent = innerIndent(context, node, separatorOf(context, node, proposed.node));
  const isItem = node.kind === 'list';
  const parts: string[] = [];
  const fresh = (index: number) => {
    for (const entry of plan.after.get(index) ?? []) {
      const part = node.flow
        ? flowText(indent, context.current.unit, context.proposed, entry, isItem, proposed.node.flow)
        : blockLines(context.proposed, entry, isItem, proposed.node.flow, node.column, context.steps);
      if (part === null)
        context.clash('Comment', path, { base: null, current: null, proposed: entrySpan(entry) }, node.start);
      else parts.push(part);
    }
  };
  // Additions stand after the entry they follow in proposed, wherever that went.
  fresh(-1);
  for (const index of order) {
    const entry = entries[index]!;
    if (node.flow) parts.push(textOf(index, entry.start));
    else if (entry.compact)
      parts.push(
        (context.firstLeads.get(entry) ?? '') + ' '.repeat(node.column) + textOf(index, entry.start),
      );
    else parts.push(textOf(index, entry.leadStart));
    fresh(index);
  }
  const [first, last] = [entries[0]!, entries.at(-1)!];
  if (node.flow)
    context.splice(first.start, last.end, parts.join(`,${separatorOf(context, node, proposed.node)}`), path);
  else if (first.compact) {
    const whole = parts.join('');
    if (whole.trimStart().startsWith('#')) context.splice(current.colon, last.end, `\n${whole}`, path);
    else context.splice(first.start, last.end, whole.trimStart(), path);
  } else context.splice(first.leadStart, last.end, parts.join(''), path);
}
