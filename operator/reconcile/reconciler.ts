/**
 * Reconciles one ConfigVersion: gather (cache, one look at the store) → decide (pure) → save → ConfigMap →
 * summarise → at most one status write. Level-triggered: it gets a key and nothing else, so any step may be
 * repeated, by a retry or by another replica, and changes nothing the second time.
 */
import type { ConfigVersion } from '../api/config-version.ts';
import type { Body, Line, NewVersion, ProposalRef, Version, View } from '../api/model.ts';
import { Reason } from '../api/reasons.ts';
import { readBody } from '../core/body.ts';
import { type BodyReading, decide } from '../core/decide.ts';
import { type Proposal, readProposal } from '../core/proposal.ts';
import type { Refusal } from '../core/refusal.ts';
import type { Head } from '../core/render.ts';
import { decideStale } from '../core/stale.ts';
import { isSettled, type Outcome, readyOf, sameStatus, summarise } from '../core/status.ts';
import type { Clock } from '../runtime/clock.ts';
import { isApiAway, isApiNotFound, isStoreAway } from './errors.ts';
import type { Dependency } from './parking.ts';
import type { Cluster, Store } from './ports.ts';
import { bringTarget, releaseFormerTargets } from './target.ts';
import { afterHeadMoved, keyOf } from './wake.ts';

/** A head may move while we look; this often in a row means something else is wrong. */
const maxRaces = 16;
/** A refused ConfigMap is looked at again: what is in the way may go without telling us. */
const targetRetryMs = 60_000;

export interface ReconcilerOptions {
  readonly cluster: Cluster;
  readonly store: Store;
  /** The cluster's name in sources. */
  readonly clusterName: string;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  /** Puts keys in the queue. */
  readonly wake: (key: string) => void;
  /** Keeps a key until what it needs is back. */
  readonly park: (key: string, dependency: Dependency) => void;
  readonly report: (report: ReconcileReport) => void;
}

/** What a reconcile came to, for the log and the metrics. */
export interface ReconcileReport {
  readonly key: string;
  readonly config: string;
  readonly generation: number;
  /** A reason of the Ready condition, or `Settled`, `Outdated`, `Gone`. */
  readonly outcome: string;
  readonly version: Version | null;
  readonly saved: boolean;
  readonly statusWritten: boolean;
  readonly configMapWritten: boolean;
  readonly drift: boolean;
  /** Milliseconds from start to end. */
  readonly ms: number;
}

/** What settling a proposal with the store came to. */
interface Settled {
  readonly line: Line | null;
  readonly refusal: Refusal | null;
  readonly head: Head | null;
  /** Text of the head, when it is at hand. */
  readonly headText: string | null;
  readonly saved: boolean;
}

