/**
 * What a ConfigVersion object that waits for an approval would change of the latest text now, decided as when the
 * operator looks at it. Invariant: nothing is written.
 */
import { approversOf, countNeeded } from '../history/core/approval.ts';
import { Concluder } from '../history/settle/concluder.ts';
import { systemClock } from '../runtime/clock.ts';
import type { AwaitedObject } from '../server/ports.ts';
import type { ConfigVersion } from './object/config-version.ts';
import { readTerms } from './object/terms.ts';
import type { PreviewContext } from './preview.ts';
import { wholeLawOf } from './reconcile/namespace-law.ts';
import type { Cluster } from './reconcile/ports.ts';
import { formerSha256Of } from './reconcile/wake.ts';

type Context = Pick<PreviewContext, 'store' | 'thinker' | 'reading' | 'holds'> & {
  readonly cluster: PreviewContext['cluster'] & Pick<Cluster, 'textOf'>;
};

/** Null: it does not wait for an approval now, or others are at it. */
export async function examine(
  { cluster, store, thinker, reading, holds }: Context,
  object: ConfigVersion,
  signal: AbortSignal,
): Promise<AwaitedObject | null> {
  const law = await wholeLawOf({ cluster, holds }, object, ['write', 'read'], systemClock.now(), signal);
  const text = await cluster.textOf(object, signal);
  if (!law || text === null) return null;
  const terms = readTerms(object, reading);
  const formerSha256 = formerSha256Of(cluster, object);
  const concluder = new Concluder(store, thinker);
  const concluded = await concluder.conclude({ ...terms, text }, law, { formerSha256 }, signal);
  if (typeof concluded === 'string' || concluded.kind === 'waiting') return null;
  if (concluded.decision.kind !== 'unapproved') return null;
  const { decision } = concluded;
  const { approvals, rejection } = await store.judged(terms, signal);
  const { token, change, head, save, rule } = decision;
  return {
    ...{ token, change, head, format: save.format, text: save.body.text, sha256: save.body.sha256 },
    needed: countNeeded(rule, terms.actor),
    approvers: approversOf(decision, terms.actor, approvals),
    rejection: rejection?.token === token ? rejection : null,
    proposer: terms.actor,
    authorMayApprove: rule.authorMayApprove,
  };
}
