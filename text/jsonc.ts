/**
 * JSON with comments and commas before closing brackets, as tsconfig and VS Code have it. Invariant: what is left when
 * both are blanked out is JSON of the same length, so a refusal points where the text is wrong.
 */
import { BodyFault } from './body-problem.ts';

export interface WithoutComments {
  /** The text without comments and trailing commas, each character of them a blank. */
  readonly json: string;
  /** Each comment, without blanks at the end. */
  readonly comments: readonly string[];
}

const string = /"(?:[^"\\\n]+|\\.)*"?/y;
const other = /[^"/,[\]{}\s]+/y;

/** @throws BodyFault where a comment is never closed */
export function withoutComments(text: string): WithoutComments {
  const parts: string[] = [];
  const comments: string[] = [];
  let copied = 0;
  const blank = (from: number, to: number) => {
    parts.push(text.slice(copied, from), text.slice(from, to).replace(/[^\r\n]/g, ' '));
    copied = to;
  };
  /** The last two things that are neither blank nor comment, and where the last stands. */
  let [before, last, lastAt] = ['', '', -1];
  const pending: { readonly from: number; readonly to: number }[] = [];
  const flush = () => {
    for (const { from, to } of pending.splice(0)) blank(from, to);
  };
  for (let at = 0; at < text.length; ) {
    const unit = text[at]!;
    if (unit === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      const end = endOfComment(text, at);
      comments.push(text.slice(at, end).trimEnd());
      pending.push({ from: at, to: end });
      at = end;
      continue;
    }
    if (/\s/.test(unit)) {
      at += 1;
      continue;
    }
    if ((unit === '}' || unit === ']') && last === ',' && !['', ',', '[', '{', ':'].includes(before))
      blank(lastAt, lastAt + 1);
    flush();
    const pattern = unit === '"' ? string : other;
    pattern.lastIndex = at;
    [before, last, lastAt] = [last, unit, at];
    at = pattern.test(text) ? pattern.lastIndex : at + 1;
  }
  flush();
  parts.push(text.slice(copied));
  return { json: parts.join(''), comments };
}

function endOfComment(text: string, at: number): number {
  if (text[at + 1] === '/') {
    const end = text.slice(at).search(/\r?\n/);
    return end === -1 ? text.length : at + end;
  }
  const end = text.indexOf('*/', at + 2);
  if (end === -1) throw new BodyFault('Syntax', at, 'this comment is never closed; close it with */');
  return end + 2;
}
