/**
 * Brings an edit from any door to a decision: the pure decision, and the texts it asks for. Invariant: nothing is
 * fetched that the decision does not need, and nothing is written here.
 */
import type { PlaceInLine } from '../../runtime/offload.ts';
import type { Answered, RefusedEdit, SaveDecision, StaleEdit, Unchanged } from '../core/decide.ts';
import type { Edit } from '../core/edit.ts';
import type { Law } from '../core/law.ts';
import type { Refusal } from '../core/refusal.ts';
import { blamedFrom, type Contested, type StaleTexts } from '../core/stale.ts';
import { nothingSince, type Since } from '../core/take-back.ts';
import type { ConfigId, Source, View } from '../words/model.ts';
import type { Store } from './ports.ts';
import { isUnstorable } from './store-failure.ts';
import type { Thinker } from './thinker.ts';

/** At most this many versions are compared to find whose edits are in the way. */
const maxBlamed = 10;
/** To tell what others saved since, at most so many versions are looked at, and characters of their texts, about. */
const maxSince = 33;
const maxSinceLength = 4 << 20;

export interface Concluded {
  readonly decision: Answered | RefusedEdit | SaveDecision | Unchanged;
  /** Text of the head, when it is at hand. */
  readonly headText: string | null;
}

export class Decider {
  readonly #store: Pick<Store, 'texts' | 'between' | 'lineText'>;
  readonly #thinker: Thinker;

  constructor(store: Pick<Store, 'texts' | 'between' | 'lineText'>, thinker: Thinker) {
    this.#store = store;
    this.#thinker = thinker;
  }

  /** As far as hashes and numbers tell; a stale edit needs more. */
  look(edit: Edit, view: View, law: Law, place?: PlaceInLine) {
    return this.#thinker.decide(edit, view, law, place);
  }

  /**
   * `raced`: a text is gone; look again.
   * @param source whose line the edit may be on
   */
  async decide(
    edit: Edit,
    view: View,
    law: Law,
    source: Source,
    signal: AbortSignal,
    place?: PlaceInLine,
  ): Promise<Concluded | 'raced'> {
    const decision = await this.#thinker.decide(edit, view, law, place);
    if (decision.kind !== 'stale') return { decision, headText: null };
    this.#thinker.checkRoom(edit, place);
    const [texts, since] = await Promise.all([
      this.#textsOf(edit.config, decision, source, signal),
      decision.unseen ? this.#since(edit, decision, signal) : nothingSince,
    ]);
    if (texts === null) return 'raced';
    const outcome = await this.#thinker.decideStale(edit, decision, texts, law, since, place);
    if (outcome.kind !== 'clash') return { decision: outcome, headText: texts.head };
    return {
      decision: await this.#contested(edit, decision, outcome, texts, signal, place),
      headText: texts.head,
    };
  }

  /** An edit that clashes may be in the latest text already; else somebody is in its way. */
  async #contested(
    { config }: Edit,
    { proposed, head: { version } }: StaleEdit,
    clash: Contested,
    texts: StaleTexts,
    signal: AbortSignal,
    place?: PlaceInLine,
  ): Promise<RefusedEdit | Unchanged> {
    const range = { from: blamedFrom(clash.stale), to: version, limit: maxBlamed };
    const since = await this.#store.between(config, range, signal);
    if (await this.#thinker.isSavedBefore(clash, since, texts.head, place))
      return { kind: 'unchanged', version, proposed, expectedHead: version };
    return { kind: 'refused', refusal: await this.#thinker.blame(config, clash, since, place) };
  }

  async #since({ config, text }: Edit, { head }: StaleEdit, signal: AbortSignal): Promise<Since> {
    const limit = Math.max(2, Math.min(maxSince, Math.floor(maxSinceLength / (text.length + 1))));
    const range = { from: 0n, to: head.version, limit };
    const versions = await this.#store.between(config, range, signal);
    return { versions, isCut: versions.length >= limit && versions[0]!.record.version > 1n };
  }

  async #textsOf(
    config: ConfigId,
    { base, head }: StaleEdit,
    source: Source,
    signal: AbortSignal,
  ): Promise<StaleTexts | null> {
    const versions = base.kind === 'version' ? [head.version, base.record.version] : [head.version];
    const [texts, lineText] = await Promise.all([
      this.#store.texts(config, versions, signal),
      base.kind === 'line' ? this.#store.lineText(config, source, signal) : null,
    ]);
    const headText = texts.get(head.version);
    const baseText = base.kind === 'version' ? texts.get(base.record.version) : lineText;
    if (headText === undefined || baseText === undefined || baseText === null) return null;
    return { base: baseText, head: headText };
  }
}

/** An error that trying again cannot help becomes an answer. Rethrows every other error. */
export function unstorable(config: ConfigId, error: unknown): Refusal {
  if (!isUnstorable(error)) throw error;
  return { kind: 'unstorable', config, why: error.message };
}
