/**
 * Brings a proposal to an answer in the store: gather (one look), decide (pure), save. The only code
 * that writes history, for every door; whatever it answers is true in the database when it answers.
 */

import type { Place } from '../../runtime/offload.ts';
import type { Body } from '../../text/format.ts';
import { answeredBefore, type Decision } from '../core/decide.ts';
import type { Law } from '../core/grants.ts';
import type { Proposal, Terms } from '../core/proposal.ts';
import type { Refusal } from '../core/refusal.ts';
import type { Head } from '../core/render.ts';
import type { Line, NewVersion, ProposalRef, Version, View } from '../words/model.ts';
import { Reason } from '../words/reasons.ts';
import { Floor, type HighestSeen } from './floor.ts';
import type { Store } from './ports.ts';
import { isUnstorable } from './store-failure.ts';
import type { Thinker } from './thinker.ts';

/** Of one Kubernetes namespace: each of them holds a worker of the controller while it waits for the thread. */
const maxHeavyWaiting = 4;

/** To say who is in the way, at most this many versions are compared with. */
const maxBlamed = 10;

/** What settling a proposal with the store came to. */
export interface Settled {
  readonly line: Line | null;
  readonly refusal: Refusal | null;
  readonly head: Head | null;
  /** Text of the head, when it is at hand. */
  readonly headText: string | null;
  readonly saved: boolean;
}

type StaleProposal = Extract<Decision, { kind: 'stale' }>;

export class Settler {
  readonly #store: Store;
  readonly #thinker: Thinker;
  readonly #floor: Floor;

  constructor(store: Store, thinker: Thinker, highestSeen: HighestSeen = () => 0n) {
    this.#store = store;
    this.#thinker = thinker;
    this.#floor = new Floor(store, highestSeen);
  }

