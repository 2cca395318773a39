/**
 * Commits of a Git history on their way to become versions: as they are asked for, decided, stored and answered. Data
 * only, as in model.ts.
 */
import type { Body, Format } from '../../text/format.ts';
import type { Actor, AuthoredAt, ConfigId, GitOrigin, Version } from './model.ts';
import type { Quota } from './policy.ts';

/** One config's text in one commit. */
export interface CommitToImport {
  readonly config: ConfigId;
  /** null: the config's own; for a new config, the one its path's extension names. */
  readonly format: Format | null;
  readonly text: string;
  readonly author: string;
  readonly authored: AuthoredAt;
  readonly comment: string;
  readonly git: GitOrigin & { readonly commit: string };
  /** The latest version, which the first new one of the config goes after; 0n: there is none. */
  readonly after: Version;
  /** Lower-case hex SHA-256 of the text that the commit changed; null: not stated. */
  readonly parentSha256: string | null;
}

/** Accepted, and in the order of the commits. */
export interface VersionToImport {
  readonly config: ConfigId;
  readonly expectedHead: Version;
  readonly body: Body;
  readonly format: Format;
  readonly author: string;
  readonly authored: AuthoredAt;
  readonly comment: string;
  readonly git: GitOrigin;
}

export interface SaveImport {
  readonly namespace: string;
  readonly versions: readonly VersionToImport[];
  readonly actor: Actor;
  readonly quota: Quota | null;
}

/** `known`: an earlier call did it. */
export interface ImportedVersion {
  readonly version: Version;
  readonly known: boolean;
}
