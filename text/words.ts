/**
 * Other people's text within our sentences: who made a version, and their comment on it. Every condition, Event,
 * problem and line of a terminal takes them from here. Invariant: what comes out is one line, and nothing in it moves a
 * cursor, ends a line or turns the direction of writing.
 */

/** What an author may be named: a line without control characters. Source for the CRD's pattern. */
export const authorPattern = '^[^\\p{Cc}\\p{Zl}\\p{Zp}]*$';

/** What a comment may hold: lines, too, but no other control characters. Source for the CRD's pattern. */
export const commentPattern = '^[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]*$';

/** Control characters, line ends of any kind, marks that turn the direction of writing, half surrogates. */
const unsayable = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Makes such characters visible: ESC becomes `\u{1b}`. */
export function visible(text: string): string {
  return text.replace(unsayable, found => `\\u{${found.codePointAt(0)!.toString(16)}}`);
}

/** The first line of a comment, at most 80 characters of it. */
export function firstLine(text: string): string {
  const line = visible(text.split(/[\n\r]/, 1)[0]!);
  return line.length > 80 ? `${[...line.slice(0, 80)].slice(0, 79).join('')}…` : line;
}

export interface Person {
  /** The claimed author; empty: none is claimed. */
  readonly author: string;
  /** Who made the request, and whether the API server vouches for that. */
  readonly actor: { readonly name: string; readonly verified: boolean };
}

/** Who made a version: the author it claims, with the verified actor beside it where that is another name. */
export function personOf({ author, actor }: Person): string {
  const [claimed, made] = [visible(author), visible(actor.name)];
  if (claimed && actor.verified && made !== claimed) return `${claimed} (${made})`;
  if (claimed) return claimed;
  if (actor.verified) return made;
  return made ? `somebody using ${made}` : 'somebody unnamed';
}
