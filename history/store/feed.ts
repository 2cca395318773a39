/**
 * Cursors of the feed: which transactions a reader has seen the end of, and how far it came in a page that was cut.
 * Invariant: going on from the cursor of any change gives every later one exactly once. See 000008_feed.sql.
 *
 * A cursor is good for one epoch of the database only: one server, from its start to its stop or to a recovery, and one
 * restore of the tables. Everything that takes a database back (a failover to a standby that had not received
 * everything, a backup, the snapshot of a volume, the crash of a backend) starts a server, makes it recover or makes
 * the tables anew, and reuses the numbers of the transactions it lost. See 000013_recovery.sql. The timeline would add
 * nothing: a standby is not connected to (connections.ts), so no cursor outlives a promotion.
 */
import type { Change, Changes } from '../words/history.ts';
import type { Calls } from './calls.ts';
import { invalidCursor } from './cursor.ts';
import type { HistoryStatements } from './history-statements.ts';
import { StoreError } from './store-error.ts';

interface Feed {
  readonly calls: Calls;
  readonly statements: Pick<HistoryStatements, 'changes' | 'position'>;
}

interface Place {
  /** System identifier, start of the server in microseconds, OID of the table `feed`, number since the last recovery. */
  readonly epoch: string;
  /** What was seen before. */
  readonly seen: string;
  /** The window that is being read, and the last row read of it. */
  readonly window: { readonly snapshot: string; readonly after: string } | null;
}

interface Row {
  readonly snapshot: string;
  readonly epoch: string;
  readonly usable: boolean | null;
  readonly id: string | null;
  readonly kind: Change['kind'];
  readonly version: string;
  readonly created_at: Date;
  readonly namespace: string;
  readonly path: string;
  readonly object_uid: string | null;
}

/** Cursors of earlier builds lack the last part, and are expired. */
const epochs = /^-?\d{1,19}-\d{1,19}-\d{1,10}(-[0-9a-f]{32})?$/;
const snapshot = /^\d{1,20}:\d{1,20}:(\d{1,20}(,\d{1,20})*)?$/;

export async function changesAfter(
  { calls, statements }: Feed,
  cursor: string | null,
  limit: number,
  signal: AbortSignal,
): Promise<Changes> {
  if (cursor === null)
    return { kind: 'changes', changes: [], cursor: await now({ calls, statements }, signal), more: false };
  const place = parse(cursor);
  const { epoch: known, seen, window } = place;
  const values = [known, seen, window?.snapshot ?? null, window?.after ?? 0, limit + 1];
  const rows = await calls.run<Row>('changes', statements.changes, values, signal).catch((error: unknown) => {
    // Well formed, but not a snapshot: a cursor that the reader made up.
    throw error instanceof StoreError && error.reason === 'Unstorable' ? invalidCursor() : error;
  });
  const [first] = rows;
  if (!first) throw new Error('the table feed is empty');
  const { snapshot: until, epoch } = first;
  const end = format({ epoch, seen: until, window: null });
  // The end of an unfinished page's window does not help a reader who has to begin anew.
  if (first.usable !== true) return { kind: 'expired', cursor: await now({ calls, statements }, signal) };
  const more = rows.length > limit;
  const changes = rows
    .filter(row => row.id !== null)
    .slice(0, limit)
    .map(row => toChange(row, { ...place, window: { snapshot: until, after: row.id! } }));
  // A window read to its end may have been an old one.
  const open = more || place.window !== null;
  return { kind: 'changes', changes, cursor: more ? changes.at(-1)!.cursor : end, more: open };
}

async function now({ calls, statements }: Feed, signal: AbortSignal): Promise<string> {
  const [row] = await calls.run('position', statements.position, [], signal);
  return positionOf(row);
}

/** A cursor for the moment at which this row was read, with the columns of the statement `position`. */
export function positionOf(row: Readonly<Record<string, unknown>> | undefined): string {
  if (!row) throw new Error('the table feed is empty');
  return format({ epoch: row.epoch as string, seen: row.snapshot as string, window: null });
}

function toChange(row: Row, place: Place): Change {
  const { kind, namespace, path, version, created_at: at, object_uid: uid } = row;
  return { kind, config: { namespace, path }, version: BigInt(version), uid, at, cursor: format(place) };
}

function format({ epoch, seen, window }: Place): string {
  return [epoch, seen, ...(window ? [window.snapshot, window.after] : [])].join('.');
}

function parse(cursor: string): Place {
  const [epoch = '', seen = '', until, after, ...rest] = cursor.split('.');
  const good = epochs.test(epoch) && snapshot.test(seen) && rest.length === 0 && cursor.length <= 65_536;
  if (!good) throw invalidCursor();
  if (until === undefined) return { epoch, seen, window: null };
  if (!snapshot.test(until) || after === undefined || !/^\d{1,18}$/.test(after)) throw invalidCursor();
  return { epoch, seen, window: { snapshot: until, after } };
}
