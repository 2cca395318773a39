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
  VersionWithFormer,
} from '../words/notification.ts';
import type { Calls } from './calls.ts';
import { detailColumns, toVersionDetail } from './details.ts';
import {
  beginNotifier,
  claimNotification,
  forgetNotifier,
  type NotifierName,
  reviveNotifications,
  rotateNotifiers,
  settleNotification,
  takeNotifications,
} from './functions.ts';
import type { VersionRow } from './rows.ts';
import type { PostgresStore } from './store.ts';
import { configValues } from './values.ts';

/** Waiting for one notifier, and kept of those given up. */
const mostWaiting = 10_000;
const mostDead = 1_000;

interface Point {
  readonly system: string;
  readonly snapshot: string;
  /** Highest numbers in the feed and the log. */
  readonly change: string;
  readonly entry: string;
}

interface Position {
  readonly seen: Point;
  /** What is being read, and the last row read of it. */
  readonly window: { readonly until: Point; readonly source: 'c' | 'e'; readonly after: string } | null;
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
    return format({ seen: toPoint(row!), window: null });
  }

  /**
   * What happened after a position.
   * @param reasons of the refusals that are meant
   * @param until where to stop: a position of now()
   */
  async after(
    position: string,
    until: string,
    { reasons, limit }: { readonly reasons: readonly string[]; readonly limit: number },
    signal: AbortSignal,
  ): Promise<NewEvents> {
    const { seen, window } = parse(position);
    const end = window?.until ?? highest(seen, parse(until).seen);
    const values = [
      ...[...pointValues(seen), ...pointValues(end)],
      ...[window?.source ?? '', window?.after ?? 0, reasons, limit + 1],
    ];
    const rows = await this.#run('notifierAfter', values, signal);
    const more = rows.length > limit;
    const lost = rows[0]?.lost === true;
    const shown = rows.filter(row => row.id !== null).slice(0, limit);
    const last = shown.at(-1);
    const next: Position =
      more && last
        ? { seen, window: { until: end, source: last.source as 'c' | 'e', after: last.id as string } }
        : { seen: end, window: null };
    return { events: shown.map(toEvent), position: format(next), more, lost };
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

/** @param schema quoted where it needs to be */
export function notificationStatements(schema: string) {
  /**
   * Rows of a table that were not there at point $1 to $4 and are at point $5 to $8: with higher numbers, and of
   * transactions that had not ended. Asked all the time, so it must not read what it is not after, however little PostgreSQL
   * knows of the tables: each range has two ends, which says that few rows are meant.
   */
  const news = (table: string, seen: string, until: string, where: string) => {
    const isThere = `(r.system_id <> $5::bigint OR pg_visible_in_snapshot(r.transaction_id, $6::pg_snapshot))`;
    return `(
      SELECT r.* FROM ${schema}.${table} r
      WHERE ${where} AND r.id > ${seen}::bigint AND r.id <= ${until}::bigint AND ${isThere}
      UNION ALL
      SELECT r.* FROM ${schema}.${table} r
      WHERE ${where} AND r.transaction_id >= pg_snapshot_xmin($2::pg_snapshot)
        AND r.transaction_id < CASE WHEN $1::bigint = $5::bigint THEN pg_snapshot_xmax($6::pg_snapshot)
          ELSE '18446744073709551615'::xid8 END
        AND r.system_id = $1::bigint AND NOT pg_visible_in_snapshot(r.transaction_id, $2::pg_snapshot)
        AND r.id + 0 <= ${seen}::bigint AND ${isThere})`;
  };
  return {
    notifierNow: `
      SELECT control.system_identifier AS system, pg_current_snapshot()::text AS snapshot,
        coalesce((SELECT max(x.id) FROM ${schema}.changes x), 0) AS change,
        coalesce((SELECT max(d.id) FROM ${schema}.deployments d), 0) AS entry
      FROM pg_control_system() control`,
    notifierAfter: `
      WITH page AS (
        (SELECT 'c' AS source, x.id, x.transaction_id, x.kind, c.namespace, c.path, x.version, x.created_at,
          NULL::text AS reason, CASE WHEN x.kind = 'saved' THEN (SELECT v.kind FROM ${schema}.config_versions v
            WHERE v.config_id = x.config_id AND v.version = x.version) END AS version_kind
        FROM (
          SELECT x.* FROM ${news('changes', '$3', '$7', "r.kind IN ('saved', 'deleted')")} x
          WHERE $9::text = '' OR $9::text = 'c' AND x.id > $10::bigint ORDER BY x.id LIMIT $12::bigint
        ) x CROSS JOIN LATERAL (
          SELECT c.namespace, c.path FROM ${schema}.configs c WHERE c.id = x.config_id LIMIT 1
        ) c)
        UNION ALL
        (SELECT 'e', d.id, d.transaction_id, 'refused', g.namespace, g.path, NULL, d.created_at, d.reason, NULL
        FROM (
          SELECT d.* FROM ${news('deployments', '$4', '$8', 'r.transaction_id IS NOT NULL AND r.reason = ANY ($11::text[])')} d
          WHERE $9::text <> 'e' OR d.id > $10::bigint ORDER BY d.id LIMIT $12::bigint
        ) d CROSS JOIN LATERAL (
          SELECT g.namespace, g.path FROM ${schema}.deployment_changes g
          WHERE g.deployment_id = d.id AND g.ordinal = 1 LIMIT 1
        ) g)
        ORDER BY source, id LIMIT $12::bigint
      )
      SELECT page.*, f.lost FROM (
        SELECT f.system_id = $1::bigint AND f.forgotten > '0'::xid8
          AND NOT pg_visible_in_snapshot(f.forgotten, $2::pg_snapshot) AS lost
        FROM ${schema}.feed f WHERE f.id = 1
      ) f LEFT JOIN page ON true ORDER BY page.source, page.id`,
    notifierStates: `
      SELECT n.id, n.dead, n.lost_at, w.waiting, w.oldest, w.due_in, b.attempts AS worst_attempts,
        b.reason AS worst_reason, l.event AS dead_event, l.died_at, l.reason AS dead_reason
      FROM ${schema}.notifiers n
      CROSS JOIN LATERAL (
        SELECT count(*) AS waiting, min(m.at) AS oldest,
          (extract(epoch FROM min(m.due_at) - clock_timestamp()) * 1000)::float8 AS due_in
        FROM ${schema}.notifications m WHERE m.notifier_id = n.id AND m.died_at IS NULL
      ) w
      LEFT JOIN LATERAL (
        SELECT m.attempts, m.reason FROM ${schema}.notifications m
        WHERE m.notifier_id = n.id AND m.died_at IS NULL AND m.attempts > 0 ORDER BY m.attempts DESC, m.id LIMIT 1
      ) b ON true
      LEFT JOIN LATERAL (
        SELECT m.event, m.died_at, m.reason FROM ${schema}.notifications m
        WHERE m.notifier_id = n.id AND m.died_at IS NOT NULL ORDER BY m.id DESC LIMIT 1
      ) l ON true
      WHERE n.id = ANY ($1::bigint[])`,
    notifierVersion: `
      SELECT c.format, ${detailColumns('v')}, v.body_raw, (
        SELECT p.body_raw FROM ${schema}.config_versions p WHERE p.config_id = c.id AND p.version < v.version
        ORDER BY p.version DESC LIMIT 1) AS former
      FROM ${schema}.configs c JOIN ${schema}.config_versions v ON v.config_id = c.id
      WHERE c.namespace = $1 AND c.path = $2 AND v.version = $3::bigint`,
    notifierRefusal: `
      SELECT d.deployer, d.deployer_verified, d.object_namespace, d.object_name, d.reason, d.message, g.old_version
      FROM ${schema}.deployments d JOIN ${schema}.deployment_changes g ON g.deployment_id = d.id AND g.ordinal = 1
      WHERE d.id = $1::bigint`,
    notifierDeletion: `
      SELECT t.actor, t.actor_verified FROM ${schema}.configs c JOIN ${schema}.tombstones t ON t.config_id = c.id
      WHERE c.namespace = $1 AND c.path = $2 AND t.last_version = $3::bigint ORDER BY t.id DESC LIMIT 1`,
  };
}

const pointValues = ({ system, snapshot, change, entry }: Point) => [system, snapshot, change, entry];

const toPoint = (row: VersionRow): Point => ({
  system: row.system as string,
  snapshot: row.snapshot as string,
  change: row.change as string,
  entry: row.entry as string,
});

/** Rows that were forgotten take no number back. */
const highest = (seen: Point, until: Point): Point => ({
  ...until,
  change: later(seen.change, until.change),
  entry: later(seen.entry, until.entry),
});

const later = (one: string, other: string): string => (BigInt(one) > BigInt(other) ? one : other);

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

function format({ seen, window }: Position): string {
  const point = (one: Point) => pointValues(one).join('/');
  return window === null
    ? point(seen)
    : [point(seen), point(window.until), window.source, window.after].join('/');
}

/** Of our own making: read from a row that only functions of the schema write. */
function parse(position: string): Position {
  const parts = position.split('/');
  const point = ([system = '', snapshot = '', change = '', entry = '']: readonly string[]): Point => ({
    ...{ system, snapshot, change, entry },
  });
  const seen = point(parts.slice(0, 4));
  if (parts.length === 4) return { seen, window: null };
  return {
    seen,
    window: { until: point(parts.slice(4, 8)), source: parts[8] as 'c' | 'e', after: parts[9]! },
  };
}
