/**
 * What a projection's target must be, and how the present one differs from it. Pure. Invariant: of a config that is
 * shown as its latest version no earlier version is shown again, whatever an old view says.
 */

import { configName } from '../../../history/core/names.ts';
import { isBelievable } from '../../../history/core/numbers.ts';
import type { ConfigId, Version } from '../../../history/words/model.ts';
import { sha256 } from '../../../text/sha256.ts';
import type { ConfigMapState, TargetRef } from '../config-map.ts';
import { type ConfigProjection, type ConfigProjectionStatus, projectionKind } from '../config-projection.ts';
import { annotation, apiVersion, label, manager } from '../config-version.ts';
import { compareTarget, identityMark, type WantedTarget } from '../render.ts';
import type { ShownKey } from './contents.ts';
import type { Referred } from './references.ts';
import { targetsOf, targetWishOf } from './terms.ts';

const hashLength = 10;

/**
 * The target with these keys.
 * @param stepName of the ConfigMap of a step of the rollout; null: the target that the rest of the consumers use
 */
export function wantedTarget(
  object: ConfigProjection,
  parts: readonly ShownKey[],
  used: readonly Referred[] = [],
  stepName: string | null = null,
): WantedTarget {
  const wish = targetWishOf(object);
  const { kind, namespace } = wish;
  const hashes = Object.fromEntries(parts.map(part => [part.key, part.sha256]));
  const mainName = wish.isImmutable ? immutableName(wish.name, hashes) : wish.name;
  const ref = { kind, namespace, name: stepName ?? mainName };
  const { name, uid } = object.metadata;
  return {
    ...ref,
    labels: { ...wish.labels, [label.managedBy]: manager },
    annotations: {
      ...wish.annotations,
      [annotation.projection]: name,
      [annotation.versions]: versionsOf(parts, used),
      ...identityMark(ref),
    },
    ownerReferences: [{ apiVersion, kind: projectionKind, name, uid, blockOwnerDeletion: false }],
    hashes,
    ...(wish.isImmutable && { immutable: true as const }),
  };
}

/** One content, one name. */
function immutableName(name: string, hashes: Readonly<Record<string, string>>): string {
  const hash = sha256(JSON.stringify(hashes)).slice(0, hashLength);
  return `${stemOf(name)}-${hash}`;
}

/** What immutable names begin with: with the hash, at most 253 characters. */
const stemOf = (name: string): string => name.slice(0, 252 - hashLength).replace(/[.-]+$/, '');

/** What an object's targets are found by: an immutable one, without the hash. */
export function targetKeysOf(object: ConfigProjection): string[] {
  const { isImmutable } = targetWishOf(object);
  return targetsOf(object).map(
    ({ kind, namespace, name }) => `${kind}/${namespace}/${isImmutable ? `${stemOf(name)}-*` : name}`,
  );
}

/** The keys of the objects that may have a target of this name. */
export function targetKeysFor({ kind, namespace, name }: TargetRef): string[] {
  const [, stem, hash] = /^(.+)-([0-9a-f]+)$/.exec(name) ?? [];
  const keys = [`${kind}/${namespace}/${name}`];
  return hash?.length === hashLength ? [...keys, `${kind}/${namespace}/${stem}-*`] : keys;
}

export function mayHave(object: ConfigProjection, target: TargetRef): boolean {
  if (object.metadata.deletionTimestamp) return false;
  const keys = targetKeysOf(object);
  return targetKeysFor(target).some(key => keys.includes(key));
}

/** What each key shows, and each reference, for people and for the next look. */
export function versionsOf(parts: readonly ShownKey[], used: readonly Referred[]): string {
  const told = [...parts, ...referredKeys(used)];
  return JSON.stringify(
    Object.fromEntries(told.map(({ key, config, version }) => [key, `${configName(config)}@${version}`])),
  );
}

