/**
 * Brings an edit from any door to a decision: the pure decision, and the texts it asks for. Invariant: nothing is
 * fetched that the decision does not need, and nothing is written here.
 */
import type { PlaceInLine } from '../../runtime/offload.ts';
import { formatOfNew } from '../../text/format.ts';
import type { Unapproved } from '../core/approval.ts';
import type { Answered, Decision, RefusedEdit, SaveDecision, StaleEdit, Unchanged } from '../core/decide.ts';
import type { Edit } from '../core/edit.ts';
import { approvalUnder, type Law } from '../core/law.ts';
import type { Refusal } from '../core/refusal.ts';
import { blamedFrom, type Contested, type StaleDecision, type StaleTexts } from '../core/stale.ts';
import { nothingSince, type Since } from '../core/take-back.ts';
import { textToCheck } from '../core/under-schemas.ts';
import { underSecrets } from '../core/under-secrets.ts';
import type { ConfigId, Source, Version, View } from '../words/model.ts';
import type { Store } from './ports.ts';
import { mayHoldSecret } from './secret-searcher.ts';
import { isUnstorable } from './store-failure.ts';
import type { Thinker } from './thinker.ts';

/** At most this many versions are compared to find whose edits are in the way. */
const maxBlamed = 10;
/** To tell what others saved since, at most so many versions are looked at, and characters of their texts, about. */
const maxSince = 33;
const maxSinceLength = 4 << 20;

export interface Concluded {
  readonly decision: Answered | RefusedEdit | SaveDecision | Unchanged | Unapproved;
  /** Text of the head, when it is at hand. */
  readonly headText: string | null;
}

/** What a text would take the place of. */
interface Onto {
  readonly law: Law;
  readonly view: View;
  /** Null: it is not at hand, or gone. */
  readonly text: (head: Version) => Promise<string | null>;
}

export class Decider {
  readonly #store: Pick<Store, 'texts' | 'between' | 'lineText'>;
  readonly #thinker: Thinker;

  constructor(store: Pick<Store, 'texts' | 'between' | 'lineText'>, thinker: Thinker) {
    this.#store = store;
    this.#thinker = thinker;
  }

  /** As far as hashes and numbers tell; a stale edit, and one that brings in a secret, need more. */
  async look(edit: Edit, view: View, law: Law, place?: PlaceInLine): Promise<Decision> {
    const decision = await this.#thinker.decide(edit, view, law, place);
    return this.#searched(edit, decision, { law, view, text: async () => null }, place);
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
    const concluded = await this.#conclude(edit, view, law, source, signal, place);
    const rule = approvalUnder(law, edit.config.path);
    if (!rule || concluded === 'raced' || concluded.decision.kind !== 'save') return concluded;
    const { config } = edit;
    const { head } = view;
    const known = head ? concluded.headText : '';
    const headText = known ?? (await this.#store.texts(config, [head!.version], signal)).get(head!.version);
    if (headText === undefined) return 'raced';
    const onto = { head, headText };
    return {
      decision: await this.#thinker.unapproved(edit, concluded.decision, onto, rule, place),
      headText,
    };
  }

  async #conclude(
    edit: Edit,
    view: View,
    law: Law,
    source: Source,
    signal: AbortSignal,
    place?: PlaceInLine,
  ): Promise<(Concluded & { decision: Exclude<Concluded['decision'], Unapproved> }) | 'raced'> {
    const decision = await this.#thinker.decide(edit, view, law, place);
    if (decision.kind !== 'stale') {
      const text = async (version: Version) =>
        (await this.#store.texts(edit.config, [version], signal)).get(version) ?? null;
      return { decision: await this.#searched(edit, decision, { law, view, text }, place), headText: null };
    }
    this.#thinker.checkRoom(edit, place);
    const [texts, since] = await Promise.all([
      this.#textsOf(edit.config, decision, source, signal),
      decision.unseen ? this.#since(edit, decision, signal) : nothingSince,
    ]);
    if (texts === null) return 'raced';
    const outcome = await this.#thinker.decideStale(edit, decision, texts, law, since, place);
    const onto = { law, view, text: async () => texts.head };
    const searched = await this.#searched(edit, outcome, onto, place);
    if (searched.kind !== 'clash') return { decision: searched, headText: texts.head };
    const contested = await this.#contested(edit, decision, searched, texts, signal, place);
    return {
      decision: law.policy.secrets === 'Allow' ? contested : withSecretsMarked(contested),
      headText: texts.head,
    };
  }

  /** What becomes of a decision once what it would save was searched for secrets; nearly every text has none. */
  async #searched<D extends Decision | StaleDecision>(
    edit: Edit,
    decision: D,
    { law: { policy }, view: { config, head }, text: textOf }: Onto,
    place: PlaceInLine = { line: edit.config.namespace },
  ): Promise<D | RefusedEdit> {
    const { secrets = 'Warn' } = policy;
    const text = secrets === 'Allow' ? null : textToCheck(decision);
    if (secrets === 'Allow' || text === null) return decision;
    const format = edit.format ?? config?.format ?? formatOfNew(edit.config.path);
    const search = (one: string, before: string | null) =>
      this.#thinker.secrets.search(one, format, before, place);
    let found = await search(text, null);
    if (found.kind === 'clean') return decision;
    // A text that is gone meanwhile is no text that this one takes the place of.
    const before = secrets === 'Refuse' && head ? await textOf(head.version) : null;
    if (before !== null) found = await search(text, before);
    const isRefused = found.kind === 'found' && found.fresh.places.length > 0 && secrets === 'Refuse';
    const proposed = isRefused && text !== edit.text ? await search(edit.text, before) : null;
    return underSecrets(edit, decision, { policy: secrets, search: found, head, proposed });
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

/** Of a clash in thousands of places, messages name the first few; this runs on the event loop. */
const mostLookedAt = 32;

/** What clashes was not searched: no text of it is saved. Its words must not repeat a secret all the same. */
function withSecretsMarked(decision: RefusedEdit | Unchanged): RefusedEdit | Unchanged {
  if (decision.kind !== 'refused' || decision.refusal.kind !== 'clash') return decision;
  const { refusal } = decision;
  const places = refusal.places.map((place, at) => ({
    ...place,
    isSecret: at >= mostLookedAt || mayHoldSecret(place),
  }));
  return { ...decision, refusal: { ...refusal, places } };
}

/** An error that trying again cannot help becomes an answer. Rethrows every other error. */
export function unstorable(config: ConfigId, error: unknown): Refusal {
  if (!isUnstorable(error)) throw error;
  return { kind: 'unstorable', config, why: error.message };
}
