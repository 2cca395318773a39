/**
 * What notifiers are told of, read from the feed and the log, and what is still to be sent. Invariant: going on from a
 * position gives every later event exactly once, also over crashes, failovers and restores of the database; and a position
 * is moved together with what is kept because of it, or not at all.
 *
 * A position is a point: a snapshot, and the highest numbers of rows that were there. A row was there if its transaction had
 * ended in that snapshot and its number is not higher: numbers of transactions are given out again after a crash, numbers of
 * rows are not. The snapshot alone says little in another server (000008_feed.sql), so the server's identifier is part of it,
 * and what another server wrote was there if its number says so. Nothing of it depends on when the server was started, as a
 * cursor of the feed does: such a cursor expires, and whoever reads the feed to notice changes lists anew; of an event that is
 * told nobody can list anew.
 */
import { createHash } from 'node:crypto';
import type { Format } from '../../text/format.ts';
import type { Actor, ConfigId, Version } from '../words/model.ts';
import type {
  DueNotification,
  HappenedEvent,
  LoggedRefusal,
  NewEvents,
  NotificationToKeep,
  NotifierState,
  SettledAs,
  ToldRendering,
  VersionWithFormer,
} from '../words/notification.ts';
import type { Calls } from './calls.ts';
import { toVersionDetail } from './details.ts';
import {
  beginNotifier,
  claimNotification,
  forgetNotifier,
  type NotifierName,
  reviveNotifications,
  rotateNotifiers,
  settleNotification,
  takeNotifications,
} from './notification-functions.ts';
import { notificationStatements } from './notification-statements.ts';
import {
  formatPosition,
  highest,
  type NewsSource,
  type NotifierPosition,
  type Point,
  parsePosition,
} from './notifier-position.ts';
import type { VersionRow } from './rows.ts';
import type { PostgresStore } from './store.ts';
import { configValues } from './values.ts';

/** Waiting for one notifier, and kept of those given up. */
const mostWaiting = 10_000;
const mostDead = 1_000;

interface NewsWanted {
  readonly reasons: readonly string[];
  readonly cluster: string;
  readonly limit: number;
}

/** All methods reject with a StoreError, or with the reason of the signal once it is aborted. */
export class PostgresNotifications {
  readonly #calls: Calls;
  readonly #statements: ReturnType<typeof notificationStatements>;

  constructor({ calls }: Pick<PostgresStore, 'calls'>) {
    this.#calls = calls;
    this.#statements = notificationStatements(calls.schema);
  }

  /** The position of one who wants to be told of what happens from now on. */
  async now(signal: AbortSignal): Promise<string> {
    const [row] = await this.#run('notifierNow', [], signal);
    return formatPosition({ seen: toPoint(row!), window: null });
  }

  /**
   * What happened after a position.
   * @param wanted.reasons of the refusals that are meant
   * @param wanted.cluster whose renderings are meant
   * @param until where to stop: a position of now()
   */
  async after(
    position: string,
    until: string,
    { reasons, cluster, limit }: NewsWanted,
    signal: AbortSignal,
  ): Promise<NewEvents> {
    const { seen, window } = parsePosition(position);
    const end = window?.until ?? highest(seen, parsePosition(until).seen);
    const values = [
      ...[...pointValues(seen), ...pointValues(end)],
      ...[window?.source ?? '', window?.after ?? 0, reasons, limit + 1],
      ...[seen.rendering, end.rendering, cluster],
    ];
    const rows = await this.#run('notifierAfter', values, signal);
    const more = rows.length > limit;
    const lost = rows[0]?.lost === true;
    const shown = rows.filter(row => row.id !== null).slice(0, limit);
    const last = shown.at(-1);
    const next: NotifierPosition =
      more && last
        ? { seen, window: { until: end, source: last.source as NewsSource, after: last.id as string } }
        : { seen: end, window: null };
    return { events: shown.map(toEvent), position: formatPosition(next), more, lost };
  }

