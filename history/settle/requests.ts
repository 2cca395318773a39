/**
 * Brings the changes of one request to an answer in the store: look at each, decide each (pure), save all or none in
 * one transaction. The rules are those for objects; but a request has no line. Every answer is true in the database
 * when it is given, and a request with an idempotency key is saved at most once.
 */

import type { PlaceInLine } from '../../runtime/offload.ts';
import { formatOfNew } from '../../text/format.ts';
import { decideDelete } from '../core/delete.ts';
import type { Actor, GitOrigin } from '../words/model.ts';
import type { Quota } from '../words/policy.ts';
import type { Idempotency, WrittenChange } from '../words/request.ts';
import type { ExceededQuota } from '../words/save.ts';
import {
  answerOf,
  type ChangeAnswer,
  type Decided,
  editOfChange,
  type RequestedChange,
  type RequestedDelete,
  toSave,
  twice,
  unwritten,
} from './change.ts';
import { Decider, unstorable } from './decider.ts';
import { Floor, type HighestSeen, nothingSeen } from './floor.ts';
import type { RequestStore, Store } from './ports.ts';
import { policyQuotas, type Quotas } from './quotas.ts';
import type { Thinker } from './thinker.ts';

/** Changes looked at and decided at the same time. */
const concurrency = 8;
/**
 * Every lost race means that somebody else's save went through. Many, because the loser learns of it a little later
 * than the winner does, and so loses again to a caller that saves without a pause.
 */
const maxTries = 100;

export interface WriteRequest {
  /** At least one; each of another config. */
  readonly changes: readonly (RequestedChange | RequestedDelete)[];
  readonly actor: Actor;
  /** Claimed; '' when none is. */
  readonly author: string;
  readonly git: GitOrigin;
  /** The deployment's id in the log; null: none. */
  readonly group: string | null;
  readonly idempotency: Idempotency | null;
}

export interface WriteOptions {
  /** Decide everything, write nothing. */
  readonly dryRun: boolean;
  /** Where the caller's texts wait for the thread. */
  readonly place: PlaceInLine;
}

export type Written =
  /** All are in the history, by this call or, `replayed`, by an earlier one with the same key. In their order. */
  | { readonly kind: 'written'; readonly answers: readonly ChangeAnswer[]; readonly replayed: boolean }
  | { readonly kind: 'dry-run'; readonly answers: readonly ChangeAnswer[] }
  /** At least one is refused, so none was saved. */
  | { readonly kind: 'refused'; readonly answers: readonly ChangeAnswer[] }
  /** The idempotency key came with another request before. */
  | { readonly kind: 'key-reused' }
  /** Others were faster too often; nothing was saved. Try again. */
  | { readonly kind: 'busy' }
  /** Which numbers were used depends on what the watches are about to tell; nothing was saved. Try again. */
  | { readonly kind: 'untold' };

export class Requests {
  readonly #store: Pick<Store, 'look'>;
  readonly #requests: RequestStore;
  readonly #decider: Decider;
  readonly #floor: Floor;
  readonly #quotas: Pick<Quotas, 'quotaOf'>;

  constructor(
    store: Pick<Store, 'look' | 'texts' | 'between' | 'lineText' | 'raiseFloor'>,
    requests: RequestStore,
    thinker: Thinker,
    highestSeen: HighestSeen = () => nothingSeen,
    quotas: Pick<Quotas, 'quotaOf'> = policyQuotas,
  ) {
    this.#quotas = quotas;
    this.#floor = new Floor(store, highestSeen);
    this.#store = store;
    this.#requests = requests;
    this.#decider = new Decider(store, thinker);
  }

