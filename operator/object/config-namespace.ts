/**
 * The ConfigNamespace resource as the API server serves it, and the Kubernetes namespaces its grants speak of.
 * Spec and status come from the generated types; both are kept cut down to what decisions need.
 */
import type { ConfigNamespaceSchema } from './config-namespace.gen.ts';

export const configNamespaceKind = 'ConfigNamespace';
export const configNamespacePlural = 'confignamespaces';

export type ConfigNamespaceSpec = ConfigNamespaceSchema['spec'];
export type ConfigNamespaceStatus = NonNullable<ConfigNamespaceSchema['status']>;
export type PolicySpec = NonNullable<ConfigNamespaceSpec['policy']>;
export type Grant = NonNullable<ConfigNamespaceSpec['writers']>[number];

/** Every reason a condition of a ConfigNamespace can carry. */
export const NamespaceReason = {
  /** Rules and grants hold as written. */
  InForce: 'InForce',
  /** It is being deleted, and stays for as long as it holds configs. */
  NotEmpty: 'NotEmpty',
  /** It is being deleted, and PostgreSQL cannot say whether it is empty. Passes by itself. */
  StoreUnavailable: 'StoreUnavailable',
} as const;

export type NamespaceReason = (typeof NamespaceReason)[keyof typeof NamespaceReason];

/** Keeps a ConfigNamespace from going before its configs. */
export const namespaceFinalizer = 'pawl.dev/configs';

/** A ConfigNamespace as Pawl keeps it in memory. */
export interface ConfigNamespace {
  readonly metadata: {
    /** The config namespace. */
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
    readonly finalizers: readonly string[];
  };
  readonly spec: ConfigNamespaceSpec;
  readonly status: ConfigNamespaceStatus;
}

/** A Kubernetes namespace as Pawl keeps it in memory. */
export interface KubeNamespace {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: it is not being deleted. */
  readonly isTerminating?: true;
}