  /** @param position where it begins if it is new */
  async begin(
    input: NotifierName & { readonly position: string },
    signal: AbortSignal,
  ): Promise<{ id: string; position: string }> {
    const [row] = await this.#calls.call<typeof input, { id: string; position: string }>(
      beginNotifier,
      input,
      signal,
    );
    return { id: row!.id, position: row!.position };
  }

  /** False: somebody else has moved it, and nothing was done. */
  async take(
    input: {
      readonly notifier: string;
      readonly from: string;
      readonly to: string;
      readonly lost: boolean;
      readonly keep: readonly NotificationToKeep[];
    },
    signal: AbortSignal,
  ): Promise<boolean> {
    // Asked twice, it says false the second time: the caller then finds out where the notifier is.
    const [row] = await this.#calls.call<Parameters<typeof takeNotifications.values>[0], { answer: boolean }>(
      takeNotifications,
      { ...input, mostWaiting, mostDead },
      signal,
    );
    return row!.answer;
  }

  /** Null: none is due. For so long, nobody else gets it. */
  async claim(notifier: string, holdMs: number, signal: AbortSignal): Promise<DueNotification | null> {
    // A lost answer leaves one claimed that is due again later: better than one claimed twice.
    const [row] = await this.#calls.callOnce<{ notifier: string; holdMs: number }, VersionRow>(
      claimNotification,
      { notifier, holdMs },
      signal,
    );
    return row ? toDue(row) : null;
  }

  /** Called again after any failure it does the same. */
  async settle(
    { id, attempts }: Pick<DueNotification, 'id' | 'attempts'>,
    as: SettledAs,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#calls.call(settleNotification, { id, attempts, as, mostDead }, signal);
  }

  async states(notifiers: readonly string[], signal: AbortSignal): Promise<Map<string, NotifierState>> {
    const rows = await this.#run('notifierStates', [notifiers], signal);
    return new Map(rows.map(row => [row.id as string, toState(row)]));
  }

  /** Those given up are sent again; how many. */
  async revive(notifier: string, signal: AbortSignal): Promise<number> {
    const [row] = await this.#calls.call<{ notifier: string }, { answer: string }>(
      reviveNotifications,
      { notifier },
      signal,
    );
    return Number(row!.answer);
  }

  async forget(notifier: NotifierName, signal: AbortSignal): Promise<void> {
    await this.#calls.call(forgetNotifier, notifier, signal);
  }

  /** Forgets those that nobody has asked about for so long; how many. */
  async rotate(limits: { maxAgeMs: number; batch: number }, signal: AbortSignal): Promise<number> {
    const [row] = await this.#calls.call<typeof limits, { answer: number }>(rotateNotifiers, limits, signal);
    return row!.answer;
  }

  /** Null: the log has forgotten it. */
  async refusal(entry: bigint, signal: AbortSignal): Promise<LoggedRefusal | null> {
    const [row] = await this.#run('notifierRefusal', [entry], signal);
    if (!row) return null;
    const { object_namespace: namespace, object_name: name, old_version: latest } = row;
    return {
      deployer: { name: row.deployer as string, verified: row.deployer_verified as boolean },
      object: name === null ? null : { namespace: namespace as string, name: name as string },
      reason: row.reason as string,
      message: row.message as string,
      latest: latest === null ? null : BigInt(latest as string),
    };
  }

  /** What was told of a rendering; null: it is forgotten. */
  async rendering(entry: bigint, signal: AbortSignal): Promise<ToldRendering | null> {
    const [row] = await this.#run('notifierRendering', [entry], signal);
    if (!row) return null;
    const { target, object_namespace: namespace, object_name: object, reason, message } = row;
    const [kind, name] = (target as string).split('/') as [ToldRendering['target']['kind'], string];
    return {
      target: { kind, namespace: namespace as string, name },
      failure:
        reason === null
          ? null
          : { object: object as string, reason: reason as string, message: message as string },
    };
  }

  /** For whom a config was deleted up to that version; null: nobody said. */
  async deletedBy(config: ConfigId, version: Version, signal: AbortSignal): Promise<Actor | null> {
    const [row] = await this.#run('notifierDeletion', [...configValues(config), version], signal);
    if (!row || row.actor === null) return null;
    return { name: row.actor as string, verified: row.actor_verified === true };
  }

  /** A version and the text of the one before it, which the first has not; null: it is gone. */
  async versionWithFormer(
    config: ConfigId,
    version: Version,
    signal: AbortSignal,
  ): Promise<VersionWithFormer | null> {
    const [row] = await this.#run('notifierVersion', [...configValues(config), version], signal);
    if (!row) return null;
    return {
      ...{ record: toVersionDetail(row), format: row.format as Format },
      ...{ text: row.body_raw as string, former: row.former as string | null },
    };
  }

  #run(
    name: keyof ReturnType<typeof notificationStatements>,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<VersionRow[]> {
    return this.#calls.run<VersionRow>(name, this.#statements[name], values, signal);
  }
}

const pointValues = ({ system, snapshot, change, entry }: Point) => [system, snapshot, change, entry];

const toPoint = (row: VersionRow): Point => ({
  system: row.system as string,
  snapshot: row.snapshot as string,
  change: row.change as string,
  entry: row.entry as string,
  rendering: row.rendering as string,
});

function toEvent(row: VersionRow): HappenedEvent {
  const at = row.created_at as Date;
  const config = { namespace: row.namespace as string, path: row.path as string };
  const said = ['source', 'id', 'transaction_id', 'namespace', 'path'].map(column => row[column] as string);
  // Numbers are given out again after a restore; the time is not.
  const id = createHash('sha256')
    .update([...said, at.toISOString()].join('\n'))
    .digest('hex');
  const event = { id, config, at };
  if (row.kind === 'refused') {
    const what = { kind: 'refused', entry: BigInt(row.id as string), reason: row.reason as string } as const;
    return { ...event, what };
  }
  const version = BigInt(row.version as string);
  if (row.kind === 'rendered' || row.kind === 'failed') {
    const kind = row.kind === 'rendered' ? 'rendered' : 'renderFailed';
    return { ...event, what: { kind, version, entry: BigInt(row.id as string) } };
  }
  if (row.kind === 'deleted') return { ...event, what: { kind: 'deleted', version } };
  const isMerge = row.version_kind === 'merged' || row.version_kind === 'confirmed';
  return { ...event, what: { kind: 'saved', version, isMerge } };
}

const numberOrNull = (value: unknown): bigint | null => (value === null ? null : BigInt(value as string));

function toDue(row: VersionRow): DueNotification {
  return {
    id: row.id as string,
    event: row.event as string,
    kind: row.kind as string,
    config: { namespace: row.namespace as string, path: row.path as string },
    version: numberOrNull(row.version),
    entry: numberOrNull(row.entry),
    at: row.at as Date,
    attempts: row.attempts as number,
  };
}

function toState(row: VersionRow): NotifierState {
  const { worst_attempts: attempts, dead_event: event } = row;
  return {
    waiting: Number(row.waiting),
    oldest: row.oldest as Date | null,
    dueInMs: row.due_in as number | null,
    worst:
      attempts === null ? null : { attempts: attempts as number, reason: row.worst_reason as string | null },
    dead: Number(row.dead),
    lastDead:
      event === null
        ? null
        : { event: event as string, at: row.died_at as Date, reason: row.dead_reason as string },
    lostAt: row.lost_at as Date | null,
  };
}
