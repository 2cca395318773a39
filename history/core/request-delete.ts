/**
 * Decides what becomes of a wish to delete a config that comes with other changes: the policies that hold for a
 * text hold for its end, too, and what somebody saved since is never deleted unseen. Nothing can be merged here, so
 * a stale base is a refusal. Pure.
 */
import type { ConfigId, GitOrigin, Version, View } from '../words/model.ts';
import { Reason } from '../words/reasons.ts';
import type { Law } from './grants.ts';
import { type AskRefusal, type AskRefused, checkGit } from './request.ts';
import { configName, savedBy } from './words.ts';

export interface DeleteAsk {
  readonly config: ConfigId;
  /** The version that must still be the latest; null: whatever is. */
  readonly baseVersion: Version | null;
  readonly git: GitOrigin;
}

export type DeleteDecision =
  | {
      readonly kind: 'delete';
      /** The head that goes, and its text's hash. */
      readonly expectedHead: Version;
      readonly sha256: string;
    }
  /** It has no version. */
  | { readonly kind: 'missing' }
  | AskRefused;

export function decideDelete(ask: DeleteAsk, { head }: View, law: Law): DeleteDecision {
  const unlawful = checkGit(ask, law);
  if (unlawful) return { kind: 'refused', refusal: unlawful };
  if (!head) return { kind: 'missing' };
  const { config, baseVersion } = ask;
  const latest = `The latest of ${configName(config)} is ${savedBy(head)}`;
  const refuse = (reason: AskRefusal['reason'], message: string): AskRefused => ({
    kind: 'refused',
    refusal: { reason, message, current: head },
  });
  if (baseVersion === null && law.policy.requireBaseVersion) {
    const who = `Config namespace ${config.namespace} requires every change to state the version it is about`;
    const next = `${latest}: look at it, then send base_version: ${head.version}.`;
    return refuse(Reason.BaseVersionRequired, `${who}, and this delete does not. ${next}`);
  }
  if (baseVersion !== null && baseVersion !== head.version) {
    const what = `This asks to delete ${configName(config)} as of version ${baseVersion}.`;
    const next = `Look at it first, then send base_version: ${head.version}.`;
    return refuse(Reason.VersionConflict, `${what} ${latest}. Nothing was deleted. ${next}`);
  }
  return { kind: 'delete', expectedHead: head.version, sha256: head.sha256 };
}
