/**
 * Finds which version a file was edited from when the state file does not say: a version that has the file's very
 * text, or else the newest of the file's commits whose text a version has. Invariant: a base is never guessed from
 * anything but equal text.
 */
import type { VersionFacts } from '../api/types.gen.ts';
import { sha256 } from '../text/sha256.ts';
import { type Client, Refusal } from './client.ts';
import type { Entry } from './compare.ts';
import type { GitRepository } from './git.ts';
import type { Base } from './state.ts';
import type { ConfigId } from './workspace.ts';

const versionsLookedAt = 1_000;

export async function findBase(
  client: Client,
  git: Pick<GitRepository, 'pastTexts'>,
  { config, file, local, head }: Pick<Entry, 'config' | 'file' | 'local' | 'head'>,
): Promise<Base | null> {
  if (local === null || head === null) return null;
  const [versions, past] = await Promise.all([
    client.versions(config.namespace, config.path, versionsLookedAt),
    git.pastTexts(file),
  ]);
  return baseAmong(versions, [local.sha256, ...past]);
}

/** The newest version after that one which has the file's very text; null: none has. */
export async function findSavedAfter(
  client: Client,
  { config, local }: Pick<Entry, 'config' | 'local'>,
  after: number,
): Promise<Base | null> {
  if (local === null) return null;
  const versions = await client.versions(config.namespace, config.path, versionsLookedAt);
  const later = versions.filter(({ version }) => version > after);
  return baseAmong(later, [local.sha256]);
}

/** @param versions newest first @param texts SHA-256, likeliest first */
export function baseAmong(
  versions: readonly Pick<VersionFacts, 'version' | 'content_sha256'>[],
  texts: readonly string[],
): Base | null {
  for (const text of texts) {
    const version = versions.find(({ content_sha256 }) => content_sha256 === text);
    if (version !== undefined) return { version: version.version, sha256: text };
  }
  return null;
}

/** The text of an entry's base; null when the server has no such version, or has it with another text. */
export async function textOfBase(
  client: Client,
  { config, base }: Pick<Entry, 'config' | 'base'>,
): Promise<string | null> {
  if (base === null) return null;
  const text = await textOfVersion(client, config, base.version);
  return text !== null && sha256(text) === base.sha256 ? text : null;
}

/** What Pawl says of a version that does not exist; a 404 of somebody on the way says nothing about that. */
const missing: ReadonlySet<string> = new Set([
  'version-not-found',
  'config-not-found',
  'namespace-not-found',
]);

/** Null when there is no such version. */
export async function textOfVersion(
  client: Client,
  { namespace, path }: ConfigId,
  version: number,
): Promise<string | null> {
  if (version === 0) return null;
  try {
    return (await client.read(namespace, path, version)).body_raw;
  } catch (error) {
    if (error instanceof Refusal && missing.has(error.kind)) return null;
    throw error;
  }
}
