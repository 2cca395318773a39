/**
 * Brings a proposal to an answer in the store: gather (one look), decide (pure), save. The only code that writes
 * history, for every door; every answer is true in the database when it is given.
 */

import { approvedAs, unapprovedRefusal } from '../core/approval.ts';
import { answeredBefore, type Proposed, type SaveDecision, type Unchanged } from '../core/decide.ts';
import { approvalUnder, type Law } from '../core/law.ts';
import { editOf, type Proposal, type ProposalTerms } from '../core/proposal.ts';
import type { Refusal } from '../core/refusal.ts';
import type { HeadRef, Line, NewVersion, ProposalRef, View } from '../words/model.ts';
import type { Save } from '../words/save.ts';
import type { RuleNotice } from '../words/secret.ts';
import { Concluder, placeInLine } from './concluder.ts';
import { unstorable } from './decider.ts';
import { Floor, type HighestSeen, nothingSeen } from './floor.ts';
import type { Store } from './ports.ts';
import { policyQuotas, type Quotas } from './quotas.ts';
import type { Thinker } from './thinker.ts';

/** The outcome of settling a proposal with the store. */
export interface Settled {
  readonly line: Line | null;
  readonly refusal: Refusal | null;
  readonly head: HeadRef | null;
  /** Text of the head, when it is at hand. */
  readonly headText: string | null;
  readonly saved: boolean;
  /** What rules that only warn say to the text that was saved by this call. */
  readonly notices: readonly RuleNotice[];
}

export class Settler {
  readonly #store: Store;
  readonly #concluder: Concluder;
  readonly #floor: Floor;
  readonly #quotas: Pick<Quotas, 'quotaOf'>;

  constructor(
    store: Store,
    thinker: Thinker,
    highestSeen: HighestSeen = () => nothingSeen,
    quotas: Pick<Quotas, 'quotaOf'> = policyQuotas,
  ) {
    this.#store = store;
    this.#quotas = quotas;
    this.#concluder = new Concluder(store, thinker);
    this.#floor = new Floor(store, highestSeen);
  }

