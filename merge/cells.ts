/**
 * Merges one entry: its leading comments, its key's spelling, the comment on its line, and its value. Each is a
 * cell (cell.ts). Cells compare first by spelling, then by meaning, so that a restyled current is not a changed one.
 * Invariant: current is only ever edited at cells that proposed changed.
 */

import type { Path } from '../text/path.ts';
import { cell, commentCell, type Take } from './cell.ts';
import { mergeComments } from './comments.ts';
import { isCollection, leadSpan, type MergeContext } from './context.ts';
import { mergeLines } from './lines.ts';
import { type Comma, column, type Entry, type Node, spelling, spoken } from './node.ts';
import { mergeList, mergeMap } from './sequences.ts';
import { lineStart } from './source.ts';
import { moved } from './steps.ts';
import { afterColon, flowValue, indentAt, inlineText, rebracket, reindentLead, shift } from './text.ts';
import { each, type Three } from './three.ts';

/** Whether proposed left an entry as base has it, byte for byte: then there is nothing to merge. */
export function leftAlone({ base: b, proposed: p }: MergeContext, base: Entry, proposed: Entry): boolean {
  const before = b.text.slice(base.leadStart, base.end);
  return before === p.text.slice(proposed.leadStart, proposed.end);
}

/** Merges an entry all three sides have. `inFlow`: current holds it between brackets. */
export function mergeEntry(context: MergeContext, at: Three<Entry>, path: Path, inFlow: boolean): void {
  if (leftAlone(context, at.base, at.proposed)) return;
  mergeLead(context, at, path, inFlow);
  mergeKey(context, at, path);
  mergeValue(context, at, path, inFlow);
}

function mergeLead(context: MergeContext, at: Three<Entry>, path: Path, inFlow: boolean): void {
  const { base, current, proposed } = at;
  const take = commentCell(base.lead, current.lead, proposed.lead);
  if (take === 'keep') return;
  if (take === 'take') {
    if (!current.compact && !inFlow) {
      const text = context.proposed.text;
      const lead = proposed.compact ? '' : text.slice(proposed.leadStart, lineStart(text, proposed.start));
      const line = lineStart(context.current.text, current.start);
      context.splice(
        current.leadStart,
        line,
        context.lines(lead, column(context.current.text, current.start)),
        path,
        1,
      );
      return;
    }
    if (spoken(proposed.lead) === spoken(current.lead)) return;
    if (!inFlow && !proposed.compact) {
      const there = context.proposed.text;
      const lead = there.slice(proposed.leadStart, lineStart(there, proposed.start));
      context.firstLeads.set(current, reindentLead(lead, column(context.current.text, current.start)));
      return;
    }
  }
  if (take === 'clash' && !inFlow && ![base, current, proposed].some(entry => entry.compact)) {
    const { text } = context.current;
    const line = lineStart(text, current.start);
    const leads = each(at, entry => entry.lead);
    const own = text.slice(current.leadStart, line);
    const merged = mergeComments(leads, own, column(text, current.start));
    if (merged !== null) return context.splice(current.leadStart, line, merged, path, 1);
  }
  context.clash('Comment', path, each(at, leadSpan), current.start);
}

function mergeKey(context: MergeContext, at: Three<Entry>, path: Path): void {
  const { base, current, proposed } = at;
  if (base.key === '') return;
  const [before, here, there] = [
    context.base.text.slice(base.start, base.keyEnd),
    context.current.text.slice(current.start, current.keyEnd),
    context.proposed.text.slice(proposed.start, proposed.keyEnd),
  ];
  if (cell(before, here, there) === 'take') context.splice(current.start, current.keyEnd, there, path);
}

/** The comment on the line of an entry. */
function mergeTail(context: MergeContext, at: Three<Entry>, path: Path, inFlow: boolean): void {
  const { base, current, proposed } = at;
  const take = cell(base.tail, current.tail, proposed.tail);
  if (take === 'keep') return;
  if (
    take === 'take' &&
    !inFlow &&
    (!current.node.block || isCollection(current.node)) &&
    !(current.node.block && current.node.entries[0]?.compact)
  ) {
    let text = '';
    if (proposed.tail !== '') {
      const own = context.current.text.slice(current.tailStart, current.tailEnd);
      const theirs = context.proposed.text.slice(proposed.tailStart, proposed.tailEnd);
      const gap = /^[ \t]+/.exec(current.tail === '' ? theirs : own)?.[0] ?? ' ';
      text = gap + proposed.tail;
    }
    const end = current.node.block ? context.current.text.indexOf('\n', current.tailStart) : current.tailEnd;
    context.splice(current.tailStart, end, text, path);
    return;
  }
  const span = (entry: Entry) => ({ start: entry.start, end: Math.max(entry.tailEnd, entry.start) });
  context.clash('Comment', path, each(at, span), current.start);
}

