/** What a config's text is: its format, which it keeps for life, and the text as its reader vouches for it. */

export type Format = 'json' | 'yaml';

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
