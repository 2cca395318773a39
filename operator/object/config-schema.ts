/** The ConfigSchema resource as the API server serves it, cut down to what decisions need. */
import type { ConfigSchemaSchema } from './config-schema.gen.ts';

export const configSchemaKind = 'ConfigSchema';
export const configSchemaPlural = 'configschemas';

export type ConfigSchemaSpec = ConfigSchemaSchema['spec'];
export type ConfigSchemaStatus = NonNullable<ConfigSchemaSchema['status']>;
export type LatestUnderSchema = NonNullable<ConfigSchemaStatus['latest']>;

/** Every reason a condition of a ConfigSchema can carry. */
export const SchemaReason = {
  /** Texts are held against it. */
  InForce: 'InForce',
  /** It cannot be used, and refuses nothing. */
  InvalidSchema: 'InvalidSchema',
} as const;

/** A ConfigSchema as Pawl keeps it in memory. */
export interface ConfigSchema {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: ConfigSchemaSpec;
  readonly status: ConfigSchemaStatus;
}
