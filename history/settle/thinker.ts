/**
 * Where the pure decisions run: at once for the texts people usually write, in a worker thread for large ones, whose
 * reading and merging would hold up everybody else. Invariant: the answer is the same in both places, and a text that
 * takes too long is refused instead of waited for. Every method takes the place its caller has in the thread's line,
 * and rejects with OffloadBusy where that line is full.
 */

import { systemClock } from '../../runtime/clock.ts';
import { type Offload, OffloadLimit, type PlaceInLine, runHere } from '../../runtime/offload.ts';
import { readBody } from '../../text/body.ts';
import type { Body, Format } from '../../text/format.ts';
import { type Unapproved, unapproved } from '../core/approval.ts';
import { type CarryResult, type CarryTexts, carry } from '../core/carry.ts';
import {
  type BodyReading,
  type Decision,
  decide,
  type RefusedEdit,
  type SaveDecision,
  type StaleEdit,
} from '../core/decide.ts';
import type { Edit } from '../core/edit.ts';
import type { Law } from '../core/law.ts';
import type { Refusal, Stale } from '../core/refusal.ts';
import {
  blame,
  type Contested,
  decideStale,
  isSavedBefore,
  possibleTwins,
  type StaleDecision,
  type StaleTexts,
  staleEditOf,
} from '../core/stale.ts';
import type { Since } from '../core/take-back.ts';
import { refuses, textToCheck, underSchemas } from '../core/under-schemas.ts';
import type { ConfigId, VersionRecord, View } from '../words/model.ts';
import type { NeededApproval } from '../words/policy.ts';
import type { VersionText } from '../words/save.ts';
import { SchemaChecker, schemaTasks } from './schema-checker.ts';
import { SecretSearcher, secretTasks } from './secret-searcher.ts';

