/**
 * The rules that hold for a change by request at this moment, a freeze included, and the way around freezes and approvals.
 * Invariant: nobody bypasses either without the right to, and the history says that it was bypassed, and why.
 */
import { type Law, lawOfPolicy, withFreeze } from '../history/core/law.ts';
import type { ConfigId, Version } from '../history/words/model.ts';
import { type Freeze, frozenBy, neededApproval } from '../history/words/policy.ts';
import type { Call } from './call.ts';
import { Refused, refusedBy } from './problems.ts';
import type { Unbypassed } from './refusal-words.ts';

/** As the OpenAPI document bounds a comment. */
const maxComment = 4_096;

/** @param bypassed a freeze that the caller may bypass, and does; null: none */
export function lawOfChange(
  { namespaces, clock, maxBodyBytes }: Pick<Call, 'namespaces' | 'clock' | 'maxBodyBytes'>,
  config: ConfigId,
  bypassed: Bypassed | null = null,
): Law {
  const policy = namespaces.policy(config.namespace);
  const maxBytes = Math.min(maxBodyBytes, policy.maxBodyBytes ?? maxBodyBytes);
  // Kubernetes' own rights were asked already; only the namespace's policy is left to apply.
  const law = lawOfPolicy({ ...policy, maxBodyBytes: maxBytes }, namespaces.schemas?.(config));
  return bypassed ? { ...law, bypassed: bypassed.why } : withFreeze(law, config.path, clock.now());
}

/** What a freeze or a needed approval says at a door that has no place for a bypass. @returns null: nothing is in the way */
export function withoutBypass(
  { namespaces, clock }: Pick<Call, 'namespaces' | 'clock'>,
  config: ConfigId,
  door: Unbypassed,
  expectedHead: Version | null = null,
): Refused | null {
  const policy = namespaces.policy(config.namespace);
  const freeze = frozenBy(policy, config.path, clock.now());
  if (freeze) return refusedBy({ kind: 'frozen', config, freeze, head: null }, expectedHead, door);
  if (!neededApproval(policy, config.path)) return null;
  return refusedBy({ kind: 'unkeepable', config, what: door, head: null }, expectedHead, door);
}

/** The same of a Git commit, at a door that has no place for one. */
export function withoutCommit(
  { namespaces }: Pick<Call, 'namespaces'>,
  { namespace }: ConfigId,
  instead: string,
): Refused | null {
  if (!namespaces.policy(namespace).requireGitCommit) return null;
  const detail = `Config namespace ${namespace} requires a Git commit for every change, and ${instead}`;
  return new Refused('MissingGitCommit', detail);
}

export interface Bypassed {
  /** null: none lasts. */
  readonly freeze: Freeze | null;
  readonly why: string;
}

/**
 * Throws Refused where there is a freeze or an approval to bypass, and no right to.
 * @param why as the request says; undefined: it does not ask to bypass anything
 * @returns null: there is nothing to bypass, or nobody asks to
 */
export async function bypassedBy(
  { gate, principal, namespaces, clock }: Call,
  config: ConfigId,
  why: string | undefined,
): Promise<Bypassed | null> {
  if (why === undefined) return null;
  const policy = namespaces.policy(config.namespace);
  const freeze = frozenBy(policy, config.path, clock.now());
  if (!freeze && !neededApproval(policy, config.path)) return null;
  await gate.demand(principal, { verb: 'bypass', ...config });
  return { freeze, why };
}

/** The comment of a version, with the freeze that was bypassed for it. A bypassed approval stands beside the version. */
export function commentWith(comment: string, bypassed: Bypassed | null): string {
  if (!bypassed?.freeze) return comment;
  return `${remarkOf(bypassed)}\n${comment}`.trim().slice(0, maxComment);
}

/** What the log says of a delete, which leaves no version to say it. */
export function remarkOf({ freeze, why }: Bypassed): string {
  const what = freeze ? `the freeze ${freeze.name} (${freeze.reason})` : 'the approval';
  return `Bypassed ${what}: ${why}`;
}