  /** Rejects with OffloadBusy where the line of heavy texts is full. */
  async write(request: WriteRequest, { dryRun, place }: WriteOptions, signal: AbortSignal): Promise<Written> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const known = await this.#replay(request, signal);
      if (known) return known;
      const decided = await this.#decideAll(request, place, signal);
      if (decided === 'raced') continue;
      if (decided === 'untold') return { kind: 'untold' };
      if (decided.some(({ decision }) => decision.kind === 'refused' || decision.kind === 'missing')) {
        // The version in the way may be this very request, sent twice and done meanwhile.
        const twin = dryRun ? null : await this.#replay(request, signal);
        return twin ?? { kind: 'refused', answers: decided.map(unwritten) };
      }
      if (dryRun) {
        const exceeded = await this.#exceeded(decided, signal);
        if (exceeded) return overQuota(decided, exceeded);
        return { kind: 'dry-run', answers: decided.map(unwritten) };
      }
      const written = await this.#save(request, decided, signal);
      if (written !== 'raced') return written;
    }
    return { kind: 'busy' };
  }

  async #replay({ idempotency }: WriteRequest, signal: AbortSignal): Promise<Written | null> {
    if (!idempotency) return null;
    const known = await this.#requests.recall(idempotency, signal);
    if (known.kind === 'unknown') return null;
    return known.kind === 'known' ? replayed(known.changes) : { kind: 'key-reused' };
  }

  async #decideAll(
    request: WriteRequest,
    place: PlaceInLine,
    signal: AbortSignal,
  ): Promise<Decided[] | 'raced' | 'untold'> {
    const { changes } = request;
    const decided: Decided[] = [];
    const seen = new Set<string>();
    for (let from = 0; from < changes.length; from += concurrency) {
      const some = changes.slice(from, from + concurrency).map(change => {
        const key = `${change.config.namespace}\n${change.config.path}`;
        if (seen.has(key)) return twice(change);
        seen.add(key);
        return this.#decide(change, request, place, signal);
      });
      for (const one of await Promise.all(some)) {
        if (typeof one === 'string') return one;
        decided.push(one);
      }
    }
    return decided;
  }

  async #decide(
    change: RequestedChange | RequestedDelete,
    request: WriteRequest,
    place: PlaceInLine,
    signal: AbortSignal,
  ): Promise<Decided | 'raced' | 'untold'> {
    const { config, baseVersion, law } = change;
    const view = await this.#store.look({ config, source: nobody, baseVersion }, signal);
    const stated = change.kind === 'delete' ? null : change.format;
    const format = stated ?? view.config?.format ?? formatOfNew(config.path);
    const learning = await this.#floor.learn(config, format, view, signal);
    if (learning !== 'nothing') return learning === 'learned' ? 'raced' : 'untold';
    if (change.kind === 'delete') {
      const { git } = request;
      const decision = decideDelete({ config, baseVersion, git, object: null }, view, law);
      if (decision.kind === 'kept') throw new Error('a request has no object that goes');
      return { change, view, decision };
    }
    const edit = editOfChange(change, request);
    const concluded = await this.#decider.decide(edit, view, law, nobody, signal, place);
    if (concluded === 'raced') return 'raced';
    const { decision } = concluded;
    if (decision.kind === 'accepted' || decision.kind === 'outdated') {
      throw new Error(`a request has no generation that could be ${decision.kind}`);
    }
    return { change, view, decision };
  }

  /** Of every namespace that something is saved in. */
  #quotasOf(decided: readonly Decided[]): Quota[] {
    const quotas = new Map<string, Quota>();
    for (const { change, decision } of decided) {
      const { namespace } = change.config;
      const quota = decision.kind === 'save' ? this.#quotas.quotaOf(namespace, change.law.policy) : null;
      if (quota) quotas.set(namespace, quota);
    }
    return [...quotas.values()];
  }

  /** What a save of all this would be refused for. */
  async #exceeded(decided: readonly Decided[], signal: AbortSignal): Promise<ExceededQuota | null> {
    for (const quota of this.#quotasOf(decided)) {
      const bodies = savesOf(decided, quota.namespace);
      const bytes = bodies.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
      const exceeded = await this.#requests.exceeded({ quota, versions: bodies.length, bytes }, signal);
      if (exceeded) return exceeded;
    }
    return null;
  }

  async #save(
    request: WriteRequest,
    decided: readonly Decided[],
    signal: AbortSignal,
  ): Promise<Written | 'raced'> {
    const { actor, author, git, group, idempotency } = request;
    const changes = decided.map(toSave);
    try {
      const result = await this.#requests.saveTogether(
        { changes, actor, author, git, group, idempotency, quotas: this.#quotasOf(decided) },
        signal,
      );
      switch (result.kind) {
        case 'saved':
          return {
            kind: 'written',
            answers: result.changes.map((change, index) => answerOf(change, decided[index])),
            replayed: false,
          };
        case 'known':
          return replayed(result.changes);
        case 'exceeded':
          return overQuota(decided, result.exceeded);
        default:
          return result.kind === 'raced' ? 'raced' : { kind: 'key-reused' };
      }
    } catch (error) {
      // Of several it does not say which.
      const answers = decided.map((one): ChangeAnswer => {
        const { config } = one.change;
        const refusal = unstorable(config, error);
        return one.decision.kind === 'save' ? { kind: 'refused', config, refusal } : unwritten(one);
      });
      return { kind: 'refused', answers };
    }
  }
}

const savesOf = (decided: readonly Decided[], namespace: string) =>
  decided.flatMap(({ change, decision }) =>
    decision.kind === 'save' && change.config.namespace === namespace ? [decision.body] : [],
  );

function overQuota(decided: readonly Decided[], exceeded: ExceededQuota): Written {
  const answers = decided.map((one): ChangeAnswer => {
    const { change, view, decision } = one;
    const { config } = change;
    if (decision.kind !== 'save' || config.namespace !== exceeded.namespace) return unwritten(one);
    return { kind: 'refused', config, refusal: { kind: 'over-quota', config, exceeded, head: view.head } };
  });
  return { kind: 'refused', answers };
}

/** No object has an empty name, so this source has no line. */
const nobody = { cluster: '', namespace: '', name: '' } as const;

const replayed = (changes: readonly WrittenChange[]): Written => ({
  kind: 'written',
  answers: changes.map(change => answerOf(change)),
  replayed: true,
});
