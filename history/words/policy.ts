/** The rules of a config namespace, for every change at every door. An absent rule has its default. */

/** How to treat an edit that merges, but whose base is not the latest version any more. */
export type OnStale = 'Confirm' | 'Merge' | 'Reject';

export interface Policy {
  /** true: every change states its base. false: a request may leave it out, as an object always may. */
  readonly requireBaseVersion?: boolean;
  readonly requireGitCommit?: boolean;
  readonly allowDirty?: boolean;
  readonly onStale?: OnStale;
  /** How to treat an edit without a stated base that takes back what another verified person saved. */
  readonly onTakeBack?: 'Confirm' | 'Save';
  readonly maxBodyBytes?: number;
  /** Of the whole config namespace, by the days of UTC. */
  readonly maxVersionsPerDay?: number;
  /** Of the texts of all versions in the config namespace. */
  readonly maxBytes?: number;
  /** Whether a Kubernetes namespace that was deleted and made again has what its name had. */
  readonly namespaceReuse?: 'Allow' | 'Close';
}

/** How much a config namespace may hold, or be given. */
export interface Quota {
  readonly namespace: string;
  /** null: any number. */
  readonly versionsPerDay: number | null;
  /** null: any number. */
  readonly bytes: number | null;
}