export function mergeValue(context: MergeContext, at: Three<Entry>, path: Path, inFlow: boolean): void {
  const { base, current, proposed } = at;
  const [b, c, p] = [base.node, current.node, proposed.node];
  if (isCollection(p) && b.kind === p.kind && c.kind === p.kind) {
    const props = cell(b.props, c.props, p.props);
    if (props === 'keep') {
      const bothChanged = b.value !== c.value && b.value !== p.value && c.value !== p.value;
      if (bothChanged && isOfItsOwn(p)) return context.clashValues('EditEdit', path, at);
      // `{}` that proposed opened into lines is opened as proposed wrote it.
      const opens = c.flow && p.block && c.entries.length === 0 && b.entries.length === 0;
      if (opens) return takeValue(context, at, path, inFlow);
      mergeTail(context, at, path, inFlow);
      if (p.flow !== b.flow && p.flow !== c.flow && c.entries.length > 0) {
        context.notice('style', path, 'proposed turned lines into brackets or back; current’s style is kept');
      }
      if (p.kind === 'map') mergeMap(context, at, path);
      else mergeList(context, at, path);
      return;
    }
    if (props === 'take' && c.full === b.full) return takeValue(context, at, path, inFlow);
    context.clashValues('Anchor', path, at);
    return;
  }
  const take = leafCell(context, b, c, p);
  if (take === 'take') return takeValue(context, at, path, inFlow);
  if (take === 'clash' && !mergeStrings(context, at, path)) {
    const kind =
      b.value === p.value || b.value === c.value ? 'Comment' : c.kind === p.kind ? 'EditEdit' : 'TypeChange';
    context.clashValues(kind, path, at);
  }
  mergeTail(context, at, path, inFlow);
}

/** Whether a tag makes something else of a map than a map, which is then one value. */
function isOfItsOwn({ kind, props }: Node): boolean {
  const tag = props.split(' ').find(part => part.startsWith('!')) ?? '!';
  return kind === 'map' && !/^!(?:!(?:map|seq)|<tag:yaml\.org,2002:(?:map|seq)>)?$/.test(tag);
}

function leafCell(context: MergeContext, b: Node, c: Node, p: Node): Take {
  const [before, here, there] = [
    spelling(context.base.text, b),
    spelling(context.current.text, c),
    spelling(context.proposed.text, p),
  ];
  const kinds = (x: Node, y: Node) => x.kind === y.kind && x.props === y.props;
  if (there === before && kinds(b, p)) return 'keep';
  if (there === here && kinds(c, p)) return 'keep';
  if (here === before && kinds(b, c)) return 'take';
  return cell(b.full, c.full, p.full);
}

/** Two sides changed different lines of one text. */
function mergeStrings(context: MergeContext, at: Three<Entry>, path: Path): boolean {
  const [b, c, p] = [at.base.node, at.current.node, at.proposed.node];
  if (b.string === null || c.string === null || p.string === null || c.props !== p.props) return false;
  if (!c.block || !p.block) return false;
  const here = context.current.text.slice(c.start, c.end);
  const header = here.slice(0, here.indexOf('\n'));
  if (!/^\|[+-]?$/.test(header.trim())) return false;
  const heads = [context.base.text.slice(b.start, b.end), context.proposed.text.slice(p.start, p.end)];
  if (heads.some(text => text.slice(0, text.indexOf('\n')).trim() !== header.trim())) return false;
  const merged = mergeLines(b.string, c.string, p.string);
  if (merged === null || merged.trim() === '' || /^\s/.test(merged)) return false;
  const indent = /\n+( +)/.exec(here)?.[1];
  if (indent === undefined) return false;
  const body = merged.replace(/\n+$/, '').replace(/^(?=.)/gm, indent);
  const trailing = /\n*$/.exec(here)![0];
  context.splice(c.start, c.end, `${header}\n${body}${header.includes('+') ? '' : trailing}`, path);
  return true;
}

