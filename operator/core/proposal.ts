/**
 * Reads a ConfigVersion object as a proposal in Pawl's own words, with every default filled in. Nothing
 * past this file looks at spec again, so that each default has one place.
 */
import { annotation, type ConfigVersion } from '../api/config-version.ts';
import type { Actor, ConfigId, Format, GitOrigin, Source, Version } from '../api/model.ts';
import { defaultConfigMapKey, defaultConfigMapName } from './config-map-name.ts';

export type OnStale = 'Confirm' | 'Merge' | 'Reject';

export interface ConfigMapWish {
  readonly name: string;
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Proposal {
  readonly source: Source;
  readonly uid: string;
  readonly generation: bigint;
  readonly config: ConfigId;
  readonly format: Format;
  readonly text: string;
  /** null: none stated. */
  readonly baseVersion: Version | null;
  readonly onStale: OnStale;
  /** Token of the annotation pawl.dev/confirm; null when there is none. */
  readonly confirm: string | null;
  readonly author: string;
  readonly actor: Actor;
  readonly comment: string;
  readonly git: GitOrigin;
  readonly configMap: ConfigMapWish;
  readonly suspended: boolean;
}

/** @param cluster the cluster's name in sources: a setting, not a UID */
export function readProposal(object: ConfigVersion, cluster: string): Proposal {
  const { metadata, spec } = object;
  const baseVersion = spec.baseVersion === undefined ? null : BigInt(spec.baseVersion);
  return {
    source: { cluster, namespace: metadata.namespace, name: metadata.name },
    uid: metadata.uid,
    generation: BigInt(metadata.generation),
    config: configOf(object),
    format: spec.format,
    text: spec.body,
    baseVersion,
    onStale: spec.onStale ?? (baseVersion === null ? 'Merge' : 'Confirm'),
    confirm: metadata.annotations[annotation.confirm] ?? null,
    author: spec.author ?? '',
    actor: { name: object.specManager, verified: false },
    comment: spec.comment ?? '',
    git: spec.git ?? {},
    configMap: {
      name: targetName(object),
      key: spec.configMap?.key ?? defaultConfigMapKey(spec.path),
      labels: spec.configMap?.labels ?? {},
      annotations: spec.configMap?.annotations ?? {},
    },
    suspended: spec.suspend ?? false,
  };
}

/** The config a ConfigVersion proposes. */
export function configOf(object: ConfigVersion): ConfigId {
  return { namespace: object.spec.namespace ?? object.metadata.namespace, path: object.spec.path };
}

/** Name of the ConfigMap a ConfigVersion asks for, in its own Kubernetes namespace. */
export function targetName(object: ConfigVersion): string {
  return object.spec.configMap?.name ?? defaultConfigMapName(object.spec.path);
}
