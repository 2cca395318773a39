/** The hash chain over the versions of a config, as its readers get it. Data only. */
import type { Format } from '../../text/format.ts';
import type { Actor, ConfigId, Version, VersionKind } from './model.ts';

/** One number of a config: its link, and the version that is under that number now. One of the two is there. */
export interface LinkRecord {
  readonly config: ConfigId;
  readonly version: Version;
  readonly link: VersionLink | null;
  readonly facts: LinkedFacts | null;
  /** Of a version that was deleted since it was linked. */
  readonly gone: GoneVersion | null;
  /** The config had versions before there were links, and none of them was linked yet. */
  readonly waits: boolean;
}

export interface VersionLink {
  /** Hexadecimal, as `hints`. */
  readonly sha256: string;
  readonly hints: string;
  /** Of a version saved before there were links: when it was linked. */
  readonly lateAt: Date | null;
}

/** What the link of a version is calculated from, beside its place: as it is in the database now. */
export interface LinkedFacts {
  readonly format: Format;
  /** Calculated from the text when it was read. */
  readonly sha256: string;
  readonly author: string;
  readonly actor: Actor;
  readonly confirmedBy: string | null;
  readonly kind: VersionKind;
  readonly baseVersion: Version | null;
  readonly mergedOnto: Version | null;
  readonly comment: string;
  readonly git: {
    readonly commit: string | null;
    readonly branch: string | null;
    readonly dirty: boolean | null;
    readonly remote: string | null;
    readonly path: string | null;
  };
  /** With microseconds, which a Date has not. */
  readonly createdAt: string;
  readonly authored: { readonly at: string; readonly offsetMinutes: number } | null;
}

export interface GoneVersion {
  readonly at: Date;
  /** null: nobody said for whom, as when it was done past Pawl. */
  readonly by: Actor | null;
  /** Of a purge. */
  readonly reason: string | null;
  /** The role that was logged in to the database. */
  readonly login: string;
}
