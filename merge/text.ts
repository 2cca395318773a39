/**
 * Makes the text that is put into current out of proposed's own text. Invariant: it moves and re-indents what a
 * person wrote, and falls back to writing a value itself only where a style cannot stand where it must go;
 * whatever it cannot carry over (a comment into brackets) it answers with null.
 */
import { column, type Entry, type Node, type Tree } from './node.ts';
import { lineStart } from './source.ts';
import { moved, type Steps } from './steps.ts';

/** Moves every line but the first by `by` columns. */
export function shift(text: string, by: number): string {
  if (by === 0 || !text.includes('\n')) return text;
  const pad = ' '.repeat(Math.max(0, by));
  return text.replace(/\n( *)(?=[^\n])/g, (_, spaces: string) =>
    by > 0 ? `\n${pad}${spaces}` : `\n${spaces.slice(Math.min(-by, spaces.length))}`,
  );
}

/** The white space the line holding `offset` begins with, up to `offset`. */
export function indentAt(text: string, offset: number): string {
  const from = lineStart(text, offset);
  return /^[ \t]*/.exec(text.slice(from, offset))![0];
}

/** Re-indents JSON and bracketed text: from the line it starts on there to the line it starts on here. */
export function rebracket(text: string, from: string, to: string, fromUnit: string, toUnit: string): string {
  if (!text.includes('\n') || (from === to && fromUnit === toUnit)) return text;
  return text.replace(/\n([ \t]*)(?=[^\n])/g, (_, spaces: string) => {
    if (!spaces.startsWith(from)) return `\n${spaces}`;
    const rest = spaces.slice(from.length);
    const levels = rest.length / fromUnit.length;
    const whole = Number.isInteger(levels) && rest === fromUnit.repeat(levels);
    return `\n${to}${whole ? toUnit.repeat(levels) : rest}`;
  });
}

/** Proposed's slice of a value that stands on its key's line, for a place in current at `offset`. */
export function inlineText(current: Tree, offset: number, proposed: Tree, node: Node): string {
  const text = proposed.text.slice(node.start, node.end);
  if (!text.includes('\n') || (current.flat && !node.flow)) return text;
  if (node.flow) {
    return rebracket(
      text,
      indentAt(proposed.text, node.start),
      indentAt(current.text, offset),
      proposed.unit,
      current.unit,
    );
  }
  return shift(
    text,
    column(current.text, lineStart(current.text, offset)) +
      indentAt(current.text, offset).length -
      indentAt(proposed.text, node.start).length,
  );
}

/** Everything of an entry after its colon or dash, without the last line end. */
export function afterColon(proposed: Tree, entry: Entry, by: number, steps: Steps): string {
  const { text } = proposed;
  if (text[entry.end - 1] === '\n' && entry.end > entry.node.end)
    return moved(proposed, entry, entry.colon, entry.end - 1, by, steps);
  const value = text.slice(entry.node.start, entry.node.end);
  return value === '' ? '' : ` ${shift(value, by)}`;
}

/** An entry as whole lines at `indent`, leading comments included. */
export function blockLines(
  proposed: Tree,
  entry: Entry,
  isItem: boolean,
  inFlow: boolean,
  indent: number,
  steps: Steps,
): string {
  const { text } = proposed;
  if (proposed.flat && !inFlow) return text.slice(entry.leadStart, entry.end);
  const pad = ' '.repeat(indent);
  if (inFlow) {
    const value = text.slice(entry.node.start, entry.node.end);
    const shifted = rebracket(value, indentAt(text, entry.start), pad, proposed.unit, proposed.unit);
    if (isItem) return `${pad}- ${shifted}\n`;
    const key = text.slice(entry.start, entry.keyEnd);
    return value === '' ? `${pad}${key}:\n` : `${pad}${key}: ${shifted}\n`;
  }
  const by = indent - column(text, entry.start);
  const line = lineStart(text, entry.start);
  const lead = entry.compact ? '' : text.slice(entry.leadStart, line);
  const body = `${pad}${moved(proposed, entry, entry.start, entry.end - 1, by, steps)}\n`;
  return reindentLead(lead, indent) + body;
}

/** Comment lines put at one column; blank lines stay blank. */
export function reindentLead(lead: string, indent: number): string {
  const pad = ' '.repeat(indent);
  return lead.replace(/^[ \t]*(?=\S)/gm, pad);
}

/** An entry for a place between brackets on a line indented by `indent`; null when it cannot stand there. */
export function flowText(
  indent: string,
  unit: string,
  proposed: Tree,
  entry: Entry,
  isItem: boolean,
  inFlow: boolean,
): string | null {
  if (inFlow) {
    const text = proposed.text.slice(entry.start, entry.end);
    return rebracket(text, indentAt(proposed.text, entry.start), indent, proposed.unit, unit);
  }
  if (proposed.flat || entry.lead.includes('#') || entry.tail !== '') return null;
  const value = flowValue(proposed.text, entry.node);
  if (value === null || isItem) return value;
  const key = proposed.text.slice(entry.start, entry.keyEnd);
  if (/^[^"'].*[,[\]{}]/.test(key)) return null;
  return `${key}: ${value}`;
}

/** A value written inside brackets on one line; null when a comment or an odd node would be lost. */
export function flowValue(text: string, node: Node): string | null {
  const bare = bareFlowValue(text, node);
  return bare === null || node.props === '' ? bare : `${node.props} ${bare}`;
}

function bareFlowValue(text: string, node: Node): string | null {
  if (node.flow) return text.slice(node.valueStart, node.end);
  if (node.kind === 'alias') return text.slice(node.valueStart, node.end);
  if (node.kind === 'opaque') return null;
  if (node.kind === 'scalar') {
    const source = text.slice(node.valueStart, node.end);
    const quoted = /^["']/.test(source);
    if (node.block || (!quoted && /[,[\]{}]|\n/.test(source))) {
      return node.string === null ? null : JSON.stringify(node.string);
    }
    return source === '' ? 'null' : source.replace(/\n\s*/g, quoted ? '$&' : ' ');
  }
  if (node.foot.includes('#')) return null;
  const parts: string[] = [];
  for (const entry of node.entries) {
    if (entry.lead.includes('#') || entry.tail !== '') return null;
    const value = flowValue(text, entry.node);
    const key = text.slice(entry.start, entry.keyEnd);
    if (value === null || (node.kind === 'map' && /^[^"'].*[,[\]{}]/.test(key))) return null;
    parts.push(node.kind === 'map' ? `${key}: ${value}` : value);
  }
  return node.kind === 'map' ? `{${parts.join(', ')}}` : `[${parts.join(', ')}]`;
}
