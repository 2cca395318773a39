/**
 * Looks at what the store has of a proposal's config, and brings the proposal to its decision. Invariant: nothing is
 * written here, so that a preview and a save conclude by the same code.
 */
import type { PlaceInLine } from '../../runtime/offload.ts';
import type { Unapproved } from '../core/approval.ts';
import type { Answered, RefusedEdit, SaveDecision, Unchanged } from '../core/decide.ts';
import type { Law } from '../core/law.ts';
import { editOf, type Proposal } from '../core/proposal.ts';
import type { Line, Source, View } from '../words/model.ts';
import { Decider } from './decider.ts';
import type { Learning } from './floor.ts';
import type { Store } from './ports.ts';
import type { Thinker } from './thinker.ts';

/** Of one Kubernetes namespace: each of them holds a worker of the controller while it waits for the thread. */
const maxHeavyWaiting = 4;

export interface Conclusion {
  readonly kind: 'concluded';
  readonly view: View;
  readonly decision: Answered | RefusedEdit | SaveDecision | Unchanged | Unapproved;
  /** Text of the head, when it is at hand. */
  readonly headText: string | null;
}

/** It continues the line of an object that says what is not saved. */
export interface WaitsForFormer {
  readonly kind: 'waiting';
  readonly view: View;
}

export interface Concluding {
  /** SHA-256 of what the object that a renamed one was formerly says now; null: that one is gone. */
  readonly formerSha256: string | null;
  /** Learns numbers that the view knows nothing of: then it is not to be decided on. */
  readonly learn?: (view: View) => Promise<Learning>;
  /** Where its texts wait for the thread. Default: in the line of its Kubernetes namespace. */
  readonly place?: PlaceInLine;
}

type Reads = Pick<Store, 'look' | 'texts' | 'between' | 'lineText'>;

export class Concluder {
  readonly #store: Reads;
  readonly decider: Decider;

  constructor(store: Reads, thinker: Thinker) {
    this.#store = store;
    this.decider = new Decider(store, thinker);
  }

  /**
   * `raced`: something moved meanwhile; ask again. `untold`: something that it depends on is on its way; wait.
   * Rejects with OffloadBusy while its namespace has as many heavy texts waiting as it may.
   */
  async conclude(
    proposal: Proposal,
    law: Law,
    { formerSha256, learn, place }: Concluding,
    signal: AbortSignal,
  ): Promise<Conclusion | WaitsForFormer | 'raced' | 'untold'> {
    const own = await this.#look(proposal, proposal.source, signal);
    const learning = (await learn?.(own)) ?? 'nothing';
    if (learning !== 'nothing') return learning === 'learned' ? 'raced' : 'untold';
    const former = law.write ? null : await this.#formerOf(proposal, own, signal);
    // Decided later, what that one says would be merged into this edit, which may have been made to replace it.
    const isUnsaved = former && former !== 'none' && formerSha256 !== former.line.sha256;
    // Of one that was never accepted, such as one that waits itself, the line is yet to come.
    const isToCome = former === 'none' && proposal.baseVersion === null;
    if (formerSha256 !== null && (isUnsaved || isToCome)) return { kind: 'waiting', view: own };
    const { view = own, source = proposal.source } = former === 'none' || former === null ? {} : former;
    const line = place ?? placeInLine(proposal, signal);
    const concluded = await this.decider.decide(editOf(proposal), view, law, source, signal, line);
    return concluded === 'raced' ? 'raced' : { kind: 'concluded', view, ...concluded };
  }

  #look({ config, baseVersion, sha256 }: Proposal, source: Source, signal: AbortSignal): Promise<View> {
    const sought = baseVersion === null ? sha256 : undefined;
    return this.#store.look({ config, source, baseVersion, sha256: sought }, signal);
  }

  /**
   * The line of the object that this one was formerly, where it has none of its own; null: there is none to go on with.
   * `none`: nothing of that object was ever accepted.
   */
  async #formerOf(
    proposal: Proposal,
    own: View,
    signal: AbortSignal,
  ): Promise<{ source: Source; line: Line; view: View } | 'none' | null> {
    const { formerly: source, config } = proposal;
    if (source === null || own.head === null || own.line !== null) return null;
    const view = await this.#look(proposal, source, signal);
    const { line } = view;
    if (line === null) return 'none';
    if (line.textGone) return null;
    // A line that begins anew may not name a version that was deleted.
    const texts = await this.#store.texts(config, [line.version], signal);
    return texts.has(line.version) ? { source, line, view: { ...view, headIsOwn: false } } : null;
  }
}

export function placeInLine({ source }: Proposal, signal: AbortSignal): PlaceInLine {
  return { line: source.namespace, maxWaiting: maxHeavyWaiting, signal };
}