/** Puts proposed's value where current's is. Current says there what base said. */
export function takeValue(context: MergeContext, at: Three<Entry>, path: Path, inFlow: boolean): void {
  const { base, current, proposed } = at;
  const [c, p] = [current.node, proposed.node];
  const { text } = context.current;
  if (current.comma !== undefined) return takeBetween(context, at, path, current.comma);
  if (context.current.flat && !c.block && !c.flow && !p.flow) {
    context.splice(c.start, c.end, context.proposed.text.slice(p.start, p.end), path);
    return mergeTail(context, at, path, inFlow);
  }
  const fail = () => context.clashValues('Comment', path, at);
  if (inFlow) {
    const own = proposed.compact && !p.block && proposed.leadStart === proposed.start;
    const value =
      own && p.flow ? inlineText(context.current, c.start, context.proposed, p) : flowSafe(context, proposed);
    if (value === null || proposed.tail !== base.tail) return fail();
    const space = c.end === c.start && text[c.start - 1] === ':' && value !== '' ? ' ' : '';
    context.splice(c.start, c.end, space + value, path);
    return;
  }
  if (!c.block && !p.block) {
    if (p.end === p.start) context.splice(current.colon, c.end, '', path);
    else {
      const value = inlineText(context.current, c.start, context.proposed, p);
      const space = c.end === c.start && /[-:]/.test(text[c.start - 1] ?? '') ? ' ' : '';
      context.splice(c.start, c.end, space + value, path);
    }
    mergeTail(context, at, path, inFlow);
    return;
  }
  const tail = cell(base.tail, current.tail, proposed.tail);
  const by = column(text, current.start) - column(context.proposed.text, proposed.start);
  const keepsTail = current.tail !== proposed.tail && tail === 'keep';
  if (tail === 'clash') return mergeTail(context, at, path, inFlow);
  if (keepsTail && p.block && !isCollection(p)) return fail();
  const fresh = keepsTail
    ? withTail(context, current, proposed, by)
    : afterColon(context.proposed, proposed, by, context.steps);
  context.splice(current.colon, current.end - 1, fresh, path);
}

/** The same where current's value stands between brackets on lines of its own. */
function takeBetween(context: MergeContext, at: Three<Entry>, path: Path, comma: Comma): void {
  const { base, current, proposed } = at;
  const [c, p] = [current.node, proposed.node];
  // The comment on a bracket's line would be a part of the value.
  const spoken = [base, current, proposed].some(({ tail }) => tail !== '');
  if (spoken && (c.block || p.block)) return context.clashValues('Comment', path, at);
  const value = context.proposed.text.slice(p.start, proposed.comma?.from ?? p.end);
  const [from, to] = [indentAt(context.proposed.text, p.start), indentAt(context.current.text, c.start)];
  const fresh = rebracket(value, from, to, context.proposed.unit, context.current.unit);
  context.splice(c.start, comma.from, fresh, path);
  if (!c.block) mergeTail(context, at, path, false);
}

/** Proposed's value with current's comment on its line. */
function withTail(context: MergeContext, current: Entry, proposed: Entry, by: number): string {
  const tail = context.current.text.slice(current.tailStart, current.tailEnd);
  const { text } = context.proposed;
  const spaced = tail === '' || /^\s/.test(tail) ? tail : ` ${tail}`;
  if (!proposed.node.block)
    return ` ${shift(text.slice(proposed.node.start, proposed.node.end), by)}${spaced}`;
  const line = text.indexOf('\n', proposed.colon);
  const head = text.slice(proposed.colon, proposed.tailStart);
  return `${head}${spaced}${moved(context.proposed, proposed, line, proposed.end - 1, by, context.steps)}`;
}

/** A scalar or node of proposed as it can stand between brackets. */
function flowSafe(context: MergeContext, proposed: Entry): string | null {
  const { node } = proposed;
  if (context.proposed.flat && node.block) return null;
  return node.end === node.start ? '' : flowValue(context.proposed.text, node);
}
