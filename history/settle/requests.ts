/**
 * Brings the changes of one request to an answer in the store: look at each, decide each (pure), save all or none in
 * one transaction. The rules are those for objects; but a request has no line. Every answer is true in the database
 * when it is given, and a request with an idempotency key is saved at most once.
 */

import type { PlaceInLine } from '../../runtime/offload.ts';
import { formatOfNew } from '../../text/format.ts';
import { approversOf, tokenOfAll, type Unapproved } from '../core/approval.ts';
import type { SaveDecision } from '../core/decide.ts';
import { decideDelete } from '../core/delete.ts';
import type { Approver } from '../words/model.ts';
import type { Quota } from '../words/policy.ts';
import type { WrittenChange } from '../words/request.ts';
import type { ExceededQuota, Keeping, KeptProposal, UnderApproval } from '../words/save.ts';
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
  type WriteRequest,
} from './change.ts';
import { Decider, unstorable } from './decider.ts';
import { Floor, type HighestSeen, nothingSeen } from './floor.ts';
import { neededOf, recordsOf, strictest, toKeep, unkeepable } from './keeping.ts';
import type { RequestStore, Store } from './ports.ts';
import { policyQuotas, type Quotas } from './quotas.ts';
import { Room } from './room.ts';
import type { Thinker } from './thinker.ts';

/** Changes looked at and decided at the same time. */
const concurrency = 8;
/**
 * Every lost race means that somebody else's save went through. Many, because the loser learns of it a little later
 * than the winner does, and so loses again to a caller that saves without a pause.
 */
const maxTries = 100;

export interface WriteOptions {
  /** Decide everything, write nothing. */
  readonly dryRun: boolean;
  /** Where the caller's texts wait for the thread. */
  readonly place: PlaceInLine;
  /** Takes room, in bytes, for what is made beside the texts of the request, such as merged ones. Throws where there is none. */
  readonly hold?: (bytes: number) => void;
}

export type Written =
  /** All are in the history, by this call or, `replayed`, by an earlier one with the same key. In their order. */
  | { readonly kind: 'written'; readonly answers: readonly ChangeAnswer[]; readonly replayed: boolean }
  | { readonly kind: 'dry-run'; readonly answers: readonly ChangeAnswer[] }
  /** At least one is refused, so none was saved. */
  | { readonly kind: 'refused'; readonly answers: readonly ChangeAnswer[] }
  /** Others have to approve it first; until then it is kept. */
  | ({ readonly kind: 'waiting'; readonly proposal: KeptProposal } & Awaited)
  /** The same of a request that waited. */
  | ({ readonly kind: 'unapproved' } & Awaited)
  /** There is no room to keep what waits. */
  | Extract<Keeping, { kind: 'full' }>
  /** What waited was saved, rejected or edited meanwhile. */
  | { readonly kind: 'gone' }
  /** The idempotency key came with another request before. */
  | { readonly kind: 'key-reused' }
  /** Others were faster too often; nothing was saved. Try again. */
  | { readonly kind: 'busy' }
  /** Which numbers were used depends on what the watches are about to tell; nothing was saved. Try again. */
  | { readonly kind: 'untold' };

