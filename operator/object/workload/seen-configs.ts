/**
 * What Pawl writes down on a workload: the content of each of its ConfigMaps when Pawl first saw it, or restarted it last.
 * Pure. Invariant: content is told by the data that Pawl applied and by nothing else, so that neither another release of Pawl
 * nor a ConfigMap written anew with the same data looks like a change; what cannot be told is not guessed.
 */
import { configName } from '../../../history/core/names.ts';
import type { ConfigId } from '../../../history/words/model.ts';
import { sha256 } from '../../../text/sha256.ts';
import type { ConfigMapState } from '../config-map.ts';
import { annotation } from '../config-version.ts';
import { isOurs, shownConfig, shownVersion } from '../render.ts';

/** What one ConfigMap shows. */
export interface SeenMap {
  /** A digest of its keys and texts. */
  readonly content: string;
  /** `NAMESPACE/PATH` of each config in it → version, for people. */
  readonly configs: Readonly<Record<string, string>>;
}

export interface SeenConfigs {
  /** By the ConfigMap's name. */
  readonly maps: Readonly<Record<string, SeenMap>>;
  /** The hash that Pawl set on the pod template; null: none yet. */
  readonly hash: string | null;
  /** Somebody set the template back since, so which content its pods have read is not known. */
  readonly isUnsure?: boolean;
}

/** Enough that no two contents of one ConfigMap share it, and short in an annotation. */
const digits = 16;

/** null: not Pawl's, on its way out, or just now not as Pawl wrote it. */
export function seenIn(map: ConfigMapState): SeenMap | null {
  if (!isOurs(map) || map.deletionTimestamp !== undefined) return null;
  const applied = map.applied.filter(field => field.startsWith('data:')).map(field => field.slice(5));
  const keys = applied.filter(key => map.hashes[key] !== undefined).sort();
  const several = severalIn(map.annotations[annotation.versions]);
  // Who changes a key takes it over: Pawl puts it back in a moment.
  if (keys.length === 0 || Object.keys(several).some(key => !keys.includes(key))) return null;
  const content = sha256(JSON.stringify(keys.map(key => [key, map.hashes[key]]))).slice(0, digits);
  return { content, configs: { ...Object.fromEntries(Object.values(several)), ...single(map) } };
}

function single(map: ConfigMapState): Record<string, string> {
  const config = shownConfig(map);
  const version = shownVersion(map);
  return config && version !== null ? { [configName(config)]: String(version) } : {};
}

/** Key → config and version. */
function severalIn(text: string | undefined): Record<string, readonly [string, string]> {
  return Object.fromEntries(
    Object.entries(stringsIn(text)).flatMap(([key, told]) => {
      const [, name, version] = /^(.+)@([0-9]{1,19})$/.exec(told) ?? [];
      return name !== undefined && version !== undefined ? [[key, [name, version] as const]] : [];
    }),
  );
}

function stringsIn(text: string | undefined): Record<string, string> {
  const entries = Object.entries(objectIn(text) ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function objectIn(text: string | undefined): object | null {
  try {
    const value: unknown = text === undefined ? null : JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** The form of the record. Another one is of another release, and says nothing to this one. */
const form = 1;

export function writeSeen({ maps, hash, isUnsure }: SeenConfigs): string {
  return JSON.stringify({ form, hash, ...(isUnsure && { unsure: true }), maps });
}

/** null: it is not a record of this form. */
export function readSeen(text: string | undefined): SeenConfigs | null {
  const record = objectIn(text) as Record<string, unknown> | null;
  if (record?.form !== form || typeof record.maps !== 'object' || record.maps === null) return null;
  const maps = Object.entries(record.maps as Record<string, Partial<SeenMap> | null>).map(
    ([name, map]) => [name, { content: String(map?.content), configs: versionsIn(map?.configs) }] as const,
  );
  return {
    maps: Object.fromEntries(maps),
    hash: typeof record.hash === 'string' ? record.hash : null,
    ...(record.unsure === true && { isUnsure: true }),
  };
}

function versionsIn(configs: unknown): Record<string, string> {
  const entries = Object.entries(configs ?? {}).filter(([, version]) =>
    /^[0-9]{1,19}$/.test(String(version)),
  );
  return Object.fromEntries(entries.map(([name, version]) => [name, String(version)]));
}

/** How a workload stands to one of its ConfigMaps. */
export interface MapStanding {
  /** Version of the config when it was restarted for it, or first seen; null: not known. */
  readonly version: string | null;
  /** Whether the ConfigMap shows other content since; null: not known. */
  readonly isBehind: boolean | null;
}

/**
 * @param hasHash whether the pod template still has the hash that Pawl set, or none was set
 * @param now what the ConfigMap shows; null: not known
 */
export function standingTo(
  { seen, hasHash }: { readonly seen: SeenConfigs | null; readonly hasHash: boolean },
  name: string,
  config: ConfigId,
  now: SeenMap | null,
): MapStanding {
  const was = seen?.maps[name];
  if (!was || seen.isUnsure || !hasHash) return { version: null, isBehind: null };
  return {
    version: was.configs[configName(config)] ?? null,
    isBehind: now && now.content !== was.content,
  };
}
