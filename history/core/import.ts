/**
 * Decides whether commits of a Git history may become the next versions of a config. Invariant: an imported text follows
 * only the text that it followed in Git, so that no import takes back what somebody saved here. Pure.
 */
import { checkNewPath, checkPath } from '../../text/config-path.ts';
import type { Format } from '../../text/format.ts';
import { formatOfNew } from '../../text/format.ts';
import type { CommitToImport } from '../words/imports.ts';
import type { View } from '../words/model.ts';
import type { Refusal } from './refusal.ts';

/** @param commit the first that the config does not have yet */
export function refuseImport(
  { config, format, after, parentSha256 }: CommitToImport,
  { config: known, head }: View,
): Refusal | null {
  const fault = checkPath(config.path) ?? (head ? null : checkNewPath(config.path));
  if (fault !== null) return { kind: 'not-a-path', config, fault };
  if (!head) return after === 0n ? null : { kind: 'base-gone', config, baseVersion: after, head };
  const follows = head.kind === 'imported' || head.sha256 === parentSha256;
  if (head.version !== after || !follows) return { kind: 'not-in-git', config, after, head };
  if (known && format !== null && format !== known.format)
    return { kind: 'other-format', config, existing: known.format, proposed: format, head };
  return null;
}

/** A config keeps its format for life, and a new one has what its import says. */
export function formatToImport({ config, format }: CommitToImport, { config: known, head }: View): Format {
  return (head && known ? known.format : format) ?? formatOfNew(config.path);
}
