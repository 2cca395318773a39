/**
 * What a config's text is: its format, which it keeps for life, and the text as its reader vouches for it. What each
 * format is stands in formats.ts. Invariant: the list of names and the type have the same members.
 */

export type Format = 'yaml' | 'json';

const named: Readonly<Record<Format, true>> = { yaml: true, json: true };
export const formatNames: readonly Format[] = Object.keys(named) as Format[];

/** A validated text, ready to be saved. */
export interface Body {
  /** The proposal's text, byte for byte. */
  readonly text: string;
  readonly sha256: string;
  /**
   * The parsed value as JSON text for a jsonb column. Built from the source's own number lexemes, never
   * through a JavaScript number. Several YAML documents become one array.
   */
  readonly json: string;
  /** Number of documents in the text; 1 for JSON. */
  readonly documents: number;
}
