/** What a database says about itself, for a person who looks after Pawl. */
export interface StoreFacts {
  /** Such as `18.1`. */
  readonly serverVersion: string;
  readonly major: number;
  /** What Pawl signed in as. */
  readonly role: string;
  /** A superuser, or the owner of the schema: one that no grant holds back. */
  readonly roleIs: 'superuser' | 'owner' | 'restricted';
  /** The role may delete rows of saved versions without Pawl's functions. */
  readonly mayDeleteVersions: boolean;
  /** Settings that let the database forget what it acknowledged, such as `fsync`. */
  readonly unsafe: readonly string[];
  /** Of the whole database. */
  readonly sizeBytes: number;
  /** About: by the database's own statistics. */
  readonly versions: number;
  readonly connections: number;
  readonly maxConnections: number;
  /** ms since 1970, by the database's clock. */
  readonly nowMs: number;
}