/** What is asked of those who approve it. */
export interface Awaited {
  readonly answers: readonly ChangeAnswer[];
  /** Names all its changes. */
  readonly token: string;
  readonly needed: number;
  readonly approvers: readonly Approver[];
}

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
  async write(request: WriteRequest, options: WriteOptions, signal: AbortSignal): Promise<Written> {
    const { dryRun, place } = options;
    const room = new Room(options.hold);
    for (let tries = 0; tries < maxTries; tries += 1) {
      const known = await this.#replay(request, signal);
      if (known) return known;
      const decided = await this.#decideAll(request, place, room, signal);
      if (decided === 'raced') continue;
      if (decided === 'untold') return { kind: 'untold' };
      if (decided.some(({ decision }) => decision.kind === 'refused' || decision.kind === 'missing')) {
        // The version in the way may be this very request, sent twice and done meanwhile.
        const twin = dryRun ? null : await this.#replay(request, signal);
        return twin ?? { kind: 'refused', answers: decided.map(one => unwritten(one, request.actor)) };
      }
      const waiting = decided.flatMap(({ decision }) => (decision.kind === 'unapproved' ? [decision] : []));
      const awaited = waiting.length === 0 ? null : awaitedOf(request, decided, waiting);
      if (dryRun) {
        const exceeded = await this.#exceeded(decided, signal);
        if (exceeded) return overQuota(decided, request, exceeded);
        if (awaited && request.waited) return { kind: 'unapproved', ...awaited };
        return { kind: 'dry-run', answers: decided.map(one => unwritten(one, request.actor)) };
      }
      if (awaited && !request.waited) return this.#keep(request, decided, awaited, signal);
      if (awaited && awaited.approvers.length < awaited.needed) return { kind: 'unapproved', ...awaited };
      const written = await this.#save(request, decided, awaited?.approvers ?? [], signal);
      if (written !== 'raced') return written;
    }
    return { kind: 'busy' };
  }

  async #keep(
    request: WriteRequest,
    decided: readonly Decided[],
    awaited: Awaited,
    signal: AbortSignal,
  ): Promise<Written> {
    const what = unkeepable(decided);
    if (what === null) {
      const kept = await this.#requests.keep(toKeep(request, decided), signal);
      if (kept.kind === 'full') return kept;
      const { approvals } = kept.proposal;
      const approvers = approvals?.token === awaited.token ? approvals.by : [];
      return { kind: 'waiting', ...awaited, approvers, proposal: kept.proposal };
    }
    const answers = decided.map((one): ChangeAnswer => {
      const { config } = one.change;
      const refusal = { kind: 'unkeepable', config, what, head: one.view.head } as const;
      return one.decision.kind === 'unapproved'
        ? { kind: 'refused', config, refusal }
        : unwritten(one, request.actor);
    });
    return { kind: 'refused', answers };
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
    room: Room,
    signal: AbortSignal,
  ): Promise<Decided[] | 'raced' | 'untold'> {
    const { changes } = request;
    room.begin();
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
        room.keep(one);
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
      const quota = savedBy(decision) ? this.#quotas.quotaOf(namespace, change.law.policy) : null;
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
    waited: readonly Decided[],
    approvers: readonly Approver[],
    signal: AbortSignal,
  ): Promise<Written | 'raced'> {
    const { actor, author, git, group, idempotency } = request;
    const approval = approvalOf(request, waited, approvers);
    const decided = waited.map(one => {
      const { decision } = one;
      return decision.kind === 'unapproved' ? { ...one, decision: decision.save } : one;
    });
    const changes = decided.map(toSave);
    try {
      const quotas = this.#quotasOf(decided);
      const result = await this.#requests.saveTogether(
        { changes, actor, author, git, group, idempotency, quotas, ...(approval && { approval }) },
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
          return overQuota(decided, request, result.exceeded);
        case 'gone':
          return { kind: 'gone' };
        default:
          return result.kind === 'raced' ? 'raced' : { kind: 'key-reused' };
      }
    } catch (error) {
      // Of several it does not say which.
      const answers = decided.map((one): ChangeAnswer => {
        const { config } = one.change;
        const refusal = unstorable(config, error);
        return one.decision.kind === 'save' ? { kind: 'refused', config, refusal } : unwritten(one, actor);
      });
      return { kind: 'refused', answers };
    }
  }
}

function awaitedOf(
  request: WriteRequest,
  decided: readonly Decided[],
  waiting: readonly Unapproved[],
): Awaited {
  const { actor, waited } = request;
  const token = tokenOfAll(waiting);
  return {
    ...{ token, needed: neededOf(waiting, request) },
    answers: decided.map(one => unwritten(one, actor)),
    approvers: approversOf({ token, rule: strictest(waiting) }, actor, waited?.approvals ?? null),
  };
}

/** Undefined: the history has nothing to tell of it, and nothing was kept. */
function approvalOf(
  request: WriteRequest,
  decided: readonly Decided[],
  approvers: readonly Approver[],
): UnderApproval | undefined {
  const { waited } = request;
  const approved = approvers.map(({ name, at }) => ({ kind: 'approved', name, at, reason: null }) as const);
  const records = recordsOf(request, decided, approved);
  if (!waited && records.every(each => each.length === 0)) return undefined;
  return { records, kept: waited ? { id: waited.id, contentSha256: waited.contentSha256 } : null };
}

/** What it would become, now or when it is approved; null: nothing. */
function savedBy(decision: Decided['decision']): SaveDecision | null {
  if (decision.kind === 'unapproved') return decision.save;
  return decision.kind === 'save' ? decision : null;
}

function savesOf(decided: readonly Decided[], namespace: string) {
  return decided.flatMap(({ change, decision }) => {
    const saved = change.config.namespace === namespace ? savedBy(decision) : null;
    return saved ? [saved.body] : [];
  });
}

function overQuota(
  decided: readonly Decided[],
  { actor }: Pick<WriteRequest, 'actor'>,
  exceeded: ExceededQuota,
): Written {
  const answers = decided.map((one): ChangeAnswer => {
    const { change, view, decision } = one;
    const { config } = change;
    if (!savedBy(decision) || config.namespace !== exceeded.namespace) return unwritten(one, actor);
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