type Effects = Pick<ReconcileReport, 'configMapWritten' | 'drift'>;

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #read: (text: string, format: 'json' | 'yaml') => BodyReading;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#read = (text, format) => readBody(text, format, { maxBytes: options.maxBodyBytes });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number } | undefined> {
    const { cluster, clock, park } = this.#options;
    const startedAt = clock.monotonic();
    const object = cluster.configVersion(key);
    if (!object || object.metadata.deletionTimestamp) return undefined;
    const proposal = readProposal(object, this.#options.clusterName);
    try {
      return await this.#reconcile(key, object, proposal, startedAt, signal);
    } catch (error) {
      if (isStoreAway(error)) {
        await this.#tellStoreAway(key, object, startedAt, signal);
        park(key, 'store');
        return undefined;
      }
      if (isApiAway(error)) {
        park(key, 'api');
        this.#report(key, object, startedAt, { outcome: Reason.ApiUnavailable });
        return undefined;
      }
      // The object is gone: its deletion is on its way through the watch.
      if (isApiNotFound(error)) return undefined;
      throw error;
    }
  }

  async #reconcile(
    key: string,
    object: ConfigVersion,
    proposal: Proposal,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<{ requeueAfterMs?: number } | undefined> {
    if (proposal.suspended) {
      const statusWritten = await this.#writeStatus(object, { kind: 'suspended' }, signal);
      this.#report(key, object, startedAt, { outcome: Reason.Suspended, statusWritten });
      return undefined;
    }

    let saved = false;
    for (let race = 0; race < maxRaces; race++) {
      const settled = await this.#settle(proposal, signal);
      if (settled === 'raced') continue;
      if (settled === 'outdated') {
        this.#report(key, object, startedAt, { outcome: 'Outdated' });
        return undefined;
      }
      // Others learn of the new head even if our own ConfigMap or status cannot be written now.
      if (settled.saved) afterHeadMoved(this.#options, proposal, object.metadata.uid);
      saved ||= settled.saved;

      const shown = await this.#show(object, proposal, settled, signal);
      if (shown === 'raced') continue;
      const outcome = outcomeOf(proposal, settled, shown.trouble);
      const statusWritten = await this.#writeStatus(object, outcome, signal);
      this.#report(key, object, startedAt, {
        outcome: nameOf(outcome),
        version: settled.line?.version ?? null,
        saved,
        statusWritten,
        ...shown.effects,
      });
      return shown.trouble ? { requeueAfterMs: targetRetryMs } : undefined;
    }
    throw new Error(`${key}: the head moved ${maxRaces} times while it was looked at`);
  }

  /** Brings the proposal to an answer in the store: the only step that saves. */
  async #settle(proposal: Proposal, signal: AbortSignal): Promise<Settled | 'raced' | 'outdated'> {
    const { store } = this.#options;
    const { config, source } = proposal;
    const view = await store.look({ config, source, baseVersion: proposal.baseVersion }, signal);
    const decision = decide(proposal, view, this.#read);
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
        return this.#save(proposal, view, { ...decision, versionKind: 'direct' }, signal);
      case 'stale': {
        const texts = await this.#textsOf(proposal, decision, signal);
        if (texts === null) return 'raced';
        const outcome = decideStale(proposal, decision, texts, this.#read);
        if (outcome.kind === 'refused')
          return known(view, { refusal: outcome.refusal, headText: texts.head });
        if (outcome.kind === 'unchanged') return this.#moveLine(proposal, view, outcome, signal);
        return this.#save(proposal, view, outcome, signal);
      }
    }
  }

  async #textsOf(
    proposal: Proposal,
    { base, head }: Extract<ReturnType<typeof decide>, { kind: 'stale' }>,
    signal: AbortSignal,
  ): Promise<{ base: string; head: string } | null> {
    const { store } = this.#options;
    const versions = base.kind === 'version' ? [head.version, base.record.version] : [head.version];
    const [texts, lineText] = await Promise.all([
      store.texts(proposal.config, versions, signal),
      base.kind === 'line' ? store.lineText(proposal.config, proposal.source, signal) : null,
    ]);
    const headText = texts.get(head.version);
    const baseText = base.kind === 'version' ? texts.get(base.record.version) : lineText;
    if (headText === undefined || baseText === undefined || baseText === null) return null;
    return { base: baseText, head: headText };
  }

  async #save(
    proposal: Proposal,
    view: View,
    plan: { body: Body; proposed: Body; expectedHead: Version; versionKind: NewVersion['kind'] },
    signal: AbortSignal,
  ): Promise<Settled | 'raced'> {
    const { body, proposed, expectedHead, versionKind } = plan;
    const { config, format, author, actor, comment, git } = proposal;
    const version: NewVersion = { body, format, kind: versionKind, author, actor, comment, git };
    const ref = refOf(proposal, proposed);
    const result = await this.#options.store.save({ config, expectedHead, proposal: ref, version }, signal);
    if (result.kind === 'raced') return 'raced';
    const line: Line = {
      ...lineOf(ref),
      version: result.version,
      contentSha256: body.sha256,
      acceptedAs: versionKind === 'direct' ? 'Saved' : 'Merged',
      supersededBy: null,
    };
    const head = { configId: result.configId, version: result.version, sha256: body.sha256 };
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
    const { config } = proposal;
    const result = await this.#options.store.moveLine(
      { config, expectedHead, proposal: ref, version },
      signal,
    );
    if (result.kind === 'raced') return 'raced';
    // Which version came first after an older one is for the store to say.
    if (version !== view.head?.version) return 'raced';
    const facts = {
      version,
      contentSha256: view.head.sha256,
      acceptedAs: 'Unchanged',
      supersededBy: null,
    } as const;
    return known(view, { line: { ...lineOf(ref), ...facts } });
  }

  async #show(
    object: ConfigVersion,
    proposal: Proposal,
    { head, headText, line, refusal }: Settled,
    signal: AbortSignal,
  ): Promise<{ trouble: Refusal | null; effects: Effects } | 'raced'> {
    const { cluster, store, wake } = this.#options;
    const effects = { configMapWritten: false, drift: false };
    if (!head || refusal?.rendered === false) return { trouble: null, effects };
    const request = {
      object,
      config: proposal.config,
      head,
      name: proposal.configMap.name,
      text: headText,
      version: line?.version ?? null,
    };
    const result = await bringTarget(cluster, store, request, signal);
    if (result.kind === 'raced') return 'raced';
    for (const heir of await releaseFormerTargets(cluster, object, request.name, signal)) wake(keyOf(heir));
    if (result.kind === 'refused') return { trouble: result.refusal, effects };
    if (result.drift) {
      cluster.event(object, {
        type: 'Normal',
        reason: 'DriftCorrected',
        note: `ConfigMap ${request.name} was changed by hand and shows version ${head.version} again.`,
      });
    }
    return { trouble: null, effects: { configMapWritten: result.written, drift: result.drift } };
  }

  async #writeStatus(object: ConfigVersion, outcome: Outcome, signal: AbortSignal): Promise<boolean> {
    const { cluster, clock } = this.#options;
    const status = summarise(object, outcome, clock.now());
    if (sameStatus(object.status, status)) return false;
    await cluster.applyStatus(object, status, signal);
    const ready = readyOf(status);
    const before = readyOf(object.status);
    if (ready && (ready.reason !== before?.reason || ready.message !== before?.message)) {
      const type = ready.status === 'True' ? 'Normal' : 'Warning';
      cluster.event(object, { type, reason: ready.reason, note: ready.message });
    }
    return true;
  }

  /** What was true before the store went away still is; only an unanswered proposal is told to wait. */
  async #tellStoreAway(
    key: string,
    object: ConfigVersion,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<void> {
    let statusWritten = false;
    if (!isSettled(object)) {
      const message =
        'PostgreSQL does not answer. Nothing is lost; Pawl goes on by itself as soon as it does.';
      const outcome: Outcome = { kind: 'waiting', reason: Reason.StoreUnavailable, message };
      try {
        statusWritten = await this.#writeStatus(object, outcome, signal);
      } catch (error) {
        if (!isApiAway(error) && !isApiNotFound(error)) throw error;
      }
    }
    this.#report(key, object, startedAt, { outcome: Reason.StoreUnavailable, statusWritten });
  }

  #report(
    key: string,
    object: ConfigVersion,
    startedAt: number,
    facts: Partial<ReconcileReport> & { outcome: string },
  ): void {
    const { namespace, path } = readProposal(object, '').config;
    this.#options.report({
      key,
      config: `${namespace}/${path}`,
      generation: object.metadata.generation,
      version: null,
      saved: false,
      statusWritten: false,
      configMapWritten: false,
      drift: false,
      ms: this.#options.clock.monotonic() - startedAt,
      ...facts,
    });
  }
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

