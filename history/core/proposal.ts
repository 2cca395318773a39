/**
 * Reads a ConfigVersion object as a proposal in Pawl's own words, with every default filled in. Nothing
 * past this file looks at spec again, so that each default has one place.
 */

import type { ConfigMapFormat } from '../../text/convert/convert.ts';
import type { Format } from '../../text/format.ts';
import { annotation, type ConfigVersion } from '../words/config-version.ts';
import type { Actor, ConfigId, GitOrigin, Source, Version } from '../words/model.ts';
import { defaultConfigMapKey, defaultConfigMapName } from './config-map-name.ts';

export type OnStale = 'Confirm' | 'Merge' | 'Reject';

export interface ConfigMapWish {
  readonly name: string;
  readonly key: string;
  readonly format: ConfigMapFormat;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A proposal without its text, which costs a read where it is not at hand. */
export interface Terms {
  readonly source: Source;
  readonly uid: string;
  readonly generation: bigint;
  readonly config: ConfigId;
  readonly format: Format;
  /** Of the text. Lower-case hex. */
  readonly sha256: string;
  /** null: none stated. */
  readonly baseVersion: Version | null;
  readonly onStale: OnStale;
  /** Token of the annotation pawl.dev/confirm, or the one confirmed at our API; null when there is none. */
  readonly confirm: string | null;
  /** Who confirmed it, as the API server says, or our API; null when nobody says so. */
  readonly confirmedBy: string | null;
  readonly author: string;
  readonly actor: Actor;
  readonly comment: string;
  readonly git: GitOrigin;
  /** Groups objects that were applied together in the deployment log; null: none. */
  readonly deploymentId: string | null;
  readonly configMap: ConfigMapWish;
  readonly suspended: boolean;
  /** A version as the object's own status tells of it; null: it tells of none. */
  readonly known: { readonly version: Version; readonly sha256: string } | null;
}

export interface Proposal extends Terms {
  readonly text: string;
}

/** How this operator reads proposals, whatever they are. */
export interface Reading {
  /** The cluster's name in sources: a setting, not a UID. */
  readonly cluster: string;
  /**
   * Whether the admission policies are installed, so that pawl.dev/requested-by and -confirmed-by are the API
   * server's words. Otherwise any client could have written them, and they are not looked at.
   */
  readonly trustStamps: boolean;
}

/** @param policy the config namespace's, which has a default of its own for onStale */
export function readTerms(
  object: ConfigVersion,
  { cluster, trustStamps }: Reading,
  policy: { readonly onStale?: OnStale } = {},
): Terms {
  const { metadata, spec } = object;
  const baseVersion = spec.baseVersion === undefined ? null : BigInt(spec.baseVersion);
  return {
    source: { cluster, namespace: metadata.namespace, name: metadata.name },
    uid: metadata.uid,
    generation: BigInt(metadata.generation),
    config: configOf(object),
    format: spec.format,
    sha256: object.bodySha256,
    baseVersion,
    onStale: spec.onStale ?? policy.onStale ?? (baseVersion === null ? 'Merge' : 'Confirm'),
    ...confirmationOf(object, trustStamps),
    author: spec.author ?? '',
    actor: actorOf(object, trustStamps),
    comment: spec.comment ?? '',
    git: spec.git ?? gitOf(metadata.annotations),
    deploymentId: metadata.annotations[annotation.deploymentId] || null,
    configMap: wishOf(object),
    suspended: spec.suspend ?? false,
    known: knownVersion(object),
  };
}

/** By our API, whose word stands in the status, which only we may write; or by the annotation. */
function confirmationOf(
  { metadata: { annotations }, status: { conflict } }: ConfigVersion,
  trustStamps: boolean,
): Pick<Terms, 'confirm' | 'confirmedBy'> {
  if (conflict?.token !== undefined && conflict.confirmedBy !== undefined) {
    return { confirm: conflict.token, confirmedBy: conflict.confirmedBy };
  }
  return {
    confirm: annotations[annotation.confirm] ?? null,
    confirmedBy: (trustStamps && annotations[annotation.confirmedBy]) || null,
  };
}

function knownVersion({ status: { version, contentSha256 } }: ConfigVersion): Terms['known'] {
  if (version === undefined || contentSha256 === undefined) return null;
  return { version: BigInt(version), sha256: contentSha256 };
}

/** Who made the request: the API server's word, or else a field manager's name, which any client can choose. */
function actorOf({ metadata, specManager }: ConfigVersion, trustStamps: boolean): Actor {
  const stamp = trustStamps ? metadata.annotations[annotation.requestedBy] : undefined;
  return stamp ? { name: stamp, verified: true } : { name: specManager, verified: false };
}

/** The config a ConfigVersion proposes. */
export function configOf(object: ConfigVersion): ConfigId {
  return { namespace: object.spec.namespace ?? object.metadata.namespace, path: object.spec.path };
}

/** The ConfigMap a ConfigVersion asks for, with every default filled in. */
export function wishOf(object: ConfigVersion): ConfigMapWish {
  const { configMap, path } = object.spec;
  return {
    name: targetName(object),
    key: configMap?.key ?? defaultConfigMapKey(path),
    format: configMap?.format ?? 'Source',
    labels: configMap?.labels ?? {},
    annotations: configMap?.annotations ?? {},
  };
}

/** Name of the ConfigMap a ConfigVersion asks for, in its own Kubernetes namespace. */
export function targetName(object: ConfigVersion): string {
  return object.spec.configMap?.name ?? defaultConfigMapName(object.spec.path);
}

/**
 * Git origin from annotations, for tools that can set those and not the spec: Kustomize's commonAnnotations,
 * Argo CD's build environment, Flux' substitutions.
 */
function gitOf(annotations: Readonly<Record<string, string>>): GitOrigin {
  const dirty = annotations[annotation.gitDirty];
  const said = dirty ? { dirty: dirty === 'true' } : {};
  const commit = annotations[annotation.gitCommit];
  // Without a commit the rest says nothing; a dirty tree is one all the same.
  if (!commit || !/^[0-9a-f]{7,64}$/.test(commit)) return said;
  const text = (key: string) => annotations[key]?.slice(0, 2048) || undefined;
  const [branch, remote, path] = [annotation.gitBranch, annotation.gitRemote, annotation.gitPath].map(text);
  return {
    commit,
    ...(branch && { branch }),
    ...(remote && { remote }),
    ...(path && { path }),
    ...said,
  };
}