  /** The answer given before to exactly this proposal; null: there is none, and its text is needed for one. */
  async recall(terms: Terms, signal: AbortSignal): Promise<Settled | null> {
    const { config, source, baseVersion } = terms;
    const view = await this.#store.look({ config, source, baseVersion }, signal);
    if (await this.#floor.learned(config, terms.format, view, signal)) return null;
    const earlier = answeredBefore(terms, view);
    return earlier?.kind === 'accepted' ? known(view, { line: earlier.line }) : null;
  }

  /**
   * `raced`: the head moved meanwhile; ask again. `outdated`: the object seen is older than one accepted, unless its
   * cluster was restored to an earlier moment.
   * Rejects with OffloadBusy while its namespace has as many heavy texts waiting as it may.
   * @param law the rights and the policy at this moment
   * @param guess what the store is thought to hold; saves the look where it is right
   */
  async settle(
    proposal: Proposal,
    law: Law,
    signal: AbortSignal,
    guess: View | null = null,
  ): Promise<Settled | 'raced' | 'outdated'> {
    const { config, source } = proposal;
    const tried = guess && (await this.#trySave(proposal, law, guess, signal));
    if (tried) return tried;
    const view = await this.#store.look({ config, source, baseVersion: proposal.baseVersion }, signal);
    if (await this.#floor.learned(config, proposal.format, view, signal)) return 'raced';
    const decision = await this.#thinker.decide(proposal, view, law, placeOf(proposal, signal));
    switch (decision.kind) {
      case 'outdated':
        return 'outdated';
      case 'accepted':
        return known(view, { line: decision.line });
      case 'refused':
        return known(view, { refusal: decision.refusal });
      case 'unchanged':
        return this.#moveLine(proposal, view, decision, signal);
      case 'save':
        return this.#save(proposal, view, { ...decision, versionKind: 'direct', mergedPaths: [] }, signal);
      case 'stale':
        return this.#settleStale(proposal, view, decision, law, signal);
    }
  }

  /** Null: this needs a look. */
  async #trySave(proposal: Proposal, law: Law, guess: View, signal: AbortSignal): Promise<Settled | null> {
    if (this.#floor.isBelow(proposal.config, guess)) return null;
    const decision = await this.#thinker.decide(proposal, guess, law, placeOf(proposal, signal));
    if (decision.kind !== 'save') return null;
    const expectedSha256 = guess.head?.sha256;
    const plan = { ...decision, expectedSha256, versionKind: 'direct', mergedPaths: [] } as const;
    const settled = await this.#save(proposal, guess, plan, signal);
    return typeof settled === 'object' && settled.saved ? settled : null;
  }

  async #settleStale(
    proposal: Proposal,
    view: View,
    decision: StaleProposal,
    law: Law,
    signal: AbortSignal,
  ): Promise<Settled | 'raced' | 'outdated'> {
    const texts = await this.#textsOf(proposal, decision, signal);
    if (texts === null) return 'raced';
    const place = placeOf(proposal, signal);
    const outcome = await this.#thinker.decideStale(proposal, decision, texts, law, place);
    switch (outcome.kind) {
      case 'refused':
        return known(view, { refusal: outcome.refusal, headText: texts.head });
      case 'clash': {
        const { base, head } = decision;
        const from = base.kind === 'version' ? base.record.version : base.line.version;
        const range = { from, to: head.version, limit: maxBlamed };
        const since = await this.#store.between(proposal.config, range, signal);
        const refusal = await this.#thinker.blame(outcome, since, place);
        return known(view, { refusal, headText: texts.head });
      }
      case 'unchanged':
        return this.#moveLine(proposal, view, outcome, signal);
      case 'save':
        return this.#save(proposal, view, outcome, signal);
    }
  }

  async #textsOf(
    proposal: Proposal,
    { base, head }: StaleProposal,
    signal: AbortSignal,
  ): Promise<{ base: string; head: string } | null> {
    const versions = base.kind === 'version' ? [head.version, base.record.version] : [head.version];
    const [texts, lineText] = await Promise.all([
      this.#store.texts(proposal.config, versions, signal),
      base.kind === 'line' ? this.#store.lineText(proposal.config, proposal.source, signal) : null,
    ]);
    const headText = texts.get(head.version);
    const baseText = base.kind === 'version' ? texts.get(base.record.version) : lineText;
    if (headText === undefined || baseText === undefined || baseText === null) return null;
    return { base: baseText, head: headText };
  }

  async #save(
    proposal: Proposal,
    view: View,
    plan: Pick<NewVersion, 'body' | 'mergedPaths'> & {
      proposed: Body;
      expectedHead: Version;
      expectedSha256?: string | undefined;
      versionKind: NewVersion['kind'];
    },
    signal: AbortSignal,
  ): Promise<Settled | 'raced' | 'outdated'> {
    const { body, mergedPaths, proposed, expectedHead, expectedSha256, versionKind: kind } = plan;
    const { config, format, author, actor, comment, git, deploymentId } = proposal;
    const confirmedBy = kind === 'confirmed' ? proposal.confirmedBy : null;
    const version: NewVersion = {
      ...{ body, format, kind, mergedPaths },
      ...{ author, actor, comment, git, deploymentId, confirmedBy },
    };
    const ref = refOf(proposal, proposed);
    const result = await this.#store
      .save({ config, expectedHead, expectedSha256, proposal: ref, version }, signal)
      .catch(unstorable);
    if (result.kind === 'raced') return 'raced';
    if (result.kind === 'taken') return 'outdated';
    if (result.kind === 'refused') return known(view, { refusal: result.refusal });
    const { line, configId, version: number } = result;
    const head = { configId, version: number, sha256: line.contentSha256 };
    return { ...known(view, { line }), head, headText: body.text, saved: true };
  }

  async #moveLine(
    proposal: Proposal,
    view: View,
    plan: { version: Version; proposed: Body; expectedHead: Version },
    signal: AbortSignal,
  ): Promise<Settled | 'raced'> {
    const { version, proposed, expectedHead } = plan;
    const ref = refOf(proposal, proposed);
    const { config, actor, git, deploymentId } = proposal;
    const input = { config, expectedHead, proposal: ref, version, actor, git, deploymentId };
    const result = await this.#store.moveLine(input, signal);
    return result.kind === 'raced' ? 'raced' : known(view, { line: result.line });
  }
}

function placeOf({ source }: Proposal, signal: AbortSignal): Place {
  return { line: source.namespace, maxWaiting: maxHeavyWaiting, signal };
}

/** What nothing can be done about by trying again becomes an answer. */
function unstorable(error: unknown): { kind: 'refused'; refusal: Refusal } {
  if (!isUnstorable(error)) throw error;
  const message = `The database cannot hold this: ${error.message}. Change it, and apply again.`;
  return { kind: 'refused', refusal: { reason: Reason.InvalidBody, message, rendered: true } };
}

function known(
  { config, head }: View,
  facts: { line?: Line; refusal?: Refusal; headText?: string },
): Settled {
  return {
    line: facts.line ?? null,
    refusal: facts.refusal ?? null,
    head: head && config ? { configId: config.id, version: head.version, sha256: head.sha256 } : null,
    headText: facts.headText ?? null,
    saved: false,
  };
}

function refOf({ source, uid, generation, text, baseVersion }: Proposal, { sha256 }: Body): ProposalRef {
  return { source, uid, generation, sha256, text, baseVersion };
}