function outcomeOf(
  { configMap }: Proposal,
  { line, refusal, head }: Settled,
  trouble: Refusal | null,
): Outcome {
  if (refusal || !line) {
    if (!refusal) throw new Error('neither accepted nor refused');
    const shown = head && refusal.rendered && !trouble;
    return {
      kind: 'refused',
      refusal,
      configMap: shown ? { name: configMap.name, version: head.version } : null,
    };
  }
  const { acceptedAs, version, contentSha256, supersededBy } = line;
  return {
    kind: 'accepted',
    as: acceptedAs,
    version,
    sha256: contentSha256,
    supersededBy,
    configMap: configMap.name,
    trouble,
  };
}

function nameOf(outcome: Outcome): string {
  if (outcome.kind === 'refused') return outcome.refusal.reason;
  if (outcome.kind === 'accepted') return outcome.trouble?.reason ?? outcome.as;
  return outcome.kind === 'waiting' ? outcome.reason : Reason.Suspended;
}

function refOf({ source, uid, generation, text, baseVersion }: Proposal, { sha256 }: Body): ProposalRef {
  return { source, uid, generation, sha256, text, baseVersion };
}

function lineOf({ uid, generation, sha256, baseVersion }: ProposalRef) {
  return { uid, generation, sha256, baseVersion };
}