  /** The answer given before to exactly this proposal; null: there is none, and its text is needed for one. */
  async recall(terms: ProposalTerms, signal: AbortSignal): Promise<Settled | null> {
    const { config, source, baseVersion } = terms;
    const view = await this.#store.look({ config, source, baseVersion }, signal);
    if ((await this.#floor.learn(config, terms.format, view, signal)) !== 'nothing') return null;
    const earlier = answeredBefore(terms, view);
    return earlier?.kind === 'accepted' ? known(view, { line: earlier.line }) : null;
  }

  /**
   * `raced`: the head moved meanwhile; ask again. `outdated`: the object seen is older than one accepted, unless its
   * cluster was restored to an earlier moment. `untold`: something that it depends on is on its way; wait.
   * `awaits`: for what the object that a renamed one was before says to be saved, or for that one to be gone.
   * Rejects with OffloadBusy while its namespace has as many heavy texts waiting as it may.
   * @param law the rights and the policy at this moment
   * @param guess what the store is thought to hold; saves the look where it is right
   * @param formerSha256 SHA-256 of what the object that a renamed one was before says now; null: it is gone
   */
  async settle(
    proposal: Proposal,
    law: Law,
    signal: AbortSignal,
    guess: View | null = null,
    formerSha256: string | null = null,
  ): Promise<(Settled & { readonly awaits?: 'former' }) | 'raced' | 'outdated' | 'untold'> {
    const { config, format } = proposal;
    const tried = guess && (await this.#trySave(proposal, law, guess, signal));
    if (tried) return tried;
    const learn = (view: View) => this.#floor.learn(config, format, view, signal);
    const concluded = await this.#concluder.conclude(proposal, law, { formerSha256, learn }, signal);
    if (typeof concluded === 'string') return concluded;
    if (concluded.kind === 'waiting') return { ...known(concluded.view, {}), awaits: 'former' };
    const { view, decision, headText } = concluded;
    switch (decision.kind) {
      case 'outdated':
        return 'outdated';
      case 'accepted':
        return known(view, { line: decision.line });
      case 'refused':
        return known(view, { refusal: decision.refusal, headText });
      case 'unchanged':
        return this.#moveLine(proposal, view, decision, signal);
      case 'save':
        return this.#save(proposal, view, decision, law, signal);
      case 'unapproved': {
        const judged = await this.#store.judged(proposal, signal);
        const approved = approvedAs(decision, proposal.actor, judged.approvals);
        if (approved) return this.#save(proposal, view, decision.save, law, signal, { approved });
        const refusal = unapprovedRefusal(proposal, decision, judged);
        return known(view, { refusal, headText });
      }
    }
  }

  /** Null: this needs a look. */
  async #trySave(proposal: Proposal, law: Law, guess: View, signal: AbortSignal): Promise<Settled | null> {
    if (this.#floor.isBelow(proposal.config, guess)) return null;
    if (!isLineOfNow(proposal, guess)) return null;
    if (approvalUnder(law, proposal.config.path)) return null;
    const decision = await this.#concluder.decider.look(
      editOf(proposal),
      guess,
      law,
      placeInLine(proposal, signal),
    );
    if (decision.kind !== 'save') return null;
    const { actor } = proposal;
    const onto = guess.head && {
      expectedSha256: guess.head.sha256,
      // A guess cannot know who saved the latest; only the store can tell whether it was the same person.
      expectedActor: proposal.baseVersion === null && actor.verified ? actor.name : null,
    };
    const settled = await this.#save(proposal, guess, decision, law, signal, onto ?? {});
    return typeof settled === 'object' && settled.saved ? settled : null;
  }

  async #save(
    proposal: Proposal,
    view: View,
    { body, mergedPaths, proposed, expectedHead, versionKind: kind, notices = [] }: SaveDecision,
    { policy }: Law,
    signal: AbortSignal,
    onto: Pick<Save, 'expectedSha256' | 'expectedActor' | 'approved'> = {},
  ): Promise<Settled | 'raced' | 'outdated'> {
    const { config, format, author, actor, comment, git, deploymentId } = proposal;
    const confirmedBy = kind === 'confirmed' ? proposal.confirmedBy : null;
    const version: NewVersion = {
      ...{ body, format, kind, mergedPaths },
      ...{ author, actor, comment, git, deploymentId, confirmedBy },
    };
    const ref = refOf(proposal, proposed);
    const quota = this.#quotas.quotaOf(config.namespace, policy);
    const result = await this.#store
      .save({ config, expectedHead, ...onto, proposal: ref, version, quota }, signal)
      .catch(error => ({ kind: 'refused', refusal: unstorable(config, error) }) as const);
    if (result.kind === 'raced') return 'raced';
    if (result.kind === 'taken') return 'outdated';
    if (result.kind === 'refused') return known(view, { refusal: result.refusal });
    if (result.kind === 'exceeded') {
      const { head } = view;
      return known(view, { refusal: { kind: 'over-quota', config, exceeded: result.exceeded, head } });
    }
    const { line, configId, version: number } = result;
    const head = { configId, version: number, sha256: line.contentSha256 };
    return { ...known(view, { line }), head, headText: body.text, saved: true, notices };
  }

  async #moveLine(
    proposal: Proposal,
    view: View,
    { version, proposed, expectedHead }: Unchanged,
    signal: AbortSignal,
  ): Promise<Settled | 'raced'> {
    const ref = refOf(proposal, proposed);
    const { config, actor, git, deploymentId } = proposal;
    const input = { config, expectedHead, proposal: ref, version, actor, git, deploymentId };
    const result = await this.#store.moveLine(input, signal);
    return result.kind === 'raced' ? 'raced' : known(view, { line: result.line });
  }
}

/**
 * Whether the line that was guessed is the line of this moment, as long as the head is: the store compares only the head,
 * and a line moves without it, by a proposal that changed nothing. Between two generations that follow each other there is
 * no proposal that could have moved it.
 */
function isLineOfNow({ uid, generation, baseVersion }: Proposal, { head, line }: View): boolean {
  if (line === null) return head === null;
  // A base that the line was accepted with is stepped over for the line.
  if (baseVersion !== null && line.baseVersion === baseVersion) return false;
  return line.uid === uid && line.generation === generation - 1n;
}

function known(
  { config, head }: View,
  facts: { line?: Line; refusal?: Refusal; headText?: string | null },
): Settled {
  return {
    line: facts.line ?? null,
    refusal: facts.refusal ?? null,
    head: head && config ? { configId: config.id, version: head.version, sha256: head.sha256 } : null,
    headText: facts.headText ?? null,
    saved: false,
    notices: [],
  };
}

function refOf({ source, uid, generation, text, baseVersion }: Proposal, { sha256 }: Proposed): ProposalRef {
  return { source, uid, generation, sha256, text, baseVersion };
}
