/**
 * The ConfigVersion resource as the API server serves it. Spec and status come from the generated types;
 * what is added here are the names Kubernetes needs and the metadata Pawl keeps.
 */

import type { Reason } from '../../history/words/reasons.ts';
import type { ConfigVersionSchema } from './config-version.gen.ts';

export const group = 'pawl.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}`;
export const kind = 'ConfigVersion';
export const plural = 'configversions';

export type ConfigVersionSpec = ConfigVersionSchema['spec'];
export type ConfigVersionStatus = NonNullable<ConfigVersionSchema['status']>;
export type Conflict = NonNullable<ConfigVersionStatus['conflict']>;
export type Approval = NonNullable<ConfigVersionStatus['approval']>;

/** `<type>` of a condition: what it says when it is True. Absent means unknown. */
export type ConditionType =
  /** The proposal is saved (or was there already) and the ConfigMap shows the latest version. */
  | 'Ready'
  /** Work goes on or is tried again; nobody needs to do anything. Never together with Stalled. */
  | 'Reconciling'
  /** A person is needed. Never together with Reconciling. */
  | 'Stalled'
  /** Stalled because of somebody else's edit. */
  | 'Conflicted'
  /** A later version exists. */
  | 'Superseded'
  /** The text is accepted, and has lines that the programs for its format do not read alike. */
  | 'Noted'
  /** The text was saved although a schema that only warns does not allow it. */
  | 'SchemaWarning'
  /** The text was saved, and holds what looks like a secret. */
  | 'SecretWarning'
  /** spec.suspend is true. */
  | 'Suspended';

export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration: number;
  /** RFC 3339; changes only when `status` does. */
  readonly lastTransitionTime: string;
  readonly reason: Reason;
  readonly message: string;
}

/** Annotations with a meaning, on ConfigVersions or on the ConfigMaps made for them. */
export const annotation = {
  /** On a ConfigVersion: the token that confirms exactly the merged result shown in status. */
  confirm: 'pawl.dev/confirm',
  /** On a ConfigVersion, by the admission policies or the webhook: who proposed it, and who confirmed. */
  requestedBy: 'pawl.dev/requested-by',
  confirmedBy: 'pawl.dev/confirmed-by',
  /** On a ConfigVersion: Git origin, where spec.git is not set. */
  gitCommit: 'pawl.dev/git-commit',
  gitBranch: 'pawl.dev/git-branch',
  gitRemote: 'pawl.dev/git-remote',
  gitPath: 'pawl.dev/git-path',
  gitDirty: 'pawl.dev/git-dirty',
  /** On a ConfigVersion: groups objects applied together in the deployment log. */
  deploymentId: 'pawl.dev/deployment-id',
  /** On a ConfigMap Pawl did not make: "true" hands it over. */
  adopt: 'pawl.dev/adopt',
  /** On our ConfigMaps: config namespace, path, version and SHA-256 of the version's text. */
  namespace: 'pawl.dev/namespace',
  path: 'pawl.dev/path',
  version: 'pawl.dev/version',
  contentSha256: 'pawl.dev/content-sha256',
  /** On our ConfigMaps: `NAMESPACE/NAME` of the ConfigMap itself. A copy has another one, and so is nobody's target. */
  configMap: 'pawl.dev/configmap',
  /** The same on a Secret. */
  secret: 'pawl.dev/secret',
  /** On the target of a ConfigProjection: its name, and as JSON what each key shows, `NAMESPACE/PATH@VERSION`. */
  projection: 'pawl.dev/projection',
  versions: 'pawl.dev/versions',
} as const;

/** Labels on our ConfigMaps. */
export const label = {
  managedBy: 'app.kubernetes.io/managed-by',
  configId: 'pawl.dev/config-id',
} as const;

/** Value of the managed-by label, and the field manager of everything Pawl applies. */
export const manager = 'pawl';

/** Keeps a ConfigVersion with deletionPolicy Delete from going before its config. */
export const configFinalizer = 'pawl.dev/config';

/** A ConfigVersion as Pawl keeps it in memory: metadata cut down to what decisions need. */
export interface ConfigVersion {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    /** Absent: none. */
    readonly finalizers?: readonly string[];
    /** Only annotations with a meaning to Pawl. */
    readonly annotations: Readonly<Record<string, string>>;
  };
  /** Without its text: memory does not grow with texts, and most looks at an object need none. */
  readonly spec: Omit<ConfigVersionSpec, 'body'>;
  /** Lower-case hex SHA-256 of the UTF-8 bytes of spec.body. */
  readonly bodySha256: string;
  readonly status: ConfigVersionStatus;
  /** Whether the numbers in the status are as Pawl applied them: anybody else who writes such a field takes it over. */
  readonly isStatusOurs: boolean;
  /** Field manager that last wrote the spec: a claim of its client, not a verified name. */
  readonly specManager: string;
}
