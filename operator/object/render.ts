/**
 * What the ConfigMap of a config must contain, and the changes that bring the present one there. Pure. A ConfigMap
 * shows the head, no matter who saved it, and carries nothing of a ConfigVersion's own metadata: tracking ids of GitOps
 * engines would get it pruned.
 */
import { isBelievable } from '../../history/core/numbers.ts';
import type { ConfigId, HeadRef, Version } from '../../history/words/model.ts';
import {
  binaryPrefix,
  type ConfigMapState,
  type DesiredConfigMap,
  type OwnerReference,
  type TargetKind,
  type TargetRef,
} from './config-map.ts';
import { projectionKind } from './config-projection.ts';
import { annotation, apiVersion, type ConfigVersion, kind, label, manager } from './config-version.ts';
import type { ConfigMapWish } from './terms.ts';

/** More owners than this make metadata grow without use: the garbage collector needs one. */
const maxOwners = 16;

/** A DesiredConfigMap whose text is known by its hash only, so that comparing needs no text. */
export type Outline = Omit<DesiredConfigMap, 'data'> & {
  readonly key: string;
  /** Of the text as shown: the head's own, or what it was converted to. */
  readonly sha256: string;
};

/**
 * @param wish the name, key and metadata of the asker that leads
 * @param askers every ConfigVersion in that Kubernetes namespace asking for this ConfigMap
 * @param shownSha256 of the text as shown, where that is not the head's own
 */
export function outline(
  config: ConfigId,
  head: HeadRef,
  wish: ConfigMapWish,
  namespace: string,
  askers: readonly ConfigVersion[],
  shownSha256 = head.sha256,
): Outline {
  const ref = { kind: 'ConfigMap', namespace, name: wish.name } as const;
  return {
    ...ref,
    labels: { ...wish.labels, [label.managedBy]: manager, [label.configId]: head.configId },
    annotations: {
      ...wish.annotations,
      [annotation.namespace]: config.namespace,
      [annotation.path]: config.path,
      [annotation.version]: String(head.version),
      [annotation.contentSha256]: head.sha256,
      ...identityMark(ref),
    },
    ownerReferences: ownersOf(askers),
    key: wish.key,
    sha256: shownSha256,
  };
}

/** Adds the text an outline stands for. */
export function fill({ key, sha256: _, ...rest }: Outline, text: string): DesiredConfigMap {
  return { ...rest, data: { [key]: text } };
}

/** The newest askers own the ConfigMap: Kubernetes removes it with the last of them. */
function ownersOf(askers: readonly ConfigVersion[]): OwnerReference[] {
  return [...askers]
    .sort(newestFirst)
    .slice(0, maxOwners)
    .map(({ metadata: { name, uid } }) => ({ apiVersion, kind, name, uid, blockOwnerDeletion: false }))
    .sort((a, b) => compare(a.uid, b.uid));
}

