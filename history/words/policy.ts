/** The rules of a config namespace, for every change whatever the door. Data only. An absent rule has its default. */

/** What becomes of an edit whose base is not the latest version any more, and that merges. */
export type OnStale = 'Confirm' | 'Merge' | 'Reject';

export interface Policy {
  /** true: every change states its base. false: a request may leave it out, as an object always may. */
  readonly requireBaseVersion?: boolean;
  readonly requireGitCommit?: boolean;
  readonly allowDirty?: boolean;
  readonly onStale?: OnStale;
  /** What becomes of an edit without a stated base that takes back what another verified person saved. */
  readonly onTakeBack?: 'Confirm' | 'Save';
  readonly maxBodyBytes?: number;
}
