/**
 * What a config's text is: its format, which it keeps for life, and the text as its reader vouches for it. How each
 * format is read stands in formats.ts; this file needs no reader, so the web page can use it. Invariant: the table of
 * extensions and the type have the same members.
 */

export type Format = 'yaml' | 'json' | 'jsonc' | 'properties' | 'env' | 'ini' | 'toml' | 'text';

/** What the names of its files end in: lower case, with the dot, the usual one first. */
export const extensionsOf: Readonly<Record<Format, readonly [string, ...string[]]>> = {
  yaml: ['.yaml', '.yml'],
  json: ['.json'],
  jsonc: ['.jsonc'],
  properties: ['.properties'],
  env: ['.env'],
  ini: ['.ini'],
  toml: ['.toml'],
  text: ['.txt'],
};

const known = Object.entries(extensionsOf) as [Format, readonly string[]][];
export const formatNames: readonly Format[] = known.map(([format]) => format);

const byExtension = new Map(
  known.flatMap(([format, extensions]) => extensions.map(extension => [extension, format] as const)),
);

/** By the extension, in upper or lower case; null: it names no format. */
export function formatOfPath(path: string): Format | null {
  const dot = path.lastIndexOf('.');
  return dot === -1 ? null : (byExtension.get(path.slice(dot).toLowerCase()) ?? null);
}

/** Format of a new config whose format nobody states: what no extension names is lines of text. */
export const formatOfNew = (path: string): Format => formatOfPath(path) ?? 'text';

/** `.yaml .yml .json` and so on. */
export const formatExtensions: readonly string[] = [...byExtension.keys()];

/** A validated text, ready to be saved. */
export interface Body {
  /** The proposal's text, byte for byte. */
  readonly text: string;
  readonly sha256: string;
  /**
   * The parsed value as JSON text for a jsonb column. Built from the source's own number lexemes, never
   * through a JavaScript number. Several YAML documents become one array. Plain text has no value: null.
   */
  readonly json: string;
  /** Number of documents in the text; 1 for all formats but YAML. */
  readonly documents: number;
}
