/** What is asked of the store to show several configs at once, and how it answers: all of it as of one moment. */
import type { Format } from '../../text/format.ts';
import type { ConfigId, Version } from './model.ts';

export interface ProjectionLook {
  /** `version` null: the latest. */
  readonly configs: readonly { readonly config: ConfigId; readonly version: Version | null }[];
  /** Every config at the prefix or below it, by whole segments; an empty prefix: every config of the namespace. */
  readonly folders: readonly { readonly namespace: string; readonly prefix: string }[];
  /** Answers at most, one config each; that many mean that there may be more. */
  readonly most: number;
  /** Texts are read only where all together have at most this many bytes; 0: none. */
  readonly maxTextBytes: number;
}

/** A version as a projection shows it. */
export interface ProjectedVersion {
  readonly config: ConfigId;
  readonly format: Format;
  readonly version: Version;
  /** Lower-case hex SHA-256 of its text. */
  readonly sha256: string;
  /** Of its text, in UTF-8. */
  readonly bytes: number;
  /** null: not read. */
  readonly text: string | null;
}

export interface ProjectionView {
  /** For each of `configs`, in their order; fewer where there were more than `most`. */
  readonly configs: readonly {
    /** null: there is no such version. */
    readonly shown: ProjectedVersion | null;
    /** null: there is no such config. */
    readonly head: Version | null;
  }[];
  /** For each of `folders`, in the order of paths. */
  readonly folders: readonly (readonly ProjectedVersion[])[];
  /** Whether there are more than `most`. */
  readonly isCut: boolean;
}
