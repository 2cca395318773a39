/**
 * The ConfigProjection resource as the API server serves it. Spec and status come from the generated types; what is
 * added here are the names Kubernetes needs, the reasons, and the metadata Pawl keeps.
 */
import { Reason } from '../../history/words/reasons.ts';
import type { ConfigProjectionSchema } from './config-projection.gen.ts';

export const projectionKind = 'ConfigProjection';
export const projectionPlural = 'configprojections';

export type ConfigProjectionSpec = ConfigProjectionSchema['spec'];
export type ConfigProjectionStatus = NonNullable<ConfigProjectionSchema['status']>;
export type RolloutState = NonNullable<ConfigProjectionStatus['rollout']>;
export type ProjectedConfig = ConfigProjectionSpec['configs'][number];

/** With the value of status.rollout.goOnWith, somebody ends a step of a rollout. */
export const goOnAnnotation = 'pawl.dev/rollout-go-on';

/** Every reason a condition of a ConfigProjection can carry; docs/configprojection.md says what to do about each. */
export const ProjectionReason = {
  /** The target shows what is asked for. */
  Rendered: 'Rendered',
  /** The target shows what it did; what was saved since is shown by steps of the rollout. */
  RollingOut: 'RollingOut',
  /** A workload of a step is unhealthy with what was saved. */
  RolloutHalted: 'RolloutHalted',

  /** A config that is named does not exist, or a folder has none. */
  ConfigNotFound: 'ConfigNotFound',
  /** A pinned version does not exist, or does no more. */
  VersionNotFound: 'VersionNotFound',
  /** A version that is asked for, or was shown, was purged: its text is taken out of the target. */
  VersionPurged: 'VersionPurged',
  /** This Kubernetes namespace may not read a config. */
  PathNotAllowed: Reason.PathNotAllowed,
  /** A config namespace does not exist. */
  NamespaceNotFound: Reason.NamespaceNotFound,
  /** Two configs would have one key. */
  DuplicateKey: 'DuplicateKey',
  /** A path cannot be a key. */
  InvalidKey: 'InvalidKey',
  /** More configs than a target may have keys. */
  TooManyConfigs: 'TooManyConfigs',
  /** More bytes than a target can hold. */
  TooLarge: 'TooLarge',
  /** A text cannot be shown in the format asked for. */
  NotRenderable: Reason.NotRenderable,
  /** A reference to another config's value stands for nothing that can be shown. */
  ReferenceUnresolved: 'ReferenceUnresolved',
  /** This operator may not write Secrets. */
  SecretsNotEnabled: 'SecretsNotEnabled',
  /** A ConfigMap or Secret of that name exists and is not this object's. */
  TargetNotOwned: Reason.TargetNotOwned,
  /** The API server refuses the target. */
  TargetRejected: Reason.TargetRejected,
  /** The target was not kept as Pawl wrote it. */
  TargetAltered: Reason.TargetAltered,
  /** Somebody else changes the target as soon as it is put back. */
  DriftStorm: Reason.DriftStorm,

  /** PostgreSQL does not answer. Passes by itself. */
  StoreUnavailable: Reason.StoreUnavailable,
  /** The API server does not answer. Passes by itself. */
  ApiUnavailable: Reason.ApiUnavailable,
  /** At work. */
  Progressing: Reason.Progressing,
  /** spec.suspend is true. */
  Suspended: Reason.Suspended,
} as const;

export type ProjectionReason = (typeof ProjectionReason)[keyof typeof ProjectionReason];

/** What keeps a target from showing what is asked for. */
export interface ProjectionTrouble {
  readonly reason: ProjectionReason;
  /** At most 240 characters. */
  readonly message: string;
}

/** A ConfigProjection as Pawl keeps it in memory: metadata cut down to what decisions need. */
export interface ConfigProjection {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    /** Only annotations that ask for a look. */
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: ConfigProjectionSpec;
  readonly status: ConfigProjectionStatus;
}
