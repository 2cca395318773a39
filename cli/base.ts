/**
 * Finds which version a file was edited from, when the state file does not say or Git may have moved the file since.
 * Invariant: a base is never guessed from anything but equal text, and of two that may be meant the older is taken, so
 * that what others saved in between is merged and shown, and not taken back.
 */
import type { VersionFacts } from '../api/types.gen.ts';
import { sha256 } from '../text/sha256.ts';
import type { Client } from './client.ts';
import type { SurveyedConfig } from './compare.ts';
import type { GitRepository } from './git.ts';
import { Refusal } from './refusal.ts';
import type { Base } from './state.ts';
import type { ConfigId } from './workspace.ts';

const versionsLookedAt = 1_000;

type Edited = Pick<SurveyedConfig, 'config' | 'file' | 'format' | 'local' | 'head'>;

/** What a file was made from. */
export interface Made {
  readonly base: Base;
  /** The older version whose very text the file has again. It is `base`, too, when nobody meant to go back to it. */
  readonly again?: number;
}

/**
 * For a file nothing is remembered of: found by its own text, or else by the newest of its committed texts that is a
 * version.
 */
export async function findBase(
  client: Client,
  git: Pick<GitRepository, 'pastTexts'>,
  { config, file, local, head }: Edited,
): Promise<Made | null> {
  if (local === null || head === null) return null;
  const [versions, past] = await Promise.all([
    client.versions(config.namespace, config.path, versionsLookedAt),
    git.pastTexts(file),
  ]);
  const same = baseAmong(versions, [local.sha256]);
  if (same === null) {
    const base = baseAmong(versions, past);
    return base && { base };
  }
  return wentBack(versions, past, same) ?? { base: same };
}

/**
 * For a file that differs from the version it is remembered to come from. Somebody may have edited it, Git may have
 * brought a later version, or put back an earlier text: by a checkout, a stash, a reset.
 */
export async function secondLook(
  client: Client,
  git: Pick<GitRepository, 'pastTexts' | 'holds'>,
  { config, format, file, local, head }: Edited,
  remembered: Base,
): Promise<Made> {
  if (local === null || head === null) return { base: remembered };
  // Below the first version there is nothing that Git could have put back, and Git need not be asked.
  const first = remembered.version === 1;
  if (first && head.version === 1) return { base: remembered };
  const past = first ? [] : await git.pastTexts(file);
  const before = past.find(text => text !== local.sha256);
  const edited = before === remembered.sha256 && !past.slice(1).includes(local.sha256);
  // The common case needs no request: an edit of the text that was committed last, with no save since.
  if (edited && head.version === remembered.version) return { base: remembered };
  const versions = await client.versions(config.namespace, config.path, versionsLookedAt);
  const same = baseAmong(versions, [local.sha256]);
  if (same !== null) {
    if (same.version > remembered.version) return { base: same };
    return wentBack(versions, past, same) ?? { base: same, again: same.version };
  }
  const committed = baseAmong(versions, past);
  if (committed === null || committed.version >= remembered.version) return { base: remembered };
  return (await isEditOf(client, git, { config, format, local }, committed, remembered))
    ? { base: remembered }
    : { base: committed };
}

/** Whether the branch had a newer version than the file has now: then somebody went back to this text on purpose. */
function wentBack(
  versions: readonly VersionFacts[],
  past: readonly string[],
  same: Base,
): { readonly base: Base; readonly again: number } | null {
  const newer = versions.filter(({ version }) => version > same.version);
  // A text that is an older version's, too, may have been in Git as that.
  const older = new Set(
    versions.filter(({ version }) => version <= same.version).map(({ content_sha256 }) => content_sha256),
  );
  const base = baseAmong(
    newer,
    past.filter(text => !older.has(text)),
  );
  return base && { base, again: same.version };
}

/**
 * Whether a text holds what `newer` has changed, so that it can have been edited from it; `older` is what Git had last.
 * Where it changes the very places that `newer` changed, both are possible: then it counts as made from `newer` if Git
 * has only moved forward since.
 */
async function isEditOf(
  client: Client,
  git: Pick<GitRepository, 'holds'>,
  {
    config,
    format,
    local,
  }: Pick<SurveyedConfig, 'config' | 'format'> & { readonly local: { readonly text: string } },
  older: Base,
  newer: Base,
): Promise<boolean> {
  const [from, to, { merge }] = await Promise.all([
    textOfBase(client, { config, base: older }),
    textOfBase(client, { config, base: newer }),
    import('../merge/merge.ts'),
  ]);
  if (from === null || to === null) return true;
  const result = merge(from, to, local.text, { format });
  if (result.kind === 'clean') return result.text === local.text;
  return result.kind === 'refused' || newer.at === undefined || (await git.holds(newer.at));
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
  { config, base }: Pick<SurveyedConfig, 'config' | 'base'>,
): Promise<string | null> {
  if (base === null) return null;
  const text = await textOfVersion(client, config, base.version);
  return text !== null && sha256(text) === base.sha256 ? text : null;
}

/** What Pawl answers about a version that does not exist; a proxy's 404 says nothing about that. */
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
