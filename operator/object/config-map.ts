/**
 * ConfigMaps, and Secrets of projections, as Pawl handles them: what it wants one to be, and what it remembers of one
 * that exists. What is remembered holds a hash per key instead of the data, so that memory does not grow with texts.
 */

/** Before the name of a binaryData key in ConfigMapState.hashes. */
export const binaryPrefix = 'binary:';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly blockOwnerDeletion?: boolean;
  readonly controller?: boolean;
}

export interface ConfigMapRef {
  readonly namespace: string;
  readonly name: string;
}

/** What pods mount. */
export type TargetKind = 'ConfigMap' | 'Secret';

export interface TargetRef extends ConfigMapRef {
  readonly kind: TargetKind;
}

/** All fields Pawl owns of a ConfigMap; applied whole. */
export interface DesiredConfigMap extends TargetRef {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  readonly data: Readonly<Record<string, string>>;
  /** Absent: it can be changed. */
  readonly immutable?: true;
}

/** A ConfigMap that exists, without its data. */
export interface ConfigMapState extends TargetRef {
  readonly uid: string;
  readonly resourceVersion: string;
  /** RFC 3339; empty when unknown. */
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  /** Lower-case hex SHA-256 of the value of each key of data; binaryData keys carry the prefix `binary:`. */
  readonly hashes: Readonly<Record<string, string>>;
  /**
   * What Pawl applied, from managedFields: keys of data (`data:KEY`), and labels (`label:KEY`) and annotations
   * (`annotation:KEY`) beyond its own fixed ones. Those that no object asks for any more must be removed.
   */
  readonly applied: readonly string[];
  /**
   * Which parts are still as Pawl applied them, from managedFields: any part at all, the annotation that names the
   * ConfigMap itself, those of version and text, and that of the versions a projection shows. Anybody else who writes a
   * field takes it over; a copy usually keeps none.
   */
  readonly intact: {
    readonly any: boolean;
    readonly identity: boolean;
    readonly version: boolean;
    readonly versions: boolean;
  };
  readonly immutable: boolean;
  readonly deletionTimestamp?: string;
}
