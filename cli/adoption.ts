/**
 * What a ConfigMap becomes: a config for each key; one ConfigVersion that takes it over where it has one key, and where it has
 * several, one for each key and a ConfigProjection that shows them together. Invariant: what is shown is what the ConfigMap
 * shows now, byte for byte. Pure.
 */
import { checkNewPath, checkPath } from '../text/config-path.ts';
import type { Format } from '../text/format.ts';
import { sha256 } from '../text/sha256.ts';
import { type FormatRules, guessFormat } from './config-map-guess.ts';
import type { ConfigMapObject } from './config-maps.ts';
import { CliError } from './errors.ts';

const apiVersion = 'pawl.dev/v1alpha1';

export interface AdoptedKey {
  readonly key: string;
  readonly path: string;
  readonly format: Format;
  readonly text: string;
}

export interface Adoption {
  readonly configMap: ConfigMapObject;
  readonly keys: readonly AdoptedKey[];
  readonly versions: readonly AdoptionManifest[];
  /** null: the only ConfigVersion shows it. */
  readonly projection: AdoptionManifest | null;
}

export interface AdoptionManifest {
  readonly apiVersion: string;
  readonly kind: 'ConfigVersion' | 'ConfigProjection';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: object;
}

export interface AdoptionOptions {
  readonly formats: FormatRules;
  /** Key → path of its config, where that is not NAME/KEY. */
  readonly paths: ReadonlyMap<string, string>;
}

/** Throws CliError where a path cannot be a config's. */
export function adoptionOf(configMap: ConfigMapObject, { formats, paths }: AdoptionOptions): Adoption {
  const { name, namespace } = configMap.metadata;
  const keys = Object.entries(configMap.data ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]): AdoptedKey => {
      const path = pathOf(name, key, paths);
      return { key, path, text, format: guessFormat(path, text, formats) };
    });
  const alone = keys.length === 1;
  const names = objectNames(name, keys);
  const versions = keys.map(({ key, path, format, text }, index): AdoptionManifest => {
    const configMapSpec = alone ? { name, key } : { enabled: false };
    const comment = `adopted from key ${key} of ConfigMap ${name}`;
    return {
      ...{ apiVersion, kind: 'ConfigVersion', metadata: { name: names[index]!, namespace } },
      spec: { path, format, comment, configMap: configMapSpec, body: text },
    };
  });
  const projection: AdoptionManifest = {
    ...{ apiVersion, kind: 'ConfigProjection', metadata: { name, namespace } },
    spec: { configs: keys.map(({ key, path }) => ({ path, key })), target: { name } },
  };
  return { configMap, keys, versions, projection: alone ? null : projection };
}

function pathOf(name: string, key: string, paths: ReadonlyMap<string, string>): string {
  const given = paths.get(key);
  const plain = given ?? `${name}/${key}`;
  // Addresses end in /versions.
  const path = given === undefined && checkNewPath(plain) !== null ? `${plain}.txt` : plain;
  const fault = checkPath(path) ?? checkNewPath(path);
  if (fault !== null) throw new CliError('Usage', `${path} cannot be a config's path: ${fault}`);
  return path;
}

/** A DNS-1123 name for each, all different. */
function objectNames(name: string, keys: readonly AdoptedKey[]): string[] {
  if (keys.length === 1) return [name];
  const used = new Set<string>();
  return keys.map(({ key }) => {
    const plain = `${name}-${key}`;
    const clean = plain
      .toLowerCase()
      .replace(/[^a-z0-9.-]/g, '-')
      .replace(/-*\.[.-]*/g, '.')
      .replace(/[.-]+$/, '');
    const short = `${clean.slice(0, 240).replace(/[.-]+$/, '')}-${sha256(plain).slice(0, 8)}`;
    const chosen = clean.length <= 253 && !used.has(clean) ? clean : short;
    used.add(chosen);
    return chosen;
  });
}