/** The heavy functions, as the worker thread knows them. Arguments and answers survive a structured clone. */
export const heavy = {
  decide: (edit: Edit, view: View, maxBytes: number, law: Law): Decision =>
    decide(edit, view, readerFor(maxBytes), law),
  decideStale: (
    edit: Edit,
    found: StaleEdit,
    texts: StaleTexts,
    maxBytes: number,
    law: Law,
    since: Since,
  ): StaleDecision => decideStale(edit, found, texts, readerFor(maxBytes), law, since),
  blame: (config: ConfigId, clash: Contested, since: readonly VersionText[]): Refusal =>
    blame(config, clash, since),
  isSavedBefore,
  read: (text: string, format: Format, maxBytes: number): BodyReading => readBody(text, format, { maxBytes }),
  staleEditOf,
  unapproved: (
    edit: Edit,
    save: SaveDecision,
    head: VersionRecord | null,
    headText: string,
    rule: NeededApproval,
    maxBytes: number,
  ): Unapproved => unapproved(edit, save, head, headText, rule, readerFor(maxBytes)),
  carry,
  ...schemaTasks,
  ...secretTasks,
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
  /** In the same thread, and the same lines. */
  readonly schemas: SchemaChecker;
  readonly secrets: SecretSearcher;

  constructor(offload: Offload, options: { maxBodyBytes: number }) {
    this.#offload = offload;
    this.schemas = new SchemaChecker(offload, systemClock);
    this.secrets = new SecretSearcher(offload);
    this.#maxBodyBytes = options.maxBodyBytes;
  }

  async decide(edit: Edit, view: View, law: Law, place?: PlaceInLine): Promise<Decision> {
    const decision = await this.#decide(edit, view, law, place);
    if (law.schemas === undefined || decision.kind !== 'save') return decision;
    const { body, format } = decision;
    const findings = await this.#check(edit, body.text, format, law, place);
    return underSchemas(edit, decision, findings, view.head);
  }

  async #decide(edit: Edit, view: View, law: Law, place: PlaceInLine = {}): Promise<Decision> {
    const maxBytes = this.#limitOf(law);
    try {
      // Most answers need no text at all: whether this one does shows when it is asked for.
      const read = edit.text.length >= heavyToRead ? elsewhere : readerFor(maxBytes);
      return runHere(place, () => decide(edit, view, read, law));
    } catch (error) {
      if (!(error instanceof Heavy)) throw error;
    }
    const args = [edit, view, maxBytes, withoutSchemas(law)];
    return this.#run('decide', edit.config, args, place, refusal => ({ kind: 'refused', refusal }));
  }

  /** Throws OffloadBusy where decideStale() would be refused a place: before the texts are fetched for it. */
  checkRoom({ text }: Edit, place: PlaceInLine = {}): void {
    if (isHeavyToMerge(text)) this.#offload.checkRoom(place);
  }

  /** @param since the newest versions, where `found.unseen` */
  async decideStale(
    edit: Edit,
    found: StaleEdit,
    texts: StaleTexts,
    law: Law,
    since: Since,
    place?: PlaceInLine,
  ): Promise<StaleDecision> {
    const decision = await this.#decideStale(edit, found, texts, law, since, place);
    const text = law.schemas === undefined ? null : textToCheck(decision);
    if (text === null) return decision;
    const { format, head } = found;
    const check = (one: string) => this.#check(edit, one, format, law, place);
    const findings = await check(text);
    if (text === edit.text || !refuses(findings)) return underSchemas(edit, decision, findings, head);
    const [proposed, current] = [await check(edit.text), await check(texts.head)];
    const stale = await this.#staleOf(edit, found, texts, place);
    return underSchemas(edit, decision, findings, head, { stale, proposed, head: current });
  }

  /** @param headText '' where there is no version yet */
  async unapproved(
    edit: Edit,
    save: SaveDecision,
    { head, headText }: { readonly head: VersionRecord | null; readonly headText: string },
    rule: NeededApproval,
    place: PlaceInLine = {},
  ): Promise<Unapproved | RefusedEdit> {
    // The latest version may be larger than what is taken today.
    const args = [edit, save, head, headText, rule, Number.POSITIVE_INFINITY] as const;
    if (!isHeavyToMerge(headText, save.body.text)) return runHere(place, () => heavy.unapproved(...args));
    return this.#run('unapproved', edit.config, args, place, refusal => ({ kind: 'refused', refusal }));
  }

  /** Rejects with OffloadBusy; what takes too long cannot be merged. */
  async carry(texts: CarryTexts, format: Format, place: PlaceInLine = {}): Promise<CarryResult> {
    if (!isHeavyToMerge(texts.base, texts.current, texts.proposed))
      return runHere(place, () => carry(texts, format));
    try {
      return (await this.#offload.run('carry', [texts, format], place)) as CarryResult;
    } catch (error) {
      if (!(error instanceof OffloadLimit)) throw error;
      return { kind: 'unmergeable', why: error.message };
    }
  }

  /** A large difference takes its time. */
  async #staleOf(edit: Edit, found: StaleEdit, texts: StaleTexts, place: PlaceInLine = {}): Promise<Stale> {
    if (!isHeavyToMerge(edit.text, texts.base)) return runHere(place, () => staleEditOf(edit, found, texts));
    return this.#offload.run('staleEditOf', [edit, found, texts], place) as Promise<Stale>;
  }

  #check(edit: Edit, text: string, format: Format, law: Law, place: PlaceInLine | undefined) {
    return this.schemas.check(law.schemas!, text, format, place ?? { line: edit.config.namespace });
  }

  async #decideStale(
    edit: Edit,
    found: StaleEdit,
    texts: StaleTexts,
    law: Law,
    since: Since,
    place: PlaceInLine = {},
  ): Promise<StaleDecision> {
    const args = [edit, found, texts, this.#limitOf(law), withoutSchemas(law), since] as const;
    const searched = since.versions.reduce((length, { text }) => length + text.length, 0);
    if (searched < heavyToMerge && !isHeavyToMerge(edit.text, texts.base, texts.head)) {
      return runHere(place, () => heavy.decideStale(...args));
    }
    const { config } = edit;
    return this.#run('decideStale', config, args, place, refusal => ({
      kind: 'refused',
      // Finding the base took too long: an edit that states its base needs no search.
      refusal: found.unseen ? { kind: 'base-unknown', config, head: found.head } : refusal,
    }));
  }

  /** Whether the latest text holds a clashing edit already. False: it does not, or finding out takes too long. */
  async isSavedBefore(
    clash: Contested,
    since: readonly VersionText[],
    head: string,
    place: PlaceInLine = {},
  ): Promise<boolean> {
    const args = [clash, possibleTwins(clash, since), head] as const;
    if (args[1].length === 0) return false;
    if (!isHeavyClash(clash)) return runHere(place, () => isSavedBefore(...args));
    try {
      return (await this.#offload.run('isSavedBefore', args, place)) as boolean;
    } catch (error) {
      if (!(error instanceof OffloadLimit)) throw error;
      return false;
    }
  }

  async blame(
    config: ConfigId,
    clash: Contested,
    since: readonly VersionText[],
    place: PlaceInLine = {},
  ): Promise<Refusal> {
    if (!isHeavyClash(clash)) return runHere(place, () => blame(config, clash, since));
    return this.#run('blame', config, [config, clash, since], place, refusal => refusal);
  }

  /** A text as it stands, which is nobody's edit. */
  async read(
    { config, text, format }: { readonly config: ConfigId; readonly text: string; readonly format: Format },
    law: Law,
    place: PlaceInLine = {},
  ): Promise<Body | Refusal> {
    const maxBytes = this.#limitOf(law);
    const refused = (refusal: Refusal) => refusal;
    const found =
      text.length < heavyToRead
        ? runHere(place, () => heavy.read(text, format, maxBytes))
        : await this.#run<BodyReading | Refusal>('read', config, [text, format, maxBytes], place, refused);
    if ('kind' in found) return found;
    return found.ok ? found.body : { kind: 'unreadable', config, problem: found.problem, head: null };
  }

  async #run<T>(
    task: keyof typeof heavy,
    config: ConfigId,
    args: readonly unknown[],
    place: PlaceInLine | undefined,
    refused: (refusal: Refusal) => T,
  ): Promise<T> {
    try {
      return (await this.#offload.run(task, args, place)) as T;
    } catch (error) {
      if (!(error instanceof OffloadLimit)) throw error;
      return refused({ kind: 'too-hard', config, why: error.message });
    }
  }

  /** A policy may lower the operator's limit, not lift it. */
  #limitOf({ policy }: Law): number {
    return Math.min(this.#maxBodyBytes, policy.maxBodyBytes ?? Number.POSITIVE_INFINITY);
  }
}

/** What decides a text knows no schemas, and they may be large. */
const withoutSchemas = ({ schemas: _, ...law }: Law): Law => law;

const isHeavyToMerge = (...texts: readonly string[]): boolean =>
  texts.some(text => text.length >= heavyToMerge);

const isHeavyClash = ({ texts, marked }: Contested): boolean =>
  isHeavyToMerge(texts.proposed, texts.base, marked);

function elsewhere(): never {
  throw new Heavy();
}

const readerFor =
  (maxBytes: number) =>
  (text: string, format: Format): BodyReading =>
    readBody(text, format, { maxBytes });