/** Named as no key can be. */
const referredKeys = (used: readonly Referred[]) =>
  used.map(each => ({ ...each, key: `\${config:${configName(each.config)}}`, isPinned: false }));

export type TargetDifference =
  | { readonly kind: 'none' }
  /** A later version of a config is shown already: this view is old. */
  | { readonly kind: 'later'; readonly key: string; readonly shown: Version; readonly head: Version }
  /** `drift`: it showed just this before, and somebody changed it since. */
  | { readonly kind: 'apply'; readonly drift: boolean; readonly strayKeys: readonly string[] };

/**
 * @param actual the target as it is; null: there is none
 * @param present what pods mount until then, where that has another name; null: nothing
 */
export function compareProjection(
  wanted: WantedTarget,
  parts: readonly ShownKey[],
  actual: ConfigMapState | null,
  present: ConfigMapState | null,
  used: readonly Referred[] = [],
): TargetDifference {
  const shown = [...parts, ...referredKeys(used)];
  const later = laterIn(actual, shown) ?? laterIn(present, shown);
  if (later) return later;
  if (!actual) return { kind: 'apply', drift: false, strayKeys: [] };
  const { sameText, sameMetadata, strayKeys, otherKey } = compareTarget(wanted, actual);
  if (sameText && sameMetadata && strayKeys.length === 0) return { kind: 'none' };
  const claimsThis = [annotation.versions, annotation.projection].every(
    key => actual.annotations[key] === wanted.annotations[key],
  );
  return {
    kind: 'apply',
    drift: claimsThis && actual.intact.versions && ((!sameText && !otherKey) || strayKeys.length > 0),
    strayKeys,
  };
}

function laterIn(
  target: ConfigMapState | null,
  parts: readonly Pick<ShownKey, 'key' | 'config' | 'version' | 'isPinned'>[],
): Extract<TargetDifference, { kind: 'later' }> | null {
  const known = target ? shownVersions(target) : new Map<string, Version>();
  for (const { key, config, version: head, isPinned } of parts) {
    const shown = known.get(configName(config)) ?? 0n;
    if (!isPinned && shown > head && isBelievable(shown, head)) return { kind: 'later', key, shown, head };
  }
  return null;
}

/** The highest version of each config, by `namespace/path`, that a target says it shows. */
export function shownVersions(target: ConfigMapState): Map<string, Version> {
  const known = new Map<string, Version>();
  for (const { name, version } of toldKeys(target))
    if (version > (known.get(name) ?? 0n)) known.set(name, version);
  return known;
}

/** Keys that a target has, with what it says they show. */
export function keysShown(
  target: ConfigMapState,
): { readonly key: string; readonly config: ConfigId; readonly version: Version }[] {
  return toldKeys(target).flatMap(({ key, name, version }) => {
    const [namespace = '', ...path] = name.split('/');
    return Object.hasOwn(target.hashes, key)
      ? [{ key, config: { namespace, path: path.join('/') }, version }]
      : [];
  });
}

function toldKeys(target: ConfigMapState): { key: string; name: string; version: Version }[] {
  const text = target.annotations[annotation.versions];
  // What somebody else wrote there is not a number that Pawl gave out.
  if (!target.intact.versions || text === undefined) return [];
  return Object.entries(objectOf(text)).flatMap(([key, told]) => {
    const [, name = '', number = ''] = /^(.+)@([0-9]{1,18})$/.exec(String(told)) ?? [];
    return name === '' ? [] : [{ key, name, version: BigInt(number) }];
  });
}

function objectOf(json: string): object {
  try {
    return Object(JSON.parse(json)) as object;
  } catch {
    return {};
  }
}

/** What the status tells of the target's keys. */
export function shownConfigs(parts: readonly ShownKey[]): NonNullable<ConfigProjectionStatus['configs']> {
  return parts.map(({ key, config: { namespace, path }, version, contentSha256 }) => ({
    ...{ key, namespace, path, version: String(version), contentSha256 },
  }));
}
