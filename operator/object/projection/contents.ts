/**
 * What the keys of a projection's target hold: from what was asked for and what the store has, at one moment. Pure.
 * Invariant: either every key is known whole, or nothing is shown; and a text is needed only where it is converted.
 */
import { configName } from '../../../history/core/names.ts';
import type { ConfigId, Version } from '../../../history/words/model.ts';
import type { ProjectedVersion, ProjectionView } from '../../../history/words/projection.ts';
import { type ConfigMapFormat, convert } from '../../../text/convert/convert.ts';
import type { Format } from '../../../text/format.ts';
import { sha256 } from '../../../text/sha256.ts';
import type { ProjectionTrouble } from '../config-projection.ts';
import { type FoundConfigs, References, type Referred, Unresolved } from './references.ts';
import type { AskedConfig, ProjectionTerms } from './terms.ts';
import {
  emptyFolder,
  invalidKey,
  noConfigThere,
  noVersionThere,
  partNotRenderable,
  tooLarge,
  tooManyConfigs,
  twoForOneKey,
  unresolved,
} from './words.ts';

/** Keys of one target. */
export const maxKeys = 256;
/** What a ConfigMap or a Secret holds, all its values together. */
export const maxTargetBytes = 1_048_576;
/** Texts read to be converted: they may become smaller. */
export const maxSourceBytes = 4 * maxTargetBytes;

/** One key. */
export interface ShownKey {
  readonly key: string;
  readonly config: ConfigId;
  readonly version: Version;
  /** Of the version's own text. */
  readonly contentSha256: string;
  readonly isPinned: boolean;
  /** Of the text as shown. */
  readonly sha256: string;
  /** As shown; null: not read. */
  readonly text: string | null;
}

export type ProjectedContents =
  /** In the order of keys; `used`: what their references stand for. */
  | { readonly kind: 'parts'; readonly parts: readonly ShownKey[]; readonly used: readonly Referred[] }
  /** Something has to be converted, or looked through for references, and the texts were not read. */
  | { readonly kind: 'unread' }
  /** Texts refer to these, too, which were not looked for. */
  | { readonly kind: 'referring'; readonly to: readonly ConfigId[] }
  | { readonly kind: 'trouble'; readonly trouble: ProjectionTrouble };

interface Found {
  readonly key: string;
  readonly found: ProjectedVersion;
  readonly format: ConfigMapFormat;
  readonly isPinned: boolean;
}

const trouble = (told: ProjectionTrouble) => ({ kind: 'trouble', trouble: told }) as const;

/** @param referred what was looked for because texts refer to it, last of the configs of the view */
export function contentsOf(
  terms: ProjectionTerms,
  view: ProjectionView,
  referred: readonly ConfigId[] = [],
): ProjectedContents {
  if (view.isCut) return trouble(tooManyConfigs(maxKeys));
  const listed = listOf(terms, view);
  if (!Array.isArray(listed)) return trouble(listed);
  const clash = firstClash(listed);
  if (clash) return trouble(clash);
  const others = view.configs.slice(view.configs.length - referred.length);
  const read = [...listed.map(({ found }) => found), ...others.flatMap(({ shown }) => shown ?? [])];
  const size = read.reduce((sum, { bytes }) => sum + bytes, 0);
  const isPlain = !terms.references && listed.every(({ format }) => format === 'Source');
  if (size > (isPlain ? maxTargetBytes : maxSourceBytes)) return trouble(tooLarge(size, read.length));
  const references = new References(foundOf(view, referred));
  const parts: ShownKey[] = [];
  let room = maxTargetBytes;
  for (const { key, found, format, isPinned } of listed) {
    const { config, version, sha256: contentSha256 } = found;
    const facts = { key, config, version, contentSha256, isPinned };
    if (format === 'Source' && !terms.references) {
      room -= found.bytes;
      parts.push({ ...facts, sha256: contentSha256, text: found.text });
      continue;
    }
    if (found.text === null) return { kind: 'unread' };
    const text = terms.references ? resolved(references, found.text, found.format) : found.text;
    if (text instanceof Unresolved) return trouble(unresolved(key, config, text));
    const conversion = convert(text, found.format, format);
    if (!conversion.ok) return trouble(partNotRenderable(key, found, format, conversion));
    room -= Buffer.byteLength(conversion.text);
    parts.push({ ...facts, sha256: sha256(conversion.text), text: conversion.text });
  }
  if (references.missing.length > 0) return { kind: 'referring', to: references.missing };
  if (room < 0) return trouble(tooLarge(maxTargetBytes - room, listed.length));
  return {
    ...{ kind: 'parts', parts: parts.sort((a, b) => (a.key < b.key ? -1 : 1)) },
    used: references.used,
  };
}

function foundOf({ configs }: ProjectionView, referred: readonly ConfigId[]): FoundConfigs {
  const found = configs.slice(configs.length - referred.length);
  return new Map(
    referred.map((config, index) => [configName(config), { shown: found[index]?.shown ?? null }]),
  );
}

function resolved(references: References, text: string, format: Format): string | Unresolved {
  try {
    return references.replace(text, format);
  } catch (error) {
    if (error instanceof Unresolved) return error;
    throw error;
  }
}

function listOf({ asked }: ProjectionTerms, view: ProjectionView): Found[] | ProjectionTrouble {
  const listed: Found[] = [];
  let [config, folder] = [0, 0];
  for (const each of asked) {
    const { format } = each;
    if (each.kind === 'config') {
      const answer = view.configs[config++];
      if (!answer?.shown) return missing(each, answer?.head ?? null);
      const key = each.key ?? each.config.path.slice(each.config.path.lastIndexOf('/') + 1);
      if (!isKey(key)) return invalidKey(each.config, key);
      listed.push({ key, found: answer.shown, format, isPinned: each.version !== null });
      continue;
    }
    const found = view.folders[folder++] ?? [];
    if (found.length === 0) return emptyFolder(each.namespace, each.prefix);
    for (const one of found) {
      const key = keyBelow(each.prefix, one.config.path);
      if (!isKey(key)) return invalidKey(one.config, key);
      listed.push({ key, found: one, format, isPinned: false });
    }
  }
  return listed;
}

function missing(
  { config, version }: Extract<AskedConfig, { kind: 'config' }>,
  head: Version | null,
): ProjectionTrouble {
  return head === null || version === null ? noConfigThere(config) : noVersionThere(config, version, head);
}

/** `features`, `features/eu/search.yaml` → `eu-search.yaml` */
function keyBelow(prefix: string, path: string): string {
  if (path === prefix) return path.slice(path.lastIndexOf('/') + 1);
  return (prefix === '' ? path : path.slice(prefix.length + 1)).replaceAll('/', '-');
}

/** As the API server demands of keys of data. */
const isKey = (key: string): boolean =>
  /^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== '.' && !key.startsWith('..');

function firstClash(listed: readonly Found[]): ProjectionTrouble | null {
  const taken = new Map<string, ConfigId>();
  for (const { key, found } of listed) {
    const other = taken.get(key);
    if (other) return twoForOneKey(key, other, found.config);
    taken.set(key, found.config);
  }
  return null;
}