function newestFirst({ metadata: a }: ConfigVersion, { metadata: b }: ConfigVersion): number {
  return compare(b.creationTimestamp, a.creationTimestamp) || compare(a.uid, b.uid);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The asker whose key and metadata count: the one that proposed the latest version.
 * @param fresh versions by uid that the statuses of their askers do not tell yet; null: refused
 */
export function leaderOf(
  askers: readonly ConfigVersion[],
  fresh: ReadonlyMap<string, Version | null> = new Map(),
): ConfigVersion | undefined {
  const saved = (object: ConfigVersion) => {
    const version = fresh.get(object.metadata.uid);
    return version === undefined ? BigInt(object.status.version ?? 0) : (version ?? 0n);
  };
  return [...askers].sort((a, b) => {
    const [ours, theirs] = [saved(a), saved(b)];
    if (ours !== theirs) return ours > theirs ? -1 : 1;
    return newestFirst(a, b);
  })[0];
}

export type Difference =
  | { readonly kind: 'none' }
  /** A newer version is shown already: this view is old. */
  | { readonly kind: 'newer'; readonly version: Version }
  /** `drift`: it showed this very version before, and somebody changed it since. */
  | { readonly kind: 'apply'; readonly drift: boolean; readonly strayKeys: readonly string[] };

/** Compares a ConfigMap of ours with what it should be. */
export function compareConfigMap(wanted: Outline, actual: ConfigMapState): Difference {
  const shown = shownVersion(actual);
  const head = BigInt(wanted.annotations[annotation.version]!);
  // A number written by hand is drift; but Pawl must not take back another text under a higher number of its own.
  const sameHead =
    actual.annotations[annotation.contentSha256] === wanted.annotations[annotation.contentSha256];
  const ahead = shown !== null && shown > head && isBelievable(shown, head);
  if (ahead && actual.intact.version && showsSameConfig(wanted, actual) && !sameHead) {
    return { kind: 'newer', version: shown };
  }

  const { sameText, sameMetadata, strayKeys, otherKey } = compareTarget(
    { ...wanted, hashes: { [wanted.key]: wanted.sha256 } },
    actual,
  );
  if (sameText && sameMetadata && strayKeys.length === 0) return { kind: 'none' };

  const claimsThisText = shown === head && sameHead;
  const numberedByHand = ahead && !actual.intact.version;
  const drift = numberedByHand || (claimsThisText && ((!sameText && !otherKey) || strayKeys.length > 0));
  return { kind: 'apply', drift, strayKeys };
}

/** All that is wanted of a target, its values by their hashes, so that comparing needs no text. */
export type WantedTarget = Omit<DesiredConfigMap, 'data'> & { readonly hashes: ConfigMapState['hashes'] };

export interface Comparison {
  readonly sameText: boolean;
  readonly sameMetadata: boolean;
  /** Keys that somebody else added, and that must go. */
  readonly strayKeys: readonly string[];
  /** Whether Pawl applied a key that is wanted no more. */
  readonly otherKey: boolean;
}

export function compareTarget(wanted: WantedTarget, actual: ConfigMapState): Comparison {
  const { hashes } = wanted;
  const applied = (key: string) => actual.applied.includes(`data:${key}`);
  const inTheWay = (key: string) =>
    key.startsWith(binaryPrefix) && Object.hasOwn(hashes, key.slice(binaryPrefix.length));
  // A ConfigMap that was handed over keeps its other keys; but one key cannot be in data and in binaryData.
  const strayKeys = Object.keys(actual.hashes).filter(
    key => !Object.hasOwn(hashes, key) && !applied(key) && (!isAdoptable(actual) || inTheWay(key)),
  );
  return {
    sameText: Object.entries(hashes).every(([key, sha256]) => actual.hashes[key] === sha256),
    sameMetadata:
      includes(actual.labels, wanted.labels) &&
      includes(actual.annotations, wanted.annotations) &&
      actual.applied.every(field => isWanted(wanted, field)) &&
      actual.immutable === (wanted.immutable ?? actual.immutable) &&
      sameOwners(actual.ownerReferences, wanted.ownerReferences),
    strayKeys,
    otherKey: actual.applied.some(field => field.startsWith('data:') && !isWanted(wanted, field)),
  };
}

/**
 * Whether Pawl made it, by what a copy does not have: the annotation that names this very ConfigMap, or a field that
 * Pawl applied. One of them is enough, so that taking the other away by hand is drift and no escape; but a copy that
 * took the fields' owners along names another one.
 */
export function isOurs(actual: ConfigMapState): boolean {
  const named = actual.annotations[identityAnnotation[actual.kind]];
  if (named === `${actual.namespace}/${actual.name}`) return true;
  return actual.intact.any && (named === undefined || !actual.intact.identity);
}

/** Names the target itself, by kind. */
export const identityAnnotation: Readonly<Record<TargetKind, string>> = {
  ConfigMap: annotation.configMap,
  Secret: annotation.secret,
};

/** The annotation by which Pawl knows its own. */
export function identityMark({ kind, namespace, name }: TargetRef): Record<string, string> {
  return { [identityAnnotation[kind]]: `${namespace}/${name}` };
}

/** Config a ConfigMap says it shows. */
export function shownConfig(actual: ConfigMapState): ConfigId | null {
  const namespace = actual.annotations[annotation.namespace];
  const path = actual.annotations[annotation.path];
  return namespace !== undefined && path !== undefined ? { namespace, path } : null;
}

export function isAdoptable(actual: ConfigMapState): boolean {
  return actual.annotations[annotation.adopt] === 'true';
}

/** Version that a ConfigMap says it shows; null: none. */
export function shownVersion(actual: ConfigMapState): Version | null {
  const text = actual.annotations[annotation.version];
  return text !== undefined && /^[0-9]{1,19}$/.test(text) ? BigInt(text) : null;
}

function includes(
  actual: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => actual[key] === value);
}

function showsSameConfig(wanted: Outline, actual: ConfigMapState): boolean {
  return [annotation.namespace, annotation.path].every(
    key => actual.annotations[key] === wanted.annotations[key],
  );
}

function isWanted(wanted: WantedTarget, field: string): boolean {
  const [where, key] = [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1)];
  if (where === 'data') return Object.hasOwn(wanted.hashes, key);
  return Object.hasOwn(where === 'label' ? wanted.labels : wanted.annotations, key);
}

/** Our owner references are complete and none is left over; those of other kinds do not concern us. */
function sameOwners(actual: readonly OwnerReference[], wanted: readonly OwnerReference[]): boolean {
  const ours = actual.filter(isOurOwner);
  return ours.length === wanted.length && wanted.every(owner => ours.some(other => other.uid === owner.uid));
}

const isOurOwner = (owner: OwnerReference): boolean =>
  owner.apiVersion === apiVersion && (owner.kind === kind || owner.kind === projectionKind);
