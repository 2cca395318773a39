/**
 * Every reason a condition of a ConfigVersion can carry, each with what it means. The set is closed: a
 * reason that is not here does not compile, and docs/configversion.md says what to do about each.
 */
export const Reason = {
  /** The proposal became a version of its own. */
  Saved: 'Saved',
  /** The proposal was carried onto a newer version and the result was saved. */
  Merged: 'Merged',
  /** The text was there already; no version was made. */
  Unchanged: 'Unchanged',
  /** A later version exists; this object is history. */
  Superseded: 'Superseded',
  /** The text is accepted, and the programs for its format do not read every line of it alike. */
  ReadDifferently: 'ReadDifferently',

  /** The base is not the latest version any more and the edit cannot be carried over by itself. */
  VersionConflict: 'VersionConflict',
  /** The edit merges cleanly; its author asked to see the result before it is saved. */
  ConfirmationRequired: 'ConfirmationRequired',
  /** The config exists and nothing says which version the text was edited from. */
  BaseVersionRequired: 'BaseVersionRequired',
  /** The stated base is higher than the latest version. */
  BaseVersionAhead: 'BaseVersionAhead',
  /** The stated base does not exist (any more). */
  BaseVersionGone: 'BaseVersionGone',
  /** baseVersion is 0, "must not exist yet", but the config exists. */
  AlreadyExists: 'AlreadyExists',
  /** The text is not what its format says, or holds something that cannot be stored. */
  InvalidBody: 'InvalidBody',
  /** The config has the other format, for life. */
  FormatMismatch: 'FormatMismatch',
  /** The text does not satisfy the config's schema. */
  SchemaViolation: 'SchemaViolation',
  /** The text brings in what looks like a secret, and the config namespace takes none. */
  SecretFound: 'SecretFound',
  /** This Kubernetes namespace may not write that config. */
  PathNotAllowed: 'PathNotAllowed',
  /** The config namespace does not exist. */
  NamespaceNotFound: 'NamespaceNotFound',
  /** A ConfigMap of that name exists and is not ours. */
  TargetNotOwned: 'TargetNotOwned',
  /** The API server refuses the ConfigMap as asked for. */
  TargetRejected: 'TargetRejected',
  /** The ConfigMap was not kept as Pawl wrote it: an admission policy or webhook changes it. */
  TargetAltered: 'TargetAltered',
  /**
   * Somebody else changes the ConfigMap as soon as it is put back, so Pawl waits longer each time before it does so.
   */
  DriftStorm: 'DriftStorm',
  /** The latest text cannot be shown in the format asked for. */
  NotRenderable: 'NotRenderable',
  /** The text is larger than a ConfigMap can be. */
  BodyTooLarge: 'BodyTooLarge',
  /** Policy requires a Git commit and the proposal names none. */
  MissingGitCommit: 'MissingGitCommit',
  /** The config namespace's quota of versions a day, or of bytes, is used up. */
  QuotaExceeded: 'QuotaExceeded',
  /** The config is frozen: changes wait until the freeze ends. */
  Frozen: 'Frozen',
  /** The config is protected: somebody else has to approve exactly this change before it is saved. */
  ApprovalRequired: 'ApprovalRequired',

  /** PostgreSQL does not answer. Passes by itself. */
  StoreUnavailable: 'StoreUnavailable',
  /** The API server does not answer. Passes by itself. */
  ApiUnavailable: 'ApiUnavailable',
  /** At work. */
  Progressing: 'Progressing',
  /** spec.suspend is true; nothing is done until it is false again. */
  Suspended: 'Suspended',
} as const;

export type Reason = (typeof Reason)[keyof typeof Reason];
