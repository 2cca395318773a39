/**
 * Tells the notifiers that are ready of what happens: reads on from where each is, keeps what it is to be told, and sends it,
 * each notifier in a line of its own, so that a receiver that is slow or away delays nobody else's. Invariant: nothing is
 * passed by that was not kept, nothing is sent again after it was acknowledged and written down, and nothing of a config
 * that may not be read at the moment of sending. A second leader may do the same at the same time: the store decides
 * between them.
 */
import { isStoreUnusable } from '../../history/settle/store-failure.ts';
import type {
  DueNotification,
  HappenedEvent,
  NotifierState,
  SettledAs,
} from '../../history/words/notification.ts';
import { Backoff, type Random } from '../../runtime/backoff.ts';
import type { ConfigNotifier } from '../object/config-notifier.ts';
import { type ObjectKey, objectKey } from '../object/key.ts';
import { type RightsContext, refusedRead } from '../projection/rights.ts';
import { untoldRetryMs } from '../reconcile/retry-times.ts';
import { afterFailure } from './attempts.ts';
import type { Destinations } from './destination.ts';
import { refusalEvents } from './event.ts';
import type { NotificationStore } from './ports.ts';
import { postTimeoutMs } from './post.ts';
import { type SenderContext, sendNotification } from './sender.ts';
import { wantedBy } from './wanted.ts';

export interface DispatcherOptions extends RightsContext {
  readonly store: NotificationStore;
  readonly sender: SenderContext;
  readonly destinations: Destinations;
  readonly random: Random;
  /** Time between two looks at what happened. */
  readonly everyMs: number;
  /** Throws when nothing may be begun any more. */
  readonly check: () => void;
  /** What the status of a notifier says may have changed. */
  readonly wake: (key: ObjectKey) => void;
  readonly report: (result: NotificationResult, key: ObjectKey, words: string | null) => void;
  readonly failed: (what: string, error: unknown) => void;
}

export type NotificationResult = 'delivered' | 'failed' | 'dead';

/** Whoever claimed a notification has sent it by then, or has given up. */
const holdMs = postTimeoutMs + 5_000;
/** Of a receiver that fails, whatever is sent to it. */
const pause = { baseMs: 500, capMs: 300_000 };
const pageSize = 500;
/** A position is moved on so often, also where nothing happened that is told. */
const moveMs = 60_000;

