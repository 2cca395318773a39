/**
 * Decides whether a config may be deleted, through any door: the rules for a text hold for its end, too, and a version
 * that somebody saved since is never deleted unseen. Nothing can be merged here, so a stale base is a refusal. Pure.
 */
import type { ConfigId, GitOrigin, Version, VersionRecord, View } from '../words/model.ts';
import { checkGit, type RefusedEdit } from './decide.ts';
import { approvalUnder, type Law } from './law.ts';

export interface DeleteAsk {
  readonly config: ConfigId;
  /** The version that must still be the latest; null: none is stated. */
  readonly baseVersion: Version | null;
  readonly git: GitOrigin;
  /** The object that takes the config along when it is deleted; null: a request. */
  readonly object: DeletedObject | null;
}

export interface DeletedObject {
  readonly suspended: boolean;
  /** Another object that may write the config, and stays; null: none is known. */
  readonly asker: { readonly namespace: string; readonly name: string } | null;
  /** Whether there may be such objects that are not seen here. */
  readonly blind: boolean;
}

/** Why a config outlives the object that was to take it along. */
export type Kept =
  | { readonly kind: 'suspended' }
  | { readonly kind: 'asked-for'; readonly by: NonNullable<DeletedObject['asker']> }
  | { readonly kind: 'unseen' }
  | { readonly kind: 'never-accepted' }
  /** Somebody else saved the latest version. */
  | { readonly kind: 'not-its-own'; readonly head: VersionRecord };

export type DeleteDecision =
  | {
      readonly kind: 'delete';
      /** The head that goes, and its text's hash. */
      readonly expectedHead: Version;
      readonly sha256: string;
    }
  /** It has no version. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'kept'; readonly why: Kept }
  | RefusedEdit;

export function decideDelete(ask: DeleteAsk, view: View, law: Law): DeleteDecision {
  const { config, baseVersion, object } = ask;
  const unlawful = law.delete ?? checkGit(ask, law);
  if (unlawful) return { kind: 'refused', refusal: unlawful };
  const { head } = view;
  if (!head) return { kind: 'missing' };
  if (law.freeze) return { kind: 'refused', refusal: { kind: 'frozen', config, freeze: law.freeze, head } };
  if (approvalUnder(law, config.path)) {
    return { kind: 'refused', refusal: { kind: 'unkeepable', config, what: 'delete', head } };
  }
  if (object) {
    const why = whyKept(object, view, head);
    if (why) return { kind: 'kept', why };
  } else if (baseVersion === null && law.policy.requireBaseVersion) {
    return { kind: 'refused', refusal: { kind: 'base-demanded', config, deed: 'delete', head } };
  }
  if (baseVersion !== null && baseVersion !== head.version) {
    return { kind: 'refused', refusal: { kind: 'moved', config, baseVersion, head } };
  }
  return { kind: 'delete', expectedHead: head.version, sha256: head.sha256 };
}

function whyKept({ suspended, asker, blind }: DeletedObject, view: View, head: VersionRecord): Kept | null {
  if (suspended) return { kind: 'suspended' };
  if (asker) return { kind: 'asked-for', by: asker };
  if (blind) return { kind: 'unseen' };
  if (!view.line) return { kind: 'never-accepted' };
  return view.headIsOwn ? null : { kind: 'not-its-own', head };
}
