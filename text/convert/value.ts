/**
 * A parsed config on its way into another format. Invariant: nothing in it ever was a JavaScript number or the
 * property of an object, so digits and keys such as `__proto__` come out as they went in.
 */
import { type Path, readable, root } from '../path.ts';

export type Scalar =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly text: 'true' | 'false' }
  /** As RFC 8259 spells it, of any size; `spelled` is the source's spelling where that is another one. */
  | { readonly kind: 'number'; readonly text: string; readonly spelled?: string }
  | { readonly kind: 'notFinite'; readonly text: '.inf' | '-.inf' | '.nan' }
  | { readonly kind: 'string'; readonly text: string };

export interface MapEntry {
  /** Not a string where YAML has a number, a boolean or null as the key. */
  readonly key: Scalar;
  /** The key as text; unique in its map. */
  readonly name: string;
  readonly value: Value;
}

export type Value =
  | Scalar
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'map'; readonly entries: readonly MapEntry[] };

export const nothing: Scalar = { kind: 'null' };

/** What has no text of its own in a flat format: null, an empty list, an empty map. */
export function isEmpty(value: Value): boolean {
  if (value.kind === 'list') return value.items.length === 0;
  return value.kind === 'map' ? value.entries.length === 0 : value.kind === 'null';
}

/** A scalar's text as the source has it. */
export const scalarText = (scalar: Exclude<Scalar, { kind: 'null' }>): string =>
  (scalar.kind === 'number' ? scalar.spelled : undefined) ?? scalar.text;

/**
 * Whether readers of YAML 1.1 and of 1.2 take a number for different values: `0744` is octal to the one and decimal to
 * the other, `0o744` is text to the one and octal to the other.
 */
export function isDisputed(scalar: Scalar): boolean {
  if (scalar.kind !== 'number' || scalar.spelled === undefined) return false;
  if (scalar.spelled.startsWith('0o')) return true;
  const [, digits] = /^[-+]?0+([0-9]*)$/.exec(scalar.spelled) ?? [];
  return digits !== undefined && (digits.length > 1 || /[89]/.test(digits));
}

/** Thrown where a value cannot be said in a format, caught by convert; never leaves core. */
export class Unconvertible extends Error {
  readonly path: string;

  /** @param path null for the whole text */
  constructor(path: Path | null, message: string) {
    super(message);
    this.name = 'Unconvertible';
    this.path = showPath(path ?? root);
  }
}

/** A path as a message can carry it: one line, bounded. */
export function showPath(path: Path): string {
  const shown = readable(path).replace(unshowable, found => `\\u{${found.codePointAt(0)!.toString(16)}}`);
  return shown.length > 200 ? `${[...shown.slice(0, 200)].slice(0, -1).join('')}…` : shown;
}

/**
 * Characters that make kubectl print a whole text as one quoted line instead of a block, those that YAML 1.1
 * takes for line ends included. Formats with escapes escape them.
 */
export const unshowable = /[\0-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\u{10000}-\u{10ffff}]/gu;

/** `\u` escapes, one a UTF-16 unit, as JSON and Java read them. */
export function escapeUnits(text: string): string {
  let escaped = '';
  for (let at = 0; at < text.length; at += 1) {
    escaped += `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