interface Line {
  object: ConfigNotifier;
  readonly key: ObjectKey;
  /** In the store. */
  id: string;
  position: string;
  movedAt: number;
  readonly pause: Backoff;
  /** Not before this is anything sent, by the monotonic clock. */
  notBefore: number;
  isSending: boolean;
  state: NotifierState | null;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #lines = new Map<ObjectKey, Line>();
  readonly #sending = new Set<Promise<void>>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** From now on it is told, from where it is. Rejects as the store does. */
  async enlist(object: ConfigNotifier, signal: AbortSignal): Promise<string> {
    const { store, sender } = this.#options;
    const key = objectKey(object.metadata);
    const known = this.#lines.get(key);
    if (known && known.object.metadata.uid === object.metadata.uid) {
      known.object = object;
      return known.id;
    }
    const begun = await store.begin({ ...this.#nameOf(object), position: await store.now(signal) }, signal);
    this.#lines.set(key, {
      ...{ object, key, id: begun.id, position: begun.position },
      ...{ movedAt: sender.clock.monotonic(), pause: new Backoff(pause, this.#options.random) },
      ...{ notBefore: 0, isSending: false, state: null },
    });
    return begun.id;
  }

  /** Nothing more is sent for it; where it is stays. */
  dismiss(key: ObjectKey): void {
    this.#lines.delete(key);
  }

  /** Its object is gone, and with it what it was to be told. */
  async forget(object: ConfigNotifier, signal: AbortSignal): Promise<void> {
    this.dismiss(objectKey(object.metadata));
    this.#options.destinations.forget(object.metadata.uid);
    await this.#options.store.forget(this.#nameOf(object), signal);
  }

  /** How long the oldest event that waits has been waiting, in milliseconds. */
  lagMs(now: Date): number {
    const waited = [...this.#lines.values()].map(
      ({ state }) => now.getTime() - (state?.oldest ?? now).getTime(),
    );
    return Math.max(0, ...waited);
  }

  /**
   * Works until the signal is aborted. Never rejects.
   * @param cut what is under way is aborted then
   */
  async run(signal: AbortSignal, cut: AbortSignal): Promise<void> {
    const { everyMs, failed, sender } = this.#options;
    while (!signal.aborted) {
      try {
        if (this.#lines.size > 0) await this.#look(signal, cut);
      } catch (error) {
        // One that is away is told of elsewhere, once.
        if (!signal.aborted && !isStoreUnusable(error)) failed('telling notifiers', error);
      }
      await sender.clock.sleep(everyMs, signal).catch(() => {});
    }
    await Promise.all(this.#sending);
  }

  async #look(signal: AbortSignal, cut: AbortSignal): Promise<void> {
    const { store, sender, wake } = this.#options;
    const until = await store.now(signal);
    for (const [position, lines] of Map.groupBy(this.#lines.values(), line => line.position))
      await this.#readOn(position, until, lines, signal);
    const states = await store.states(
      [...this.#lines.values()].map(({ id }) => id),
      signal,
    );
    const now = sender.clock.monotonic();
    for (const line of this.#lines.values()) {
      const state = states.get(line.id);
      if (!state) {
        // The store has lost it: it is another database, or an earlier state of it.
        this.dismiss(line.key);
        wake(line.key);
        continue;
      }
      if (line.state === null || told(line.state) !== told(state)) wake(line.key);
      line.state = state;
      if (line.isSending || state.dueInMs === null || state.dueInMs > 0 || line.notBefore > now) continue;
      line.isSending = true;
      const sending = this.#send(line, signal, cut).finally(() => {
        line.isSending = false;
        this.#sending.delete(sending);
      });
      this.#sending.add(sending);
    }
  }

  /** Of those that are at the same position. */
  async #readOn(position: string, until: string, group: readonly Line[], signal: AbortSignal): Promise<void> {
    const { store, check } = this.#options;
    const { cluster } = this.#options.sender;
    const wanted = { reasons: Object.keys(refusalEvents), cluster, limit: pageSize };
    let lines = group;
    for (let from = position, more = true; more && lines.length > 0; ) {
      check();
      const news = await store.after(from, until, wanted, signal);
      const moved = await Promise.all(lines.map(line => this.#keep(line, from, news, signal)));
      lines = lines.filter((_, index) => moved[index]);
      from = news.position;
      more = news.more;
    }
  }

  /** Whether it is at the new position now. */
  async #keep(
    line: Line,
    from: string,
    news: { events: readonly HappenedEvent[]; position: string; more: boolean; lost: boolean },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { store, sender } = this.#options;
    const keep = await wantedBy(this.#options, line.object, news.events, signal);
    if (keep === null) return false;
    const now = sender.clock.monotonic();
    const isNews = news.events.length > 0 || news.lost || news.more;
    if (!isNews && now - line.movedAt < moveMs) return false;
    const { id: notifier } = line;
    const taken = await store.take({ notifier, from, to: news.position, lost: news.lost, keep }, signal);
    if (!taken) {
      // Another leader moved it, or this one, whose answer was lost.
      const begun = await store.begin({ ...this.#nameOf(line.object), position: from }, signal);
      Object.assign(line, begun);
      return false;
    }
    line.position = news.position;
    line.movedAt = now;
    return true;
  }

  /** Sends one after the other until none is due, or one fails. Never rejects. */
  async #send(line: Line, signal: AbortSignal, cut: AbortSignal): Promise<void> {
    const { store, destinations, sender, check, wake, random, failed, report } = this.#options;
    const { key, id } = line;
    try {
      while (!signal.aborted && this.#lines.get(key) === line) {
        const { object } = line;
        const found = await destinations.of(object, signal);
        if (!found.ok) return wake(key);
        check();
        const due = await store.claim(id, holdMs, signal);
        if (!due) return;
        const held = await this.#heldBack(object, due, signal);
        if (held) {
          await this.#settle(due, held, cut);
          report(held.kind === 'dead' ? 'dead' : 'failed', key, held.reason);
          if (held.kind === 'dead') continue;
          line.notBefore = sender.clock.monotonic() + held.waitMs;
          return;
        }
        const outcome = await sendNotification(sender, due, object, found.destination, cut);
        if (outcome.kind === 'delivered') {
          await this.#settle(due, { kind: 'delivered' }, cut);
          line.pause.reset();
          report('delivered', key, null);
          continue;
        }
        const ageMs = sender.clock.now().getTime() - due.at.getTime();
        const { attempts } = due;
        const settled = afterFailure({ attempts, ageMs, reason: outcome.words }, random);
        await this.#settle(due, settled, cut);
        report(settled.kind === 'dead' ? 'dead' : 'failed', key, outcome.words);
        line.notBefore = sender.clock.monotonic() + Math.max(line.pause.next(), outcome.retryAfterMs ?? 0);
        return;
      }
    } catch (error) {
      line.notBefore = sender.clock.monotonic() + line.pause.next();
      if (!signal.aborted && !cut.aborted && !isStoreUnusable(error)) failed(`telling ${key}`, error);
    }
  }

  /** A notification may have waited for a day, and the right to read its config may have gone meanwhile. Null: it is sent. */
  async #heldBack(
    { metadata }: ConfigNotifier,
    { config }: DueNotification,
    signal: AbortSignal,
  ): Promise<Exclude<SettledAs, { kind: 'delivered' }> | null> {
    const refused = await refusedRead(this.#options, metadata.namespace, [config], signal);
    if (refused === null) return null;
    if (refused === 'untold') {
      const reason = `it is not known yet whether Kubernetes namespace ${metadata.namespace} may read the config`;
      return { kind: 'later', waitMs: untoldRetryMs, reason };
    }
    return {
      kind: 'dead',
      reason: `Kubernetes namespace ${metadata.namespace} may no longer read the config`,
    };
  }

  /** Until it is written down: what was acknowledged must not be sent again. */
  async #settle(due: { id: string; attempts: number }, as: SettledAs, cut: AbortSignal): Promise<void> {
    const { store, sender, random } = this.#options;
    const wait = new Backoff({ baseMs: 100, capMs: 5_000 }, random);
    for (;;) {
      try {
        return await store.settle(due, as, cut);
      } catch (error) {
        if (!isStoreUnusable(error)) throw error;
        await sender.clock.sleep(wait.next(), cut);
      }
    }
  }

  #nameOf({ metadata: { namespace, name, uid } }: ConfigNotifier) {
    return { cluster: this.#options.sender.cluster, namespace, name, uid };
  }
}

/** What a status says of it. */
function told({ worst, dead, lostAt }: NotifierState): string {
  return JSON.stringify([worst !== null && worst.attempts >= 3, dead, lostAt]);
}
