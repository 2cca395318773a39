/**
 * Reads a ConfigVersion object as a proposal in Pawl's own types, with every default filled in. No code past this file
 * reads spec again, so that each default has one place.
 */

import type { ProposalTerms } from '../../history/core/proposal.ts';
import type { Actor, ConfigId } from '../../history/words/model.ts';
import type { ConfigMapFormat } from '../../text/convert/convert.ts';
import { defaultConfigMapKey, defaultConfigMapName } from './config-map-name.ts';
import { annotation, type ConfigVersion } from './config-version.ts';
import { toldOriginOf } from './git-origin.ts';

export interface ConfigMapWish {
  /** false: none is asked for, and the rest says what would be. */
  readonly enabled: boolean;
  readonly name: string;
  readonly key: string;
  readonly format: ConfigMapFormat;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What an object proposes, and what it asks for besides. */
export interface Terms extends ProposalTerms {
  readonly configMap: ConfigMapWish;
  readonly suspended: boolean;
  /** What is to be said of the Git origin that its annotations tell of; null: nothing. */
  readonly gitWarning: string | null;
}

/** How this operator reads proposals, whatever they are. */
export interface ReadSettings {
  /** The cluster's name in sources: a setting, not a UID. */
  readonly cluster: string;
  /**
   * Whether the admission policies or the webhook are installed, so that pawl.dev/requested-by and -confirmed-by are the API
   * server's words. Otherwise any client could have written them, and they are not looked at.
   */
  readonly trustStamps: boolean;
}

export function readTerms(object: ConfigVersion, { cluster, trustStamps }: ReadSettings): Terms {
  const { metadata, spec } = object;
  const told = toldOriginOf(metadata.annotations);
  return {
    source: { cluster, namespace: metadata.namespace, name: metadata.name },
    // Of its own Kubernetes namespace only: what another one's object said is not this one's to read.
    formerly:
      spec.formerly === undefined || spec.formerly === metadata.name
        ? null
        : { cluster, namespace: metadata.namespace, name: spec.formerly },
    uid: metadata.uid,
    generation: BigInt(metadata.generation),
    config: proposedConfig(object),
    format: spec.format,
    sha256: object.bodySha256,
    baseVersion: spec.baseVersion === undefined ? null : BigInt(spec.baseVersion),
    onStale: spec.onStale ?? null,
    ...confirmationOf(object, trustStamps),
    author: spec.author ?? '',
    actor: actorOf(object, trustStamps),
    comment: spec.comment ?? '',
    git: spec.git ?? told.git,
    gitWarning: spec.git === undefined ? told.warning : null,
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

/** Who made the request: according to the API server, or else a field manager's name, which any client can choose. */
function actorOf({ metadata, specManager }: ConfigVersion, trustStamps: boolean): Actor {
  const stamp = trustStamps ? metadata.annotations[annotation.requestedBy] : undefined;
  return stamp ? { name: stamp, verified: true } : { name: specManager, verified: false };
}

/** The config a ConfigVersion proposes. */
export function proposedConfig(object: ConfigVersion): ConfigId {
  return { namespace: object.spec.namespace ?? object.metadata.namespace, path: object.spec.path };
}

/** The ConfigMap a ConfigVersion asks for, with every default filled in. */
export function wishOf(object: ConfigVersion): ConfigMapWish {
  const { configMap, path } = object.spec;
  return {
    enabled: asksForMap(object),
    name: targetName(object),
    key: configMap?.key ?? defaultConfigMapKey(path),
    format: configMap?.format ?? 'Source',
    labels: configMap?.labels ?? {},
    annotations: configMap?.annotations ?? {},
  };
}

/** Whether a ConfigVersion asks for a ConfigMap at all. */
export const asksForMap = ({ spec }: ConfigVersion): boolean => spec.configMap?.enabled !== false;

/** Name of the ConfigMap a ConfigVersion asks for, in its own Kubernetes namespace. */
export function targetName(object: ConfigVersion): string {
  return object.spec.configMap?.name ?? defaultConfigMapName(object.spec.path);
}
