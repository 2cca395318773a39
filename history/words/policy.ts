/** The rules of a config namespace, for every change at every door. Data only. An absent rule has its default. */

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
}
