/** One generation of one ConfigVersion object as it is settled: what it proposes, by whom, and from where. */
import type { Format } from '../../text/format.ts';
import { defaultDiffLimits } from '../../text/text-diff.ts';
import type { Actor, ConfigId, GitOrigin, Source, Version } from '../words/model.ts';
import type { OnStale } from '../words/policy.ts';
import type { Edit } from './edit.ts';

/** A proposal without its text, which costs a read where it is not at hand. */
export interface ProposalTerms {
  readonly source: Source;
  readonly uid: string;
  readonly generation: bigint;
  readonly config: ConfigId;
  readonly format: Format;
  /** Of the text. Lower-case hex. */
  readonly sha256: string;
  /** null: none stated. */
  readonly baseVersion: Version | null;
  /** null: none stated. */
  readonly onStale: OnStale | null;
  /** Token that confirms a result shown before; null when there is none. */
  readonly confirm: string | null;
  /** Who confirmed, according to the API server or our API; null when neither names anybody. */
  readonly confirmedBy: string | null;
  readonly author: string;
  readonly actor: Actor;
  readonly comment: string;
  readonly git: GitOrigin;
  /** Whose line it continues as long as it has none of its own, because the object was renamed; null: nobody's. */
  readonly formerly: Source | null;
  /** Groups objects that were applied together in the deployment log; null: none. */
  readonly deploymentId: string | null;
  /** A version that the object's own status names; null: it names none. */
  readonly known: { readonly version: Version; readonly sha256: string } | null;
}

export interface Proposal extends ProposalTerms {
  readonly text: string;
}

/** What the decision sees of it: an answer must not depend on anything else. */
export function editOf(proposal: Proposal): Edit {
  const { config, format, text, baseVersion, onStale, confirm, git, actor, known } = proposal;
  const { uid, generation, sha256 } = proposal;
  return {
    ...{ config, format, text, baseVersion, onStale, confirm, git, actor, known },
    ...{
      unstated: 'line',
      mustExist: false,
      carrier: { uid, generation, sha256 },
      diffLimits: defaultDiffLimits,
    },
  };
}
