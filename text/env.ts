/**
 * Env files: what Docker Compose and systemd's EnvironmentFile both read. Invariant: what only one of them can read is
 * refused; what both read, to different values, is read as Compose does without its variables, and noted.
 *
 * - Both: `NAME=value`, blanks around `=`, `#` lines, 'literal', "with \" \\ \$ escapes", quoted texts of several lines.
 * - Compose only, noted: `export NAME=…`, a name alone (its value comes from outside), ` # note` after a bare value,
 *   `$NAME` in bare and double-quoted values, `\n` and the like in double quotes. systemd takes a backslash out of a
 *   bare value, and one at its end joins the next line; Compose keeps it.
 */
import { BodyFault, nameKey } from './body-problem.ts';
import type { Keyed, KeyedText } from './keyed.ts';

export interface Note {
  /** UTF-16 offset of the variable. */
  readonly at: number;
  readonly message: string;
}

interface Reading {
  readonly entries: Keyed[];
  readonly comments: string[];
  readonly notes: Note[];
}

/** @throws BodyFault */
export function readEnv(text: string): KeyedText & { readonly notes: readonly Note[] } {
  const reading: Reading = { entries: [], comments: [], notes: [] };
  const start = text.startsWith('\ufeff') ? 1 : 0;
  for (let at = start; at < text.length; ) at = readLine(text, at, reading);
  const { entries, comments, notes } = reading;
  return { sections: [{ name: null, at: 0, entries }], comments, notes };
}

/** Where the line that holds `at` ends, before its line end. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  if (end === -1) return text.length;
  return text[end - 1] === '\r' && end > at ? end - 1 : end;
}

function afterLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

const assignment = /[ \t]*(export[ \t]+)?([^\s=:#;'"]*)[ \t]*/y;

function readLine(text: string, start: number, reading: Reading): number {
  const end = endOfLine(text, start);
  const line = text.slice(start, end).trim();
  if (line === '') return afterLine(text, start);
  if (line.startsWith('#')) {
    reading.comments.push(line);
    return afterLine(text, start);
  }
  if (line.startsWith(';'))
    throw fault(text, start, 'Compose does not read `;` lines; begin comments with #');
  assignment.lastIndex = start;
  const [lead = '', exported, name = ''] = assignment.exec(text) ?? [];
  const nameAt = start + lead.indexOf(name, exported === undefined ? 0 : lead.indexOf(exported) + 1);
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name))
    throw fault(text, start, 'a variable is NAME=value; NAME is letters, digits and _');
  // A value of many such characters is noted once.
  const told = new Set<string>();
  const note = (message: string) => {
    if (!told.has(message)) reading.notes.push({ at: nameAt, message: `${name}: ${message}` });
    told.add(message);
  };
  if (exported !== undefined) note('systemd ignores lines that begin with `export`');
  if (!/^[A-Za-z0-9_]+$/.test(name)) note('systemd ignores names with `.` or `-`');
  const at = start + lead.length;
  if (text[at] !== '=') {
    if (at < end) throw fault(text, at, `after ${nameKey(name)}, write = and its value`);
    note('has no value here; Compose takes it from its own environment, systemd ignores it');
    reading.entries.push({ key: name, at: nameAt, value: null });
    return afterLine(text, start);
  }
  let from = at + 1;
  while (text[from] === ' ' || text[from] === '\t') from += 1;
  const quote = text[from];
  const read =
    quote === '"' || quote === "'"
      ? quoted(text, from, quote, note)
      : bare(text.slice(from, end), from, note);
  reading.entries.push({ key: name, at: nameAt, value: read.value });
  const rest = text.slice(read.end, endOfLine(text, read.end)).trim();
  if (rest.startsWith('#')) {
    reading.comments.push(rest);
    note('systemd takes the comment on its line for a part of the value');
  } else if (rest !== '')
    throw fault(text, read.end, 'text after the closing quote; put it inside of the quotes');
  return afterLine(text, read.end);
}

interface Value {
  readonly value: string;
  readonly end: number;
}

type Tell = (message: string) => void;

function bare(text: string, at: number, note: Tell): Value {
  const comment = /(?:^|[ \t])#/.exec(text);
  const value = (comment === null ? text : text.slice(0, comment.index)).trimEnd();
  if (value.includes('\\'))
    note('systemd takes backslashes out of a value without quotes; use single quotes');
  if (value.includes('$')) note('Compose replaces $NAME in a value without quotes; use single quotes');
  return { value, end: at + value.length };
}

const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', b: '\b', v: '\v' };

function quoted(text: string, start: number, quote: string, note: Tell): Value {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const unit = text[at]!;
    if (unit === quote) return { value, end: at + 1 };
    if (unit === '$' && quote === '"') note('Compose replaces $NAME in double quotes; use single quotes');
    if (unit !== '\\') {
      value += unit;
      continue;
    }
    const next = text[at + 1] ?? '';
    if (quote === "'") {
      if (next === "'")
        throw fault(text, at, "a backslash before the closing ' is not read alike; use double quotes");
      value += unit;
      continue;
    }
    at += 1;
    if (next === '"' || next === '\\' || next === '$') value += next;
    else {
      note(`systemd and Compose do not read \\${next} in double quotes alike`);
      value += named[next] ?? `\\${next}`;
    }
  }
  throw fault(text, start, 'this quote is never closed; close it');
}

function fault(text: string, at: number, message: string): BodyFault {
  let from = at;
  while (text[from] === ' ' || text[from] === '\t') from += 1;
  return new BodyFault('Syntax', from, message);
}
