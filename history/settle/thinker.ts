/**
 * Where the pure decisions are taken: at once for the texts people usually write, in a worker thread for large
 * ones, whose reading and merging would hold up everybody else. Invariant: the answer is the same in both
 * places, and a text that takes too long is refused instead of waited for. Every method takes the place its caller
 * has in the thread's line, and rejects with OffloadBusy where that line is full.
 */

import { type Offload, OffloadLimit, type Place } from '../../runtime/offload.ts';
import { readBody } from '../../text/body.ts';
import type { Format } from '../../text/format.ts';
import { type BodyReading, type Decision, decide } from '../core/decide.ts';
import type { Law } from '../core/grants.ts';
import type { Proposal } from '../core/proposal.ts';
import type { Refusal } from '../core/refusal.ts';
import {
  type Ask,
  type AskClash,
  type AskDecision,
  type AskRefusal,
  type AskRefused,
  type AskStale,
  decideAsk,
  decideStaleAsk,
  refuseClash,
  type StaleAskDecision,
} from '../core/request.ts';
import { blame, decideStale, type StaleDecision } from '../core/stale.ts';
import type { View } from '../words/model.ts';
import { Reason } from '../words/reasons.ts';

type StaleProposal = Extract<Decision, { kind: 'stale' }>;
type Clash = Extract<StaleDecision, { kind: 'clash' }>;
type Since = Parameters<typeof blame>[1];

/** The heavy functions, as the worker thread knows them. Arguments and answers survive a structured clone. */
export const heavy = {
  decide: (proposal: Proposal, view: View, maxBytes: number, law: Law): Decision =>
    decide(proposal, view, readerFor(maxBytes), law),
  decideStale: (
    proposal: Proposal,
    decision: StaleProposal,
    texts: { base: string; head: string },
    maxBytes: number,
  ): StaleDecision => decideStale(proposal, decision, texts, readerFor(maxBytes)),
  blame: (clash: Clash, since: Since): Refusal => blame(clash, since),
  decideAsk: (ask: Ask, view: View, maxBytes: number, law: Law): AskDecision =>
    decideAsk(ask, view, readerFor(maxBytes), law),
  decideStaleAsk: (
    ask: Ask,
    stale: AskStale,
    texts: { base: string; head: string },
    maxBytes: number,
    law: Law,
  ): StaleAskDecision => decideStaleAsk(ask, stale, texts, readerFor(maxBytes), law),
  refuseClash: (ask: Ask, clash: AskClash, since: Since): AskRefusal => refuseClash(ask, clash, since),
} as const;

/**
 * Texts from this length on, in characters, are read elsewhere, and from a shorter one merged elsewhere: a merge reads
 * three texts and checks its own answer. Below, it takes a few milliseconds, and handing over would take longer.
 */
const heavyToRead = 64 * 1024;
const heavyToMerge = 8 * 1024;

/** Thrown by the reader to say that the text should be read elsewhere. */
class Heavy extends Error {}

export class Thinker {
  readonly #offload: Offload;
  readonly #maxBodyBytes: number;

  constructor(offload: Offload, options: { maxBodyBytes: number }) {
    this.#offload = offload;
    this.#maxBodyBytes = options.maxBodyBytes;
  }

  async decide(proposal: Proposal, view: View, law: Law, place?: Place): Promise<Decision> {
    const maxBytes = this.#limitOf(law);
    try {
      // Most answers need no text at all: whether this one does shows when it is asked for.
      const read = readerFor(maxBytes);
      return decide(proposal, view, isHeavy(proposal.text) ? elsewhere : read, law);
    } catch (error) {
      if (!(error instanceof Heavy)) throw error;
    }
    return this.#run('decide', [proposal, view, maxBytes, law], place, refusal => ({
      kind: 'refused',
      refusal,
    }));
  }

  async decideStale(
    proposal: Proposal,
    decision: StaleProposal,
    texts: { base: string; head: string },
    law: Law,
    place?: Place,
  ): Promise<StaleDecision> {
    const args = [proposal, decision, texts, this.#limitOf(law)] as const;
    if (![proposal.text, texts.base, texts.head].some(isHeavyToMerge)) return heavy.decideStale(...args);
    return this.#run('decideStale', args, place, refusal => ({ kind: 'refused', refusal }));
  }

  async blame(clash: Clash, since: Since, place?: Place): Promise<Refusal> {
    const { proposal, texts } = clash.stale;
    if (![proposal.text, texts.base, texts.head].some(isHeavyToMerge)) return blame(clash, since);
    return this.#run('blame', [clash, since], place, refusal => refusal);
  }

  async decideAsk(ask: Ask, view: View, law: Law, place?: Place): Promise<AskDecision> {
    const args = [ask, view, this.#limitOf(law), law] as const;
    if (!isHeavy(ask.text)) return heavy.decideAsk(...args);
    return this.#run('decideAsk', args, place, inWords);
  }

  async decideStaleAsk(
    ask: Ask,
    stale: AskStale,
    texts: { base: string; head: string },
    law: Law,
    place?: Place,
  ): Promise<StaleAskDecision> {
    const args = [ask, stale, texts, this.#limitOf(law), law] as const;
    if (![ask.text, texts.base, texts.head].some(isHeavyToMerge)) return heavy.decideStaleAsk(...args);
    return this.#run('decideStaleAsk', args, place, inWords);
  }

  async refuseClash(ask: Ask, clash: AskClash, since: Since, place?: Place): Promise<AskRefusal> {
    if (![ask.text, clash.texts.base, clash.texts.head].some(isHeavyToMerge))
      return refuseClash(ask, clash, since);
    return this.#run('refuseClash', [ask, clash, since], place, refusal => inWords(refusal).refusal);
  }

  async #run<T>(
    task: keyof typeof heavy,
    args: readonly unknown[],
    place: Place | undefined,
    refused: (refusal: Refusal) => T,
  ): Promise<T> {
    try {
      return (await this.#offload.run(task, args, place)) as T;
    } catch (error) {
      if (!(error instanceof OffloadLimit)) throw error;
      return refused(tooHard(error.message));
    }
  }

  /** A policy may lower the operator's limit, not lift it. */
  #limitOf({ policy }: Law): number {
    return Math.min(this.#maxBodyBytes, policy.maxBodyBytes ?? Number.POSITIVE_INFINITY);
  }
}

const inWords = ({ reason, message }: Refusal): AskRefused => ({
  kind: 'refused',
  refusal: { reason, message },
});

const isHeavy = (text: string): boolean => text.length >= heavyToRead;
const isHeavyToMerge = (text: string): boolean => text.length >= heavyToMerge;

function elsewhere(): never {
  throw new Heavy();
}

const readerFor =
  (maxBytes: number) =>
  (text: string, format: Format): BodyReading =>
    readBody(text, format, { maxBytes });

function tooHard(why: string): Refusal {
  return {
    reason: Reason.InvalidBody,
    message: `This text is too hard to read: ${why}. Split it into several configs, or simplify it.`,
    rendered: true,
  };
}
