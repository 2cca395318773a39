/**
 * A request that waits for an approval, as it is kept and as it is taken up again. Pure. Invariant: what is taken up is
 * what was kept, on the version that it was made on; its rights and rules are those of the moment.
 */
import type { Format } from '../../text/format.ts';
import { sha256 } from '../../text/sha256.ts';
import { countNeeded, type Unapproved } from '../core/approval.ts';
import type { Law } from '../core/law.ts';
import type { RefusalOf } from '../core/refusal.ts';
import type { ApprovalRecord, ConfigId, GitOrigin } from '../words/model.ts';
import { type NeededApproval, neededApproval, type OnStale } from '../words/policy.ts';
import type { Sender } from '../words/request.ts';
import type { ProposalToKeep } from '../words/save.ts';
import type { Decided, RequestedChange, WriteRequest } from './change.ts';

/** Of one config namespace, and of one person in it. */
const limits = { count: 500, bytes: 32 << 20, ofOne: 50 } as const;
/** Of all texts of one request together. */
const maxBytes = 4 << 20;
const maxChanges = 100;

/** As JSON. */
interface KeptRequest {
  readonly author: string;
  readonly git: GitOrigin;
  readonly group: string | null;
  /** Absent: it was kept by an earlier Pawl. */
  readonly sender?: Sender;
  readonly changes: readonly {
    readonly path: string;
    readonly format: Format | null;
    readonly text: string;
    readonly baseVersion: string;
    readonly mustExist: boolean;
    readonly onStale: OnStale | null;
    readonly comment: string;
    readonly promoted: boolean;
  }[];
}

/** Why a request cannot wait; null: it can. */
export function unkeepable(decided: readonly Decided[]): RefusalOf<'unkeepable'>['what'] | null {
  if (decided.some(({ change }) => change.kind === 'delete')) return 'several';
  if (new Set(decided.map(({ change }) => change.config.namespace)).size > 1) return 'elsewhere';
  const bytes = decided.reduce((sum, { change }) => sum + Buffer.byteLength(textOf(change)), 0);
  return decided.length > maxChanges || bytes > maxBytes ? 'larger' : null;
}

const textOf = (change: Decided['change']): string => (change.kind === 'delete' ? '' : change.text);

/** @param decided what unkeepable() has nothing against */
export function toKeep(
  { author, git, group, actor, sender }: WriteRequest,
  decided: readonly Decided[],
): ProposalToKeep {
  const changes = decided.map(({ change, view }) => {
    const { config, format, text, baseVersion, mustExist, onStale, comment, promoted } =
      change as RequestedChange;
    // What stated no base was on the latest.
    const base = String(baseVersion ?? view.head?.version ?? 0n);
    return {
      ...{ path: config.path, format, text, baseVersion: base },
      // Whoever approves sees what becomes of it on another version.
      ...{ mustExist, onStale: promoted ? null : onStale, comment, promoted },
    };
  });
  const kept: KeptRequest = { author, git, group, changes };
  const { namespace } = decided[0]!.change.config;
  return {
    ...{ namespace, paths: changes.map(({ path }) => path), proposer: actor.name },
    sha256s: changes.map(({ text }) => sha256(text)),
    request: JSON.stringify({ ...kept, ...(sender && { sender }) }),
    // Sent again with another token, it is the same.
    ...{ contentSha256: sha256(JSON.stringify(kept)), limits },
  };
}

/** @param lawOf rights and rules of a config now */
export function takenUp(
  { namespace, request }: { readonly namespace: string; readonly request: string },
  lawOf: (config: ConfigId) => Law,
): Pick<WriteRequest, 'author' | 'git' | 'group' | 'sender'> & {
  readonly changes: readonly RequestedChange[];
} {
  const { changes, author, git, group, sender } = JSON.parse(request) as KeptRequest;
  return {
    ...{ author, git, group, ...(sender && { sender }) },
    changes: changes.map(({ path, baseVersion, ...change }): RequestedChange => {
      const config = { namespace, path };
      const base = { baseVersion: BigInt(baseVersion), unstated: 'latest' } as const;
      return { ...change, ...base, config, confirm: null, law: lawOf(config) };
    }),
  };
}

/** What several changes together need. */
export function strictest(waiting: readonly Unapproved[]): NeededApproval {
  return {
    count: Math.max(...waiting.map(({ rule }) => rule.count)),
    authorMayApprove: waiting.every(({ rule }) => rule.authorMayApprove),
  };
}

/** What the history tells of each change. */
export function recordsOf(
  { actor, waited }: WriteRequest,
  decided: readonly Decided[],
  approved: readonly ApprovalRecord[],
): ApprovalRecord[][] {
  const proposed: ApprovalRecord[] = waited
    ? [{ kind: 'proposed', name: actor.name, at: waited.proposedAt, reason: null }]
    : [];
  return decided.map(({ change, decision }): ApprovalRecord[] => {
    if (decision.kind === 'unapproved') return [...proposed, ...approved];
    const { law } = change;
    if (decision.kind !== 'save' || law.bypassed === undefined) return [];
    if (!neededApproval(law.policy, change.config.path)) return [];
    return [{ kind: 'bypassed', name: actor.name, at: null, reason: law.bypassed }];
  });
}

export const neededOf = (waiting: readonly Unapproved[], { actor }: Pick<WriteRequest, 'actor'>): number =>
  countNeeded(strictest(waiting), actor);
