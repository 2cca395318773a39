/**
 * The schemas that a config's text is held against, and what they find. Data only, and such that it survives a
 * structured clone: texts are checked in a worker thread.
 */

/** One ConfigSchema that applies to a config. */
export interface AppliedSchema {
  /** Of the ConfigSchema. */
  readonly name: string;
  readonly enforcement: 'Refuse' | 'Warn';
  readonly set: SchemaSet;
}

/** A schema with all that it refers to. */
export interface SchemaSet {
  /** Of everything below; lower-case hex. */
  readonly sha256: string;
  /** Which of the documents is the schema. */
  readonly root: string;
  readonly documents: readonly SchemaDocument[];
}

export interface SchemaDocument {
  /** Of its ConfigSchema. */
  readonly name: string;
  /** What others refer to it by: its own `$id`, or one made of its name. */
  readonly id: string;
  /** As JSON. */
  readonly json: string;
}

/** One place of a text that does not satisfy a schema. It holds keys, and no values of the config. */
export interface Violation {
  /** Of the ConfigSchema. */
  readonly schema: string;
  /** JSON Pointer; of several YAML documents, the first step is which one. */
  readonly pointer: string;
  /** The same for people; '' for the whole text. */
  readonly path: string;
  /** From 1, in the text that was checked. */
  readonly line: number;
  readonly column: number;
  /** The keyword of JSON Schema. */
  readonly rule: string;
  /** What is allowed there. */
  readonly message: string;
}

/** What one schema says to one text. */
export type SchemaFinding =
  | {
      readonly kind: 'violated';
      readonly schema: string;
      readonly enforcement: AppliedSchema['enforcement'];
      /** At least one, in the order of the text. */
      readonly violations: readonly Violation[];
      /** How many more there are. */
      readonly more: number;
    }
  /** Checking takes too much time or memory. */
  | {
      readonly kind: 'unfinished';
      readonly schema: string;
      readonly enforcement: AppliedSchema['enforcement'];
      readonly why: string;
    };

/** Whether a schema can be used at all. */
export type SchemaVerdict = { readonly ok: true } | { readonly ok: false; readonly why: string };
