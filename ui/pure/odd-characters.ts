/**
 * Texts and names as they are, with what cannot be seen made visible: controls, terminal escapes, and characters that
 * turn the direction of writing. Invariant: the parts put together are the text, and no part without a mark holds such a
 * character.
 */
export interface Part {
  readonly text: string;
  /** What it is, for people; null: it can be seen. */
  readonly mark: { readonly code: string; readonly name: string } | null;
}

const names: ReadonlyMap<number, string> = new Map([
  [0x00, 'null'],
  [0x07, 'bell'],
  [0x08, 'backspace'],
  [0x1b, 'escape'],
  [0x7f, 'delete'],
  [0xa0, 'no-break space'],
  [0xad, 'soft hyphen'],
  [0x061c, 'Arabic letter mark'],
  [0x200b, 'zero-width space'],
  [0x200c, 'zero-width non-joiner'],
  [0x200d, 'zero-width joiner'],
  [0x200e, 'left-to-right mark'],
  [0x200f, 'right-to-left mark'],
  [0x2028, 'line separator'],
  [0x2029, 'paragraph separator'],
  [0x202a, 'left-to-right embedding'],
  [0x202b, 'right-to-left embedding'],
  [0x202c, 'end of a direction'],
  [0x202d, 'left-to-right override'],
  [0x202e, 'right-to-left override'],
  [0x2060, 'word joiner'],
  [0x2066, 'left-to-right isolate'],
  [0x2067, 'right-to-left isolate'],
  [0x2068, 'first-strong isolate'],
  [0x2069, 'end of an isolate'],
  [0xfeff, 'byte order mark'],
]);

// Tabs and line ends are layout, not marks.
const odd =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]|\r(?!\n)|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(odd)) {
    if (index > at) parts.push({ text: text.slice(at, index), mark: null });
    const point = found.charCodeAt(0);
    const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
    parts.push({ text: found, mark: { code, name: names.get(point) ?? 'control character' } });
    at = index + found.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), mark: null });
  return parts;
}

export const hasOdd = (text: string): boolean => text.search(odd) >= 0;
