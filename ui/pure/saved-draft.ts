/**
 * Whether a draft was saved although nobody heard of it. Invariant: what somebody else saved counts while it is the latest
 * only: when it was changed since, the draft is not what the config has.
 */
import type { VersionPage } from '../../api/types.gen.ts';
import type { Draft } from './drafts.ts';

/** What a save of it would put into the history. */
export const textsOf = ({ text, sent }: Pick<Draft, 'text' | 'sent'>): readonly string[] =>
  sent === undefined ? [text] : [text, sent];

/**
 * @param hashes of its texts
 * @param page the newest versions
 * @returns null: none of them
 */
export function savedAs(
  { base, user }: Pick<Draft, 'base' | 'user'>,
  hashes: readonly string[],
  { config, items }: Pick<VersionPage, 'config' | 'items'>,
): number | null {
  const found = items.find(
    ({ version, content_sha256, actor }) =>
      version > base &&
      hashes.includes(content_sha256) &&
      (version === config.latest_version || actor === user),
  );
  return found?.version ?? null;
}
