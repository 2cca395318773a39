/**
 * Configs and their versions as objects of the Kubernetes API. Numbers are strings in them, as in a ConfigVersion's
 * status. Invariant: what an object says never depends on which list or watch it came in, but for resourceVersion,
 * which is how far the history was read.
 */
import type { VersionDetail } from '../../history/words/history.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { Format } from '../../text/format.ts';
import { sha256 } from '../../text/sha256.ts';
import { gitOf } from '../present.ts';
import { nameOfConfig, type ResourceName, revisionNameOf, storeApiVersion } from './address.ts';

/** What an object is made of. */
export interface ObjectFacts {
  readonly resource: ResourceName;
  readonly config: ConfigId;
  /** Null: it is deleted, and nothing is known of it any more. */
  readonly format: Format | null;
  /** Of a config, when it was first saved; of a revision, when that was. */
  readonly createdAt: Date;
  /** Of a config, the latest. */
  readonly version: VersionDetail;
  /** Where it was read in the feed of changes. */
  readonly resourceVersion: string;
  /** Null: it was not asked for. */
  readonly text: string | null;
}

export const kinds = { configs: 'Config', configrevisions: 'ConfigRevision' } as const;

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export function objectMetadata(entry: ObjectFacts): Metadata {
  const { resource, config, version, createdAt, resourceVersion } = entry;
  const { namespace } = config;
  const name = resource === 'configs' ? nameOfConfig(config) : revisionNameOf(config, version.version);
  return {
    name,
    namespace,
    uid: uidOf(`${resource} ${namespace} ${name}`),
    resourceVersion,
    // Kubernetes has no fractions of seconds.
    creationTimestamp: createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    annotations: annotationsOf(version),
  };
}

export function objectOf(entry: ObjectFacts): object {
  const { resource, config, format, version, text } = entry;
  return {
    ...{ apiVersion: storeApiVersion, kind: kinds[resource], metadata: objectMetadata(entry) },
    spec: { path: config.path, ...(format !== null && { format }), ...(text !== null && { body: text }) },
    status: {
      version: String(version.version),
      contentSha256: version.sha256,
      bytes: version.bytes,
      savedAt: version.createdAt.toISOString(),
      kind: version.kind,
      ...(version.baseVersion !== null && { baseVersion: String(version.baseVersion) }),
      ...(version.mergedOnto !== null && { mergedOnto: String(version.mergedOnto) }),
      ...(version.mergedPaths.length > 0 && { mergedPaths: [...version.mergedPaths] }),
      ...(version.confirmedBy !== null && { confirmedBy: version.confirmedBy }),
      author: version.author,
      actor: version.actor.name,
      actorVerified: version.actor.verified,
      ...(version.comment !== '' && { comment: version.comment }),
      ...(Object.keys(version.git).length > 0 && { git: gitOf(version.git) }),
      ...(version.object && { object: objectNameOf(version.object) }),
    },
  };
}

/** What a controller or a person sees without the object: no text, no numbers. */
export function partialOf(entry: ObjectFacts): object {
  return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: objectMetadata(entry) };
}

export function objectNameOf(object: NonNullable<VersionDetail['object']>): string {
  return `${object.cluster}/${object.namespace}/${object.name}`;
}

function annotationsOf({ author, actor, comment, git }: VersionDetail): Record<string, string> {
  return {
    ...(author && { 'pawl.dev/author': author }),
    'pawl.dev/actor': actor.name,
    ...(comment && { 'pawl.dev/comment': comment }),
    ...(git.commit && { 'pawl.dev/git-commit': git.commit }),
  };
}

/** A name means the same thing for ever, since numbers are never used twice; so the uid is made of the name. */
function uidOf(what: string): string {
  const hash = sha256(what);
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`];
  return [...parts, hash.slice(20, 32)].join('-');
}
